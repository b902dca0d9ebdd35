import { expect, test } from 'vitest';
import { formatTable } from '../output/table.ts';
import { type ViolationRow, violationColumns } from './violation-columns.ts';

const row: ViolationRow = {
  id: '1',
  policyId: 'best-practice/default',
  policy: { name: 'kube-score', rule: 'container-resources' },
  decision: 'warn',
  message: 'CPU limit is not set',
  object: { cluster: 'in-cluster', kind: 'Pod', namespace: 'web', name: 'a' },
  since: '2026-11-22T05:00:00.123Z',
};

test('violationColumns tell with -o wide the rule as waivers name it', () => {
  const [titles, line] = formatTable([row], violationColumns, { wide: true }).split('\n');
  expect(titles).toMatch(/^DECISION +POLICY +RULE +OBJECT /);
  expect(line).toMatch(/^warn +best-practice\/default +kube-score\/container-resources +Pod web\/a /);
  expect(formatTable([row], violationColumns)).not.toContain('container-resources');
});
