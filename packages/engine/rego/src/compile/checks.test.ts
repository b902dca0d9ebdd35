import { describe, expect, it } from 'vitest';
import { BUILTINS } from '../builtins/registry.ts';
import { formatFaults } from '../fault-format.ts';
import type { Module, RegoVersion } from '../syntax/ast.ts';
import { parseModule } from '../syntax/parser.ts';
import { compileModules } from './compile-modules.ts';
import type { CompileOptions } from './compiled.ts';

/** Faults of modules `m0.rego`, `m1.rego`, …, as text. */
function faultsOf(
  texts: readonly string[],
  options: Partial<CompileOptions> & { readonly version?: RegoVersion } = {},
): string {
  const { version = 'v1', ...rest } = options;
  const modules = texts.map((text, index) => {
    const { module, faults } = parseModule(text, { file: `m${index}.rego`, version });
    expect(faults).toEqual([]);
    return module as Module;
  });
  return formatFaults(compileModules(modules, { builtins: BUILTINS, enablePrint: true, ...rest }).faults);
}

// Rows without a note hold what `opa check` of OPA 1.22 says, but for the list of `conflicts with`, which is on one line.
describe('checkConflicts', () => {
  it.each<[texts: string[], faults: string]>([
    [
      ['package a\np.q if true\n', 'package a.p\nq(_) = 2\n'],
      'm0.rego:2: rego_type_error: conflicting rules data.a.p.q found',
    ],
    [
      ['package a\np.w[x] = 1 if x := "f"\n', 'package a\np.w contains "bar"\n'],
      'm0.rego:2: rego_type_error: conflicting rules data.a.p.w found',
    ],
    [['package a\np := 1\np[x] := 1 if x := "q"\n'], 'm0.rego:2: rego_type_error: conflicting rules data.a.p[x] found'],
    [
      ['package a\np[x].q contains 1 if x := "q"\np[x].r := 1 if x := "q"\n'],
      'm0.rego:2: rego_type_error: conflicting rules data.a.p[x].r found',
    ],
    [['package a\nf(1) if true\nf(1, 2) if true\n'], 'm0.rego:2: rego_type_error: conflicting rules data.a.f found'],
    [['package a\ndefault f(x) := 1\nf(x, y) := 2\n'], 'm0.rego:2: rego_type_error: conflicting rules data.a.f found'],
    [
      ['package a.q\nr if true\n', 'package a.q.r\n'],
      'm0.rego:1: rego_type_error: package a.q.r conflicts with rule r defined at m0.rego:2',
    ],
    [
      ['package a\nq["x y"] := 1\n', 'package a.q["x y"]\n'],
      'm0.rego:1: rego_type_error: package a.q["x y"] conflicts with rule q["x y"] defined at m0.rego:2',
    ],
    [
      ['package a\np.r if true\np.r.s if true\np.r.t if true\np.r.t.u if true\n'],
      'm0.rego:2: rego_type_error: rule data.a.p.r conflicts with [data.a.p.r.s data.a.p.r.t data.a.p.r.t.u]\nm0.rego:4: rego_type_error: rule data.a.p.r.t conflicts with [data.a.p.r.t.u]',
    ],
    [['package a\np(x) := 1\np.q := 1\n'], 'm0.rego:2: rego_type_error: rule data.a.p conflicts with [data.a.p.q]'],
    [
      ['package a\np contains 1\np[1] := 1\n'],
      'm0.rego:2: rego_type_error: rule data.a.p conflicts with [data.a.p[1]]',
    ],
    [
      ['package a\np contains x if x := "a"\n', 'package a.p\nq := 1\n'],
      'm0.rego:1: rego_type_error: package a.p conflicts with rule p defined at m0.rego:2\nm0.rego:2: rego_type_error: rule data.a.p conflicts with [data.a.p.q]',
    ],
    [
      ['package a\ndefault p := 1\ndefault p := 2\ndefault p := 4\np := 3 if true\n'],
      'm0.rego:1: rego_type_error: multiple default rules data.a.p found at m0.rego:2, m0.rego:3, m0.rego:4',
    ],
    [['package a\np[x] := 1 if x := "a"\n', 'package a.p.q.r\ns := 1\n'], ''],
    [['package a\np.q contains 1\np[x] contains 2 if x := "r"\np.s := 1\n'], ''],
    [['package a\np[x].q := 1 if x := "r"\np[x] := 1 if x := "s"\n'], ''],
  ])('%j', (texts, faults) => {
    expect(faultsOf(texts)).toBe(faults);
  });

  it('tells of rules in the place of base documents', () => {
    const hasBaseDocument = (path: readonly string[]): boolean => path.join('/') === 'a/q/r';
    expect(faultsOf(['package a\np := 1\nq.r := 2\n'], { hasBaseDocument })).toBe(
      'm0.rego:3: rego_compile_error: conflicting rule for data path a/q/r found',
    );
  });
});

describe('checkUndefinedFunctions', () => {
  it.each<[text: string, faults: string]>([
    ['p if deadbeef(1)', 'm0.rego:2: rego_type_error: undefined function deadbeef'],
    ['p if strings.foo(1)', 'm0.rego:2: rego_type_error: undefined function strings.foo'],
    ['p if { y := "f"; data.q[[y]](1) }', 'm0.rego:2: rego_type_error: undefined function data.q[[y]]'],
    ['p if g(1)\ng := 1', 'm0.rego:2: rego_type_error: undefined function data.a.g'],
    [
      'p if [x | x := [1][_]; f(x, 1, 2)]\nf(x) := x',
      'm0.rego:2: rego_type_error: function data.a.f has arity 1, got 3 arguments',
    ],
    ['p if f(1)\nf(x, y) := x', 'm0.rego:2: rego_type_error: function data.a.f has arity 2, got 1 argument'],
    ['p if f(1, 2)\nf(x) := x', ''],
    [
      'p if { x := f(1, 2); x }\nf(x) := x',
      'm0.rego:2: rego_type_error: function data.a.f has arity 1, got 2 arguments',
    ],
    ['p if { x := f(); x }\nf() := input.x', ''],
    ['p if { x := f(); x }\nf() := 1', 'm0.rego:2: rego_type_error: undefined function data.a.f'],
    ['p if f(1, 2)\nf := 1', 'm0.rego:2: rego_type_error: function data.a.f has arity 0, got 2 arguments'],
    [
      'p if trim("a", [1], lower("x"), 1)',
      'm0.rego:2: rego_type_error: trim: arity mismatch\n\thave: (string, array<number>, ???, number)\n\twant: (value: string, cutset: string)',
    ],
    [
      'p if time.now_ns(1, 2)',
      'm0.rego:2: rego_type_error: time.now_ns: arity mismatch\n\thave: (number, number)\n\twant: ()',
    ],
  ])('%s', (text, faults) => {
    expect(faultsOf([`package a\n${text}\n`])).toBe(faults);
  });

  it('knows only the built-ins that it is given', () => {
    const builtins = new Map([...BUILTINS].filter(([name]) => name !== 'upper'));
    expect(faultsOf(['package a\np := upper("a")\n'], { builtins })).toBe(
      'm0.rego:2: rego_type_error: undefined function upper',
    );
  });
});

describe('strict mode', () => {
  it.each<[text: string, faults: string]>([
    [
      'import data.foo as bar\nimport data.foo.baz\nimport data.b["c d"] as e\nimport data.w\nimport input\np if { true with data.z as w.x }',
      [
        'm0.rego:2: rego_compile_error: import data.foo as bar unused',
        'm0.rego:3: rego_compile_error: import data.foo.baz unused',
        'm0.rego:4: rego_compile_error: import data.b["c d"] as e unused',
        'm0.rego:6: rego_compile_error: import input unused',
      ].join('\n'),
    ],
    [
      'import data.foo\np if { q(1) with data.foo as 1 }\nq(foo) := foo',
      'm0.rego:2: rego_compile_error: import data.foo unused',
    ],
    ['import data.q\np := q.f(1)', 'm0.rego:3: rego_type_error: undefined function data.q.f'],
    ['import data.foo\np[foo] := 1', ''],
    ['import data.foo\np if { input[foo].x }', ''],
  ])('%s', (text, faults) => {
    expect(faultsOf([`package p\n${text}\n`], { strict: true })).toBe(faults);
  });

  it('is not asked of imports that nothing uses without it', () => {
    expect(faultsOf(['package p\nimport data.foo\np := 1\n'])).toBe('');
  });

  it.each<[text: string, faults: string]>([
    [
      'import data.foo\nimport data.bar as foo\nimport data.x.foo\np := foo',
      'm0.rego:3: rego_compile_error: import must not shadow import data.foo\nm0.rego:4: rego_compile_error: import must not shadow import data.foo',
    ],
    ['input := 1', 'm0.rego:2: rego_compile_error: rules must not shadow input (use a different rule name)'],
    ['data.x := 1', 'm0.rego:2: rego_compile_error: rules must not shadow data (use a different rule name)'],
    [
      'p := 1 if { data := 1; data == 1 }\nf([input]) := 1',
      'm0.rego:3: rego_compile_error: args must not shadow input (use a different variable name)',
    ],
    [
      'p if { {data: 1 | data := 1} }',
      'm0.rego:2: rego_compile_error: variables must not shadow data (use a different variable name)',
    ],
    ['p if { input = 1 }', ''],
    ['p if { some data; data = 1 }', ''],
  ])('v1 asks without it: %s', (text, faults) => {
    expect(faultsOf([`package p\n${text}\n`])).toBe(faults);
  });

  it.each<[version: RegoVersion, strict: boolean, isRefused: boolean]>([
    ['v1', false, true],
    ['v0', true, true],
    ['v0', false, false],
  ])('deprecated built-ins in %s, strict %s', (version, strict, isRefused) => {
    expect(faultsOf(['package p\np := any([all([true])])\n'], { version, strict })).toBe(
      isRefused
        ? [
            'm0.rego:2: rego_type_error: deprecated built-in function calls in expression: any',
            'm0.rego:2: rego_type_error: deprecated built-in function calls in expression: all',
          ].join('\n')
        : '',
    );
  });
});

it('checkUnsafeBuiltins tells of built-ins that must not be called', () => {
  const unsafeBuiltins = new Set(['lower']);
  expect(faultsOf(['package p\np := [upper(lower(x)) | x := input.a]\n'], { unsafeBuiltins })).toBe(
    'm0.rego:2: rego_type_error: unsafe built-in function calls in expression: lower',
  );
});

it.each<[text: string, faults: string]>([
  ['p if 1 in ["a"]', 'm0.rego:2: rego_type_error: match error\n\tleft  : number\n\tright : string'],
  ['p if "k", 1 in {"k": "a"}', 'm0.rego:2: rego_type_error: match error\n\tleft  : number\n\tright : string'],
  ['p if 1, 1 in {"k": "a"}', 'm0.rego:2: rego_type_error: match error\n\tleft  : number\n\tright : string'],
  ['p if (1 >= 1) in [2]', 'm0.rego:2: rego_type_error: match error\n\tleft  : boolean\n\tright : number'],
  ['p if { 1 in []; 1 in input.x; 1 in "foo"; 1 in {"k": "a", "l": 2} }', ''],
])('membership: %s', (text, faults) => {
  expect(faultsOf([`package p\n${text}\n`])).toBe(faults);
});

it.each<[text: string, faults: string]>([
  ['default p := [x | x := input.y; y > 1]', 'm0.rego:2: rego_unsafe_var_error: var y is unsafe'],
  ['default f(z) := [x | x := z; y > 1]', 'm0.rego:2: rego_unsafe_var_error: var y is unsafe'],
  ['default p := [y | y = x + 1; x = input.z]', ''],
])('safety of defaults: %s', (text, faults) => {
  expect(faultsOf([`package p\n${text}\n`])).toBe(faults);
});
