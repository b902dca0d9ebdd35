import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCel, fromJson, globalFunction, toJson } from './index.ts';

const pod = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 3,
    containers: [
      { name: 'a', image: 'registry.example/a:1' },
      { name: 'b', image: 'b:latest', ratio: 0.5 },
    ],
  },
};

function evaluate(text: string, costLimit?: number) {
  const { program, diagnostics } = compileCel(text, { variables: ['object', 'oldObject'] });
  if (program === undefined) throw new Error(diagnostics.map((each) => each.message).join('; '));
  const bindings = { object: fromJson(pod), oldObject: null };
  return program.evaluate(bindings, costLimit === undefined ? {} : { costLimit });
}

function jsonOf(text: string): unknown {
  const { value, fault } = evaluate(text);
  return fault === undefined ? toJson(value) : `${fault.code}: ${fault.message}`;
}

describe('expressions over objects', () => {
  it.each<[string, unknown]>([
    ['object.spec.replicas <= 5', true],
    ["object.spec.containers.all(c, c.image.contains('/'))", false],
    ["object.spec.containers.filter(c, c.image.endsWith(':latest')).map(c, c.name)", ['b']],
    ['has(object.metadata.annotations)', false],
    ["object.metadata.?annotations[?'owner'].orValue('nobody')", 'nobody'],
    ['object.metadata.labels', { app: 'web' }],
    ['object.spec.containers[1].ratio', 0.5],
    ['oldObject == null', true],
    ["'%s has %d'.format([object.metadata.name, object.spec.replicas])", 'web has 3'],
    ['cel.bind(cs, object.spec.containers, cs.size())', 2],
    ['object.spec.containers.exists_one(c, c.name == "a") ? [1, 2u, 0.5] : []', [1, 2, 0.5]],
    ["'a.b.c'.findAll('[a-z]')", ['a', 'b', 'c']],
    ['object.spec.absent', "CEL_EVALUATION: no such key: 'absent'"],
    ['object.spec.absent == 1 || true', true],
    ['1 / 0', 'CEL_EVALUATION: divide by zero'],
    ['9223372036854775807 + 1', 'CEL_EVALUATION: return error for overflow: integer range'],
    ["'a'.matches('(')", expect.stringContaining('invalid regular expression')],
    ['[1, 2, 3].sum() == 6 && [1, 2].isSorted() && sets.contains([1, 2], [2])', true],
    ['[3, 1, 2].sort()', [1, 2, 3]],
    ["'a.b'.replace('.', '-', 0)", 'a.b'],
    ["'aaa'.replace('a', 'b', 2)", 'bba'],
    ["'abc'.replace('', '-')", '-a-b-c-'],
    ["cidr('10.0.0.0/8').containsIP('10.1.2.3')", true],
    ["{'a': 1}.transformMap(k, v, v + 1)", { a: 2 }],
    ["{'a': 1}.transformMapEntry(k, v, {'x' + k: v})", { xa: 1 }],
    ['math.greatest(1, 2.5, 2u)', 2.5],
    ["timestamp('2024-02-29T00:00:00Z') + duration('24h')", '2024-03-01T00:00:00Z'],
    ['optional.of(null).orValue(1)', null],
    ['-9223372036854775808', '-9223372036854775808'],
  ])('%s', (text, wanted) => {
    expect(jsonOf(text)).toEqual(wanted);
  });
});

describe('diagnostics', () => {
  it.each<[string, string, number, number]>([
    ['', 'Syntax error: expected an expression, found the end', 1, 1],
    ['1 +', 'Syntax error: expected an expression, found the end', 1, 4],
    ['object.spec\n  && objct.x', "undeclared reference to 'objct'", 2, 6],
    ['frob(1)', "unbound function: undeclared reference to 'frob'", 1, 1],
    ["'a'.startsWith()", "no such overload: 'startsWith' with 0 arguments", 1, 5],
    ["object.spec == 1 + 'a'", "no such overload: '_+_' applied to (int, string)", 1, 18],
    ['!size([])', "no such overload: '!_' applied to (int)", 1, 1],
    ["'abc", 'Syntax error: the string has no end', 1, 1],
    ["'\\q'", 'Syntax error: invalid escape sequence "\\q"', 1, 2],
    ['has(object)', 'Syntax error: has() asks for a field: has(object.field)', 1, 1],
    ['[1].all(x.y, true)', 'Syntax error: the variable of a macro is a plain name', 1, 10],
    ['package', 'Syntax error: "package" is a reserved word', 1, 1],
    ['9223372036854775808', 'Syntax error: invalid int literal: beyond 64 bits', 1, 1],
    ['a#', 'Syntax error: unexpected character "#"', 1, 2],
    ['Pod{}', "undeclared reference to 'Pod'", 1, 1],
  ])('%j', (text, message, line, column) => {
    const [first] = compileCel(text, { variables: ['object'] }).diagnostics;
    expect(first).toMatchObject({ message, line, column });
  });

  it('tells all unknown names at once', () => {
    const { program, diagnostics } = compileCel('a + b(c)', { variables: [] });
    expect(program).toBeUndefined();
    expect(diagnostics.map((each) => each.column)).toEqual([1, 7, 5]);
  });
});

describe('limits', () => {
  it('counts costs as cel-go does', () => {
    expect(evaluate('[1,2,3,4,5].map(x, x)').cost).toBe(86);
    expect(evaluate('[1,2,3,4,5].filter(x, x % 2 == 0)').cost).toBe(62);
    expect(evaluate('object.spec').cost).toBe(2);
    expect(evaluate("'abc'.startsWith('d')").cost).toBe(1);
  });

  it('ends an evaluation over its limit, whatever stands around it', () => {
    const { fault } = evaluate('[1,2,3].exists(x, [1,2,3].all(y, y > 0)) || true', 20);
    expect(fault).toEqual({ code: 'CEL_COST', message: 'operation cancelled: actual cost limit exceeded' });
  });

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['parentheses', `${'('.repeat(2_000)}1${')'.repeat(2_000)}`],
    ['a chain', Array.from({ length: 20_000 }, () => '1').join('+')],
    ['minus signs', `${'-'.repeat(50_000)}x`],
    ['fields', `object${'.a'.repeat(20_000)}`],
  ])('refuses %s without end', (_, text) => {
    expect(compileCel(text, { variables: ['object'] }).diagnostics).toHaveLength(1);
  });

  it.each([
    [
      'doubled lists',
      nested(60, (inner, at) => `cel.bind(l${at + 1}, l${at} + l${at}, ${inner})`, '[l60.size()]', 'l0'),
    ],
    [
      'doubled texts',
      nested(60, (inner, at) => `cel.bind(l${at + 1}, l${at} + l${at}, ${inner})`, 'l60', 'l0', "'aaaa'"),
    ],
    ['loops in loops', loops(6)],
    ['a long precision', "'%.999999999f'.format([1.0])"],
    ['a long range', 'lists.range(9223372036854775807)'],
  ])('ends %s', (_, text) => {
    expect(evaluate(text).fault).toBeDefined();
  });
});

function nested(count: number, wrap: (inner: string, at: number) => string, core: string, name: string, start = '[1]') {
  let text = core;
  for (let at = count - 1; at >= 0; at--) text = wrap(text, at);
  return `cel.bind(${name}, ${start}, ${text})`;
}

function loops(depth: number): string {
  const list = `[${Array.from({ length: 50 }, (_, index) => index).join(',')}]`;
  let text = 'false';
  for (let at = 0; at < depth; at++) text = `${list}.filter(x${at}, ${text}).size() > 1000`;
  return text;
}

it('takes functions of the caller', () => {
  const double = globalFunction(
    'twice(int)',
    (value: bigint) => value * 2n,
    () => 5,
  );
  const { program } = compileCel('twice(21)', { variables: [], functions: [double] });
  expect(program?.evaluate({})).toEqual({ value: 42n, cost: 5 });
});

describe('messages', () => {
  const messages = (name: string) => (name === 'a.Point' ? new Set(['x', 'y']) : undefined);
  it.each<[string, unknown]>([
    ['a.Point{x: 1, y: 2}.x', 1],
    ['a.Point{x: 1,}', { x: 1 }],
    ['a.Point{?x: optional.of(1), ?y: optional.none()}', { x: 1 }],
    ['has(a.Point{x: 1}.y)', false],
    ['[1, 2].map(i, a.Point{x: i})', [{ x: 1 }, { x: 2 }]],
    ['a.Point{x: 1, x: 2}', 'Failed with repeated key: x'],
    ['a.Point{?x: 1}', 'no such overload: ?int'],
  ])('%s', (text, wanted) => {
    const { program, diagnostics } = compileCel(text, { variables: [], messages });
    expect(diagnostics).toEqual([]);
    const { value, fault } = program?.evaluate({}) ?? {};
    expect(fault === undefined ? toJson(value ?? null) : fault.message).toEqual(wanted);
  });

  it.each([
    ['a.Point{z: 1}', "undefined field 'z'"],
    ['b.Point{x: 1}', "undeclared reference to 'b.Point'"],
    ['a.Point{x: nobody}', "undeclared reference to 'nobody'"],
    ['a.Point{x 1}', 'Syntax error: expected ":", found "1"'],
    ['f(){x: 1}', 'Syntax error: expected an operator, found "{"'],
  ])('%s: %s', (text, message) => {
    expect(compileCel(text, { variables: [], messages }).diagnostics[0]).toMatchObject({ message });
  });
});

describe('properties', () => {
  const pieces = ['a', '.', '?', '[', ']', '(', ')', '{', '}', ',', ':', '1', "'x'", 'b"', '"""', '-', '!', '&&', '||'];
  const words = [' in ', 'has(', '.all(', 'x', ', ', '\\', '\n', '//', '0x', '1e', 'u', '`', 'cel.bind(', '=='];

  it('any text gives a program or a diagnostic', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const { program, diagnostics } = compileCel(source, {
          variables: ['a'],
          unchecked: true,
          messages: () => 'any',
        });
        expect(diagnostics.length > 0).toBe(program === undefined);
        program?.evaluate({ a: fromJson({ x: [1, 'x', null] }) }, { costLimit: 10_000 });
      }),
      { numRuns: 500 },
    );
  }, 30_000);

  it('JSON goes in and comes out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const { program } = compileCel('x == x ? x : x', { variables: ['x'] });
        const { value } = program?.evaluate({ x: fromJson(json) }) ?? {};
        expect(JSON.stringify(toJson(value ?? null))).toBe(JSON.stringify(json));
      }),
      { numRuns: 200 },
    );
  });
});
