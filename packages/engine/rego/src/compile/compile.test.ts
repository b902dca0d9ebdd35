import { describe, expect, it } from 'vitest';
import { BUILTINS } from '../builtins/registry.ts';
import type { Module } from '../syntax/ast.ts';
import { formatBody, formatTerm } from '../syntax/format-term.ts';
import { parseModule, parseQuery } from '../syntax/index.ts';
import { compileModules } from './compile-modules.ts';
import { compileQuery } from './compile-query.ts';
import type { Compiled, RuleNode } from './compiled.ts';

function compile(texts: string | readonly string[], options: { strict?: boolean; errorLimit?: number } = {}) {
  const modules: Module[] = [];
  for (const [index, text] of (typeof texts === 'string' ? [texts] : texts).entries()) {
    const { module, faults } = parseModule(text, { file: `m${index}.rego`, version: 'v1' });
    expect(faults).toEqual([]);
    if (module !== undefined) modules.push(module);
  }
  return compileModules(modules, { builtins: BUILTINS, ...options });
}

/** `row:col message` of all faults. */
function faults(texts: string | readonly string[], options = {}): readonly string[] {
  return compile(texts, options).faults.map(({ location, message }) =>
    location === undefined ? message : `${location.row}:${location.col} ${message.split('\n')[0]}`,
  );
}

function compiled(texts: string | readonly string[]): Compiled {
  const result = compile(texts);
  expect(result.faults).toEqual([]);
  return result.compiled as Compiled;
}

function node(tree: RuleNode, path: string): RuleNode {
  let at: RuleNode | undefined = tree;
  for (const name of path.split('.')) at = at?.children.get(name);
  return at as RuleNode;
}

/** Body of the first clause of `data.a.p`, with locals as they were written. */
function body(rules: string): string {
  const clause = node(compiled(`package a\n${rules}`).tree, 'a.p').group?.clauses[0];
  let text = formatBody(clause?.rule.body ?? []);
  for (const [name, written] of clause?.originalNames ?? []) text = text.replaceAll(name, written);
  return text.replaceAll(/__local\d+__/g, '?');
}

describe('compileModules rewrites bodies', () => {
  it.each([
    [
      'names of rules and imports become absolute',
      'q := 1\np if { q; f(q) }\nf(x) := x',
      'data.a.q; data.a.f(data.a.q)',
    ],
    ['some … in is an equation', 'p if { some x in input; x > 1 }', 'x = input[?]; x > 1'],
    ['what binds comes first', 'p if { x > 1; x = input.y }', 'x = input.y; x > 1'],
    ['a result as last argument is an equation', 'p if { count(input, n); n > 1 }', 'n = count(input); n > 1'],
    [
      'refs in a negated call come before it',
      'p if { not startswith(input.a, "x") }',
      '? = input.a; not startswith(?, "x")',
    ],
    ['refs of a negated comparison stay', 'p if { not input.a == 1 }', 'not input.a == 1'],
    ['print is erased', 'p if { print(1); input.a }', 'input.a'],
    ['calls wait for what their own expression binds', 'p if { [x, abs(x)] = [1, 1] }', '[x, ?] = [1, 1]; ? = abs(x)'],
    ['what is evaluated in the head is moved', 'p := data.b[i]', '? = data.b[i]'],
    ['closures are ordered too', 'p if { [1 | y > 1; y = 2] }', '[1 | y = 2; y > 1]'],
    ['a declared name hides a rule', 'q := 1\np if { q := 2; q > 1 }', 'q = 2; q > 1'],
  ])('%s', (_, rules, expected) => {
    expect(body(rules)).toBe(expected);
  });
});

describe('compileModules finds faults where OPA does', () => {
  it.each([
    ['p if { some x; true }', ['2:8 declared var x unused']],
    ['p if { every k, v in [1] { v } }', ['2:28 declared var k unused']],
    ['p if { x := 1; some x; x }', ['2:16 var x assigned above']],
    ['f(x) if { x := 1 }', ['2:11 arg x redeclared']],
    ['p if { x := y; y := 1 }', ['2:16 var y referenced above']],
    ['p if { not x := 1 }', ['2:8 cannot assign vars inside negated expression']],
    ['p if { foo := 1; [foo(2)] }', ['2:19 called function foo shadowed']],
    ['p if { x := print(1) }', ['2:13 print(1) used as value']],
    ['p if { x = y + 1 }', ['2:8 var x is unsafe', '2:12 var y is unsafe']],
    ['p if { x = {y} }', ['2:8 var y is unsafe']],
    ['p if { not data.foo[_] }', ['2:8 var _ is unsafe']],
    ['p if { every x in y { x } }', ['2:19 var y is unsafe']],
    ['f(x) := y if { true } else := z', ['2:9 var y is unsafe', '2:31 var z is unsafe']],
    [
      'p if { x := 1; x := 2 }\nq if { y > 1 }\nr if { some z; true }',
      ['2:16 var x assigned above', '4:8 declared var z unused'],
    ],
    ['p if { q with data.a.p as 1 }\nq := 1', ['2:1 rule data.a.p is recursive: data.a.p -> data.a.p']],
    [
      'p if { x := input.x; data.a[x] }',
      [
        '2:1 rule data.a.p may be recursive: data.a.p -> data.a.p (data.a[x] refers to data.a.p if x is "p" (x comes from input.x))',
      ],
    ],
    ['p if { true with foo as 1 }', ['2:18 with keyword target must reference existing input, data, or a function']],
    ['p if { true with data.a.q.r as 1 }\nq := 1', ['2:18 with keyword cannot partially replace virtual document(s)']],
  ])('%s', (rules, expected) => {
    expect(faults(`package a\n${rules}`)).toEqual(expected);
  });

  it('lists the first faults only and says that there are more', () => {
    const rules = Array.from({ length: 12 }, (_, index) => `p${index} if { x > 1 }`).join('\n');
    expect(faults(`package a\n${rules}`)).toHaveLength(11);
    expect(faults(`package a\n${rules}`).at(-1)).toBe('error limit reached');
    expect(faults(`package a\n${rules}`, { errorLimit: 0 })).toHaveLength(12);
  });

  it('asks in strict mode for the use of imports, assigned variables and arguments', () => {
    const text = 'package a\nimport data.x.y\np if { x := 1 }\nf(a, b) := a\ng(x) := 1 if true else := x';
    expect(faults(text, { strict: true })).toEqual([
      '2:1 import data.x.y unused',
      '3:8 assigned var x unused',
      '4:1 unused argument b. (hint: use _ (wildcard variable) instead)',
    ]);
  });
});

describe('compileModules builds the tree of rules', () => {
  it('groups rules of several modules by the constant part of their heads', () => {
    const { tree } = compiled([
      'package a\np contains 1\nq.r[x].s := 1 if { x := "k" }\ndefault d := 1\nd := 2 if input.x',
      'package a\np contains 2\nf(x) := x',
    ]);
    expect(node(tree, 'a.p').group).toMatchObject({ kind: 'set', clauses: [{}, {}] });
    expect(node(tree, 'a.f').group).toMatchObject({ kind: 'function', arity: 1 });
    const object = node(tree, 'a.q.r').group;
    expect(object?.kind).toBe('object');
    expect(object?.clauses[0]?.headSuffix.map(formatTerm)[1]).toBe('"s"');
    expect(node(tree, 'a.d').group?.default).toBeDefined();
    expect(node(tree, 'a.d').group?.clauses).toHaveLength(1);
  });

  it('knows what with replaces', () => {
    const { withTargets } = compiled(
      'package a\np if { q with input.x as 1 with data.b.c as 2 with count as 3 with f as 4 }\nq := 1\nf(x) := x',
    );
    expect(withTargets).toEqual({
      input: true,
      data: [
        ['b', 'c'],
        ['a', 'f'],
      ],
      builtins: ['count'],
    });
  });

  it('puts annotations in the place of rego.metadata', () => {
    const { tree, annotations } = compiled(
      '# METADATA\n# title: all\npackage a\n\n# METADATA\n# title: one\np := rego.metadata.rule()\n\nq := rego.metadata.chain()',
    );
    const headValue = (path: string) => node(tree, path).group?.clauses[0]?.rule.head.value;
    expect(formatTerm(headValue('a.p') as never)).toBe('{"scope": "rule", "title": "one"}');
    expect(formatTerm(headValue('a.q') as never)).toBe(
      '[{"path": ["a", "q"]}, {"annotations": {"scope": "package", "title": "all"}, "path": ["a"]}]',
    );
    expect(annotations.map(({ annotations: item }) => item.title)).toEqual(['all', 'one']);
  });
});

describe('compileModules copes with much', () => {
  const many = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, at) => line(at)).join('\n');

  it.each([
    ['rules that depend on each other in a row', `p0 := 1\n${many(2000, (at) => `p${at + 1} := p${at} + 1`)}`],
    ['a body that is written back to front', `p if {\n${many(2000, (at) => `x${at} = x${at + 1} + 1`)}\nx2000 = 1\n}`],
    ['refs in refs', `p := ${'input['.repeat(100)}1${']'.repeat(100)}`],
    ['comprehensions in comprehensions', `p := ${'[1 | '.repeat(40)}true${']'.repeat(40)}`],
    ['calls in negated calls', `p if { not ${'abs('.repeat(100)}1${')'.repeat(100)} }`],
  ])('%s', (_, rules) => {
    expect(faults(`package a\n${rules}`)).toEqual([]);
  });
});

describe('compileQuery', () => {
  const base = () => compiled('package a\nq := 1\nf(x) := x');
  const query = (text: string, packagePath?: readonly string[]) => {
    const parsed = parseQuery(text, { version: 'v1' });
    expect(parsed.faults).toEqual([]);
    return compileQuery(parsed.body ?? [], { compiled: base(), ...(packagePath === undefined ? {} : { packagePath }) });
  };

  it('reports variables in order of appearance, not those of closures nor wildcards', () => {
    const result = query('y = x; x := 1; input[_]; [z | z := 2]');
    expect(result.faults.map(({ message }) => message)).toEqual(['var x referenced above']);
    expect(query('y = 2; x := 1; input[_]; [z | z := 2]').query?.vars).toEqual(['y', 'x']);
  });

  it('knows which written expression each of its expressions is', () => {
    expect(query('x > 1; x = 2').query?.written).toEqual([1, 0]);
    expect(query('not startswith(input.a, "x")').query?.written).toEqual([undefined, 0]);
  });

  it('sees the names of a package', () => {
    expect(formatBody(query('q; f(1)', ['a']).query?.body ?? [])).toBe('data.a.q; data.a.f(1)');
    expect(query('q').faults.map(({ message }) => message)).toEqual(['var q is unsafe']);
    expect(query('g(1)').faults.map(({ message }) => message)).toEqual(['undefined function g']);
  });
});
