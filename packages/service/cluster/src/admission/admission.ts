import type { KubeObject } from '@sekisho/kube';
import type { Call } from '../api/call.ts';
import { collectionId } from '../api/registry.ts';
import { forbidden, notFound } from '../api/status-error.ts';
import type { WriteOptions } from '../api/verbs/options.ts';
import { CLEANUP_FINALIZER, defaultDefinition } from '../crd/definition.ts';
import type { Storage } from '../storage/storage.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { admitJob } from './jobs.ts';
import { admitPod } from './pods.ts';
import { createServiceAdmission } from './services.ts';

/** The built-in admission steps: what the server adds to or refuses of an object besides its own rules. */
export interface Admission {
  /** @throws StatusError 404 when the namespace is missing, 403 when it is going away */
  checkNamespace(call: Call, name: string): void;
  /** What the server adds before mutators of others see a new object; `admitCreate` adds it as well. */
  prepareCreate(call: Call, object: KubeObject): KubeObject;
  /** A changed object and how to give back what was taken for it (addresses, ports) when it is not stored after all. */
  admitCreate(
    call: Call,
    object: KubeObject,
    options: Pick<WriteOptions, 'dryRun'>,
  ): { object: KubeObject; undo: () => void };
  admitUpdate(call: Call, live: KubeObject, next: KubeObject): KubeObject;
  /** @throws StatusError 403 for what must not be deleted */
  checkDelete(call: Call, object: KubeObject): void;
  /** The object as it looks while it is being deleted; it may be changed in place. */
  markTerminating(object: KubeObject): KubeObject;
  afterDeleteStarted(call: Call, stored: StoredObject): void;
  /** Called when a deletion that waits for clean-up has begun. */
  onDeleteStarted(listener: (call: Call, stored: StoredObject) => void): void;
}

const NOTHING = (): void => {};
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export function createAdmission(storage: Storage): Admission {
  const namespaces = storage.collection(collectionId('', 'namespaces'));
  const services = createServiceAdmission(storage);
  const listeners: ((call: Call, stored: StoredObject) => void)[] = [];
  return {
    checkNamespace: (call, name) => {
      const { namespace } = call;
      if (namespace === undefined) return;
      const stored = namespaces.head(namespace);
      if (stored === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
      if (stored.object.metadata.deletionTimestamp !== undefined) {
        const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
        const cause = {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        };
        throw forbidden(call.resource.info, name, why, [cause]);
      }
    },
    prepareCreate: (call, object) => {
      const { group, resource } = call.resource.info;
      return group === '' && resource === 'pods' ? admitPod(storage, call, object) : object;
    },
    admitCreate: (call, object, options) => {
      switch (`${call.resource.info.group}/${call.resource.info.resource}`) {
        case '/namespaces':
          return { object: withKubernetesFinalizer(object), undo: NOTHING };
        case '/services':
          return services.admitCreate(call, object, options.dryRun);
        case '/pods':
          return { object: admitPod(storage, call, object), undo: NOTHING };
        case 'batch/jobs':
          return { object: admitJob(object), undo: NOTHING };
        case 'apiextensions.k8s.io/customresourcedefinitions':
          return { object: withFinalizer(admitDefinition(call, object), CLEANUP_FINALIZER), undo: NOTHING };
        case '/persistentvolumeclaims':
          return { object: withFinalizer(object, 'kubernetes.io/pvc-protection'), undo: NOTHING };
        default:
          return { object, undo: NOTHING };
      }
    },
    admitUpdate: (call, live, next) => {
      if (call.subresource !== undefined) return next;
      switch (`${call.resource.info.group}/${call.resource.info.resource}`) {
        case '/namespaces':
          return keepNamespaceFinalizers(live, next);
        case '/services':
          return services.admitUpdate(call, live, next);
        case 'apiextensions.k8s.io/customresourcedefinitions':
          return admitDefinition(call, next);
        default:
          return next;
      }
    },
    checkDelete: (call, object) => {
      const { info } = call.resource;
      if (info.group === '' && info.resource === 'namespaces' && IMMORTAL.has(object.metadata.name ?? '')) {
        throw forbidden(info, object.metadata.name ?? '', 'this namespace may not be deleted');
      }
    },
    markTerminating: (object) => {
      if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
        return { ...object, status: { ...(object['status'] as object | undefined), phase: 'Terminating' } };
      }
      return object;
    },
    afterDeleteStarted: (call, stored) => {
      for (const listener of listeners) listener(call, stored);
    },
    onDeleteStarted: (listener) => {
      listeners.push(listener);
    },
  };
}

function admitDefinition(call: Call, object: KubeObject): KubeObject {
  const complete = defaultDefinition(object);
  const conversion = (complete['spec'] as { conversion?: { strategy?: string } }).conversion;
  if (conversion?.strategy === 'Webhook') {
    call.warnings.push('this cluster does not call conversion webhooks: only the storage version can be used');
  }
  return complete;
}

/** The namespace's content goes first: the namespace controller takes this finalizer away when nothing is left. */
function withKubernetesFinalizer(object: KubeObject): KubeObject {
  const spec = (object['spec'] ?? {}) as { finalizers?: string[] };
  const finalizers = spec.finalizers ?? [];
  const name = object.metadata.name ?? '';
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': name } },
    spec: { ...spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] },
  };
}

function keepNamespaceFinalizers(live: KubeObject, next: KubeObject): KubeObject {
  const finalizers = (live['spec'] as { finalizers?: string[] } | undefined)?.finalizers;
  const name = next.metadata.name ?? '';
  return {
    ...next,
    metadata: { ...next.metadata, labels: { ...next.metadata.labels, 'kubernetes.io/metadata.name': name } },
    spec: finalizers === undefined ? {} : { finalizers },
  };
}

function withFinalizer(object: KubeObject, finalizer: string): KubeObject {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
}
