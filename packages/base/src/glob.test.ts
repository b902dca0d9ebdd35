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

test.each<[pattern: string, text: string, matches: boolean]>([
  ['https://git.example/org/*', 'https://git.example/org/app', true],
  ['https://git.example/org/*', 'https://git.example/org/team/app', false],
  ['https://git.example/**', 'https://git.example/org/team/app', true],
  ['https://git.example/**/app', 'https://git.example/org/team/app', true],
  ['https://git.example/*/*/app', 'https://git.example/org/team/app', true],
  ['**/*x/*y', 'a/bx/cx/dy', true],
  ['**a*b*c', 'a/ab/abbc', true],
  ['**a*b*c', 'a/ab/abb/c', false],
  ['?', '/', false],
  ['[!a]', '/', false],
  ['/', '/', true],
  ['*', '', true],
  ['**', 'a/b', true],
  ['{a/*,b}', 'a/b', true],
])('with / as separator, %s on %s: %s', (pattern, text, matches) => {
  expect(parseGlob(pattern, { separator: '/' })?.matches(text)).toBe(matches);
});

test('a hostile pattern with a separator takes no longer than pattern times text', () => {
  expect(parseGlob(`${'**a*'.repeat(200)}b`, { separator: '/' })?.matches('a'.repeat(2_000))).toBe(false);
});
