import type { KubeObject } from '@sekisho/kube';
import { podTemplateOf } from '../object/pod-template.ts';
import { parseVersion } from '../version.ts';
import { baselineControls } from './baseline.ts';
import type { PodSecurityControl, PodSecurityControlInfo, PodSecurityLevel } from './control.ts';
import { restrictedControls } from './restricted.ts';

export interface PodSecurityViolation {
  readonly control: PodSecurityControlInfo;
  /** Every field that breaks it; where something is missing, the place for it. */
  readonly breaches: readonly { readonly field: string; readonly problem: string }[];
}

/** All controls of both levels. */
export const podSecurityControls: readonly PodSecurityControl[] = [...baselineControls, ...restrictedControls];

/**
 * Holds the pod that an object is, or makes, to a level of the Pod Security Standards.
 * @param version  of Kubernetes whose standard is meant: `latest` (also for what is no version), `v1.30`, `1.30`
 * @returns one entry per control that is broken; none for objects that make no pod
 * @see the Pod Security Standards of Kubernetes, and the admission plugin's controls by version
 */
export function podSecurity(
  object: KubeObject,
  level: PodSecurityLevel,
  version = 'latest',
): readonly PodSecurityViolation[] {
  const pod = podTemplateOf(object);
  if (pod === undefined) return [];
  return controlsOf(level, minorOf(version))
    .map(({ control, breaches }) => ({
      control,
      breaches: breaches(pod).map(({ field, problem }) => ({ field: field.path, problem })),
    }))
    .filter((violation) => violation.breaches.length > 0);
}

function controlsOf(level: PodSecurityLevel, minor: number) {
  if (level === 'privileged') return [];
  const asked = (level === 'baseline' ? baselineControls : podSecurityControls).flatMap((control) => {
    const version = control.versions.findLast(({ since }) => since <= minor);
    return version === undefined ? [] : [{ control, breaches: version.breaches }];
  });
  const replaced = new Set(asked.map(({ control }) => control.replaces));
  return asked.filter(({ control }) => !replaced.has(control.id));
}

function minorOf(version: string): number {
  const parsed = parseVersion(version);
  if (parsed === undefined) return Number.POSITIVE_INFINITY;
  const [major, minor] = parsed;
  return major === 1 ? minor : Number.POSITIVE_INFINITY;
}
