import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backoffMs, type Clock, mapConcurrent, retry, SekishoError, sleep, withJitter } from './index.ts';

/** A clock whose timers run when told to. */
function manualClock(): Clock & { waits: number[]; tick(): void } {
  const timers: (() => void)[] = [];
  const waits: number[] = [];
  return {
    waits,
    now: () => 0,
    after(ms, run) {
      waits.push(ms);
      timers.push(run);
      return () => timers.splice(timers.indexOf(run), 1);
    },
    tick: () => timers.shift()?.(),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('sleep', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('resolves after the time, and leaves no listener behind', async () => {
    const stop = new AbortController();
    const remove = vi.spyOn(stop.signal, 'removeEventListener');
    const done = sleep(50, { signal: stop.signal });
    await vi.advanceTimersByTimeAsync(50);
    await done;
    expect(remove).toHaveBeenCalledOnce();
  });

  test('rejects with the reason of its signal, before and while it waits', async () => {
    await expect(sleep(50, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    const stop = new AbortController();
    const waiting = sleep(50, { signal: stop.signal });
    stop.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('backoffMs grows to its maximum and never overflows', () => {
  expect([0, 1, 2, 3, 9].map((attempt) => backoffMs(attempt, { minMs: 100, factor: 3, maxMs: 1000 }))).toEqual([
    100, 300, 900, 1000, 1000,
  ]);
  expect(backoffMs(5000, { minMs: 0 })).toBe(0);
  expect(backoffMs(5000)).toBe(30_000);
});

test('withJitter takes off at most its fraction', () => {
  expect(withJitter(100, 0.2, () => 0)).toBe(100);
  expect(withJitter(100, 0.2, () => 1)).toBe(80);
  expect(withJitter(100, 5, () => 1)).toBe(0);
});

describe('retry', () => {
  const failure = new SekishoError('X', 'x', { retryable: true });

  test('calls until it succeeds, waiting longer each time', async () => {
    const clock = manualClock();
    const result = retry((attempt) => (attempt < 3 ? Promise.reject(failure) : attempt), {
      clock,
      jitter: 0,
      minMs: 10,
    });
    await turn();
    clock.tick();
    await turn();
    clock.tick();
    expect(await result).toBe(3);
    expect(clock.waits).toEqual([10, 20]);
  });

  test('gives up after its attempts, and at once on an error that no retry helps', async () => {
    await expect(retry(() => Promise.reject(failure), { attempts: 2, minMs: 0 })).rejects.toBe(failure);
    let calls = 0;
    const fatal = new SekishoError('Y', 'y');
    await expect(retry(() => Promise.reject(calls++ === 0 ? fatal : failure))).rejects.toBe(fatal);
    expect(calls).toBe(1);
  });

  test('stops waiting when told to', async () => {
    const stop = new AbortController();
    const result = retry(() => Promise.reject(failure), { clock: manualClock(), signal: stop.signal });
    await turn();
    stop.abort('enough');
    await expect(result).rejects.toBe('enough');
  });
});

describe('mapConcurrent', () => {
  test('keeps the order and never runs more than its limit', async () => {
    let running = 0;
    let most = 0;
    const results = await mapConcurrent(
      Array.from({ length: 20 }, (_, n) => n),
      3,
      async (n) => {
        most = Math.max(most, ++running);
        for (let turns = n % 4; turns >= 0; turns--) await turn();
        running--;
        return n * 2;
      },
    );
    expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n * 2));
    expect(most).toBe(3);
    expect(await mapConcurrent(new Set<number>(), 3, async () => 1)).toEqual([]);
  });

  test('the first error stops the rest, and nothing runs on behind it', async () => {
    const seen: string[] = [];
    const result = mapConcurrent(['slow', 'bad', 'never'], 2, async (item, _index, signal) => {
      seen.push(item);
      if (item === 'bad') throw new Error('bad');
      while (!signal.aborted) await turn();
      seen.push(`${item} stopped`);
    });
    await expect(result).rejects.toThrow('bad');
    expect(seen).toEqual(['slow', 'bad', 'slow stopped']);
  });

  test('rejects with the reason of its signal', async () => {
    await expect(mapConcurrent([1], 1, async () => 1, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });
});
