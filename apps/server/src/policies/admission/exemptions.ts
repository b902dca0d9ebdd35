import type { AdmissionRequest } from '@sekisho/cluster';

/** Groups by which policies are put right; `isExempt` of the engine has the whole list and the last word. */
const NEVER_ASKED_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'coordination.k8s.io',
  'events.k8s.io',
]);
const NEVER_ASKED_KINDS: Readonly<Record<string, readonly string[]>> = {
  '': ['Event'],
  'argoproj.io': ['Application', 'ApplicationSet', 'AppProject'],
  'sekisho.dev': ['PolicySource', 'BestPracticeProfile'],
  'config.stackrox.io': ['SecurityPolicy'],
};

/** Kinds that no policy is asked about, known without the engines: writes of them never wait. */
export function isNeverAsked(group: string, kind: string, subresource: string | undefined): boolean {
  if (subresource === 'status') return true;
  if (NEVER_ASKED_GROUPS.has(group) || group.endsWith('.gatekeeper.sh')) return true;
  return Object.hasOwn(NEVER_ASKED_KINDS, group) && NEVER_ASKED_KINDS[group]?.includes(kind) === true;
}

/** Sekisho's own namespace and what is in it; Waivers are judged there, too. */
export function isOwnPlace({ kind, name, namespace }: AdmissionRequest, controlNamespace: string): boolean {
  if (kind.group === '' && kind.kind === 'Namespace') return name === controlNamespace;
  return namespace === controlNamespace && !(kind.group === 'sekisho.dev' && kind.kind === 'Waiver');
}

const OWN_USERS: readonly string[] = ['system:kube-controller-manager', 'system:sekisho', 'system:apiserver'];

/** By which the cluster itself, and what is told about it, lives. */
const BOOKKEEPING: Readonly<Record<string, readonly string[]>> = {
  '': ['Node', 'Binding', 'Endpoints', 'ServiceAccount'],
  'discovery.k8s.io': ['EndpointSlice'],
  'wgpolicyk8s.io': ['PolicyReport', 'ClusterPolicyReport'],
};

/** What Sekisho and the cluster's own controllers write on nobody's behalf: a policy that denies everything must not end them. */
export function isBookkeeping({ kind: { group, kind }, name, userInfo }: AdmissionRequest): boolean {
  if (!OWN_USERS.includes(userInfo.username)) return false;
  if (group === '' && kind === 'ConfigMap') return name === 'kube-root-ca.crt';
  return Object.hasOwn(BOOKKEEPING, group) && BOOKKEEPING[group]?.includes(kind) === true;
}
