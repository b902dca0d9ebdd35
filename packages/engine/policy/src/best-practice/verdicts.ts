import { gvkOf, type KubeObject } from '@sekisho/kube';
import type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from '../verdict.ts';
import { grades } from './kube-score/check.ts';
import { type ScoreNeighbours, type ScoreOptions, scoreObjects } from './kube-score/score.ts';
import { kubesecFindings as findingsOf } from './kubesec/score.ts';
import type { PodSecurityLevel } from './pod-security/control.ts';
import { podSecurity } from './pod-security/evaluate.ts';

/** Which best practice is asked, and what breaking it means. */
export interface BestPracticeProfile {
  /** Default: all checks that are not optional; `false` asks none. */
  readonly kubeScore?: ScoreOptions | false;
  /** Rules that cost points. Default true. Advice is a matter of scores, not of verdicts. */
  readonly kubesec?: boolean;
  /** Default: `baseline` of the latest version. */
  readonly podSecurity?: { readonly level: PodSecurityLevel; readonly version?: string };
  /** From this severity on a finding denies, below it warns; `never` denies nothing. Default `critical`. */
  readonly denyFrom?: Severity | 'never';
  /** Severities other than the built-in ones; `off` asks no more. By `kube-score/ID`, `kubesec/ID`, `pod-security/ID`. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
}

interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fields: readonly string[];
  readonly fix: string;
}

const ranks: Readonly<Record<Severity, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

/**
 * What best practice says of objects that belong together: one verdict per object and rule that is broken, in the order
 * of the objects. What is met, skipped or ignored gives none.
 *
 * @param neighbours  what lies around the objects; default: nothing does
 */
export function bestPracticeVerdicts(
  objects: readonly PolicyObject[],
  profile: BestPracticeProfile = {},
  neighbours: ScoreNeighbours = {},
): readonly Verdict[] {
  return verdictsByObject(objects, profile, neighbours).flat();
}

/** As {@link bestPracticeVerdicts}, a list for each object. */
export function verdictsByObject(
  objects: readonly PolicyObject[],
  profile: BestPracticeProfile,
  neighbours: ScoreNeighbours,
): readonly (readonly Verdict[])[] {
  const scores = profile.kubeScore === false ? undefined : scoreObjects(objects, profile.kubeScore ?? {}, neighbours);
  return objects.map((subject, index) => [
    ...verdictsOf(subject, 'kube-score', profile, kubeScoreFindings(scores?.[index]?.results ?? [])),
    ...verdictsOf(subject, 'kubesec', profile, profile.kubesec === false ? [] : kubesecFindings(subject.object)),
    ...verdictsOf(subject, 'pod-security', profile, podSecurityFindings(subject.object, profile)),
  ]);
}

function kubeScoreFindings(results: ReturnType<typeof scoreObjects>[number]['results']): readonly Finding[] {
  return results
    .filter(({ skipped, grade }) => !skipped && grade <= grades.warning)
    .map(({ check, grade, comments }) => ({
      rule: check.id,
      severity: grade === grades.warning ? lower(check.severity) : check.severity,
      message: comments.map(({ path, summary }) => (path === '' ? summary : `${path}: ${summary}`)).join('; '),
      fields: comments.flatMap(({ field }) => (field === undefined ? [] : [field])),
      fix: check.fix,
    }));
}

/** A warning of a check that can also be critical weighs less. */
function lower(severity: Severity): Severity {
  return ranks[severity] > ranks.medium ? 'medium' : severity;
}

function kubesecFindings(object: KubeObject): readonly Finding[] {
  return findingsOf(object).critical.map(({ rule, fields }) => ({
    rule: rule.id,
    severity: rule.severity,
    message: rule.reason,
    fields,
    fix: rule.fix,
  }));
}

function podSecurityFindings(object: KubeObject, profile: BestPracticeProfile): readonly Finding[] {
  const { level, version } = profile.podSecurity ?? { level: 'baseline' };
  return podSecurity(object, level, version).map(({ control, breaches }) => ({
    rule: control.id,
    severity: control.severity,
    message: `${control.title}: ${breaches.map(({ field, problem }) => `${field} ${problem}`).join('; ')}`,
    fields: breaches.map(({ field }) => field),
    fix: control.fix,
  }));
}

function verdictsOf(
  subject: PolicyObject,
  name: 'kube-score' | 'kubesec' | 'pod-security',
  profile: BestPracticeProfile,
  findings: readonly Finding[],
): readonly Verdict[] {
  return findings.flatMap((finding): Verdict[] => {
    const id = `${name}/${finding.rule}`;
    const chosen = profile.severities;
    const severity = chosen !== undefined && Object.hasOwn(chosen, id) ? chosen[id] : undefined;
    if (severity === 'off') return [];
    return [
      verdictOf(subject, { kind: 'best-practice', name, rule: finding.rule }, profile, {
        ...finding,
        severity: severity ?? finding.severity,
      }),
    ];
  });
}

function verdictOf(
  subject: PolicyObject,
  policy: PolicyReference,
  { denyFrom = 'critical' }: BestPracticeProfile,
  { severity, message, fields, fix }: Finding,
): Verdict {
  return {
    decision: denyFrom !== 'never' && ranks[severity] >= ranks[denyFrom] ? 'deny' : 'warn',
    policy,
    subject: subjectReferenceOf(subject),
    message,
    severity,
    fields,
    remediation: fix,
  };
}

function subjectReferenceOf({ object, origin }: PolicyObject): SubjectReference {
  const { name, namespace } = object.metadata ?? {};
  return {
    ...gvkOf(object),
    ...(namespace === undefined ? {} : { namespace }),
    name: name ?? '',
    ...(origin === undefined ? {} : { origin }),
  };
}
