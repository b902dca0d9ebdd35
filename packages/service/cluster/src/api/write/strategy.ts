import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { Call } from '../call.ts';
import type { ServedResource } from '../served-resource.ts';

/** Kinds that may bring a status with their creation. */
const STATUS_ON_CREATE = new Set(['/nodes', '/services']);

/** What the server itself puts into the status of a new object. */
const INITIAL_STATUS: Record<string, Record<string, unknown>> = {
  '/namespaces': { phase: 'Active' },
  '/persistentvolumeclaims': { phase: 'Pending' },
  '/persistentvolumes': { phase: 'Pending' },
};

/** A new object starts without the status that its author wrote; some kinds start with one of the server's. */
export function initialStatus(resource: ServedResource, object: KubeObject): KubeObject {
  if (!resource.hasStatus) return object;
  const name = `${resource.info.group}/${resource.info.resource}`;
  if (STATUS_ON_CREATE.has(name) && resource.custom === undefined) return object;
  const { status: _dropped, ...rest } = object;
  if (resource.custom !== undefined) return rest as KubeObject;
  const initial = name === '/pods' ? { phase: 'Pending', qosClass: qosClass(object) } : INITIAL_STATUS[name];
  return { ...rest, status: initial ?? {} } as KubeObject;
}

/** A write through the main resource leaves the status alone. */
export function keepStatus(resource: ServedResource, live: KubeObject, next: KubeObject): KubeObject {
  if (!resource.hasStatus || next['status'] === live['status']) return next;
  const { status: _dropped, ...rest } = next;
  return (live['status'] === undefined ? rest : { ...rest, status: live['status'] }) as KubeObject;
}

/** Groups whose status writes change the status alone. In the others they may change labels and annotations too. */
const STRICT_STATUS = new Set([
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'admissionregistration.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]);

/** A write through `/status` changes nothing else. */
export function onlyStatus(resource: ServedResource, live: KubeObject, next: KubeObject): KubeObject {
  const { status: _dropped, ...rest } = live;
  const metadata = { ...live.metadata };
  if (next.metadata.managedFields !== undefined) metadata.managedFields = next.metadata.managedFields;
  if (resource.custom === undefined && !STRICT_STATUS.has(resource.info.group)) {
    copyOrDelete(metadata, next.metadata, 'labels');
    copyOrDelete(metadata, next.metadata, 'annotations');
  }
  const status = next['status'];
  return { ...rest, metadata, ...(status === undefined ? {} : { status }) } as KubeObject;
}

function copyOrDelete(to: KubeObject['metadata'], from: KubeObject['metadata'], field: 'labels' | 'annotations'): void {
  const value = from[field];
  if (value === undefined) delete to[field];
  else to[field] = value;
}

/** The generation after a change: counts up when anything but metadata and status differs. */
export function nextGeneration(resource: ServedResource, live: KubeObject, next: KubeObject): number | undefined {
  const current = live.metadata.generation;
  if (!resource.tracksGeneration) return current;
  const ignored = resource.hasStatus || resource.custom === undefined;
  const changed = new Set([...Object.keys(live), ...Object.keys(next)]);
  for (const field of changed) {
    if (field === 'apiVersion' || field === 'kind' || field === 'metadata' || (field === 'status' && ignored)) continue;
    if (!deepEqual(live[field], next[field])) return (current ?? 0) + 1;
  }
  // Upstream counts a Deployment's annotations as part of what its controller has to look at.
  if (resource.info.group === 'apps' && resource.info.resource === 'deployments') {
    if (!deepEqual(live.metadata.annotations ?? {}, next.metadata.annotations ?? {})) return (current ?? 0) + 1;
  }
  return current;
}

type Resources = Record<string, unknown> | undefined;

/** Quality of service of a pod, from the requests and limits of its containers. */
export function qosClass(pod: KubeObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const spec = pod['spec'] as { containers?: unknown[]; initContainers?: unknown[] } | undefined;
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])] as {
    resources?: { requests?: Resources; limits?: Resources };
  }[];
  let any = false;
  let guaranteed = containers.length > 0;
  for (const { resources } of containers) {
    for (const name of ['cpu', 'memory']) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name] ?? limit;
      if (limit !== undefined || request !== undefined) any = true;
      if (limit === undefined || request !== limit) guaranteed = false;
    }
  }
  return guaranteed ? 'Guaranteed' : any ? 'Burstable' : 'BestEffort';
}

const ALL_BUT_STATUS = ['spec', 'data', 'rules', 'webhooks'].map((field) => [field]);

/** Fields that this endpoint ignores, so that nobody comes to own them by writing here. */
export function resetFields(call: Call): readonly (readonly string[])[] {
  if (call.subresource === 'status') return ALL_BUT_STATUS;
  return call.subresource === undefined && call.resource.hasStatus ? [['status']] : [];
}
