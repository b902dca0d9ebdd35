import { expect, test } from 'vitest';
import { durationMs, durationText, wholeNumber } from './duration.ts';

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['1.5m', 90_000],
  ['1h', 3_600_000],
  ['200ms', 200],
  ['', undefined],
  ['-1s', undefined],
  ['7d', 604_800_000],
  ['1w', undefined],
  ['1s ', undefined],
])('durationMs of "%s" is %s', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test('durationText and wholeNumber refuse what they can not read', () => {
  expect(durationText('5m')).toBe('5m');
  expect(() => durationText('soon')).toThrow('For example 90s, 5m or 1h.');
  expect(wholeNumber(0, 10)('10')).toBe('10');
  for (const text of ['11', '-1', '1.5', '', '0x1', 'ten'])
    expect(() => wholeNumber(0, 10)(text)).toThrow(/from 0 to 10/);
});
