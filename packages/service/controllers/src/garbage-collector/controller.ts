import { createLru, isSekishoError } from '@sekisho/base';
import { type KubeObject, type OwnerReference, parseApiVersion } from '@sekisho/kube';
import type { ResourceMonitor } from '../runtime/resource-monitor.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';
import {
  createOwnerGraph,
  FOREGROUND_FINALIZER,
  type GraphNode,
  hasFinalizer,
  isDeletingDependents,
  ORPHAN_FINALIZER,
  ownersOf,
} from './graph.ts';
import { isBlocking, type OwnerState, planCollection } from './plan.ts';

const REMEMBERED_ABSENT = 500;

/**
 * Deletes what lost all its owners, and carries out foreground and orphaning deletions.
 * @see kubernetes pkg/controller/garbagecollector
 */
export function startGarbageCollector(runtime: ControllerRuntime, monitor: ResourceMonitor): void {
  const { client } = runtime;
  const graph = createOwnerGraph();
  const absent = createLru<string, true>({ maxWeight: REMEMBERED_ABSENT });
  const recorder = runtime.recorder('garbage-collector-controller');

  const queue = runtime.queue('garbage-collector', 16, async (uid, signal) => {
    const node = graph.get(uid);
    if (node === undefined) return undefined;
    if (node.object.metadata.deletionTimestamp !== undefined) return settleDeletion(node, signal);
    return collect(node);
  });

  monitor.on((resource, { type, object, previous }) => {
    const { uid = '' } = object.metadata;
    if (type === 'DELETED') {
      graph.delete(uid);
      absent.set(uid, true);
      for (const dependent of graph.dependentsOf(uid)) queue.add(dependent.uid);
      // Owners in a foreground deletion may have waited for this one.
      for (const owner of ownersOf(previous ?? object)) queueIfWaiting(owner.uid);
      return;
    }
    const before = graph.get(uid)?.object;
    graph.set(resource, object);
    if (before !== undefined && !matters(before, object)) return;
    const deleting = object.metadata.deletionTimestamp !== undefined;
    if (deleting) {
      if (hasFinalizer(object, FOREGROUND_FINALIZER)) {
        for (const dependent of graph.dependentsOf(uid)) queue.add(dependent.uid);
        queue.add(uid);
      } else if (hasFinalizer(object, ORPHAN_FINALIZER)) queue.add(uid);
    } else if (ownersOf(object).some((owner) => needsLook(owner))) queue.add(uid);
    for (const owner of ownersOf(before ?? object)) queueIfWaiting(owner.uid);
  });
  monitor.onKindsChanged(() => {
    // Owners of kinds that were unknown can be judged now.
    for (const { informer } of monitor.resources.values()) {
      for (const object of informer.list()) {
        if (ownersOf(object).some((owner) => graph.get(owner.uid) === undefined)) queue.add(object.metadata.uid ?? '');
      }
    }
  });

  function needsLook(owner: OwnerReference): boolean {
    const node = graph.get(owner.uid);
    return node === undefined || isDeletingDependents(node.object);
  }

  function queueIfWaiting(uid: string): void {
    const owner = graph.get(uid);
    if (owner !== undefined && isDeletingDependents(owner.object)) queue.add(uid);
  }

  async function collect(node: GraphNode): Promise<undefined> {
    const states = new Map<string, OwnerState>();
    for (const owner of ownersOf(node.object)) states.set(owner.uid, await stateOf(owner, node.object));
    const dependents = graph.dependentsOf(node.uid);
    const action = planCollection({
      object: node.object,
      stateOf: (owner) => states.get(owner.uid) ?? 'unknown',
      dependents: dependents.map(({ object }) => object),
    });
    if (action.kind === 'dropOwners') await dropOwners(node, new Set(action.uids));
    if (action.kind === 'delete') {
      if (action.unblock) for (const dependent of dependents) await unblock(dependent);
      const { name = '', namespace, uid = '', resourceVersion = '' } = node.object.metadata;
      // The version too: an object that was orphaned a moment ago still shows its old owners here.
      await client.delete(node.resource.info, name, namespace, {
        propagationPolicy: action.policy,
        preconditions: { uid, resourceVersion },
      });
    }
    return undefined;
  }

  /** Looks at the live owner before it calls one gone: the cache of another kind may be behind. */
  async function stateOf(owner: OwnerReference, dependent: KubeObject): Promise<OwnerState> {
    const node = graph.get(owner.uid);
    if (node !== undefined) {
      if (node.object.metadata.name !== owner.name || node.object.kind !== owner.kind) return live(owner, dependent);
      const { namespace } = node.object.metadata;
      if (namespace !== undefined && namespace !== dependent.metadata.namespace) {
        tellForeignNamespace(owner, dependent);
        return 'unknown';
      }
      return isDeletingDependents(node.object) && owner.blockOwnerDeletion === true ? 'waiting' : 'solid';
    }
    if (absent.get(owner.uid) === true) return 'absent';
    return live(owner, dependent);
  }

  async function live(owner: OwnerReference, dependent: KubeObject): Promise<OwnerState> {
    const info = await monitor.discovery.resourceFor({ ...parseApiVersion(owner.apiVersion), kind: owner.kind });
    // A kind that nobody serves can't be looked up: better to keep too much than to delete too much.
    if (info === undefined) return 'unknown';
    const { namespace } = dependent.metadata;
    if (info.namespaced && (namespace === undefined || namespace === '')) {
      tellForeignNamespace(owner, dependent);
      return 'unknown';
    }
    const found = await client.getIfExists(info, owner.name, info.namespaced ? namespace : undefined);
    if (found === undefined || found.metadata.uid !== owner.uid) {
      absent.set(owner.uid, true);
      return 'absent';
    }
    return isDeletingDependents(found) && owner.blockOwnerDeletion === true ? 'waiting' : 'solid';
  }

  function tellForeignNamespace(owner: OwnerReference, dependent: KubeObject): void {
    const message = `ownerRef [${owner.apiVersion}/${owner.kind}, namespace: ${dependent.metadata.namespace ?? ''}, name: ${owner.name}, uid: ${owner.uid}] does not exist in namespace "${dependent.metadata.namespace ?? ''}"`;
    recorder.event(dependent, 'Warning', 'OwnerRefInvalidNamespace', message);
  }

  /** Foreground: waits for blocking dependents. Orphan: frees the dependents. Then the finalizer goes. */
  async function settleDeletion(node: GraphNode, signal: AbortSignal): Promise<undefined> {
    const { object, uid } = node;
    if (hasFinalizer(object, ORPHAN_FINALIZER)) {
      for (const dependent of graph.dependentsOf(uid)) {
        signal.throwIfAborted();
        await dropOwners(dependent, new Set([uid]));
      }
      await dropFinalizer(node, ORPHAN_FINALIZER);
    } else if (hasFinalizer(object, FOREGROUND_FINALIZER)) {
      const dependents = graph.dependentsOf(uid);
      if (dependents.some((dependent) => isBlocking(dependent.object, uid))) {
        for (const dependent of dependents) queue.add(dependent.uid);
      } else await dropFinalizer(node, FOREGROUND_FINALIZER);
    }
    return undefined;
  }

  async function dropOwners(node: GraphNode, uids: ReadonlySet<string>): Promise<void> {
    const ownerReferences = ownersOf(node.object).filter((owner) => !uids.has(owner.uid));
    await patchMeta(node, { ownerReferences });
  }

  async function unblock(node: GraphNode): Promise<void> {
    const references = ownersOf(node.object);
    if (!references.some((owner) => owner.blockOwnerDeletion === true)) return;
    await patchMeta(node, { ownerReferences: references.map((owner) => ({ ...owner, blockOwnerDeletion: false })) });
  }

  async function dropFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const finalizers = (node.object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    await patchMeta(node, { finalizers });
  }

  async function patchMeta(node: GraphNode, change: Record<string, unknown>): Promise<void> {
    const { name = '', namespace, uid, resourceVersion } = node.object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    try {
      await client.patch(node.resource.info, name, namespace, { kind: 'merge', body });
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    }
  }
}

/** Whether anything changed that ownership or deletion depends on. */
function matters(before: KubeObject, after: KubeObject): boolean {
  const a = before.metadata;
  const b = after.metadata;
  return (
    a.deletionTimestamp !== b.deletionTimestamp ||
    (a.finalizers ?? []).join(' ') !== (b.finalizers ?? []).join(' ') ||
    ownerKey(before) !== ownerKey(after)
  );
}

function ownerKey(object: KubeObject): string {
  return ownersOf(object)
    .map((owner) => `${owner.uid}${owner.blockOwnerDeletion === true}`)
    .join(' ');
}
