import { builtinResources } from '@sekisho/kube';

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A selector of kinds: what is absent or empty matches everything. */
export interface GvkSelector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

export function gvkOf(apiVersion: string, kind: string): Gvk {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion, kind };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
}

export function isSelected(gvk: Gvk, selector: GvkSelector): boolean {
  return (
    (!selector.group || gvk.group === selector.group) &&
    (!selector.version || gvk.version === selector.version) &&
    (!selector.kind || gvk.kind === selector.kind)
  );
}

/** `Deployment.v1.apps`. */
export function formatGvk(gvk: GvkSelector): string {
  return `${gvk.kind || '[noKind]'}.${gvk.version || '[noVer]'}.${gvk.group || '[noGrp]'}`;
}

/** Kinds newer than the types that Kustomize knows: to it they have a namespace. */
const UNKNOWN_KINDS = new Set([
  'DeviceClass',
  'IPAddress',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'ResourceSlice',
  'SelfSubjectReview',
  'ServiceCIDR',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'VolumeAttributesClass',
]);

let clusterScoped: Set<string> | undefined;

/** Kinds that Kustomize takes for cluster-scoped whatever the version of their group. */
const OLD_CLUSTER_SCOPED = [
  'policy/v1beta1/PodSecurityPolicy',
  'rbac.authorization.k8s.io/v1beta1/ClusterRole',
  'rbac.authorization.k8s.io/v1beta1/ClusterRoleBinding',
  'rbac.authorization.k8s.io/v1alpha1/ClusterRole',
  'rbac.authorization.k8s.io/v1alpha1/ClusterRoleBinding',
  'apiextensions.k8s.io/v1beta1/CustomResourceDefinition',
  'apiregistration.k8s.io/v1beta1/APIService',
  'admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration',
  'storage.k8s.io/v1beta1/StorageClass',
  'storage.k8s.io/v1beta1/CSIDriver',
  'storage.k8s.io/v1beta1/CSINode',
  'storage.k8s.io/v1beta1/VolumeAttachment',
  'scheduling.k8s.io/v1beta1/PriorityClass',
  'scheduling.k8s.io/v1alpha1/PriorityClass',
  'node.k8s.io/v1beta1/RuntimeClass',
  'certificates.k8s.io/v1beta1/CertificateSigningRequest',
];

/** Whether objects of this kind have no namespace. False for kinds that Kubernetes doesn't have itself. */
export function isClusterScoped(gvk: Gvk): boolean {
  clusterScoped ??= new Set([
    ...OLD_CLUSTER_SCOPED,
    ...builtinResources
      .filter(({ namespaced, kind }) => !namespaced && !UNKNOWN_KINDS.has(kind))
      .map(({ group, version, kind }) => `${group}/${version}/${kind}`),
  ]);
  return clusterScoped.has(`${gvk.group}/${gvk.version}/${gvk.kind}`);
}
