import { isSekishoError, messageOf } from '@sekisho/base';
import { type KubeObject, type ResourceInfo, resourcePath } from '@sekisho/kube';
import { NAMESPACES } from '../kinds/resources.ts';
import { formatTime } from '../kinds/time.ts';
import { splitKey } from '../runtime/key.ts';
import type { ResourceMonitor } from '../runtime/resource-monitor.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';
import { type Remaining, terminationConditions } from './plan.ts';

/** Deletions in a namespace come in bursts; each empties a bit more. */
const SETTLE_MS = 20;
/** Content that vanishes without an event here (a kind without a cache) is found by looking again. */
const RECHECK_MS = 5_000;
const PODS_KEY = '/pods';

interface Namespace extends KubeObject {
  spec?: { readonly finalizers?: readonly string[] };
  status?: { readonly phase?: string; readonly conditions?: [] };
}

/** Empties namespaces that are being deleted, then lets them go. */
export function startNamespaceTermination(runtime: ControllerRuntime, monitor: ResourceMonitor): void {
  const { client } = runtime;
  const namespaces = runtime.informer(NAMESPACES);
  const terminating = new Set<string>();

  const queue = runtime.queue('namespaces', 4, async (key, signal) => {
    const namespace = namespaces.get(splitKey(key).name) as Namespace | undefined;
    if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
    if ((namespace.spec?.finalizers ?? []).length === 0) return undefined;
    const progress = await empty(namespace.metadata.name ?? '', signal);
    if (progress.remaining.length === 0 && progress.failures.length === 0) return finalize(namespace);
    await report(namespace, progress);
    return { afterMs: RECHECK_MS };
  });

  namespaces.on(({ type, object }) => {
    const { name = '', deletionTimestamp } = object.metadata;
    if (type === 'DELETED' || deletionTimestamp === undefined) terminating.delete(name);
    else {
      terminating.add(name);
      queue.add(name);
    }
  });
  monitor.on((_resource, { type, object }) => {
    const { namespace } = object.metadata;
    if (namespace !== undefined && terminating.has(namespace) && type !== 'MODIFIED')
      queue.addAfter(namespace, SETTLE_MS);
  });

  /** Asks for the deletion of everything, and says what is there still. */
  async function empty(
    namespace: string,
    signal: AbortSignal,
  ): Promise<{ remaining: Remaining[]; failures: string[] }> {
    const remaining: Remaining[] = [];
    const failures: string[] = [];
    for (const [key, { info }] of kindsIn(monitor)) {
      signal.throwIfAborted();
      try {
        const { items } = await client.list(info, { namespace, signal });
        if (items.length === 0) continue;
        const fresh = items.filter((item) => item.metadata.deletionTimestamp === undefined);
        if (fresh.length > 0) await deleteAll(info, namespace, fresh);
        // Pods end by themselves once deleted; what deletion removed at once is found gone by the next look.
        const left =
          fresh.length === 0 || key === PODS_KEY ? items : (await client.list(info, { namespace, signal })).items;
        if (left.length > 0) remaining.push(remainingOf(info, left));
      } catch (error) {
        if (signal.aborted) throw error;
        if (!isSekishoError(error, 'KUBE_NOT_FOUND')) failures.push(`${nameOf(info)}: ${messageOf(error)}`);
      }
    }
    return { remaining, failures };
  }

  async function deleteAll(info: ResourceInfo, namespace: string, items: readonly KubeObject[]): Promise<void> {
    if (info.verbs.includes('deletecollection')) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
      await client.request({ method: 'DELETE', path: resourcePath(info, namespace), body });
      return;
    }
    for (const { metadata } of items) {
      await client.delete(info, metadata.name ?? '', namespace, { propagationPolicy: 'Background' }).catch((error) => {
        if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
      });
    }
  }

  async function finalize(namespace: Namespace): Promise<undefined> {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
    const body = { ...namespace, spec: { ...namespace.spec, finalizers } };
    const path = resourcePath(NAMESPACES, undefined, namespace.metadata.name, 'finalize');
    await client.request({ method: 'PUT', path, body });
    return undefined;
  }

  async function report(
    namespace: Namespace,
    progress: { remaining: readonly Remaining[]; failures: readonly string[] },
  ): Promise<void> {
    const before = namespace.status?.conditions;
    const conditions = terminationConditions(before, progress, formatTime(runtime.clock.now()));
    if (conditions === before) return;
    const status = { ...namespace.status, phase: 'Terminating', conditions };
    await client.update(NAMESPACES, { ...namespace, status }, { subresource: 'status' });
  }
}

/** Workloads before their pods would only be made again: the order is that of discovery, which is good enough. */
function kindsIn(monitor: ResourceMonitor): [string, { info: ResourceInfo }][] {
  return [...monitor.resources].filter(([, { info }]) => info.namespaced);
}

function nameOf(info: ResourceInfo): string {
  return info.group === '' ? info.resource : `${info.resource}.${info.group}`;
}

function remainingOf(info: ResourceInfo, items: readonly KubeObject[]): Remaining {
  const finalizers = new Map<string, number>();
  for (const { metadata } of items) {
    for (const name of metadata.finalizers ?? []) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  }
  return { resource: nameOf(info), count: items.length, finalizers };
}
