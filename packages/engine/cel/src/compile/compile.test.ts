import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CelResult, compileCel, EntryMap, fromJson, toJson } from '../index.ts';

function evaluate(text: string, variables: Readonly<Record<string, unknown>> = {}, unchecked = false): CelResult {
  const { program, diagnostics } = compileCel(text, { variables: Object.keys(variables), unchecked });
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const bindings = Object.entries(variables).map(([name, value]) => [name, fromJson(value)]);
  return program.evaluate(Object.fromEntries(bindings), { costLimit: 10_000_000 });
}

function jsonOf(result: CelResult): unknown {
  return result.fault === undefined ? toJson(result.value) : result.fault.message;
}

/** A text as CEL writes it. */
function literal(text: string): string {
  const escaped = [...text].map((char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x20 || code > 0x7e || char === '"' || char === '\\' || char === '`'
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : char;
  });
  return `"${escaped.join('')}"`;
}

/** What would end a string, a comment or a block of generated source, and what objects inherit something by. */
const HOSTILE = [
  '"',
  "'",
  '`',
  '\\',
  '\\"',
  '\n',
  '\r\n',
  '\u2028',
  '\u2029',
  '${',
  '*/',
  '//',
  '</script>',
  '");throw 1;("',
  '\0',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'object',
  'length',
  'E',
  'B',
  'K0',
  't0',
  'arguments',
  'eval',
  'this',
  'await',
  'null',
  '0',
  '-1',
  '',
];
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme' }));

describe('texts and names in the generated source', () => {
  it('a text is what was written, in lists, as a key and beside others', () => {
    fc.assert(
      fc.property(text, (written) => {
        const quoted = literal(written);
        expect(jsonOf(evaluate(quoted))).toBe(written);
        expect(jsonOf(evaluate(`[${quoted}, "x"][0] + ${quoted}`))).toBe(written + written);
        expect(jsonOf(evaluate(`x == ${quoted} && ${quoted} in [x]`, { x: written }))).toBe(true);
        expect(jsonOf(evaluate(`{${quoted}: 1}[${quoted}]`))).toBe(1);
      }),
    );
  });

  it('a key is found where the object has it, and nowhere else', () => {
    fc.assert(
      fc.property(text, fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string()), (key, value) => {
        const object: unknown = JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`);
        const read = `x[${literal(key)}]`;
        expect(jsonOf(evaluate(read, { x: object }))).toEqual(value);
        expect(jsonOf(evaluate(`${literal(key)} in x`, { x: object }))).toBe(true);
        expect(evaluate(read, { x: {} }).fault).toMatchObject({ code: 'CEL_EVALUATION' });
        expect(jsonOf(evaluate(`${literal(key)} in x || x[?${literal(key)}].hasValue()`, { x: {} }))).toBe(false);
      }),
    );
  });

  it.each([
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'length',
    'object',
    'E',
    'B',
    'K0',
    'arguments',
    'eval',
  ])('%s names a field, a variable, a variable of a macro, and nothing of the runtime', (name) => {
    const object: unknown = JSON.parse(`{"${name}": "own"}`);
    expect(jsonOf(evaluate(`has(x.${name}) ? x.${name} : ""`, { x: object }))).toBe('own');
    expect(jsonOf(evaluate(`has(x.${name})`, { x: {} }))).toBe(false);
    expect(jsonOf(evaluate(`x.${name}`, { x: {} }))).toBe(`no such key: '${name}'`);
    expect(jsonOf(evaluate(`[1, 2].map(${name}, ${name} + 1)`))).toEqual([2, 3]);
    const { program } = compileCel(name, { variables: [name] });
    expect(program?.evaluate({}).fault?.message).toBe(`no value for variable '${name}'`);
    const bindings = Object.fromEntries([[name, 'bound']]);
    expect(program?.evaluate(bindings)).toMatchObject({ value: 'bound' });
  });

  it.each(HOSTILE)('a message may hold %j', (name) => {
    const { program } = compileCel(`object.\`${name}\` || undeclared.x`, { variables: ['object'], unchecked: true });
    const results = program?.evaluate({ object: new EntryMap([[name, true]]) });
    if (program !== undefined) expect(results).toMatchObject({ value: true });
  });
});

describe('large expressions', () => {
  const nest = (count: number, wrap: (inner: string) => string, core: string): string =>
    Array.from({ length: count }).reduce<string>((inner) => wrap(inner), core);

  it.each<[string, string, unknown]>([
    ['conditions in conditions', nest(120, (inner) => `(x ? ${inner} : 0)`, '7'), 7],
    ['else after else', `${'!x ? 0 : '.repeat(240)}7`, 7],
    ['operands in operands', nest(100, (inner) => `(x && (!x || ${inner}))`, 'x'), true],
    ['loops in loops', nest(40, (inner) => `[x].all(y, y && ${inner})`, 'x'), true],
    [
      'loops that use what is around them',
      Array.from({ length: 40 }).reduce<string>((inner, _, at) => `[x].exists(v${at}, ${inner})`, 'v0 && v39'),
      true,
    ],
    ['texts that are bound', nest(100, (inner) => `cel.bind(a, 'b' + ${inner}, a)`, "'c'"), `${'b'.repeat(100)}c`],
    ['a long chain', Array.from({ length: 900 }, () => '1').join(' + '), 900],
    ['a long list', `[${'x ? 1 : 0, '.repeat(9_000)}1].size()`, 9_001],
    ['a long conjunction', Array.from({ length: 12_000 }, () => 'x').join(' && '), true],
    ['a long list of fields', `[${'o.a.b.c, '.repeat(10_000)}1].size()`, 10_001],
    [
      'very many constants',
      `[${Array.from({ length: 10_000 }, (_, at) => `${at}.5`).join()}, x ? 1.5 : 2.5].size()`,
      10_001,
    ],
  ])('%s', (_, source, wanted) => {
    expect(jsonOf(evaluate(source, { x: true, o: { a: { b: { c: 1 } } } }))).toEqual(wanted);
  });
});

describe('kinds that are known while compiling change no outcome', () => {
  const LITERALS: readonly [string, unknown][] = [
    ['null', null],
    ['true', true],
    ['3', 3],
    ['-3', -3],
    ['0', 0],
    ['2.5', 2.5],
    ['9007199254740993', undefined],
    ["'a'", 'a'],
    ["''", ''],
    ["'a long text of many letters'", 'a long text of many letters'],
    ['[1, 2]', [1, 2]],
    ['[]', []],
    ["{'a': 1}", { a: 1 }],
    ["size('abc')", 3],
    ['size([1])', 1],
  ];
  const OPERATORS = ['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in', '&&', '||'];

  it.each(OPERATORS)('%s', (operator) => {
    for (const [left, leftValue] of LITERALS) {
      for (const [right, rightValue] of LITERALS) {
        if (leftValue === undefined || rightValue === undefined) continue;
        const { program } = compileCel(`${left} ${operator} ${right}`, { variables: [] });
        if (program === undefined) continue;
        const open = compileCel(`dyn(${left}) ${operator} dyn(${right})`, { variables: [] }).program;
        const bound = evaluate(`l ${operator} r`, { l: leftValue, r: rightValue });
        const [known, unknown] = [program.evaluate({}), open?.evaluate({})];
        expect([left, right, known.value, known.fault]).toEqual([left, right, unknown?.value, unknown?.fault]);
        expect([left, right, known.value, known.fault]).toEqual([left, right, bound.value, bound.fault]);
      }
    }
  });
});

describe('costs', () => {
  it('are those of what was done before a fault', () => {
    expect(evaluate("x.a + x.b == 'c'", { x: { a: 'a' } })).toMatchObject({
      cost: 4,
      fault: { code: 'CEL_EVALUATION' },
    });
    expect(evaluate("x.a == 'a' || x.b", { x: {} })).toMatchObject({ cost: 4 });
    expect(evaluate('x.b || true', { x: {} })).toMatchObject({ value: true, cost: 2 });
  });

  it('over the limit count whatever the value would be', () => {
    const { program } = compileCel('x.a.b', { variables: ['x'] });
    const bindings = { x: fromJson({ a: { b: 1 } }) };
    expect(program?.evaluate(bindings, { costLimit: 3 })).toMatchObject({ value: 1n, cost: 3 });
    expect(program?.evaluate(bindings, { costLimit: 2 }).fault?.code).toBe('CEL_COST');
    expect(program?.evaluate({ x: fromJson({}) }, { costLimit: 1 }).fault?.code).toBe('CEL_COST');
  });
});
