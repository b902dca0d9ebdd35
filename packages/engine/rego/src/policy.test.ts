import { describe, expect, test } from 'vitest';
import {
  BuiltinFault,
  Coverage,
  compilePolicy,
  Profile,
  RegoEvaluationError,
  type TraceEvent,
  toJson,
  type Value,
} from './index.ts';

function policyOf(text: string, options: Omit<Parameters<typeof compilePolicy>[0], 'modules'> = {}) {
  const { policy, faults } = compilePolicy({ modules: [{ file: 'test.rego', text }], ...options });
  if (policy === undefined) throw new Error(faults.map(({ message }) => message).join('; '));
  return policy;
}

/** The value of `data.t.p` as JSON, or undefined. */
function resultOf(rules: string, input?: Value): string | undefined {
  const value = policyOf(`package t\n${rules}`)
    .entrypoint(['t', 'p'])
    ?.evaluate(input === undefined ? {} : { input });
  return value === undefined ? undefined : toJson(value);
}

describe('clauses of a set that begin alike', () => {
  test.each<[string, string, Value, string]>([
    [
      'each go on by themselves',
      'p contains [1, x] if { x := input[_]; x > 1 }\np contains [2, y] if { y := input[_]; y < 3 }',
      [1, 2, 3],
      '[[1,2],[1,3],[2,1],[2,2]]',
    ],
    [
      'have variables of their own',
      'p contains ["a", i, x] if { x := input[i]; y := x + 1; y > 2 }\np contains ["b", k, i] if { i := input[k]; x := i + 1; x < 3 }',
      [1, 2],
      '[["a",1,2],["b",0,1]]',
    ],
    [
      'part where the variables differ',
      'p contains 1 if { x := input.a; y := input.b; x > y }\np contains 2 if { x := input.a; y := input.b; y > x }',
      { a: 1, b: 2 },
      '[2]',
    ],
    [
      'part where the functions differ',
      'p contains ["count", x] if x := count(input)\np contains ["sum", y] if y := sum(input)',
      [5, 6],
      '[["count",2],["sum",11]]',
    ],
    [
      'part where a member has a name in one of them only',
      'p contains ["any"] if { input.a[_] == input.b[_] }\np contains ["same"] if { some i; input.a[i] == input.b[i] }',
      { a: [1, 2], b: [2, 3] },
      '[["any"]]',
    ],
    [
      'have equal bodies and other heads',
      'p contains [x, 1] if x := input[_]\np contains [y, 2] if y := input[_]',
      [7],
      '[[7,1],[7,2]]',
    ],
    [
      'negate alike',
      'q(x) if x == 1\np contains ["a", x] if { x := input[_]; not q(x); x < 3 }\np contains ["b", x] if { x := input[_]; not q(x); x > 2 }',
      [1, 2, 3],
      '[["a",2],["b",3]]',
    ],
    [
      'see what with puts in the place of input',
      'q := input.x\np contains [1, v] if v := q with input.x as 5\np contains [2, v] if v := q with input.x as 6',
      {},
      '[[1,5],[2,6]]',
    ],
  ])('%s', (_, rules, input, expected) => {
    expect(resultOf(rules, input)).toBe(expected);
  });

  test('may have thousands of expressions in common', () => {
    const body = Array.from({ length: 2000 }, (_, i) => `input.a${i % 7} == 1`).join('; ');
    const input = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`a${i}`, 1]));
    expect(resultOf(`p contains x if { ${body}; x := 1 }\np contains x if { ${body}; x := 2 }`, input)).toBe('[1,2]');
  });

  test('may be many, each with a bit more in common', () => {
    const clause = (i: number): string => {
      const tests = Array.from({ length: i }, (_, j) => `input.a != ${j + 100}; `).join('');
      return `p contains x if { ${tests}x := input.a + ${i} }`;
    };
    const rules = Array.from({ length: 80 }, (_, i) => clause(i)).join('\n');
    expect(JSON.parse(resultOf(rules, { a: 1 }) ?? '')).toHaveLength(80);
  });

  test('print one after the other', () => {
    const printed: string[] = [];
    policyOf(
      'package t\np contains 1 if { x := input[_]; print("a", x) }\np contains 2 if { x := input[_]; print("b", x) }',
      {
        enablePrint: true,
      },
    )
      .entrypoint(['t', 'p'])
      ?.evaluate({ input: [1, 2], print: (text) => void printed.push(text) });
    expect(printed).toEqual(['a 1', 'b 1']);
  });
});

describe('what functions give for texts', () => {
  const rules = `package t
    size(text) := to_number(trim_suffix(text, "Mi")) * 2
    at(text) := [text, input.unit]
    old(text) if time.now_ns() > to_number(text)
    p := size(input.text)
    q := at("a")
    r if old("5")`;

  test('is the same in every evaluation', () => {
    const policy = policyOf(rules);
    for (const [text, expected] of [
      ['3Mi', 6],
      ['4Mi', 8],
      ['3Mi', 6],
      ['x', undefined],
      ['x', undefined],
    ] as const)
      expect(policy.entrypoint(['t', 'p'])?.evaluate({ input: { text } })).toBe(expected);
  });

  test('faults again where faults count', () => {
    const entrypoint = policyOf(rules).entrypoint(['t', 'p']);
    expect(entrypoint?.evaluate({ input: { text: 'x' } })).toBeUndefined();
    expect(() => entrypoint?.evaluate({ input: { text: 'x' }, strictBuiltinErrors: true })).toThrow('invalid syntax');
  });

  test('is asked again where it depends on the input or on the time', () => {
    const policy = policyOf(rules);
    const at = (unit: string) => policy.entrypoint(['t', 'q'])?.evaluate({ input: { unit } });
    expect([at('x'), at('y')]).toEqual([
      ['a', 'x'],
      ['a', 'y'],
    ]);
    const old = (nowNs: bigint) => policy.entrypoint(['t', 'r'])?.evaluate({ nowNs });
    expect([old(9n), old(1n)]).toEqual([true, undefined]);
  });

  test('does not grow with the texts', () => {
    const entrypoint = policyOf(rules).entrypoint(['t', 'p']);
    for (let i = 0; i < 1000; i++) expect(entrypoint?.evaluate({ input: { text: `${i}Mi` } })).toBe(2 * i);
  });
});

describe('rules give what OPA gives', () => {
  test.each<[string, string, Value | undefined, string | undefined]>([
    ['keys that every JavaScript object inherits are not there', 'p := input.constructor', {}, undefined],
    ['nor are methods of arrays', 'p := input.x.length', { x: [1] }, undefined],
    ['own __proto__ keys are', 'p := input["__proto__"].x', JSON.parse('{"__proto__": {"x": 1}}'), '1'],
    ['objects are built with such keys', 'p := {"__proto__": input.x}', { x: 1 }, '{"__proto__":1}'],
    ['a dynamic key finds no method', 'p := {k: v | some k in ["toString", "a"]; v := input[k]}', { a: 1 }, '{"a":1}'],
    [
      'text in policies can not leave its string',
      'p := "`$\\u007b1}\\"\\u2028*/"',
      undefined,
      JSON.stringify('`$\u007b1}"\u2028*/'),
    ],
    ['patterns take arrays apart', 'p := [a, b] if [a, ["x", b]] = input', [1, ['x', 2]], '[1,2]'],
    ['and objects with as many keys', 'p := a if {"k": a} = input', { k: 1, l: 2 }, undefined],
    ['unification goes both ways', 'p := x if { [x, 1] = [2, y]; y == 1 }', undefined, '2'],
    ['else chains', 'p := 1 if input == 1 else := 2 if input == 2 else := 3', 2, '2'],
    ['an index is a whole number', 'p := [x | x := input[_]; not input[0.5]; not input[-1]]', [5], '[5]'],
    [
      'iteration in arrays is in the order of values',
      'p := [k | some k, _ in input]',
      { b: 1, a: 1, B: 1 },
      '["B","a","b"]',
    ],
    ['sets of sets', 'p := {x | some x in {{1}, {1}, {2}}}', undefined, '[[1],[2]]'],
    ['every over nothing holds', 'p if every x in [] { x == 1 }', undefined, 'true'],
    ['every over a scalar does not', 'p if every x in input { x == 1 }', 'abc', undefined],
    ['with replaces input', 'q := input.x\np := [q, r] if r := q with input.x as 2', { x: 1 }, '[1,2]'],
    [
      'with replaces built-ins in called rules',
      'q := count([1])\nf(_) := 9\np := r if r := q with count as f',
      undefined,
      '9',
    ],
  ])('%s', (_, rules, input, wanted) => {
    expect(resultOf(rules, input)).toBe(wanted);
  });

  test('many clauses that compare one thing are found by its value', () => {
    const clauses = [...'abcdefgh'].map((letter) => `p contains "${letter}1" if input.x == "${letter}"`).join('\n');
    expect(resultOf(`${clauses}\np contains "any" if input.y`, { x: 'c', y: 1 })).toBe('["any","c1"]');
    expect(resultOf(`${clauses}\np contains "any" if input.y`, { x: 3 })).toBe('[]');
  });
});

describe('evaluation is bounded', () => {
  const endless =
    'p if {\n\tsome a in numbers.range(1, 1000)\n\tsome b in numbers.range(1, 1000)\n\tsome c in numbers.range(1, 1000)\n\ta + b + c == -1\n}';
  const refused = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      if (error instanceof RegoEvaluationError) return error.code;
      throw error;
    }
    return 'nothing thrown';
  };

  test('by steps, a deadline, a signal and members', () => {
    const entrypoint = policyOf(`package t\n${endless}`).entrypoint(['t', 'p']);
    let now = 0;
    const clock = () => now++;
    expect(refused(() => entrypoint?.evaluate({ limits: { steps: 10_000 } }))).toBe('eval_budget_error');
    expect(refused(() => entrypoint?.evaluate({ limits: { deadline: { clock, at: 5 } } }))).toBe('eval_cancel_error');
    expect(refused(() => entrypoint?.evaluate({ signal: AbortSignal.abort() }))).toBe('eval_cancel_error');
    const big = policyOf('package t\np := [x | some x in numbers.range(1, 1000)]').entrypoint(['t', 'p']);
    expect(refused(() => big?.evaluate({ limits: { members: 100 } }))).toBe('eval_budget_error');
  });

  test('by the stack, in data and in policies', () => {
    let deep: Value = 1;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    const entrypoint = policyOf('package t\np if input.a == input.b').entrypoint(['t', 'p']);
    expect(refused(() => entrypoint?.evaluate({ input: { a: [deep], b: [[deep]] } }))).toBe('eval_budget_error');
  });

  test('two values of one rule are a conflict with its place', () => {
    const query = policyOf('package t\np := 1 if input.a\n\np := 2 if input.b').prepareQuery('data.t.p').query;
    expect(() => query?.evaluate({ input: { a: 1, b: 1 } })).toThrow(
      'complete rules must not produce multiple outputs',
    );
  });

  test('faults of built-ins make expressions undefined, other errors come through', () => {
    const type = { kind: 'function', args: [], result: { kind: 'any', of: [] } } as const;
    const broken = (error: unknown) => ({
      extraBuiltins: [
        {
          name: 'broken',
          type,
          evaluate: () => {
            throw error;
          },
        },
      ],
    });
    const rule = 'package t\np if not broken()';
    const fault = new BuiltinFault('eval_builtin_error', 'broken: it is');
    expect(policyOf(rule, broken(fault)).entrypoint(['t', 'p'])?.evaluate()).toBe(true);
    expect(
      refused(() => policyOf(rule, broken(fault)).entrypoint(['t', 'p'])?.evaluate({ strictBuiltinErrors: true })),
    ).toBe('eval_builtin_error');
    expect(() =>
      policyOf(rule, broken(new TypeError('a bug')))
        .entrypoint(['t', 'p'])
        ?.evaluate(),
    ).toThrow('a bug');
  });
});

describe('queries', () => {
  test('give the values of expressions and bindings', () => {
    const results = policyOf('package t\np := 7')
      .prepareQuery('x := data.t.p; x > 1; [x, y] = [7, 8]; input.k')
      .query?.evaluate({ input: { k: 'v' } });
    expect(results).toEqual([{ expressions: [true, true, true, 'v'], bindings: { x: 7, y: 8 } }]);
  });

  test('replace what rules do not know is replaced', () => {
    const policy = policyOf('package t\nq := 1\np := q + 1');
    expect(policy.prepareQuery('x := data.t.p with data.t.q as 5').query?.evaluate()[0]?.bindings).toEqual({ x: 6 });
    expect(policy.prepareQuery('x := data.t.p').query?.evaluate()[0]?.bindings).toEqual({ x: 2 });
  });
});

describe('observers', () => {
  const text =
    'package t\n\ndeny contains msg if {\n\tsome i, c in input.containers\n\tc.privileged\n\tmsg := sprintf("%d", [i])\n}\n\nnever if {\n\tinput.missing\n}\n';
  const input = { containers: [{ privileged: false }, { privileged: true }] };

  test('derivations tell what of the input a finding read', () => {
    const derivations = policyOf(text).entrypoint(['t', 'deny'])?.derivations({ input });
    expect(derivations?.map(({ member }) => member)).toEqual(['1']);
    expect(derivations?.[0]?.inputPaths).toContainEqual(['containers', 1, 'privileged']);
    expect(derivations?.[0]?.inputPaths).not.toContainEqual(['containers', 0, 'privileged']);
  });

  test('coverage, profile and trace tell what was evaluated', () => {
    const policy = policyOf(text);
    const coverage = new Coverage();
    const profile = new Profile();
    const events: TraceEvent[] = [];
    policy.entrypoint(['t'])?.evaluate({ input, coverage, profile, trace: (event) => events.push(event) });
    expect(coverage.report(policy.modules).files.get('test.rego')).toMatchObject({
      covered: [3, 4, 5, 6, 10],
      notCovered: [9],
    });
    expect(profile.entries().find(({ location }) => location.row === 5)?.evaluations).toBe(2);
    expect(events.map(({ op }) => op)).toEqual(expect.arrayContaining(['enter', 'eval', 'fail', 'redo', 'exit']));
  });
});

describe('queries under with give what OPA gives', () => {
  const policy = policyOf('package t\nq := 1\nq2 := q + 1\nr.u := 1\nr.v := 2\nf(x) := x\ng(x) := f(x) + 1', {
    data: { b: { k: 1 }, list: ['x', 'y'] },
  });
  test.each<[query: string, bindings: readonly string[]]>([
    ['x = data.b.c with data as {"b": {"c": 7}}', ['{"x":7}']],
    ['x = data.t.q with data as {"t": {"q": 9}}', ['{"x":9}']],
    ['x = data.t.q2 with data as {"t": {"q": 9}}', []],
    ['x = data.t with data as {}', []],
    ['x = data.b with data as {"b": {"k": 1}} with data.b.z as 2', ['{"x":{"k":1,"z":2}}']],
    ['x = data.b with data.b.z as 2 with data as {"b": {"k": 1}}', ['{"x":{"k":1}}']],
    ['data.t.q == 9 with data as {"t": {"q": 9}}; x = data.t.q', ['{"x":1}']],
    ['x = data.t.r with data.t.r.u as 7', ['{"x":{"u":7,"v":2}}']],
    ['x = data.t.g([1, 2]) with data.t.f as count', ['{"x":3}']],
    ['x = data.list["1"]', ['{"x":"y"}']],
    ['y = ["01", "+1", "2", " 1", "x"][_]; x = data.list[y]', ['{"x":"y","y":"+1"}', '{"x":"y","y":"01"}']],
    ['x = http.send({"method": "GET", "url": "http://127.0.0.1:1/"})', []],
    ['x = 1; print(x, input.nope)', ['{"x":1}']],
  ])('%s', (text, bindings) => {
    const results = policy.prepareQuery(text).query?.evaluate() ?? [];
    expect(results.map((result) => toJson(result.bindings)).sort()).toEqual(bindings);
  });
});
