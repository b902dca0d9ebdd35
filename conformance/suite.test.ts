import { expect, test } from 'vitest';
import { reportSuite } from './suite.ts';

test('reportSuite forgives only what the skip list names, and names what is out of date', () => {
  const results = [
    { id: 'a', passed: true },
    { id: 'b', passed: false, reason: 'wanted 1, got 2' },
    { id: 'c', passed: false, reason: 'x' },
    { id: 'd', passed: true },
  ];
  expect(reportSuite('s', results, { c: 'not built yet', d: 'passes now', gone: 'no such case' })).toEqual({
    suite: 's',
    total: 4,
    passed: 2,
    failed: 1,
    skipped: 1,
    failures: [{ id: 'b', reason: 'wanted 1, got 2' }],
    skips: [{ id: 'c', reason: 'not built yet' }],
    staleSkips: ['d', 'gone'],
  });
});
