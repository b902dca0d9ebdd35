import { type Logger, SekishoError } from '@sekisho/base';
import type { NewRelease, Release, Store } from '@sekisho/store';
import { fakeClock } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { createReleaseRecorder } from './release-recorder.ts';

function release(revision: string): NewRelease {
  return {
    namespace: 'argocd',
    app: 'web',
    revision,
    author: 'Ann <ann@example.org>',
    message: 'change',
    startedAt: `2026-01-01T00:00:0${revision}.000Z`,
    finishedAt: `2026-01-01T00:00:0${revision}.500Z`,
    initiatedBy: { automated: true },
    outcome: 'Succeeded',
    messageText: 'successfully synced',
    sources: [],
    objects: [],
  };
}

/** A store in memory that a test takes away, and whose answers it loses. */
function setUp(options: { maxWaiting?: number } = {}) {
  const kept: Release[] = [];
  let failure: SekishoError | undefined;
  let losesAnswers = false;
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  const store = {
    ping: async () => check(),
    releases: {
      async record(next: NewRelease) {
        check();
        const stored = { ...next, id: kept.length + 1 };
        kept.push(stored);
        if (losesAnswers) {
          losesAnswers = false;
          throw new SekishoError('STORE_UNAVAILABLE', 'the connection was cut', { retryable: true });
        }
        return stored;
      },
      list: async () => {
        check();
        return [...kept].reverse();
      },
    },
  } as unknown as Store;
  const lines: string[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
  };
  const clock = fakeClock();
  return {
    clock,
    lines,
    recorder: createReleaseRecorder({ store, clock, logger, ...options }),
    revisions: () => kept.map(({ revision }) => revision),
    fail: (error: SekishoError | undefined) => {
      failure = error;
    },
    loseAnswer: () => {
      losesAnswers = true;
    },
  };
}

const away = new SekishoError('STORE_UNAVAILABLE', 'the store does not answer', { retryable: true });

describe('the release recorder', () => {
  test('keeps releases while the store is away, and records them in their order when it is back', async () => {
    const { recorder, clock, fail, revisions, lines } = setUp();
    fail(away);
    for (const revision of ['1', '2', '3']) recorder.record(release(revision));
    await clock.advance(300_000);
    expect(revisions()).toEqual([]);
    expect(lines).toHaveLength(1);
    fail(undefined);
    await clock.advance(60_000);
    expect(revisions()).toEqual(['1', '2', '3']);
    recorder.record(release('4'));
    await clock.advance(0);
    expect(revisions()).toEqual(['1', '2', '3', '4']);
    expect(lines.some((line) => line.startsWith('error'))).toBe(false);
    await recorder.close();
  });

  test('records nothing twice when the answer was lost', async () => {
    const { recorder, clock, loseAnswer, revisions } = setUp();
    loseAnswer();
    recorder.record(release('1'));
    recorder.record(release('2'));
    await clock.advance(60_000);
    expect(revisions()).toEqual(['1', '2']);
    await recorder.close();
  });

  test('waits for a password to be mended, and not for a release that the database refuses', async () => {
    const { recorder, clock, fail, revisions, lines } = setUp();
    fail(new SekishoError('STORE_FAILED', 'wrong password', { details: { sqlstate: '28P01' } }));
    recorder.record(release('1'));
    await clock.advance(10_000);
    fail(undefined);
    await clock.advance(60_000);
    expect(revisions()).toEqual(['1']);
    fail(new SekishoError('STORE_FAILED', 'value refused', { details: { sqlstate: '23514' } }));
    recorder.record(release('2'));
    await clock.advance(0);
    expect(lines.at(-1)).toMatch(/^error a release could not be recorded .*value refused/);
    fail(undefined);
    recorder.record(release('3'));
    await clock.advance(0);
    expect(revisions()).toEqual(['1', '3']);
    await recorder.close();
  });

  test('keeps the newest when too many wait', async () => {
    const { recorder, clock, fail, revisions, lines } = setUp({ maxWaiting: 2 });
    fail(away);
    for (const revision of ['1', '2', '3']) recorder.record(release(revision));
    expect(lines.at(-1)).toContain('"revision":"1"');
    await clock.advance(0);
    fail(undefined);
    await clock.advance(60_000);
    expect(revisions()).toEqual(['2', '3']);
    await recorder.close();
  });

  test('closes at once without a store, and says what was lost', async () => {
    const { recorder, clock, fail, lines } = setUp();
    await recorder.close();
    const second = setUp();
    second.fail(away);
    second.recorder.record(release('1'));
    await second.clock.advance(0);
    await second.recorder.close();
    expect(second.lines.at(-1)).toMatch(/^error a release could not be recorded .*does not answer/);
    second.recorder.record(release('2'));
    expect(second.lines.at(-1)).toContain('"revision":"2"');
    fail(undefined);
    expect([clock.pending, lines]).toEqual([0, []]);
  });
});
