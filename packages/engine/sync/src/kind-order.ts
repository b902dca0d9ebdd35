/**
 * Kinds in the order in which Argo CD applies them inside a wave; all others come after. Two are not in its list: Waiver,
 * so that it counts for what comes after it, and ConstraintTemplate, which brings a kind as a CRD does.
 */
const kinds: readonly string[] = [
  'Namespace',
  'Waiver',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ConstraintTemplate',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
];

const ranks: ReadonlyMap<string, number> = new Map(kinds.map((kind, index) => [kind, index]));

/** Position of a kind in the order of applying; unlisted kinds share the last place. */
export function kindRank(kind: string): number {
  return ranks.get(kind) ?? kinds.length;
}

/** For `sort`: by the order of applying, then by name of the kind. */
export function compareKindOrder(a: string, b: string): number {
  const difference = kindRank(a) - kindRank(b);
  return difference !== 0 ? difference : a < b ? -1 : a > b ? 1 : 0;
}
