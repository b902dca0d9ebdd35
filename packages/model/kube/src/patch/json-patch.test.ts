import fc from 'fast-check';
import { applyPatch as applyReference, createPatch as createReference } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch, deepEqual } from '../index.ts';

describe('applyJsonPatch', () => {
  it.each<[string, unknown, unknown[], unknown]>([
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['replaces on add', { a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
    ['inserts into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['appends with -', [1], [{ op: 'add', path: '/-', value: 2 }], [1, 2]],
    ['appends at the length', [1], [{ op: 'add', path: '/1', value: 2 }], [1, 2]],
    ['counts negative positions from the end', [1, 2, 3], [{ op: 'remove', path: '/-1' }], [1, 2]],
    ['removes', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['replaces the document', { a: 1 }, [{ op: 'replace', path: '', value: [] }], []],
    ['moves', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
    ['moves onto itself', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
    ['copies', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [
      'unescapes',
      { 'a/b': 1, '~1': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/~01' },
      ],
      {},
    ],
    ['tests', { a: { b: [1] } }, [{ op: 'test', path: '/a', value: { b: [1] } }], { a: { b: [1] } }],
    ['tests a missing field against null', {}, [{ op: 'test', path: '/a', value: null }], {}],
    ['keeps the key constructor', {}, [{ op: 'add', path: '/constructor', value: 1 }], { constructor: 1 }],
    ['reads the empty key', { '': 1 }, [{ op: 'replace', path: '/', value: 2 }], { '': 2 }],
  ])('%s', (_, value, patch, expected) => {
    expect(applyJsonPatch(value, patch)).toEqual(expected);
  });

  it.each<[string, unknown, unknown]>([
    ['a test that does not hold', { a: 1 }, [{ op: 'test', path: '/a', value: 2 }]],
    ['removing what is not there', {}, [{ op: 'remove', path: '/a' }]],
    ['replacing what is not there', {}, [{ op: 'replace', path: '/a', value: 1 }]],
    ['a parent that is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['a parent that holds nothing', { a: 'x' }, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['a position over the end', [], [{ op: 'add', path: '/1', value: 1 }]],
    ['a position with leading zeros', [1, 2], [{ op: 'remove', path: '/01' }]],
    ['removing at -', [1], [{ op: 'remove', path: '/-' }]],
    ['copying what is not there', {}, [{ op: 'copy', from: '/a', path: '/b' }]],
    ['moving into itself', { a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }]],
    ['inherited properties', {}, [{ op: 'remove', path: '/toString' }]],
    ['the prototype', {}, [{ op: 'add', path: '/__proto__/x', value: 1 }]],
  ])('fails on %s', (_, value, patch) => {
    expect(() => applyJsonPatch(value, patch)).toThrow(expect.objectContaining({ code: 'JSON_PATCH_FAILED' }));
  });

  it.each<[string, unknown]>([
    ['no list', {}],
    ['no operation', [1]],
    ['an unknown operation', [{ op: 'merge', path: '/a' }]],
    ['no path', [{ op: 'remove' }]],
    ['a path without /', [{ op: 'remove', path: 'a' }]],
    ['no from', [{ op: 'copy', path: '/a' }]],
    ['no value', [{ op: 'add', path: '/a' }]],
    ['too many operations', Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: null }))],
  ])('refuses %s', (_, patch) => {
    expect(() => applyJsonPatch({}, patch)).toThrow(expect.objectContaining({ code: 'JSON_PATCH_INVALID' }));
  });

  it('refuses a patch that doubles a value again and again', () => {
    const patch = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '', path: `/x${i}` }));
    expect(() => applyJsonPatch({ text: 'x'.repeat(1000) }, patch)).toThrow(
      expect.objectContaining({ code: 'JSON_PATCH_INVALID' }),
    );
  });

  it('shares what it does not touch and leaves its input alone', () => {
    const value = { a: { x: 1 }, b: [1] };
    const next = applyJsonPatch(value, [{ op: 'add', path: '/b/-', value: 2 }]) as typeof value;
    expect(next.a).toBe(value.a);
    expect(value.b).toEqual([1]);
  });

  it('sets __proto__ as a plain key', () => {
    const next = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]) as object;
    expect(Object.keys(next)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(next)).toBe(Object.prototype);
  });

  it('agrees with another implementation on its patches', () => {
    const json = fc
      .jsonValue({ maxDepth: 3 })
      .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(json, json, (before, after) => {
        const patch = createReference(before, after);
        const copy: unknown = { root: structuredClone(before) };
        applyReference(
          copy,
          patch.map((operation) => ({ ...operation, path: `/root${operation.path}` })),
        );
        expect(deepEqual(applyJsonPatch(before, patch), (copy as { root: unknown }).root)).toBe(true);
      }),
    );
  });
});
