import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegoVersion } from './ast.ts';
import {
  formatExpr,
  formatTerm,
  MAX_MODULE_LENGTH,
  moduleToJson,
  parseModule,
  parseQuery,
  parseTerm,
} from './index.ts';
import goldens from './testdata/goldens.json' with { type: 'json' };

const CONFORMANCE = fileURLToPath(new URL('../../../../../../shared/conformance/rego/', import.meta.url));

interface ConformanceCase {
  readonly id: string;
  readonly rego_version?: RegoVersion;
  readonly modules?: readonly string[];
  readonly want_errors?: readonly { readonly code: string; readonly message?: string }[];
}

function messages(text: string, version: RegoVersion = 'v1'): readonly string[] {
  return parseModule(text, { file: 'm.rego', version }).faults.map(
    ({ message, location }) => `${location?.row}:${location?.col} ${message}`,
  );
}

function sorted(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
      if ('text' in item && Object.keys(item).length === 1) return Number(item.text);
      const entries = Object.entries(item).filter(([key]) => key !== 'location');
      return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
    }),
  );
}

describe('parseModule', () => {
  it.each(goldens.map((golden, index) => [index, golden] as const))(
    'gives the tree of golden module %i',
    (_, golden) => {
      const { module, faults } = parseModule(golden.text, { file: 'm.rego', version: golden.version as RegoVersion });
      expect(faults).toEqual([]);
      if (module !== undefined) expect(sorted(moduleToJson(module))).toEqual(sorted(golden.json));
    },
  );

  it.each([
    ['', '0:0 empty module'],
    ['# only a comment\n', '0:0 empty module'],
    ['p := 1', '1:1 package expected'],
    ['package t\npackage u', '2:1 unexpected package'],
    ['package t\np { true }', '2:1 `if` keyword is required before rule body'],
    ['package t\nf(x) { x }', '2:1 `if` keyword is required before function body'],
    ['package t\np if { a } else { b }', '2:12 `if` keyword is required before rule body'],
    ['package t\np["a"]', '2:1 `contains` keyword is required for partial set rules'],
    ['package t\np', '2:1 var cannot be used for rule name'],
    ['package t\np.q.r', '2:1 rule must have value assignment and/or body declaration'],
    ['package t\n1 := 2', '2:1 number cannot be used for rule name'],
    ['package t\nif := 2', '2:1 if keyword cannot be used for rule name'],
    ['package t\nf(x).y := 1', '2:1 invalid rule head: f(x).y'],
    ['package t\np := x := 1', '2:8 unexpected assign token'],
    ['package t\np := [1, 2', '2:10 unexpected eof token: expected "," or "]"'],
    ['package t\np := {1: 2, 3}', '2:14 unexpected } token: expected ":"'],
    ['package t\np := f(1', '2:8 unexpected eof token: expected "," or ")"'],
    ['package t\np := (1', '2:7 non-terminated expression'],
    ['package t\np := "abc\n', '2:6 non-terminated string'],
    ['package t\np := `abc\n', '2:6 non-terminated string'],
    ['package t\np := $"abc\n', '2:6 non-terminated string'],
    ["package t\np := 'abc'", '2:6 illegal token'],
    ['package t\np := "\\x"', '2:6 illegal escape sequence'],
    ['package t\np := 01', '2:6 unexpected number token: expected number without leading zero'],
    ['package t\np := 1.', '2:6 expected fraction'],
    ['package t\np := 1e', '2:6 expected exponent'],
    ['package t\np := !x', '2:6 illegal ! character'],
    ['package t\np := "é" @', '2:10 illegal token'],
    ['package t\np if {\n}', '3:1 found empty body'],
    ['package t\np if { x; }', '2:11 unexpected } token'],
    ['package t\np if { x y }', '2:10 unexpected identifier token: expected \\n or ; or }'],
    ['package t\np if { f (x) }', '2:10 unexpected ( token: expected \\n or ; or }'],
    ['package t\np if { x. y }', '2:10 unexpected whitespace token: expected identifier'],
    ['package t\np if { "a".b }', '2:8 illegal ref (head cannot be string)'],
    ['package t\np if { (a.b)[0] }', '2:8 illegal ref (head cannot be ref)'],
    ['package t\np if { [x | ] }', '2:13 found empty body'],
    ['package t\np if { not some x }', "2:12 unexpected some keyword: illegal negation of 'some'"],
    ['package t\np if { some 1 }', '2:13 unexpected number token: expected var'],
    ['package t\np if { every x in [1] }', '2:23 unexpected } token: missing body'],
    ['package t\np if { every x { y } }', '2:16 unexpected { token: expected `x[, y] in xs { ... }` expression'],
    ['package t\np if { x with true as 1 }', '2:15 unexpected true keyword: expected ident'],
    ['package t\np if { x with input }', '2:21 unexpected } token: expected as keyword'],
    ['package t\np := $"{x := 1}"', "2:9 unexpected assignment (':=') in template-string expression"],
    ['package t\np := $"{not x}"', "2:9 unexpected negation ('not') in template-string expression"],
    ['package t\ndefault p := x', '2:1 illegal default rule (value cannot contain var)'],
    ['package t\ndefault f(x, x) := 1', '2:1 illegal default rule (arguments cannot be repeated x)'],
    ['package t\ndefault p contains 1', '2:1 illegal default rule (must have a value)'],
    ['package t\ndefault p := 1 if true', '2:16 unexpected if keyword'],
    ['package t\np contains x if y else := 1', '2:19 else keyword cannot be used on multi-value rules'],
    ['package t\np[x] := 1 if y else := 2', '2:16 else keyword cannot be used on rules with variables in head'],
    [
      'package t\nimport future.keywords.nope',
      '2:8 unexpected keyword, must be one of [and contains every if in not or]',
    ],
    ['package t\nimport rego.v1 as x', '2:19 `rego` imports cannot be aliased'],
    ['package t\nimport data[x]', '2:13 unexpected var token: expecting string'],
  ])('refuses %j', (text, message) => {
    expect(messages(text)[0]).toBe(message);
  });

  it('reads the heads of v0 and switches to v1 with import rego.v1', () => {
    const keys = ['p[x] { x }', 'p.a', 'p[x] = 1 { x }', 'p.a.b { x }'].map((rule) => {
      const { head } = parseModule(`package t\n${rule}`, { file: 'm', version: 'v0' }).module?.rules[0] ?? {};
      return [
        formatTerm(head?.ref ?? { kind: 'null', location: { file: '', row: 1, col: 1, offset: 0, end: 0 } }),
        head?.key?.kind,
      ];
    });
    expect(keys).toEqual([
      ['p', 'var'],
      ['p', 'string'],
      ['p[x]', undefined],
      ['p.a.b', undefined],
    ]);
    expect(messages('package t\nimport rego.v1\np { x }', 'v0')).toEqual([
      '3:1 `if` keyword is required before rule body',
    ]);
    expect(messages('package t\np if x', 'v0')[0]).toContain('hint: `import future.keywords.if`');
  });

  it('goes on at the next rule behind an error', () => {
    expect(messages('package t\np := [1,\n\nq := 1\nr if { a b }\ns := 2 +\nt := 3\n')).toEqual([
      '4:3 unexpected assign token: expected "," or "]"',
      '5:10 unexpected identifier token: expected \\n or ; or }',
      '7:3 unexpected assign token',
    ]);
  });

  it('refuses what is nested too deep, whichever way', () => {
    const deep = [
      `p := ${'['.repeat(100_000)}`,
      `p := ${'{"a":'.repeat(10_000)}`,
      `p := ${'('.repeat(10_000)}`,
      `p := 1${' + 1'.repeat(10_000)}`,
      `p if x${' else := 1 if x'.repeat(10_000)}`,
      `p if ${'every x in y { '.repeat(10_000)}`,
      `p := a${'[a'.repeat(10_000)}`,
      `p := a${'.b(1)'.repeat(10_000)}`,
      `p := ${'$"{'.repeat(10_000)}`,
      `p := ${'-'.repeat(10_000)}1`,
    ];
    for (const rule of deep) {
      const { faults } = parseModule(`package t\n${rule}`, { file: 'm' });
      expect(faults.map(({ code }) => code)).toEqual(['rego_parse_error']);
    }
  });

  it('does not take exponential time for nested comprehensions that are none', () => {
    expect(messages(`package t\np := ${'[x | '.repeat(150)}y, z${']'.repeat(150)}`)).toEqual([]);
  });

  it('refuses modules beyond the limit of length', () => {
    expect(messages(`package t # ${'x'.repeat(MAX_MODULE_LENGTH)}`)).toEqual([
      `1:1 text is longer than ${MAX_MODULE_LENGTH} characters`,
    ]);
  });

  it('never throws', () => {
    const words = [
      'p',
      ' ',
      '\n',
      ':=',
      '=',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '|',
      ',',
      ';',
      ':',
      '.',
      'if',
      'in',
      'not',
      'some',
      'every',
      'with',
      'as',
      'else',
      'default',
      'import',
      'contains',
      '"',
      '`',
      '$"',
      '1',
      '-',
      '\\',
      '#',
      '# METADATA\n#',
      'é',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...words)).map((all) => all.join('')),
        ),
        fc.constantFrom<RegoVersion>('v0', 'v1'),
        (text, version) => {
          const { module, faults } = parseModule(`package t\n${text}`, { file: 'm', version });
          expect(module === undefined).toBe(faults.length > 0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads all modules of the conformance suite as wanted', () => {
    if (!existsSync(CONFORMANCE)) {
      process.stdout.write('skipped: the conformance suite is not beside the repository\n');
      return;
    }
    const wrong: string[] = [];
    for (const folder of ['v0', 'v1', 'extra', 'compile'])
      for (const file of readdirSync(`${CONFORMANCE}${folder}`)) {
        const group = JSON.parse(readFileSync(`${CONFORMANCE}${folder}/${file}`, 'utf8')) as {
          cases: readonly ConformanceCase[];
        };
        for (const { id, rego_version: version = 'v1', modules = [], want_errors: errors = [] } of group.cases) {
          const faults = modules.flatMap((text) => parseModule(text, { file: 'm.rego', version }).faults);
          const wanted = errors.filter(({ code }) => code === 'rego_parse_error');
          const told = wanted.every(({ message = '' }) => faults.some((fault) => fault.message.includes(message)));
          if (faults.length > 0 !== wanted.length > 0 || !told) wrong.push(id);
        }
      }
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe('annotations', () => {
  it.each([
    [
      '# METADATA\n# scope: foo\np := 1',
      "2:1 invalid annotation scope 'foo'. Use one of 'rule', 'document', 'package', or 'subpackages'",
    ],
    [
      '# METADATA\n# title: x\n',
      "2:1 invalid annotation scope ''. Use one of 'rule', 'document', 'package', or 'subpackages'",
    ],
    [
      '# METADATA\n# title: x\nimport data.x',
      "2:1 invalid annotation scope 'import'. Use one of 'rule', 'document', 'package', or 'subpackages'",
    ],
    ['# METADATA\n# scope: package\np := 1', "2:1 annotation scope 'package' must be applied to package (have rule)"],
    [
      '# METADATA\n# entrypoint: true\n# scope: rule\np := 1',
      "2:1 annotation entrypoint applied to non-document or package scope 'rule'",
    ],
    ['# METADATA\np := 1', '2:1 expected METADATA block, found whitespace'],
    ['# METADATA\n# schemas:\n# - input: foo\np := 1', '2:1 invalid schema reference'],
    ['# METADATA\n# schemas:\n# - x: schema.foo\np := 1', '2:1 invalid document reference'],
    ['# METADATA\n# schemas:\n# - input: 1\np := 1', '2:1 invalid schema declaration for path "input"'],
    ['# METADATA\n# authors: [""]\np := 1', '2:1 invalid author definition : author is an empty string'],
  ])('refuses %j', (text, message) => {
    expect(messages(`package t\n${text}`)).toEqual([message]);
  });

  it('points at the line of faults in the YAML', () => {
    expect(messages('package t\n# METADATA\n# title: [\np := 1')[0]).toMatch(/^3:1 yaml: line 1: /);
    expect(messages('package t\n# METADATA\n# title: x\n# title: y\np := 1')[0]).toMatch(/^4:1 yaml: line 2: /);
  });

  it('ties document annotations to all rules of the name', () => {
    const { module } = parseModule(
      'package t\n# METADATA\n# scope: document\n# title: d\n\n# METADATA\n# title: r\np := 1\np := 2\nq := 3',
      { file: 'm' },
    );
    expect(module?.rules.map(({ annotations }) => annotations.map(({ title }) => title))).toEqual([
      ['d', 'r'],
      ['d'],
      [],
    ]);
  });
});

describe('parseQuery and parseTerm', () => {
  it('reads expressions on one or several lines', () => {
    const { body } = parseQuery('x := 1; not y\nsome z in [1, 2]; a.b["c d"] == {1, "x"} with input.x as null');
    expect(body?.map(formatExpr)).toEqual([
      'x := 1',
      'not y',
      'some z in [1, 2]',
      'a.b["c d"] == {1, "x"} with input.x as null',
    ]);
  });

  it('has the keywords of its imports in v0', () => {
    expect(parseQuery('some x in [1]', { version: 'v0' }).faults).toHaveLength(1);
    expect(parseQuery('some x in [1]', { version: 'v0', imports: ['future.keywords.in'] }).faults).toEqual([]);
  });

  it.each(['', '1 +', 'x := ', '}', '1 }'])('refuses the query %j', (text) => {
    expect(parseQuery(text).faults).toHaveLength(1);
  });

  it('reads terms with sets and keys of any kind', () => {
    const { term } = parseTerm('{1: set(), "a": {2, [3]}, {"b"}: null}');
    expect(term && formatTerm(term)).toBe('{1: set(), "a": {2, [3]}, {"b"}: null}');
    expect(parseTerm('1 2').faults).toHaveLength(1);
  });
});
