import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodePoints, compareValues } from './compare.ts';
import { equalValues } from './equals.ts';
import { formatValue } from './format.ts';
import { fromJson, parseJson, toJson } from './json.ts';
import { numberFromText } from './number.ts';
import { mapKeyOf, RegoObject, RegoSet, type Value } from './value.ts';

const setOf = (...members: Value[]) => members.reduce<RegoSet>((set, member) => set.add(member), new RegoSet());

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(...['9007199254740993', '1e400', '0.1', '-0.10000000000000000002'].map(numberFromText)),
    fc.constantFrom('', 'a', 'b', '\0', '\0s', '1', 'null', '__proto__', '\u{10000}', '\ue000'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => setOf(...members)),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 3 }),
    fc
      .array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 })
      .map((entries) => entries.reduce((object, [key, item]) => object.set(key, item), new RegoObject())),
  ),
}));

describe('compareValues', () => {
  it('is a total order that agrees with equality and with keys of maps', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const order = Math.sign(compareValues(a, b));
        expect(Math.sign(compareValues(b, a))).toBe(0 - order + 0);
        expect(equalValues(a, b)).toBe(order === 0);
        expect(Object.is(mapKeyOf(a), mapKeyOf(b))).toBe(order === 0);
        if (order <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('orders the types as OPA does, sets last', () => {
    const ordered: Value[] = [
      null,
      false,
      true,
      -1,
      0.5,
      numberFromText('9007199254740993'),
      '',
      'a',
      [],
      [1],
      {},
      { a: 1 },
      new RegoSet(),
      setOf(1),
    ];
    for (const [i, a] of ordered.entries())
      for (const [j, b] of ordered.entries()) expect(Math.sign(compareValues(a, b))).toBe(Math.sign(i - j));
  });

  it('takes a plain object and one with keys of any kind for equal when their entries are', () => {
    const plain = { a: 1, __proto: 2 };
    const other = new RegoObject().set('__proto', 2).set('a', 1);
    expect(compareValues(plain, other)).toBe(0);
    expect(equalValues(plain, other)).toBe(true);
    expect(equalValues(other, plain)).toBe(true);
    expect(setOf(plain).has(other)).toBe(true);
  });

  it('compares texts by code point, not by UTF-16 unit', () => {
    expect('\u{10000}' < '\ue000').toBe(true);
    expect(compareCodePoints('\u{10000}', '\ue000')).toBeGreaterThan(0);
    const bytes = (text: string) => Buffer.from(text, 'utf8');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)));
      }),
    );
  });
});

describe('parseJson', () => {
  it('reads what JSON.parse reads, and gives it back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const text = JSON.stringify(json);
        expect(parseJson(toJson(parseJson(text)))).toStrictEqual(parseJson(text));
      }),
    );
  });

  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['[1.10000000000000000001]', '[1.10000000000000000001]'],
    ['{"a":1e3,"b":-0,"c":-0.0,"d":1E+2}', '{"a":1000,"b":0,"c":0,"d":100}'],
    ['{"b":1,"a":"12345678901234567890"}', '{"a":"12345678901234567890","b":1}'],
    [' [ ] ', '[]'],
    ['"\\u00e9\\n"', '"é\\n"'],
  ])('keeps the numbers of %s', (text, canonical) => {
    expect(toJson(parseJson(text))).toBe(canonical);
  });

  it.each(['{"__proto__":{"x":1},"n":1}', '{"__proto__":{"x":1},"n":12345678901234567890}'])(
    'makes __proto__ a key as all others: %s',
    (text) => {
      const parsed = parseJson(text) as Record<string, Value>;
      expect(Object.keys(parsed)).toEqual(['__proto__', 'n']);
      expect((parsed as { x?: unknown }).x).toBeUndefined();
      expect(toJson(parsed)).toBe(text);
    },
  );

  it.each([
    ['', 'EOF'],
    ['{"a":', 'unexpected EOF'],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['truf', "invalid character 'f' in literal true (expecting 'e')"],
    ['1.', 'unexpected EOF'],
    ['-a', "invalid character 'a' in numeric literal"],
    ['1 2', "error: invalid character '2' after top-level value"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
  ])('refuses %j as Go does', (text, message) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'REGO_JSON_SYNTAX', message }));
  });

  it('never crashes on a text that is no JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{}",:0123456789eE.-tfn \\u') }), (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'REGO_JSON_SYNTAX' }));
          return;
        }
        expect(() => parseJson(text)).not.toThrow();
        void expected;
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses 100,000 levels of nesting, and longer texts than allowed', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(() => parseJson(deep)).toThrow(expect.objectContaining({ code: 'REGO_JSON_TOO_DEEP' }));
    expect(() => fromJson(JSON.parse(deep))).toThrow(expect.objectContaining({ code: 'REGO_JSON_TOO_DEEP' }));
    expect(() => parseJson('"["'.repeat(1))).not.toThrow();
    expect(() => parseJson('[1,2,3]', { maxLength: 3 })).toThrow(
      expect.objectContaining({ code: 'REGO_JSON_TOO_LARGE' }),
    );
  });
});

describe('fromJson', () => {
  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, new Date(), new Map(), () => 1, Symbol('x'), 1n])(
    'refuses %s inside a value',
    (item) => {
      expect(() => fromJson({ a: [item] })).toThrow(expect.objectContaining({ code: 'REGO_VALUE_INVALID' }));
    },
  );
});

describe('toJson and formatValue', () => {
  it('write sets sorted and keys of any kind', () => {
    const object = new RegoObject().set(setOf(2, 1), 3).set('a', null).set(1, setOf('y', 'x')).set(null, new RegoSet());
    expect(toJson(object)).toBe('{"1":["x","y"],"[1,2]":3,"a":null,"null":[]}');
    expect(formatValue(object)).toBe('{null: set(), 1: {"x", "y"}, "a": null, {1, 2}: 3}');
  });
});
