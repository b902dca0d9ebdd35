import type { ResourceType } from '@sekisho/client';

export const APPLICATIONS = type('argoproj.io', 'v1alpha1', 'applications', 'Application');
export const APP_PROJECTS = type('argoproj.io', 'v1alpha1', 'appprojects', 'AppProject');
export const APPLICATION_SETS = type('argoproj.io', 'v1alpha1', 'applicationsets', 'ApplicationSet');
export const DEPLOYMENTS = type('apps', 'v1', 'deployments', 'Deployment');
export const REPLICA_SETS = type('apps', 'v1', 'replicasets', 'ReplicaSet');
export const SERVICES = type('', 'v1', 'services', 'Service');
export const CONFIG_MAPS = type('', 'v1', 'configmaps', 'ConfigMap');
export const SECRETS = type('', 'v1', 'secrets', 'Secret');
export const PODS = type('', 'v1', 'pods', 'Pod');
export const JOBS = type('batch', 'v1', 'jobs', 'Job');
export const EVENTS = type('', 'v1', 'events', 'Event');
export const INGRESSES = type('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const NAMESPACES = type('', 'v1', 'namespaces', 'Namespace', false);

function type(group: string, version: string, resource: string, kind: string, namespaced = true): ResourceType {
  return { group, version, resource, kind, namespaced };
}
