import { gatekeeperKind, groupOf, kindOf } from '../gatekeeper/document.ts';

export const SEKISHO_GROUP = 'sekisho.dev';

/** Groups all of whose kinds say what policies do. */
const POLICY_GROUPS: ReadonlySet<string> = new Set([
  'templates.gatekeeper.sh',
  'constraints.gatekeeper.sh',
  'mutations.gatekeeper.sh',
  'expansion.gatekeeper.sh',
  'config.gatekeeper.sh',
  'syncset.gatekeeper.sh',
  'externaldata.gatekeeper.sh',
  'connection.gatekeeper.sh',
  'status.gatekeeper.sh',
]);

/** Kinds of groups that have others, too. */
const POLICY_KINDS: Readonly<Record<string, readonly string[]>> = {
  'admissionregistration.k8s.io': [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
  ],
  'config.stackrox.io': ['SecurityPolicy'],
  [SEKISHO_GROUP]: ['PolicySource', 'BestPracticeProfile', 'Waiver'],
};

/** Whether an object is a policy, or a waiver, that {@link compilePolicySet} takes. */
export function isPolicyObject(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): boolean {
  const group = groupOf(object);
  return (
    gatekeeperKind(object as Parameters<typeof gatekeeperKind>[0]) !== undefined ||
    isKindOf(group, kindOf(object), POLICY_KINDS)
  );
}

export function isPolicyGroup(group: string): boolean {
  return POLICY_GROUPS.has(group);
}

export function isKindOf(group: string, kind: string, table: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.hasOwn(table, group) && table[group]?.includes(kind) === true;
}
