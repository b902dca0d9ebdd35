import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { PodSecurityLevel } from '../best-practice/pod-security/control.ts';
import { type PodSecurityViolation, podSecurity } from '../best-practice/pod-security/evaluate.ts';
import type { Subject } from './subject.ts';
import type { GateVerdict, PolicyAction, PolicySummary } from './types.ts';
import { GATES, type PolicyUnit, WRITES } from './unit.ts';
import { ACTIONS } from './verdicts.ts';

const PREFIX = 'pod-security.kubernetes.io/';

const ID = 'best-practice/pod-security';

const summary: PolicySummary = {
  id: ID,
  policy: { kind: 'best-practice', name: 'pod-security' },
  title: 'Pod Security Standards of namespaces',
  description:
    'Holds pods to the levels that labels of their Namespace name: pod-security.kubernetes.io/enforce, warn, audit.',
  action: 'scoped',
  gates: GATES,
  kinds: ['Pod', 'apps/*', 'batch/*', 'v1/*'],
  readsSurroundings: false,
  hash: '1',
};

const MODES: readonly { readonly label: string; readonly action: PolicyAction }[] = [
  { label: 'enforce', action: 'deny' },
  { label: 'warn', action: 'warn' },
  { label: 'audit', action: 'dryrun' },
];

/**
 * Labels of Namespaces as Kubernetes' own admission reads them: `enforce` is for pods alone, `warn` (by default at the level
 * of `enforce`) and `audit` for what makes pods, too.
 *
 * @see Pod Security Admission of Kubernetes
 */
export const podSecurityLabels: PolicyUnit = {
  summary,
  kinds: [
    { groups: [''], kinds: ['Pod', 'PodTemplate', 'ReplicationController'] },
    { groups: ['apps'], kinds: ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'] },
    { groups: ['batch'], kinds: ['Job', 'CronJob'] },
  ],
  operations: WRITES,
  judge(subject) {
    const labels = subject.namespace?.metadata?.labels;
    if (labels === undefined || isUnchanged(subject)) return [];
    const isPod = subject.kind === 'Pod' && subject.group === '';
    const verdicts = new Map<string, GateVerdict>();
    for (const { label, action } of MODES) {
      if (action === 'deny' && !isPod) continue;
      const asked = levelOf(labels, label);
      if (asked === undefined) continue;
      for (const violation of podSecurity(subject.object, asked.level, asked.version)) {
        const { id } = violation.control;
        if (!verdicts.has(id)) verdicts.set(id, verdictOf(subject, violation, action, `${label}=${asked.level}`));
      }
    }
    return [...verdicts.values()];
  },
};

/** A level that nobody knows is taken for the strictest, as Kubernetes does for enforce. */
function levelOf(
  labels: Readonly<Record<string, string>>,
  mode: string,
): { readonly level: PodSecurityLevel; readonly version: string } | undefined {
  const own = `${PREFIX}${mode}`;
  const from = mode === 'warn' && !Object.hasOwn(labels, own) ? `${PREFIX}enforce` : own;
  if (!Object.hasOwn(labels, from)) return undefined;
  const level = labels[from];
  const known = level === 'privileged' || level === 'baseline' || level === 'restricted' ? level : 'restricted';
  return { level: known, version: labels[`${from}-version`] ?? 'latest' };
}

/** Updates that leave the pod as it is are nobody's business: those of its status, labels, finalizers. */
function isUnchanged({ operation, request: { object, oldObject } }: Subject): boolean {
  if (operation !== 'UPDATE' || object === undefined || oldObject === undefined) return false;
  return deepEqual(specOf(object), specOf(oldObject));
}

function specOf(object: KubeObject): unknown {
  return object['spec'] ?? object['template'];
}

function verdictOf(
  subject: Subject,
  { control, breaches }: PodSecurityViolation,
  action: PolicyAction,
  label: string,
): GateVerdict {
  return {
    decision: ACTIONS[action].decision,
    severity: control.severity,
    policy: { kind: 'best-practice', name: 'pod-security', rule: control.id },
    policyId: ID,
    subject: subject.reference,
    message: `violates PodSecurity ${label} of namespace ${subject.namespaceName}: ${control.title}: ${breaches
      .map(({ field, problem }) => `${field} ${problem}`)
      .join('; ')}`,
    fields: breaches.map(({ field }) => field),
    remediation: control.fix,
  };
}
