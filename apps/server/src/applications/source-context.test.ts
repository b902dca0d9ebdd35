import { expect, test } from 'vitest';
import { standingTime } from './source-context.ts';

const DAY = 24 * 3_600_000;
const created = Date.parse('2026-01-01T10:00:00Z');

test.each([
  ['at once', 0, 0],
  ['a day later', 1, 0],
  ['just before it moves on', 89.9, 0],
  ['after 90 days', 90, 90],
  ['after a year', 365, 360],
  ['with a clock that is behind', -5, 0],
])('the time that charts are rendered at, %s', (_, days, expected) => {
  expect(standingTime(created, created + days * DAY)).toBe(created + expected * DAY);
});
