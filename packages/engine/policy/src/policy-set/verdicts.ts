import type { Severity, Verdict } from '../verdict.ts';
import type { PolicyAction } from './types.ts';

/** What follows when a policy is broken, and how much it weighs when the policy doesn't say. */
export const ACTIONS: Readonly<Record<PolicyAction, { decision: Verdict['decision']; severity: Severity }>> = {
  deny: { decision: 'deny', severity: 'high' },
  warn: { decision: 'warn', severity: 'medium' },
  dryrun: { decision: 'allow', severity: 'low' },
};

export function isAction(value: unknown): value is PolicyAction {
  return value === 'deny' || value === 'warn' || value === 'dryrun';
}

/** The one that counts of several: the first of deny, warn, dryrun. */
export function strongest(actions: readonly PolicyAction[]): PolicyAction | undefined {
  return (['deny', 'warn', 'dryrun'] as const).find((action) => actions.includes(action));
}
