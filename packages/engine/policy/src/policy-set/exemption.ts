import { deepEqual, type KubeObject, parseApiVersion } from '@sekisho/kube';
import { at, isRecord, kindOf, nameOf, namespaceOf } from '../gatekeeper/document.ts';
import { isKindOf, isPolicyGroup, SEKISHO_GROUP } from './policy-kinds.ts';
import type { GateRequest } from './types.ts';

export interface ExemptionOptions {
  /** Sekisho's own. */
  readonly controlNamespace: string;
  /** Default: kube-system. */
  readonly exemptNamespaces?: Iterable<string>;
}

/** By which policies are put right, or by which the cluster lives. */
const WAY_BACK: Readonly<Record<string, readonly string[]>> = {
  [SEKISHO_GROUP]: ['PolicySource', 'BestPracticeProfile'],
  'config.stackrox.io': ['SecurityPolicy'],
  'argoproj.io': ['Application', 'ApplicationSet', 'AppProject'],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'coordination.k8s.io': ['Lease'],
  'events.k8s.io': ['Event'],
  '': ['Event'],
  'authentication.k8s.io': ['TokenReview', 'SelfSubjectReview', 'TokenRequest'],
  'authorization.k8s.io': [
    'SubjectAccessReview',
    'LocalSubjectAccessReview',
    'SelfSubjectAccessReview',
    'SelfSubjectRulesReview',
  ],
};

const WAY_BACK_GROUPS: ReadonlySet<string> = new Set(['admissionregistration.k8s.io']);
const DEFAULT_NAMESPACES: readonly string[] = ['kube-system'];

/**
 * Whether no policy is asked, whatever it says: so that a policy that denies everything can be taken back. Policies
 * themselves, kinds of Argo CD, what a cluster needs to live, the control namespace and exempt ones, the end of what is being
 * deleted, and statuses. Waivers are judged everywhere.
 */
export function isExempt(request: GateRequest, options: ExemptionOptions): boolean {
  const object = isRecord(request.object) ? request.object : request.oldObject;
  const apiVersion = at(object, 'apiVersion');
  const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  const kind = kindOf(object);
  if (request.subResource === 'status') return true;
  if (isBeingDeleted(request)) return true;
  if (group === SEKISHO_GROUP && kind === 'Waiver') return false;
  if (isPolicyGroup(group) || WAY_BACK_GROUPS.has(group) || isKindOf(group, kind, WAY_BACK)) return true;
  const namespace = group === '' && kind === 'Namespace' ? nameOf(object) : namespaceOf(object);
  if (namespace === '') return false;
  if (namespace === options.controlNamespace) return true;
  for (const exempt of options.exemptNamespaces ?? DEFAULT_NAMESPACES) if (exempt === namespace) return true;
  return false;
}

/** Finalizers of it must come off; that is no way to make something else of it. */
function isBeingDeleted({ operation, object, oldObject }: GateRequest): boolean {
  const since = at(oldObject, 'metadata', 'deletionTimestamp');
  if (operation !== 'UPDATE' || typeof since !== 'string' || since === '') return false;
  return deepEqual(essence(object), essence(oldObject));
}

function essence(object: KubeObject | undefined): unknown {
  const { metadata: _, status: __, ...rest }: Partial<KubeObject> = object ?? {};
  return rest;
}
