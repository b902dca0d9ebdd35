import type { KubeObject } from '@sekisho/kube';
import type { Severity } from '../../verdict.ts';
import { Field } from '../object/field.ts';
import { podTemplateOf } from '../object/pod-template.ts';

/** What is known of a rule without running it. */
export interface KubesecRuleInfo {
  readonly id: string;
  /** The field it is about, as kubesec writes it; equal points are ordered by it. */
  readonly selector: string;
  /** Added to the score when something matches; below zero it is better when nothing does. */
  readonly points: number;
  readonly severity: Severity;
  /** What it protects from. */
  readonly reason: string;
  readonly fix: string;
  readonly kinds: readonly string[];
}

export interface KubesecRule extends KubesecRuleInfo {
  /** Where the rule looks. */
  readonly places: (subject: RuleSubject) => readonly Field[];
  /** The places that match it: one container, volume or claim is enough. */
  readonly matches: (subject: RuleSubject) => readonly Field[];
}

/** An object as rules see it. */
export interface RuleSubject {
  readonly root: Field;
  /** The spec of the pod; without a value in kinds that make none. */
  readonly pod: Field;
}

export function ruleSubjectOf(object: KubeObject): RuleSubject {
  return { root: Field.root(object), pod: podTemplateOf(object)?.spec ?? Field.root(undefined) };
}

export function appliesTo(rule: KubesecRuleInfo, object: KubeObject): boolean {
  return rule.kinds.includes(object.kind);
}

export const podKinds = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** A rule as its module writes it. */
export interface RuleDefinition extends Omit<KubesecRuleInfo, 'kinds'> {
  /** Default {@link podKinds}. */
  readonly kinds?: readonly string[];
}

/** A rule that looks at places one by one. */
export function defineRule(
  definition: RuleDefinition,
  places: KubesecRule['places'],
  matches: (place: Field, subject: RuleSubject) => boolean,
): KubesecRule {
  return {
    kinds: podKinds,
    ...definition,
    places,
    matches: (subject) => places(subject).filter((place) => matches(place, subject)),
  };
}
