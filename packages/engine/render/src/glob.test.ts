import { expect, test } from 'vitest';
import { parseGlob } from './glob.ts';

test.each<[pattern: string, path: string, matches: boolean]>([
  ['*.yaml', 'a.yaml', true],
  ['*.yaml', 'sub/a.yaml', true],
  ['*.yaml', 'a.yml', false],
  ['sub/*', 'sub/a/b.yaml', true],
  ['**/a.yaml', 'x/a.yaml', true],
  ['**/a.yaml', 'a.yaml', false],
  ['?.yaml', 'a.yaml', true],
  ['?.yaml', 'ab.yaml', false],
  ['[a-c].yaml', 'b.yaml', true],
  ['[!a-c].yaml', 'b.yaml', false],
  ['{a.yaml,b/*.yaml}', 'b/c.yaml', true],
  ['{a,{b,c}}.yaml', 'c.yaml', true],
  ['{a,{b,c}}.yaml', 'd.yaml', false],
  ['\\*.yaml', '*.yaml', true],
  ['\\*.yaml', 'a.yaml', false],
  ['a.b', 'axb', false],
  ['', '', true],
])('%s on %s: %s', (pattern, path, matches) => {
  expect(parseGlob(pattern)?.matches(path)).toBe(matches);
});

test.each(['{a', 'a}', '[a', 'x'.repeat(5000), '{a,b}'.repeat(12)])('%s is no glob', (pattern) => {
  expect(parseGlob(pattern)).toBeUndefined();
});

test('a hostile pattern takes no longer than pattern times path', () => {
  expect(parseGlob(`${'*a'.repeat(1000)}b`)?.matches('a'.repeat(20_000))).toBe(false);
});
