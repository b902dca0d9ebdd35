import type { KubeObject, OwnerReference } from '@sekisho/kube';
import type { MonitoredResource } from '../runtime/resource-monitor.ts';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/** One object as the collector knows it. */
export interface GraphNode {
  readonly uid: string;
  readonly resource: MonitoredResource;
  object: KubeObject;
}

/** Who owns whom, by uid. */
export interface OwnerGraph {
  get(uid: string): GraphNode | undefined;
  /** Adds or updates; returns the owners that the object had before. */
  set(resource: MonitoredResource, object: KubeObject): void;
  delete(uid: string): void;
  dependentsOf(uid: string): readonly GraphNode[];
  readonly size: number;
}

export function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? [];
}

export function isDeletingDependents(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, FOREGROUND_FINALIZER);
}

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) === true;
}

export function createOwnerGraph(): OwnerGraph {
  const nodes = new Map<string, GraphNode>();
  const dependents = new Map<string, Set<GraphNode>>();

  const unlink = (node: GraphNode): void => {
    for (const { uid } of ownersOf(node.object)) {
      const set = dependents.get(uid);
      set?.delete(node);
      if (set?.size === 0) dependents.delete(uid);
    }
  };
  const link = (node: GraphNode): void => {
    for (const { uid } of ownersOf(node.object)) {
      const set = dependents.get(uid);
      if (set === undefined) dependents.set(uid, new Set([node]));
      else set.add(node);
    }
  };

  return {
    get: (uid) => nodes.get(uid),
    set(resource, object) {
      const { uid = '' } = object.metadata;
      const known = nodes.get(uid);
      if (known === undefined) {
        const node: GraphNode = { uid, resource, object };
        nodes.set(uid, node);
        link(node);
        return;
      }
      unlink(known);
      known.object = object;
      link(known);
    },
    delete(uid) {
      const node = nodes.get(uid);
      if (node === undefined) return;
      unlink(node);
      nodes.delete(uid);
    },
    dependentsOf: (uid) => [...(dependents.get(uid) ?? [])],
    get size() {
      return nodes.size;
    },
  };
}
