import type { Origin } from './types.ts';

// Policies, what breaks them, and waivers, as the server tells of them.

export const GATES = ['check', 'sync', 'admission', 'audit'] as const;
export type Gate = (typeof GATES)[number];
export type PolicyAction = 'deny' | 'warn' | 'dryrun';
export type Decision = 'deny' | 'warn' | 'dryrun' | 'waived';
export type Severity = 'low' | 'medium' | 'high' | 'critical';

export interface PolicyReference {
  readonly kind: string;
  readonly name: string;
  /** Part of it that spoke. */
  readonly rule?: string;
  readonly title?: string;
  readonly origin?: Origin;
  /** A page about it. */
  readonly url?: string;
}

export interface Fault {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly origin?: Origin;
  readonly hint?: string;
}

export interface PolicyRow {
  readonly id: string;
  readonly policy: PolicyReference;
  readonly title: string;
  readonly description?: string;
  readonly severity?: Severity;
  /** As written; `scoped` when it depends on the gate. */
  readonly action: PolicyAction | 'scoped';
  readonly gates: readonly Gate[];
  /** What follows at each gate. */
  readonly enforcement?: Readonly<Partial<Record<Gate, PolicyAction>>>;
  /** `Pod`, `apps/Deployment`, `*`. */
  readonly kinds: readonly string[];
  /** What it says depends on other objects of the cluster. */
  readonly readsSurroundings: boolean;
  /** Why nobody knows what it says: until then it denies what it is asked about. */
  readonly unavailable?: string;
}

export interface PolicyList {
  readonly items: readonly PolicyRow[];
  /** Faults of policies and waivers: what has one does not count. */
  readonly diagnostics: readonly Fault[];
}

export interface PolicyDetail extends PolicyRow {
  /** Objects that it is made of. */
  readonly documents?: readonly unknown[];
  /** Of a policy that lies in files. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  readonly diagnostics?: readonly Fault[];
}

export interface WaiverRow {
  /** `namespace/name`. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly policies: readonly { readonly kind?: string; readonly name: string; readonly rule?: string }[];
  /** A constraint's `match`. */
  readonly match?: unknown;
  readonly reason: string;
  readonly owner: string;
  readonly expires?: string;
  readonly state: 'active' | 'expired' | 'invalid';
  /** Why it does not count. */
  readonly message?: string;
  readonly origin?: Origin;
}

export interface SubjectRef {
  readonly cluster?: string;
  readonly group: string;
  readonly version?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Lines of the file that an object stands in, around the one that a verdict is about. */
export interface Excerpt {
  /** Number of the first line. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** What a policy says of one object. */
export interface Verdict {
  readonly policyId: string;
  readonly policy: PolicyReference;
  readonly decision: Decision;
  /** The policy gave no answer. */
  readonly undecided?: boolean;
  readonly severity?: Severity;
  readonly message: string;
  readonly fields?: readonly string[];
  readonly remediation?: string;
  readonly object: SubjectRef;
  readonly origin?: Origin;
  readonly excerpt?: Excerpt;
  /** `namespace/name`. */
  readonly waivedBy?: string;
  readonly waiverExpires?: string;
}

/** What policies say of an object that runs. */
export interface ObjectVerdicts {
  readonly items: readonly Violation[];
  /** It changed, and policies are being asked. */
  readonly pending?: boolean;
  /** As it runs; only told of what breaks something. */
  readonly object?: unknown;
}

export interface ApplicationVerdicts {
  readonly revision: string;
  readonly deny: number;
  readonly warn: number;
  /** Of all verdicts; of very many `items` has the hardest. */
  readonly total: number;
  /** Why policies could not be asked: nothing is synced then. */
  readonly fault?: string;
  readonly items: readonly Verdict[];
  /** Which policies have nothing against which files. */
  readonly passed: readonly { readonly file: string; readonly policyId: string }[];
  /** Of waivers that the application brings: such cover nothing. */
  readonly diagnostics: readonly Fault[];
}

/** A policy that something breaks that runs now. */
export interface Violation extends Verdict {
  readonly id: string;
  readonly application?: { readonly namespace: string; readonly name: string; readonly project: string };
  readonly since: string;
}

export const VIOLATION_FACETS = [
  'decision',
  'severity',
  'policy',
  'application',
  'project',
  'namespace',
  'cluster',
  'kind',
] as const;
export type ViolationFacet = (typeof VIOLATION_FACETS)[number];

export interface ViolationPage {
  readonly items: readonly Violation[];
  readonly total: number;
  readonly next?: string;
  /** How far the audit is. */
  readonly audit?: { readonly objects: number; readonly pending: number; readonly finishedAt?: string };
  readonly facets: Partial<Record<ViolationFacet, readonly { readonly value: string; readonly count: number }[]>>;
}

/** As the server names what has no value of a facet. */
export const NONE = 'none';

export const GROUPINGS = ['policy', 'application', 'namespace', 'severity', 'kind'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface ViolationGroup extends Readonly<Record<Decision, number>> {
  readonly value: string;
  readonly title?: string;
  readonly total: number;
}

export interface ViolationHistory {
  /** Oldest first; as many as there were at that time. */
  readonly buckets: readonly ({ readonly at: string } & Readonly<Record<Decision, number>>)[];
}
