import type { AuditViolation, PolicySummary, ViolationDecision } from '@sekisho/policy';
import type { Violation } from '../http/api-types.ts';

/** The Application that an object belongs to. */
export interface OwnerApplication {
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
}

/** What a violation does not know itself. */
export interface ViolationContext {
  readonly summary: PolicySummary | undefined;
  /** As people name it. */
  readonly cluster: string;
  readonly application: OwnerApplication | undefined;
  /** Milliseconds since 1970. */
  readonly waiverExpires: number | undefined;
}

const MAX_MESSAGE_CHARS = 4096;

/** As the API shows it. */
export function toViolation(
  { id, verdict, decision, object, since }: AuditViolation,
  context: ViolationContext,
): Violation {
  const { summary, cluster, application, waiverExpires } = context;
  const { policyId, policy, fields = [], remediation, waivedBy } = verdict;
  const severity = verdict.severity ?? summary?.severity;
  return {
    id,
    policyId,
    policy: {
      kind: policy.kind,
      name: policy.name,
      ...(policy.rule === undefined ? {} : { rule: policy.rule }),
      title: summary?.title ?? policy.name,
      ...(policy.url === undefined ? {} : { url: policy.url }),
    },
    ...(severity === undefined ? {} : { severity }),
    decision,
    message: shortened(verdict.message),
    fields: [...fields],
    ...(remediation === undefined ? {} : { remediation }),
    object: { cluster, ...object, namespace: object.namespace ?? '' },
    ...(application === undefined ? {} : { application }),
    since: new Date(since).toISOString(),
    ...(waivedBy === undefined ? {} : { waivedBy }),
    ...(waivedBy === undefined || waiverExpires === undefined
      ? {}
      : { waiverExpires: new Date(waiverExpires).toISOString() }),
    ...(verdict.undecided === undefined ? {} : { undecided: true }),
  };
}

export function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_CHARS ? message : `${message.slice(0, MAX_MESSAGE_CHARS)}…`;
}

export const DECISIONS: readonly ViolationDecision[] = ['deny', 'warn', 'dryrun', 'waived'];
