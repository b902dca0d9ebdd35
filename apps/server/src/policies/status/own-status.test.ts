import { parsePolicySource } from '@sekisho/policy';
import { expect, test } from 'vitest';
import { policySourceStatus } from './own-status.ts';

test('policySourceStatus tells a fault once that two sources have with the same file', () => {
  const faults = ['a', 'b'].map((name) => ({
    code: 'POLICY_SOURCE_REGO',
    severity: 'error' as const,
    message: `PolicySource ${name}: unexpected }`,
  }));
  const object = { apiVersion: 'sekisho.dev/v1alpha1', kind: 'PolicySource', metadata: { name: 'a' } };
  expect(policySourceStatus({ object, faults, now: 0 })).toMatchObject({ conditions: [{ message: 'unexpected }' }] });
});

test.each([
  ['deny', 'denied'],
  ['warn', 'warned of'],
  ['dryrun', 'noted'],
])('policySourceStatus of a source without files says what follows from %s', (enforcementAction, follows) => {
  const object = {
    apiVersion: 'sekisho.dev/v1alpha1',
    kind: 'PolicySource',
    metadata: { name: 'platform' },
    spec: { enforcementAction, git: { repoURL: 'embedded:policies' } },
  };
  const { source: spec } = parsePolicySource({ object });
  if (spec === undefined) throw new Error('no source');
  expect(policySourceStatus({ object, faults: [], source: { spec, trouble: 'no answer' }, now: 0 })).toMatchObject({
    conditions: [{ message: `no answer (until it answers, everything that it is about is ${follows})` }],
  });
});
