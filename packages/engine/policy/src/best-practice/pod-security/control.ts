import type { Severity } from '../../verdict.ts';
import type { Field } from '../object/field.ts';
import type { PodTemplate } from '../object/pod-template.ts';

export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

/** A field that a control does not allow as it is; where something is missing, the place for it. */
export interface Breach {
  readonly field: Field;
  /** What is wrong with it, without the path. */
  readonly problem: string;
}

/** What is known of a control without running it. */
export interface PodSecurityControlInfo {
  /** As the admission plugin names it. */
  readonly id: string;
  readonly title: string;
  readonly level: Exclude<PodSecurityLevel, 'privileged'>;
  readonly severity: Severity;
  readonly why: string;
  readonly fix: string;
}

/** One Pod Security control. */
export interface PodSecurityControl extends PodSecurityControlInfo {
  /** What it asks, by the minor version of Kubernetes 1 from which on; oldest first. Before the first it asks nothing. */
  readonly versions: readonly { readonly since: number; readonly breaches: (pod: PodTemplate) => readonly Breach[] }[];
  /** A control of the level below that this one includes: not asked besides. */
  readonly replaces?: string;
}

/** Fields of Linux alone are not asked of pods that say they are for Windows (since 1.25). */
export function isWindows({ spec }: PodTemplate): boolean {
  return spec.at('os', 'name').text === 'windows';
}

/** In a user namespace of its own, ids of the pod mean nothing on the node (counts since 1.35). */
export function hasUserNamespace({ spec }: PodTemplate): boolean {
  return spec.at('hostUsers').isFalse;
}
