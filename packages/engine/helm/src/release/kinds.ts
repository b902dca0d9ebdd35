/** Kinds in the order in which Helm 4 installs them; others come after, by name. */
const KINDS = [
  'PriorityClass',
  'Namespace',
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
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];
const RANKS: ReadonlyMap<string, number> = new Map(KINDS.map((kind, index) => [kind, index]));

export function compareInstallOrder(a: string, b: string): number {
  const [x, y] = [RANKS.get(a), RANKS.get(b)];
  if (x === undefined && y === undefined) return a < b ? -1 : a > b ? 1 : 0;
  return (x ?? KINDS.length) - (y ?? KINDS.length);
}
