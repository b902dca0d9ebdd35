import { SekishoError } from '@sekisho/base';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createThreadPool, type ThreadJob, type ThreadPool, type ThreadPoolOptions } from './index.ts';

function create(more: Partial<ThreadPoolOptions<Set<string>>> = {}): ThreadPool<Set<string>> {
  const fault = (code: string) => (about: unknown) => new SekishoError(code, code, { cause: about });
  return createThreadPool({
    entry: new URL('./testing/echo-thread.mjs', import.meta.url),
    threads: 1,
    heapMb: 64,
    maxWaiting: 100,
    createState: () => new Set<string>(),
    faults: {
      timeout: fault('TIMEOUT'),
      memory: () => new SekishoError('MEMORY', 'memory'),
      failed: fault('FAILED'),
      busy: fault('BUSY'),
      closed: () => new SekishoError('CLOSED', 'closed'),
    },
    ...more,
  });
}

function job(message: object, more: Partial<ThreadJob<Set<string>, unknown>> = {}): ThreadJob<Set<string>, unknown> {
  return { message: () => message, timeoutMs: 30_000, ...more };
}

const pool = create();
afterAll(() => pool.close());

describe('createThreadPool', () => {
  it('gives each job its own answer', async () => {
    const answers = await Promise.all([1, 2, 3].map((value) => pool.run(job({ kind: 'echo', value }))));
    expect(answers).toEqual([1, 2, 3]);
  });

  it('answers the questions of a job, each with its own, and passes on what the answer throws', async () => {
    const double = job({ kind: 'ask', count: 20 }, { onQuestion: async (n) => Number(n) * 2 });
    expect(await pool.run(double)).toEqual(Array.from({ length: 20 }, (_, n) => n * 2));
    const refusing = job(
      { kind: 'ask', count: 1 },
      {
        onQuestion: async () => {
          throw new SekishoError('TREE_NOT_FOUND', 'nothing there', { hint: 'look elsewhere' });
        },
      },
    );
    await expect(pool.run(refusing)).rejects.toMatchObject({ code: 'TREE_NOT_FOUND', hint: 'look elsewhere' });
    await expect(pool.run(job({ kind: 'ask', count: 1 }, { onQuestion: async () => () => 1 }))).rejects.toMatchObject({
      code: 'FAILED',
    });
  });

  it('answers a job that sleeps until the answer is there', async () => {
    const ask = (question: unknown, onQuestion: (question: unknown) => Promise<unknown>, timeoutMs?: number) =>
      pool.run(job({ kind: 'askNow', question, ...(timeoutMs === undefined ? {} : { timeoutMs }) }, { onQuestion }));
    expect(await ask({ a: ['é'] }, async (question) => ({ question }))).toEqual({ question: { a: ['é'] } });
    expect(await ask(1, async () => undefined)).toBe(null);
    const refusal = ask(1, () => Promise.reject(new SekishoError('NOT_HERE', 'no', { hint: 'there' })));
    await expect(refusal).rejects.toMatchObject({ code: 'NOT_HERE', hint: 'there' });
    for (const answer of ['x'.repeat(2 * 1024 * 1024), 1n]) {
      await expect(ask(1, async () => answer)).rejects.toMatchObject({ code: 'FAILED' });
    }
    await expect(ask(1, () => new Promise(() => undefined), 20)).rejects.toMatchObject({ code: 'FAILED' });
    expect(await pool.run(job({ kind: 'echo', value: 'on' }))).toBe('on');
  });

  it('tells a thread what comes before a job, part by part and to the end', async () => {
    const own = create();
    const learning = (parts: Iterable<unknown>, more: Partial<ThreadJob<Set<string>, unknown>> = {}) =>
      own.run(job({ kind: 'learnt' }, { prelude: () => parts, ...more }));
    try {
      expect(await learning(['a'])).toEqual(['a']);
      expect(await learning(['b', 'c'])).toEqual(['a', 'b', 'c']);
      const leaves = new AbortController();
      function* whileItLeaves() {
        yield 'd';
        leaves.abort('gone');
        yield 'e';
      }
      await expect(learning(whileItLeaves(), { signal: leaves.signal })).rejects.toBe('gone');
      expect(await learning([])).toEqual(['a', 'b', 'c', 'd', 'e']);
      await expect(learning(['bad', 'f'])).rejects.toMatchObject({ code: 'FAILED' });
      expect(await learning(['g'])).toEqual(['g']);
    } finally {
      await own.close();
    }
  });

  it('throws coded errors as they are, and others as faults of the pool', async () => {
    await expect(pool.run(job({ kind: 'refuse' }))).rejects.toMatchObject({
      code: 'TEST_REFUSED',
      hint: 'yes',
      details: { at: 1 },
    });
    for (const kind of ['crash', 'exit', 'uncloneable'])
      await expect(pool.run(job({ kind }))).rejects.toMatchObject({ code: 'FAILED' });
    expect(await pool.run(job({ kind: 'echo', value: 'after' }))).toBe('after');
  });

  it.each(['spin', 'deaf', 'wait'])('ends a job that goes over its time: %s', async (kind) => {
    await expect(pool.run(job({ kind }, { timeoutMs: 20 }))).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await pool.run(job({ kind: 'echo', value: 1 }))).toBe(1);
  });

  it('ends a thread that goes over its memory, and goes on in another', async () => {
    await expect(pool.run(job({ kind: 'grow' }))).rejects.toMatchObject({ code: 'MEMORY' });
    expect(await pool.run(job({ kind: 'echo', value: 1 }))).toBe(1);
  });

  it('stops what is cancelled, while it waits and while it runs', async () => {
    const running = new AbortController();
    const waiting = new AbortController();
    const outcomes = Promise.allSettled([
      pool.run(job({ kind: 'spin' }, { signal: running.signal })),
      pool.run(job({ kind: 'spin' }, { signal: waiting.signal })),
      pool.run(job({ kind: 'echo', value: 1 })),
      pool.run(job({ kind: 'echo' }, { signal: AbortSignal.abort('before') })),
    ]);
    waiting.abort('waiting');
    running.abort('running');
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: 'running' },
      { status: 'rejected', reason: 'waiting' },
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: 'before' },
    ]);
  });

  it('prefers the thread that a job asks for, and forgets what it knew of one that ended', async () => {
    const two = create({ threads: 2 });
    try {
      const note = (name: string): ThreadJob<Set<string>, unknown> => ({
        message: (state) => ({ kind: 'echo', value: [...state, state.add(name).size] }),
        prefers: (state) => state.has(name),
        timeoutMs: 30_000,
      });
      await Promise.all([two.run(note('a')), two.run(note('b'))]);
      expect(await two.run(note('b'))).toEqual(['b', 1]);
      expect(await two.run(note('a'))).toEqual(['a', 1]);
      await expect(two.run({ ...note('a'), message: () => ({ kind: 'exit' }) })).rejects.toMatchObject({
        code: 'FAILED',
      });
      await expect(two.run({ ...note('b'), message: () => ({ kind: 'exit' }) })).rejects.toMatchObject({
        code: 'FAILED',
      });
      expect(await two.run(note('a'))).toEqual([1]);
    } finally {
      await two.close();
    }
  });

  it('ends a thread that is idle, and starts it again', async () => {
    const brief = create({ idleMs: 1 });
    try {
      const states: Set<string>[] = [];
      const noting = { ...job({ kind: 'echo' }), message: (state: Set<string>) => states.push(state) };
      const startedThreads = async () => {
        await brief.run(noting);
        return new Set(states).size;
      };
      await expect.poll(startedThreads, { timeout: 20_000 }).toBeGreaterThan(1);
    } finally {
      await brief.close();
    }
  });

  it('keeps as many idle threads as it is told to', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const two = create({ threads: 2, idleMs: 1000, keptThreads: 1 });
    try {
      const states = new Set<Set<string>>();
      const noting = job({ kind: 'echo' }, { message: (state) => ({ kind: 'echo', value: states.add(state).size }) });
      await Promise.all([two.run(noting), two.run(noting)]);
      vi.advanceTimersByTime(10_000);
      await two.run(noting);
      expect(states.size).toBe(2);
      await Promise.all([two.run(noting), two.run(noting)]);
      expect(states.size).toBe(3);
    } finally {
      vi.useRealTimers();
      await two.close();
    }
  });

  it('refuses more than may wait, and everything after it is closed', async () => {
    const small = create({ maxWaiting: 1 });
    const outcomes = Promise.allSettled([1, 2, 3].map(() => small.run(job({ kind: 'wait' }))));
    await small.close();
    const codes = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason.code);
    expect(codes).toEqual(['CLOSED', 'CLOSED', 'BUSY']);
    await expect(small.run(job({ kind: 'echo' }))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
