import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalValues } from '../value/equals.ts';
import { parseJson } from '../value/json.ts';
import { BigNumber, numberFromText } from '../value/number.ts';
import { RegoObject, RegoSet, type Value } from '../value/value.ts';
import { type Job, type JobAnswer, JobRunner, packValue, unpackResults, unpackValue } from './index.ts';

const sent = (value: Value): Value => unpackValue(structuredClone(packValue(value)));

describe('packValue', () => {
  it('leaves JSON as it is', () => {
    const value = parseJson('{"a":[1,{"b":null}],"__proto__":"x"}');
    expect(packValue(value)).toEqual({ content: value, isPlain: true });
    expect(packValue(value).content).toBe(value);
    expect(Object.keys(sent(value) as object)).toEqual(['a', '__proto__']);
  });

  it('is undone by unpackValue, on the other side of a message', () => {
    const { value: any } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<Value>(null, true, 1.5, '', '__proto__', '\0s', numberFromText('1e400')),
        fc.bigInt().map((number) => numberFromText(`${number}`)),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
        fc
          .array(tie('value'))
          .map((members) => members.reduce((set: RegoSet, member) => set.add(member), new RegoSet())),
        fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => {
          const object = new RegoObject();
          for (const [key, item] of entries) object.set(key, item);
          return object;
        }),
      ),
    }));
    fc.assert(fc.property(any, (value) => equalValues(sent(value), value)));
  }, 60_000);
});

describe('JobRunner', () => {
  const load = (text: string, data: Value = {}): Job => ({
    kind: 'load',
    name: 'p',
    modules: [{ file: 'p.rego', text }],
    data: packValue(data),
    version: 'v1',
    strict: false,
  });
  const evaluate = (ask: Extract<Job, { kind: 'evaluate' }>['ask'], more: object = {}): Job => ({
    kind: 'evaluate',
    name: 'p',
    ask,
    input: undefined,
    nowNs: undefined,
    steps: undefined,
    members: undefined,
    strictBuiltinErrors: false,
    ...more,
  });
  const run = (jobs: readonly Job[], isCancelled = () => false): JobAnswer | undefined => {
    const runner = new JobRunner({ randomBytes: (count) => new Uint8Array(count), isCancelled });
    return jobs.map((job) => structuredClone(runner.run(structuredClone(job)))).at(-1);
  };

  it('gives values with sets and large numbers', () => {
    const jobs = [
      load('package p\nq contains data.n + input.m'),
      evaluate({ entrypoint: ['p', 'q'] }, { input: packValue({ m: 1 }) }),
    ];
    (jobs[0] as { data: unknown }).data = packValue({ n: numberFromText('9007199254740993') });
    const answer = run(jobs) as Extract<JobAnswer, { kind: 'value' }>;
    const set = unpackValue(answer.value!) as RegoSet;
    expect([...set.values()]).toEqual([new BigNumber('9007199254740994')]);
  });

  it('gives the results of queries', () => {
    const answer = run([load('package p\nq := {1, 2}'), evaluate({ query: 'data.p.q[x]; y := {x}' })]);
    const results = unpackResults((answer as Extract<JobAnswer, { kind: 'results' }>).results);
    expect(results.map(({ bindings }) => bindings.x)).toEqual([1, 2]);
    expect(results[0]?.bindings.y).toBeInstanceOf(RegoSet);
  });

  it.each<[why: string, jobs: Job[], wanted: object]>([
    [
      'a rule is undefined',
      [load('package p'), evaluate({ entrypoint: ['p', 'none'] })],
      { kind: 'value', value: undefined },
    ],
    ['a policy has faults', [load('package p\nq if {')], { kind: 'faults' }],
    ['a query has faults', [load('package p'), evaluate({ query: 'x +' })], { kind: 'faults' }],
    ['a policy is not there', [evaluate({ query: '1' })], { kind: 'error', code: 'eval_type_error' }],
    [
      'a policy was forgotten',
      [load('package p'), { kind: 'forget', name: 'p' }, evaluate({ query: '1' })],
      { kind: 'error', code: 'eval_type_error' },
    ],
    [
      'rules conflict',
      [load('package p\nq := x if some x in [1, 2]'), evaluate({ entrypoint: ['p', 'q'] })],
      { kind: 'error', code: 'eval_conflict_error', location: { file: 'p.rego' } },
    ],
    [
      'steps are used up',
      [load('package p\nq := sum(numbers.range(1, 100000))'), evaluate({ entrypoint: ['p', 'q'] }, { steps: 10 })],
      { kind: 'error', code: 'eval_budget_error' },
    ],
  ])('tells when %s', (_, jobs, wanted) => {
    expect(run(jobs)).toMatchObject(wanted);
  });

  it('stops when the answer is not wanted any more', () => {
    let looks = 0;
    const endless =
      'package p\nns := numbers.range(1, 1000)\nq if { some a in ns; some b in ns; some c in ns; a + b + c < 0 }';
    const answer = run([load(endless), evaluate({ entrypoint: ['p', 'q'] })], () => ++looks > 3);
    expect(answer).toMatchObject({ kind: 'error', code: 'eval_cancel_error' });
  });
});
