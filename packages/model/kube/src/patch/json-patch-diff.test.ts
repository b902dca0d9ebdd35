import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual } from '../equal.ts';
import { applyJsonPatch } from './json-patch.ts';
import { createJsonPatch } from './json-patch-diff.ts';

test.each([
  [{ a: 1 }, { a: 1 }, []],
  [{ a: 1 }, { a: 2 }, [{ op: 'replace', path: '/a', value: 2 }]],
  [
    { a: 1 },
    { b: 2 },
    [
      { op: 'remove', path: '/a' },
      { op: 'add', path: '/b', value: 2 },
    ],
  ],
  [{ a: null }, { a: {} }, [{ op: 'replace', path: '/a', value: {} }]],
  [{ 'a/b~c': { d: 1 } }, { 'a/b~c': { d: 2 } }, [{ op: 'replace', path: '/a~1b~0c/d', value: 2 }]],
  [
    [1, 2, 3],
    [1, 4],
    [
      { op: 'replace', path: '/1', value: 4 },
      { op: 'remove', path: '/2' },
    ],
  ],
  [[{ a: 1 }], [{ a: 1 }, 2], [{ op: 'add', path: '/-', value: 2 }]],
  [[], {}, [{ op: 'replace', path: '', value: {} }]],
])('%j becomes %j', (before, after, patch) => {
  expect(createJsonPatch(before, after)).toEqual(patch);
});

test('applied to what was, it gives what is', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(value, value, (before, after) => {
      fc.pre(createJsonPatch(before, after).length < 10_000);
      expect(deepEqual(applyJsonPatch(before, createJsonPatch(before, after)), after)).toBe(true);
    }),
  );
});
