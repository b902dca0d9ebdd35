import type { Origin } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

/** What one policy says of one object: the same from every kind of policy and at every gate. */
export interface Verdict {
  readonly decision: 'allow' | 'warn' | 'deny';
  readonly policy: PolicyReference;
  readonly subject: SubjectReference;
  /** One sentence for a person. */
  readonly message: string;
  readonly severity?: Severity;
  /** What it is about: `spec.template.spec.containers[name=web].image`. */
  readonly fields?: readonly string[];
  /** What to do about it. */
  readonly remediation?: string;
  /** Whatever else the policy gave. */
  readonly details?: unknown;
  /** The waiver by which a deny is none any more. */
  readonly waivedBy?: string;
}

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** Which policy, and where it is written. */
export interface PolicyReference {
  readonly kind: 'rego' | 'gatekeeper' | 'admission' | 'best-practice' | 'stackrox';
  readonly name: string;
  /** Part of it that spoke: a rule, a section, a validation. */
  readonly rule?: string;
  readonly origin?: Origin;
  /** A page about it. */
  readonly url?: string;
}

/** What was judged. */
export interface SubjectReference {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly origin?: Origin;
}

/** An object, and where it is written when it comes from git. */
export interface PolicyObject {
  readonly object: KubeObject;
  readonly origin?: Origin;
}
