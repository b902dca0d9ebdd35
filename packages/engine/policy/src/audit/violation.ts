import type { GateVerdict } from '../policy-set/types.ts';
import type { SubjectReference } from '../verdict.ts';

/** What follows from a violation: `dryrun` is only noted, `waived` would be a deny or a warning. */
export type ViolationDecision = 'deny' | 'warn' | 'dryrun' | 'waived';

/** A policy that an object of a cluster breaks now. */
export interface AuditViolation {
  /** The same as long as the object breaks this rule of the policy, also over restarts. */
  readonly id: string;
  readonly cluster: string;
  /** Of the object in its cluster, see `objectKey`. */
  readonly objectKey: string;
  readonly object: Omit<SubjectReference, 'origin'>;
  readonly verdict: GateVerdict;
  readonly decision: ViolationDecision;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Tells violations of one rule by one object apart. */
  readonly slot: number;
}

/** A violation as it was known before a restart. */
export interface KnownViolation {
  readonly id: string;
  readonly cluster: string;
  readonly objectKey: string;
  readonly policyId: string;
  readonly rule: string;
  readonly slot: number;
  readonly message: string;
  readonly since: number;
}

/** What came to be known at once. */
export interface AuditChange {
  readonly began: AuditViolation[];
  /** What is said of them is another thing than before. */
  readonly changed: { readonly before: AuditViolation; readonly after: AuditViolation }[];
  readonly ended: AuditViolation[];
  /** Ids of what was known before a restart, and is so no longer. */
  readonly over: string[];
  /** Known before a restart, and still so: nothing new. */
  readonly found: AuditViolation[];
}

export function noChange(): AuditChange {
  return { began: [], changed: [], ended: [], over: [], found: [] };
}

export function decisionOf({ decision, waivedBy }: GateVerdict): ViolationDecision {
  if (waivedBy !== undefined) return 'waived';
  return decision === 'allow' ? 'dryrun' : decision;
}
