import type { KubeObject } from '@sekisho/kube';
import { kubesecRules } from './registry.ts';
import { appliesTo, type KubesecRuleInfo, ruleSubjectOf } from './rule.ts';
import { schemaFaults } from './schema-faults.ts';

export interface KubesecFinding {
  readonly rule: KubesecRuleInfo;
  /** How many containers, volumes or claims match. */
  readonly matches: number;
  /** What matches; of an advice the places to write to. */
  readonly fields: readonly string[];
}

export interface KubesecScore {
  /** `Deployment/web.shop`, as kubesec names it. */
  readonly object: string;
  /** Whether the object conforms to the schema of its kind; rules run only then. */
  readonly valid: boolean;
  readonly message: string;
  /** The points of all rules that match. */
  readonly score: number;
  /** Rules that cost points, worst first. */
  readonly critical: readonly KubesecFinding[];
  /** Rules that gave points, most first. */
  readonly passed: readonly KubesecFinding[];
  /** Rules that would give points, most first. */
  readonly advise: readonly KubesecFinding[];
}

/** The rules that apply to an object, by what they found. */
export type KubesecFindings = Pick<KubesecScore, 'critical' | 'passed' | 'advise'>;

/** Scores one object as kubesec does: only when it conforms to the schema of its kind. */
export function kubesecScore(object: KubeObject): KubesecScore {
  const faults = schemaFaults(object);
  if (faults.length > 0) return unscored(object, false, faults.join('; '));
  if (!kubesecRules.some((rule) => appliesTo(rule, object))) {
    return unscored(object, true, 'This resource kind is not supported by kubesec');
  }
  const findings = kubesecFindings(object);
  const score = [...findings.critical, ...findings.passed].reduce((sum, { rule }) => sum + rule.points, 0);
  const message = `${score < 0 ? 'Failed' : 'Passed'} with a score of ${score} points`;
  return { object: nameOf(object), valid: true, message, score, ...findings };
}

/** What the rules find in an object, whether or not it conforms to its schema. */
export function kubesecFindings(object: KubeObject): KubesecFindings {
  const subject = ruleSubjectOf(object);
  const critical: KubesecFinding[] = [];
  const passed: KubesecFinding[] = [];
  const advise: KubesecFinding[] = [];
  for (const rule of kubesecRules) {
    if (!appliesTo(rule, object)) continue;
    const matching = rule.matches(subject);
    const found = matching.length > 0;
    if (!found && rule.points < 0) continue;
    const places = found ? matching : rule.places(subject);
    const list = !found ? advise : rule.points < 0 ? critical : passed;
    list.push({ rule, matches: matching.length, fields: places.map((place) => place.path) });
  }
  return {
    critical: critical.sort((a, b) => a.rule.points - b.rule.points || bySelector(a, b)),
    passed: passed.sort((a, b) => b.rule.points - a.rule.points || bySelector(a, b)),
    advise: advise.sort((a, b) => b.rule.points - a.rule.points || bySelector(a, b)),
  };
}

function unscored(object: KubeObject, valid: boolean, message: string): KubesecScore {
  return { object: nameOf(object), valid, message, score: 0, critical: [], passed: [], advise: [] };
}

function bySelector(a: KubesecFinding, b: KubesecFinding): number {
  return a.rule.selector < b.rule.selector ? -1 : a.rule.selector > b.rule.selector ? 1 : 0;
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata?.name ?? 'undefined'}.${metadata?.namespace ?? 'default'}`;
}
