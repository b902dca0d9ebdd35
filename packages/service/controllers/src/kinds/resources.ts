import type { ResourceType } from '@sekisho/client';

const of = (group: string, version: string, kind: string, resource: string, namespaced = true): ResourceType => ({
  group,
  version,
  kind,
  resource,
  namespaced,
});

export const NODES = of('', 'v1', 'Node', 'nodes', false);
export const NAMESPACES = of('', 'v1', 'Namespace', 'namespaces', false);
export const PODS = of('', 'v1', 'Pod', 'pods');
export const EVENTS = of('', 'v1', 'Event', 'events');
export const SERVICES = of('', 'v1', 'Service', 'services');
export const ENDPOINTS = of('', 'v1', 'Endpoints', 'endpoints');
export const CONFIG_MAPS = of('', 'v1', 'ConfigMap', 'configmaps');
export const SECRETS = of('', 'v1', 'Secret', 'secrets');
export const SERVICE_ACCOUNTS = of('', 'v1', 'ServiceAccount', 'serviceaccounts');
export const REPLICATION_CONTROLLERS = of('', 'v1', 'ReplicationController', 'replicationcontrollers');
export const PERSISTENT_VOLUMES = of('', 'v1', 'PersistentVolume', 'persistentvolumes', false);
export const PERSISTENT_VOLUME_CLAIMS = of('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const DEPLOYMENTS = of('apps', 'v1', 'Deployment', 'deployments');
export const REPLICA_SETS = of('apps', 'v1', 'ReplicaSet', 'replicasets');
export const STATEFUL_SETS = of('apps', 'v1', 'StatefulSet', 'statefulsets');
export const DAEMON_SETS = of('apps', 'v1', 'DaemonSet', 'daemonsets');
export const CONTROLLER_REVISIONS = of('apps', 'v1', 'ControllerRevision', 'controllerrevisions');
export const JOBS = of('batch', 'v1', 'Job', 'jobs');
export const CRON_JOBS = of('batch', 'v1', 'CronJob', 'cronjobs');
export const ENDPOINT_SLICES = of('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices');
export const INGRESSES = of('networking.k8s.io', 'v1', 'Ingress', 'ingresses');
export const POD_DISRUPTION_BUDGETS = of('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const HORIZONTAL_POD_AUTOSCALERS = of(
  'autoscaling',
  'v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
);
export const STORAGE_CLASSES = of('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false);
export const LEASES = of('coordination.k8s.io', 'v1', 'Lease', 'leases');
export const CUSTOM_RESOURCE_DEFINITIONS = of(
  'apiextensions.k8s.io',
  'v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
