import { SekishoError } from '@sekisho/base';
import { fakeClock } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { createPatience } from './patience.ts';

const signal = new AbortController().signal;

function setUp() {
  const clock = fakeClock(0);
  return { clock, patience: createPatience({ waitMs: 5000, clock, describe: (key) => `Work on ${key}` }) };
}

/** Work whose end the test decides. */
function slowWork() {
  let calls = 0;
  let end: { resolve: (value: string) => void; reject: (error: unknown) => void } | undefined;
  return {
    calls: () => calls,
    resolve: (value: string) => end?.resolve(value),
    reject: (error: unknown) => end?.reject(error),
    work: () => {
      calls += 1;
      return new Promise<string>((resolve, reject) => {
        end = { resolve, reject };
      });
    },
  };
}

describe('patience', () => {
  test('gives what the work gives, good or bad, when it is quick', async () => {
    const { patience, clock } = setUp();
    expect(await patience.wait('a', async () => 'done', signal)).toBe('done');
    await expect(patience.wait('a', () => Promise.reject(new Error('bad')), signal)).rejects.toThrow('bad');
    expect(await patience.wait('a', async () => 'again', signal)).toBe('again');
    expect(clock.pending).toBe(0);
  });

  test('ends with its limit; then nobody waits and nothing is started until the work is done', async () => {
    const { patience, clock } = setUp();
    const slow = slowWork();
    const first = patience.wait('a', slow.work, signal);
    const refused = expect(first).rejects.toMatchObject({ code: 'SOURCE_SLOW', retryable: true });
    await clock.advance(5000);
    await refused;
    await expect(patience.wait('a', slow.work, signal)).rejects.toThrow('Work on a takes longer than 5 s');
    expect(slow.calls()).toBe(1);
    expect(await patience.wait('b', async () => 'another', signal)).toBe('another');
    slow.resolve('late');
    await clock.advance(0);
    expect(await patience.wait('a', async () => 'now', signal)).toBe('now');
  });

  test('tells how the work ended that nobody waited for, until it succeeds', async () => {
    const { patience, clock } = setUp();
    const slow = slowWork();
    for (const expected of ['takes longer', 'no answer', 'no answer']) {
      const waiting = expect(patience.wait('a', slow.work, signal)).rejects.toThrow(expected);
      await clock.advance(5000);
      await waiting;
      slow.reject(new SekishoError('GIT_TIMEOUT', 'no answer'));
      await clock.advance(0);
    }
    expect(await patience.wait('a', async () => 'back', signal)).toBe('back');
    const waiting = expect(patience.wait('a', slow.work, signal)).rejects.toThrow('takes longer');
    await clock.advance(5000);
    await waiting;
  });

  test('ends with the signal, whatever the work does', async () => {
    const { patience } = setUp();
    const controller = new AbortController();
    const waiting = patience.wait('a', slowWork().work, controller.signal);
    controller.abort(new Error('closing'));
    await expect(waiting).rejects.toThrow('closing');
  });
});
