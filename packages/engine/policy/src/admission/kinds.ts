import type { KubeObject } from '@sekisho/kube';
import { groupOf, kindOf } from '../gatekeeper/document.ts';

/** Kinds by which a cluster is told what it admits. */
export type AdmissionKind = 'validating' | 'validating-binding' | 'mutating' | 'mutating-binding';

export const GROUP = 'admissionregistration.k8s.io';

const KINDS: ReadonlyMap<string, AdmissionKind> = new Map([
  ['ValidatingAdmissionPolicy', 'validating'],
  ['ValidatingAdmissionPolicyBinding', 'validating-binding'],
  ['MutatingAdmissionPolicy', 'mutating'],
  ['MutatingAdmissionPolicyBinding', 'mutating-binding'],
]);

/** What an object is to admission, in any version of its group; undefined for all others. */
export function admissionKind(object: KubeObject): AdmissionKind | undefined {
  return groupOf(object) === GROUP ? KINDS.get(kindOf(object)) : undefined;
}
