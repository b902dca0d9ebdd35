import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, deepEqual } from './index.ts';

describe('deepEqual', () => {
  it.each<[unknown, unknown, boolean]>([
    [1, 1, true],
    [0, -0, true],
    ['1', 1, false],
    [null, undefined, false],
    [null, {}, false],
    [[], {}, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: undefined }, { b: undefined }, true],
    [{ a: undefined }, { a: null }, false],
    [{ toString: 1 }, {}, false],
    [JSON.parse('{"__proto__":{"a":1}}'), {}, false],
    [JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}'), true],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(deepEqual(a, b)).toBe(expected);
    expect(deepEqual(b, a)).toBe(expected);
  });

  it('is equality of canonical JSON', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(deepEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(deepEqual(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
    );
  });

  it('refuses what is nested without end', () => {
    const deep = (): unknown => JSON.parse('['.repeat(5000) + ']'.repeat(5000));
    expect(() => deepEqual(deep(), deep())).toThrow(expect.objectContaining({ code: 'OBJECT_TOO_DEEP' }));
    expect(() => canonicalJson(deep())).toThrow(expect.objectContaining({ code: 'OBJECT_TOO_DEEP' }));
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(() => canonicalJson(loop)).toThrow(expect.objectContaining({ code: 'OBJECT_TOO_DEEP' }));
  });
});

describe('canonicalJson', () => {
  it('sorts keys and reads back as an equal value', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x"' }], a: undefined })).toBe('{"b":[1,{"c":"x\\"","d":null}]}');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(deepEqual(JSON.parse(text), value)).toBe(true);
      }),
    );
  });
});
