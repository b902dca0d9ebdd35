import { parseJson, RegoSet, toJson } from '@sekisho/rego';
import { afterAll, describe, expect, it } from 'vitest';
import { createRegoWorkerPool, type LoadedPolicy, type RegoWorkerPool, type WorkerPolicySource } from './index.ts';

const pool = createRegoWorkerPool({ workers: 2 });
afterAll(() => pool.close());

async function loaded(
  text: string,
  more: Partial<WorkerPolicySource> = {},
  into: RegoWorkerPool = pool,
): Promise<LoadedPolicy> {
  const { policy, faults } = await into.load({ modules: [{ file: 'p.rego', text }], ...more });
  expect(faults).toEqual([]);
  return policy as LoadedPolicy;
}

/** 10^9 rounds. */
const ENDLESS = `package p
ns := numbers.range(1, 1000)
q if { some a in ns; some b in ns; some c in ns; a + b + c < 0 }
ok := 1`;
const GROWING =
  'package p\nq contains s if { some i in numbers.range(1, 1000000); s := sprintf("%d%s", [i, input.text]) }';
const TEXT = 'x'.repeat(100_000);

describe('createRegoWorkerPool', () => {
  it('gives the value of a rule, with sets and large numbers', async () => {
    const policy = await loaded('package p\nq contains input.n + data.n', {
      data: parseJson('{"n":9007199254740993}') as object as Record<string, never>,
    });
    const value = await pool.evaluate(policy, ['p', 'q'], { input: parseJson('{"n":12345678901234567890}') });
    expect(value).toBeInstanceOf(RegoSet);
    expect(toJson(value ?? null)).toBe(`[${9007199254740993n + 12345678901234567890n}]`);
    expect(await pool.evaluate(policy, ['p', 'none'])).toBeUndefined();
  });

  it('gives the results of a query, and its faults', async () => {
    const policy = await loaded('package p\nq[x] := y if some x, y in input');
    const { results } = await pool.query(policy, 'data.p.q[k]', { input: ['a', 'b'] });
    expect(results?.map(({ bindings }) => bindings.k)).toEqual([0, 1]);
    const { faults } = await pool.query(policy, 'data.p.q[');
    expect(faults.map(({ code }) => code)).toEqual(['rego_parse_error']);
  });

  it('tells the faults of modules, and knows a policy again', async () => {
    const source = { modules: [{ file: 'p.rego', text: 'package p\nq := x' }] };
    for (const _ of [1, 2, 3])
      expect((await pool.load(source)).faults.map(({ code }) => code)).toEqual(['rego_unsafe_var_error']);
    expect(await loaded('package same')).toBe(await loaded('package same'));
    expect(await loaded('package same')).not.toBe(await loaded('package same', { data: { a: 1 } }));
  });

  it('throws what evaluation throws', async () => {
    const policy = await loaded('package p\nq := x if some x in [1, 2]\nt := time.now_ns()\nr := rand.intn("a", 5)');
    await expect(pool.evaluate(policy, ['p', 'q'])).rejects.toMatchObject({
      code: 'eval_conflict_error',
      location: { file: 'p.rego', row: 2 },
    });
    expect(await pool.evaluate(policy, ['p', 't'], { nowNs: 5n })).toBe(5);
    expect(await pool.evaluate(policy, ['p', 'r'])).toBeTypeOf('number');
    await expect(pool.evaluate(policy, ['p', 'r'], { steps: 0 })).rejects.toMatchObject({ code: 'eval_budget_error' });
  });

  it('answers 1,000 evaluations at once, each with its own', async () => {
    const policy = await loaded('package p\nq := input.n * 2');
    const other = await loaded('package p\nq := input.n * 3');
    const values = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        pool.evaluate(n % 2 === 0 ? policy : other, ['p', 'q'], { input: { n } }),
      ),
    );
    expect(values).toEqual(values.map((_, n) => (n % 2 === 0 ? n * 2 : n * 3)));
  });

  it('ends an evaluation of 10^9 rounds in time, and goes on with others', async () => {
    const policy = await loaded(ENDLESS);
    await expect(pool.evaluate(policy, ['p', 'q'], { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'REGO_WORKER_TIMEOUT',
    });
    expect(await pool.evaluate(policy, ['p', 'ok'])).toBe(1);
  });

  it('ends compiling that takes too long, whatever the thread is busy with', async () => {
    const hasty = createRegoWorkerPool({ workers: 1, timeoutMs: 1 });
    try {
      const text = `package p\n${Array.from({ length: 5_000 }, (_, n) => `r${n} := x if x := r${n + 1} + 1`).join('\n')}\nr5000 := 1`;
      const loading = hasty.load({ modules: [{ file: 'p.rego', text }] });
      await expect(loading).rejects.toMatchObject({ code: 'REGO_WORKER_TIMEOUT' });
    } finally {
      await hasty.close();
    }
  });

  it('ends a thread that uses up its memory, and goes on in another', async () => {
    const small = createRegoWorkerPool({ workers: 1, heapMb: 64, timeoutMs: 60_000 });
    try {
      const policy = await loaded(GROWING, {}, small);
      const code = expect.stringMatching(/^REGO_WORKER_MEMORY$|^eval_budget_error$/) as string;
      await expect(small.evaluate(policy, ['p', 'q'], { input: { text: TEXT } })).rejects.toMatchObject({ code });
      expect(await small.evaluate(await loaded('package p\nq := 1', {}, small), ['p', 'q'])).toBe(1);
    } finally {
      await small.close();
    }
  });

  it('keeps as many policies as it may, and loads the others again', async () => {
    const small = createRegoWorkerPool({ workers: 1, maxPolicies: 2 });
    try {
      const policies = await Promise.all([1, 2, 3, 4].map((n) => loaded(`package p\nq := ${n}`, {}, small)));
      for (const [index, policy] of [...policies, ...policies].entries())
        expect(await small.evaluate(policy, ['p', 'q'])).toBe((index % 4) + 1);
    } finally {
      await small.close();
    }
  });

  it('stops what is cancelled: before, while it waits and while it runs', async () => {
    const one = createRegoWorkerPool({ workers: 1 });
    try {
      const policy = await loaded(ENDLESS, {}, one);
      await expect(one.evaluate(policy, ['p', 'q'], { signal: AbortSignal.abort('never') })).rejects.toBe('never');
      const running = new AbortController();
      const waiting = new AbortController();
      const outcomes = Promise.allSettled([
        one.evaluate(policy, ['p', 'q'], { signal: running.signal, timeoutMs: 60_000 }),
        one.evaluate(policy, ['p', 'q'], { signal: waiting.signal, timeoutMs: 60_000 }),
        one.evaluate(policy, ['p', 'ok']),
      ]);
      waiting.abort('not started');
      running.abort('stopped');
      expect((await outcomes).map((outcome) => (outcome as { reason?: unknown; value?: unknown }).reason)).toEqual([
        'stopped',
        'not started',
        undefined,
      ]);
    } finally {
      await one.close();
    }
  });

  it('refuses more than may wait', async () => {
    const one = createRegoWorkerPool({ workers: 1, maxWaiting: 1 });
    try {
      const policy = await loaded('package p\nq := 1', {}, one);
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => one.evaluate(policy, ['p', 'q'])));
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({
        code: 'REGO_WORKER_BUSY',
        retryable: true,
      });
    } finally {
      await one.close();
    }
  });

  it('rejects what runs and waits when it is closed, and everything after', async () => {
    const one = createRegoWorkerPool({ workers: 1 });
    const policy = await loaded(ENDLESS, {}, one);
    const outcomes = Promise.allSettled([1, 2].map(() => one.evaluate(policy, ['p', 'q'], { timeoutMs: 60_000 })));
    await one.close();
    const closed = { status: 'rejected', reason: expect.objectContaining({ code: 'REGO_WORKER_CLOSED' }) as unknown };
    expect(await outcomes).toEqual([closed, closed]);
    await expect(one.evaluate(policy, ['p', 'ok'])).rejects.toMatchObject({ code: 'REGO_WORKER_CLOSED' });
    await expect(one.load({ modules: [] })).rejects.toMatchObject({ code: 'REGO_WORKER_CLOSED' });
  });
});
