import { describe, expect, it } from 'vitest';
import type { GateVerdict } from './types.ts';
import { formatVerdict, kubernetesMessage } from './verdict-text.ts';

const verdict: GateVerdict = {
  decision: 'deny',
  policy: { kind: 'gatekeeper', name: 'K8sRequiredLabels', rule: 'owner' },
  policyId: 'gatekeeper/K8sRequiredLabels/owner',
  subject: { group: '', version: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
  message: 'it has no owner',
};

describe('formatVerdict', () => {
  it('is one line, with field and place as far as they are known', () => {
    expect(formatVerdict(verdict)).toBe('K8sRequiredLabels/owner: it has no owner');
    const placed: GateVerdict = {
      ...verdict,
      fields: ['metadata.labels', 'metadata.name'],
      subject: { ...verdict.subject, origin: { file: 'web.yaml', line: 12, column: 7 } },
    };
    expect(formatVerdict(placed)).toBe('K8sRequiredLabels/owner: it has no owner (metadata.labels, web.yaml:12:7)');
  });
});

describe('kubernetesMessage', () => {
  it('has a line for each deny, as Gatekeeper writes it', () => {
    const rego: GateVerdict = {
      ...verdict,
      policy: { kind: 'rego', name: 'platform', rule: 'main.deny' },
      message: 'no',
    };
    const warned: GateVerdict = { ...verdict, decision: 'warn' };
    expect(kubernetesMessage([verdict, warned, rego])).toBe('[owner] it has no owner\n[platform/main.deny] no');
    expect(kubernetesMessage([warned])).toBe('');
  });
});
