import { describe, expect, it } from 'vitest';
import { directoryPattern, filePattern } from './path-pattern.ts';

const FILES = ['a/f.json', 'a/b/f.json', 'a/b/c/f.json', 'a/{x}.json', 'ab/f.json', '[z]/q.json', 'top.json'];

function directoriesOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

describe('filePattern', () => {
  // As `git ls-files -- PATTERN` answers.
  it.each([
    ['a', ['a/f.json', 'a/b/f.json', 'a/b/c/f.json', 'a/{x}.json']],
    ['a/', ['a/f.json', 'a/b/f.json', 'a/b/c/f.json', 'a/{x}.json']],
    ['./a/b', ['a/b/f.json', 'a/b/c/f.json']],
    ['a//f.json', ['a/f.json']],
    ['*', FILES],
    ['.', FILES],
    ['*/f.json', ['a/f.json', 'a/b/f.json', 'a/b/c/f.json', 'ab/f.json']],
    ['a/**/f.json', ['a/b/f.json', 'a/b/c/f.json']],
    ['a/?/f.json', ['a/b/f.json']],
    ['a/{x}.json', ['a/{x}.json']],
    // A path that is there as it is written, and a class.
    ['[z]/q.json', ['[z]/q.json']],
    ['\\[z\\]/q.json', ['[z]/q.json']],
    ['[a-z]b/*', ['ab/f.json']],
    ['[!a]*', ['[z]/q.json', 'top.json']],
    ['f.json', []],
  ])('%j matches %j', (pattern, expected) => {
    const compiled = filePattern(pattern);
    expect(FILES.filter((path) => compiled?.matches(path))).toEqual(expected);
    for (const path of expected) {
      for (const directory of directoriesOf(path)) expect(compiled?.mayHold(directory), directory).toBe(true);
    }
  });

  it.each(['', 'a[', '['])('%j is malformed', (pattern) => {
    expect(filePattern(pattern)).toBeUndefined();
  });

  it('looks into no directory that can hold nothing', () => {
    expect(['a', 'a/b', 'a/b/c', 'x', 'ab'].filter((path) => filePattern('a/b/*.json')?.mayHold(path))).toEqual([
      'a',
      'a/b',
      'a/b/c',
    ]);
  });
});

describe('directoryPattern', () => {
  it('looks no deeper than it has parts, and only where they match', () => {
    const pattern = directoryPattern('apps/*/deploy');
    const directories = ['apps', 'apps/web', 'apps/web/deploy', 'infra', 'infra/x'];
    expect(directories.filter((path) => pattern?.mayHold(path))).toEqual(['apps', 'apps/web']);
  });
});
