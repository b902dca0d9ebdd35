import { gvkOf } from '@sekisho/kube';
import type { Severity, Verdict } from '../verdict.ts';
import type { GateRequest, GateVerdict, PolicyAction, PolicySummary } from './types.ts';

/** What follows when a policy is broken, and how much it weighs when the policy doesn't say. */
export const ACTIONS: Readonly<Record<PolicyAction, { decision: Verdict['decision']; severity: Severity }>> = {
  deny: { decision: 'deny', severity: 'high' },
  warn: { decision: 'warn', severity: 'medium' },
  dryrun: { decision: 'allow', severity: 'low' },
};

export function isAction(value: unknown): value is PolicyAction {
  return value === 'deny' || value === 'warn' || value === 'dryrun';
}

/** @param policyId undefined when nobody knows which policy it was */
export function undecidedVerdict(
  policyId: string | undefined,
  summary: PolicySummary | undefined,
  request: GateRequest,
  message: string,
): GateVerdict {
  const { apiVersion = '', kind = '', metadata } = request.object ?? request.oldObject ?? {};
  const { name = '', namespace } = metadata ?? {};
  const action = summary?.action === 'warn' || summary?.action === 'dryrun' ? summary.action : 'deny';
  return {
    ...ACTIONS[action],
    policyId: policyId ?? 'unknown',
    policy: summary?.policy ?? { kind: 'gatekeeper', name: policyId ?? 'unknown' },
    subject: {
      ...gvkOf({ apiVersion, kind }),
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(request.origin === undefined ? {} : { origin: request.origin }),
    },
    message,
    undecided: true,
  };
}

/** The one that counts of several: the first of deny, warn, dryrun. */
export function strongest(actions: readonly PolicyAction[]): PolicyAction | undefined {
  return (['deny', 'warn', 'dryrun'] as const).find((action) => actions.includes(action));
}
