import { describe, expect, test } from 'vitest';
import { chooseVersion, isVersion, sortVersions } from './version-choice.ts';

const VERSIONS = ['0.9.0', '1.2.0', '1.10.1', '1.10.1-rc.1', '2.0.0-beta.2', 'v1.4.0', '1.4.0+build', 'nightly'];

describe('chooseVersion', () => {
  test.each([
    ['', '1.10.1'],
    ['*', '1.10.1'],
    ['1.2.0', '1.2.0'],
    ['nightly', 'nightly'],
    ['v1.4.0', 'v1.4.0'],
    ['1.4.0+build', '1.4.0+build'],
    ['~1.2', '1.2.0'],
    ['^1', '1.10.1'],
    ['1.x', '1.10.1'],
    ['<1', '0.9.0'],
    ['>0.0.0-0', '2.0.0-beta.2'],
    ['>=1.10.1-0 <1.10.1', '1.10.1-rc.1'],
    ['0.1 - 1.2 || 0.9', '1.2.0'],
  ])('takes of %j the version %s', (wanted, version) => {
    expect(chooseVersion(VERSIONS, wanted)).toEqual({ version });
  });

  test.each([
    ['3.x', 'none'],
    ['2', 'none'],
    ['latest', 'range'],
    ['>>1', 'range'],
  ])('takes nothing for %j', (wanted, reason) => {
    expect(chooseVersion(VERSIONS, wanted)).toEqual({ version: undefined, reason });
  });
});

test.each([
  ['1.2.3', true],
  ['v1', true],
  ['1.2.3-rc.1+x', true],
  ['^1', false],
  ['1.x', false],
  ['', false],
])('isVersion(%j) is %s', (text, expected) => {
  expect(isVersion(text)).toBe(expected);
});

test('sortVersions puts the newest first, and what is no version last', () => {
  expect(sortVersions(['nightly', '1.2.0', '1.10.0', 'edge', '1.10.0-rc.1'])).toEqual([
    '1.10.0',
    '1.10.0-rc.1',
    '1.2.0',
    'nightly',
    'edge',
  ]);
});
