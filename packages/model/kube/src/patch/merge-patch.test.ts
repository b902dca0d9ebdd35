import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMergePatch, createMergePatch, createThreeWayPatch, deepEqual } from '../index.ts';

describe('applyMergePatch', () => {
  // RFC 7396, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('merges %j with %j', (value, patch, expected) => {
    expect(applyMergePatch(value, patch)).toEqual(expected);
  });

  it('returns the value itself when nothing changes, and never changes it', () => {
    const value = { a: { b: 1 } };
    expect(applyMergePatch(value, { a: { b: 1 }, c: null })).toBe(value);
    applyMergePatch(value, { a: { b: 2, c: 3 } });
    expect(value).toEqual({ a: { b: 1 } });
  });

  it('treats __proto__ as a plain key', () => {
    const next = applyMergePatch({}, JSON.parse('{"__proto__":{"x":1}}')) as object;
    expect(JSON.stringify(next)).toBe('{"__proto__":{"x":1}}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('refuses what is nested without end', () => {
    let patch: unknown = 1;
    for (let i = 0; i < 5000; i++) patch = { a: patch };
    expect(() => applyMergePatch({}, patch)).toThrow(expect.objectContaining({ code: 'OBJECT_TOO_DEEP' }));
  });
});

const scalar = fc.oneof(fc.nat(3), fc.constantFrom('x', 'y'), fc.boolean());
const { object: anyObject } = fc.letrec((tie) => ({
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value'), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(scalar, { maxLength: 2 }), tie('object')),
}));

describe('createMergePatch', () => {
  it('makes the patch that leads from one object to the other', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (before, after) => {
        expect(deepEqual(applyMergePatch(before, createMergePatch(before, after)), after)).toBe(true);
      }),
    );
  });

  it('is empty for equal objects', () => {
    fc.assert(
      fc.property(anyObject, (value) => Object.keys(createMergePatch(value, structuredClone(value))).length === 0),
    );
  });
});

describe('createThreeWayPatch without a schema', () => {
  it('removes what was dropped, sets what differs, leaves the rest', () => {
    const original = { spec: { a: 1, b: 2, list: [1] } };
    const modified = { spec: { a: 1, list: [2] } };
    const current = { spec: { a: 5, b: 2, list: [1], other: 'x' } };
    const patch = createThreeWayPatch(undefined, original, modified, current);
    expect(patch).toEqual({ spec: { a: 1, b: null, list: [2] } });
    expect(applyMergePatch(current, patch)).toEqual({ spec: { a: 1, list: [2], other: 'x' } });
  });

  it('makes the fields of modified present, and then has nothing more to do', () => {
    fc.assert(
      fc.property(anyObject, anyObject, anyObject, (original, modified, current) => {
        const next = applyMergePatch(current, createThreeWayPatch(undefined, original, modified, current));
        expect(deepEqual(applyMergePatch(next, modified), next)).toBe(true);
        expect(createThreeWayPatch(undefined, modified, modified, next)).toEqual({});
      }),
    );
  });

  it('refuses to change the identity of the object', () => {
    expect(() => createThreeWayPatch(undefined, {}, { metadata: { name: 'a' } }, { metadata: { name: 'b' } })).toThrow(
      expect.objectContaining({ code: 'PATCH_PRECONDITION_FAILED' }),
    );
  });
});
