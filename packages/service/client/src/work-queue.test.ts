import { silentLogger } from '@sekisho/base';
import { fakeClock } from '@sekisho/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWorkQueue } from './index.ts';

/** A reconcile whose runs the test ends. */
function gate() {
  const started: string[] = [];
  const waiting: { key: string; resolve: (value?: { afterMs: number }) => void; reject: (error: unknown) => void }[] =
    [];
  return {
    started,
    waiting,
    reconcile: (key: string) =>
      new Promise<undefined | { afterMs: number }>((resolve, reject) => {
        started.push(key);
        waiting.push({ key, resolve, reject });
      }),
    finish(key: string, result?: { afterMs: number }) {
      const at = waiting.findIndex((run) => run.key === key);
      waiting.splice(at, 1)[0]?.resolve(result);
    },
    fail(key: string, error: unknown) {
      const at = waiting.findIndex((run) => run.key === key);
      waiting.splice(at, 1)[0]?.reject(error);
    },
  };
}

describe('createWorkQueue', () => {
  test('runs each key once however often it is added, up to the limit at a time', async () => {
    const clock = fakeClock();
    const { started, finish, reconcile } = gate();
    const queue = createWorkQueue({ name: 'q', concurrency: 2, reconcile, logger: silentLogger, clock });
    for (const key of ['a', 'a', 'b', 'c', 'a', 'c']) queue.add(key);
    expect(started).toEqual([]);
    await clock.advance(0);
    expect(started).toEqual(['a', 'b']);
    expect(queue.size).toBe(3);
    finish('b');
    await clock.advance(0);
    expect(started).toEqual(['a', 'b', 'c']);
    finish('a');
    finish('c');
    await queue.idle();
    expect(started).toHaveLength(3);
    await queue.close();
  });

  test('tells how long keys waited, what failed, and what they do now', async () => {
    const clock = fakeClock();
    const { finish, fail, reconcile } = gate();
    const waits: number[] = [];
    let failures = 0;
    const observer = { started: (ms: number) => void waits.push(ms), failed: () => void failures++ };
    const queue = createWorkQueue({ name: 'q', concurrency: 1, reconcile, logger: silentLogger, clock, observer });
    queue.add('a');
    await clock.advance(0);
    queue.add('b');
    expect(queue.counts).toEqual({ queued: 1, running: 1, delayed: 0 });
    await clock.advance(70);
    fail('a', new Error('no'));
    await clock.advance(0);
    finish('b');
    await queue.idle();
    expect({ waits, failures, ...queue.counts }).toEqual({
      waits: [0, 70],
      failures: 1,
      queued: 0,
      running: 0,
      delayed: 1,
    });
    await queue.close();
  });

  test('a key that is added while it runs goes once more afterwards, never beside itself', async () => {
    const clock = fakeClock();
    const { started, finish, reconcile } = gate();
    const queue = createWorkQueue({ name: 'q', concurrency: 5, reconcile, logger: silentLogger, clock });
    queue.add('a');
    await clock.advance(0);
    queue.add('a');
    queue.add('a');
    await clock.advance(0);
    expect(started).toEqual(['a']);
    finish('a');
    await clock.advance(0);
    expect(started).toEqual(['a', 'a']);
    finish('a');
    await queue.idle();
    expect(started).toHaveLength(2);
    await queue.close();
  });

  test('failures are retried with growing waits, success forgets them', async () => {
    const clock = fakeClock();
    const { started, finish, fail, reconcile } = gate();
    const queue = createWorkQueue({
      name: 'q',
      concurrency: 1,
      reconcile,
      logger: silentLogger,
      clock,
      backoff: { minMs: 100, maxMs: 400 },
    });
    queue.add('a');
    await clock.advance(0);
    for (const [most, runs] of [
      [100, 2],
      [200, 3],
      [400, 4],
      [400, 5],
    ] as const) {
      fail('a', new Error('no'));
      await clock.advance(0);
      await queue.idle();
      await clock.advance(most / 2 - 1); // jitter takes off half at most
      expect(started).toHaveLength(runs - 1);
      await clock.advance(most / 2 + 1);
      expect(started).toHaveLength(runs);
    }
    finish('a');
    await clock.advance(0);
    queue.add('a');
    await clock.advance(0);
    fail('a', new Error('again'));
    await clock.advance(100);
    expect(started).toHaveLength(7);
    finish('a');
    await queue.close();
  });

  test('afterMs asks for another look; the shortest wait counts; forget drops it', async () => {
    const clock = fakeClock();
    const { started, finish, reconcile } = gate();
    const queue = createWorkQueue({ name: 'q', concurrency: 1, reconcile, logger: silentLogger, clock });
    queue.add('a');
    await clock.advance(0);
    finish('a', { afterMs: 1_000 });
    await clock.advance(0);
    queue.addAfter('a', 5_000);
    queue.addAfter('a', 500);
    await clock.advance(499);
    expect(started).toHaveLength(1);
    await clock.advance(1);
    expect(started).toHaveLength(2);
    finish('a', { afterMs: 1_000 });
    await clock.advance(0);
    queue.forget('a');
    expect(clock.pending).toBe(0);
    queue.addAfter('b', 0);
    await clock.advance(0);
    expect(started).toEqual(['a', 'a', 'b']);
    finish('b');
    await queue.close();
  });

  test('a reconcile that throws at once is a failure like any other', async () => {
    const clock = fakeClock();
    let runs = 0;
    const queue = createWorkQueue({
      name: 'q',
      concurrency: 1,
      reconcile: () => {
        if (++runs === 1) throw new Error('at once');
        return Promise.resolve();
      },
      logger: silentLogger,
      clock,
    });
    queue.add('a');
    await clock.advance(1_000);
    expect(runs).toBe(2);
    await queue.close();
  });

  test('close aborts what runs, waits for it, and takes nothing more', async () => {
    const clock = fakeClock();
    const seen: string[] = [];
    const queue = createWorkQueue({
      name: 'q',
      concurrency: 1,
      reconcile: (key, signal) =>
        new Promise((_resolve, reject) => {
          seen.push(`start ${key}`);
          signal.addEventListener('abort', () => {
            seen.push(`abort ${key}`);
            reject(new Error('aborted'));
          });
        }),
      logger: { ...silentLogger, warn: () => seen.push('warned') },
      clock,
    });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await clock.advance(0);
    await queue.close();
    queue.add('d');
    await clock.advance(1_000);
    expect(seen).toEqual(['start a', 'abort a']);
    expect([queue.size, clock.pending]).toEqual([0, 0]);
    await queue.close();
  });

  test('thousands of keys that need no waiting let timers and sockets run', async () => {
    let turns = 0;
    let done = 0;
    const queue = createWorkQueue({
      name: 'q',
      concurrency: 4,
      reconcile: async () => void done++,
      logger: silentLogger,
    });
    const timer = setInterval(() => turns++, 0);
    const immediate = () => {
      turns++;
      if (done < 5_000) setImmediate(immediate);
    };
    setImmediate(immediate);
    for (let key = 0; key < 5_000; key++) queue.add(String(key));
    await queue.idle();
    clearInterval(timer);
    expect(done).toBe(5_000);
    expect(turns).toBeGreaterThan(20);
    await queue.close();
  });

  test('no order of adds runs a key twice at once or loses one', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key, waits: fc.nat(3), fails: fc.boolean() }), { maxLength: 40 }),
        async (adds) => {
          const clock = fakeClock();
          const running = new Set<string>();
          const lastSeen = new Map<string, number>();
          const wanted = new Map<string, number>();
          let overlap = false;
          let step = 0;
          const plans = new Map<string, { waits: number; fails: boolean }[]>();
          const queue = createWorkQueue({
            name: 'q',
            concurrency: 3,
            logger: silentLogger,
            clock,
            async reconcile(name) {
              overlap ||= running.has(name);
              running.add(name);
              lastSeen.set(name, step);
              const plan = plans.get(name)?.shift();
              for (let turn = 0; turn < (plan?.waits ?? 0); turn++) await Promise.resolve();
              running.delete(name);
              if (plan?.fails === true) throw new Error('planned');
            },
          });
          for (const add of adds) {
            step++;
            wanted.set(add.key, step);
            plans.set(add.key, [...(plans.get(add.key) ?? []), add]);
            queue.add(add.key);
            if (add.waits === 0) await Promise.resolve();
          }
          await clock.advance(3_600_000);
          expect(overlap).toBe(false);
          for (const [name, at] of wanted) expect(lastSeen.get(name)).toBeGreaterThanOrEqual(at);
          expect(queue.size).toBe(0);
          await queue.close();
        },
      ),
      { numRuns: 50 },
    );
  });
});
