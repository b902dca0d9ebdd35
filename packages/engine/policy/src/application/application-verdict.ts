import type { Origin } from '@sekisho/base';
import type { Excerpt } from '../field-origin/field-origins.ts';
import type { Explanation, GateVerdict, PolicySummary } from '../policy-set/types.ts';
import type { PolicyReference, Severity } from '../verdict.ts';
import type { Waiver } from '../waiver/waiver.ts';

/** A verdict about an object of an application, with the line of git that it is about. Plain data. */
export interface ApplicationVerdict {
  readonly policyId: string;
  readonly policy: PolicyReference & { readonly title?: string };
  /** What follows: `dryrun` is only noted, `waived` would be more without a waiver. */
  readonly decision: 'deny' | 'warn' | 'dryrun' | 'waived';
  readonly severity?: Severity;
  readonly message: string;
  readonly fields: readonly string[];
  readonly remediation?: string;
  readonly object: {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  readonly origin?: Origin;
  /** Lines of the file around it. */
  readonly excerpt?: Excerpt;
  readonly waivedBy?: string;
  /** RFC 3339. */
  readonly waiverExpires?: string;
  /** The policy gave no answer. */
  readonly undecided?: true;
  readonly explanation?: Explanation;
}

/** @param origin of the field that it is about; default: of the object */
export function toApplicationVerdict(
  verdict: GateVerdict,
  {
    policy: summary,
    waivers = [],
    origin = verdict.subject.origin,
    explanation,
    excerpt,
  }: {
    readonly policy?: PolicySummary | undefined;
    readonly waivers?: readonly Pick<Waiver, 'id' | 'expires'>[];
    readonly origin?: Origin | undefined;
    readonly explanation?: Explanation | undefined;
    readonly excerpt?: Excerpt | undefined;
  } = {},
): ApplicationVerdict {
  const { policyId, policy, decision, severity, message, fields = [], remediation, subject, waivedBy } = verdict;
  const { group, version, kind, namespace = '', name } = subject;
  const expires = waivers.find(({ id }) => id === waivedBy)?.expires;
  return {
    policyId,
    policy: { ...policy, ...(summary === undefined ? {} : { title: summary.title }) },
    decision: waivedBy !== undefined ? 'waived' : decision === 'allow' ? 'dryrun' : decision,
    ...(severity === undefined ? {} : { severity }),
    message,
    fields,
    ...(remediation === undefined ? {} : { remediation }),
    object: { group, version, kind, namespace, name },
    ...(origin === undefined ? {} : { origin }),
    ...(excerpt === undefined ? {} : { excerpt }),
    ...(waivedBy === undefined ? {} : { waivedBy }),
    ...(expires === undefined ? {} : { waiverExpires: new Date(expires).toISOString().replace('.000Z', 'Z') }),
    ...(verdict.undecided === undefined ? {} : { undecided: true }),
    ...(explanation === undefined ? {} : { explanation }),
  };
}
