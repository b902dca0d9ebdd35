import type { Severity } from '../../verdict.ts';
import { Field } from '../object/field.ts';
import type { PodTemplate } from '../object/pod-template.ts';
import type { ObjectSet } from './object-set.ts';

/** 1 critical, 5 warning, 7 almost all right, 10 all right. */
export type Grade = 1 | 5 | 7 | 10;

export const grades = { critical: 1, warning: 5, almostOk: 7, ok: 10 } as const;

/** What a check looks at; `Pod` is a Pod or the template of a workload. */
export type CheckTarget =
  | 'all'
  | 'Pod'
  | 'Service'
  | 'Deployment'
  | 'StatefulSet'
  | 'NetworkPolicy'
  | 'Ingress'
  | 'CronJob'
  | 'HorizontalPodAutoscaler'
  | 'PodDisruptionBudget';

/** What is known of a check without running it. */
export interface CheckInfo {
  /** Stable: annotations, flags and waivers name it. */
  readonly id: string;
  /** kube-score's name of it. */
  readonly name: string;
  readonly target: CheckTarget;
  /** Off unless enabled. */
  readonly optional: boolean;
  /** It complains about what is not among the objects that are scored together. */
  readonly relational: boolean;
  readonly severity: Severity;
  /** What goes wrong where it is not met. */
  readonly why: string;
  /** What to write instead. */
  readonly fix: string;
}

export interface Comment {
  /** What inside the object it is about, mostly a container's name; may be empty. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** The field: `spec.template.spec.containers[name=web].image`. */
  readonly field?: string;
}

export interface Outcome {
  readonly grade: Grade;
  /** The check itself says that it does not apply here. */
  readonly skipped?: boolean;
  readonly comments: readonly Comment[];
}

/** What checks are held to. */
export interface CheckSettings {
  readonly kubernetesVersion: readonly [major: number, minor: number];
  readonly ignoreContainerCpuLimit: boolean;
  readonly ignoreContainerMemoryLimit: boolean;
  readonly minReplicasDeployment: number;
  readonly minReplicasHpa: number;
}

export interface CheckContext {
  /** The object under check. */
  readonly root: Field;
  readonly namespace: string;
  readonly set: ObjectSet;
  readonly settings: CheckSettings;
}

export interface Check extends CheckInfo {
  readonly run: (context: CheckContext, pod: PodTemplate) => Outcome;
}

/** What a module of checks writes: everything but what has a default. */
export interface CheckDefinition extends Omit<CheckInfo, 'optional' | 'relational' | 'id'> {
  readonly optional?: boolean;
  readonly relational?: boolean;
  readonly run: (context: CheckContext, pod: PodTemplate) => Outcome;
}

/** A check; its id is its name in lower case with dashes. */
export function defineCheck(definition: CheckDefinition): Check {
  return { optional: false, relational: false, ...definition, id: definition.name.toLowerCase().replaceAll(' ', '-') };
}

/** Stands for the pod where a check is not about one. */
export const noPod: PodTemplate = { metadata: Field.root(undefined), spec: Field.root(undefined) };

export const allRight: Outcome = { grade: grades.ok, comments: [] };

export function skipped(summary: string): Outcome {
  return { grade: grades.ok, skipped: true, comments: [{ path: '', summary, description: '' }] };
}

/** The outcome with one grade for all comments, all right when there are none. */
export function outcomeOf(grade: Grade, comments: readonly Comment[]): Outcome {
  return comments.length === 0 ? allRight : { grade, comments };
}

/** A comment on a field of a container. */
export function onContainer(container: Field, field: Field, summary: string, description: string): Comment {
  return { path: container.at('name').text ?? '', summary, description, field: field.path };
}

/** A comment on a field of the object itself. */
export function onField(field: Field, summary: string, description: string): Comment {
  return { path: '', summary, description, field: field.path };
}
