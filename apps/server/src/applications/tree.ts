import { gvkOf, type KubeObject } from '@sekisho/kube';
import { type Health, healthOf } from '@sekisho/sync';
import type { Application } from './application.ts';
import type { Destination } from './destinations.ts';

/** One object in the tree of an application. */
export interface TreeNode {
  readonly uid: string;
  /** uid of the owner in this tree; absent for what the application itself made. */
  readonly parent?: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
  readonly health?: Health;
}

/** A tree that refers to itself, or is absurdly large, is cut here. */
const MAX_NODES = 10_000;

/** What an application tracks, and below each object what it owns: Deployment, ReplicaSet, Pod … */
export function resourceTree(application: Application, { live }: Destination): TreeNode[] {
  const nodes: TreeNode[] = [];
  const seen = new Set<string>();
  const queue: { object: KubeObject; parent?: string }[] = [...live.tracked(application.instanceName)]
    .filter((object) => (object.metadata.ownerReferences ?? []).length === 0)
    .map((object) => ({ object }));
  for (let next = queue.shift(); next !== undefined && nodes.length < MAX_NODES; next = queue.shift()) {
    const { object, parent } = next;
    const uid = object.metadata.uid ?? '';
    if (seen.has(uid)) continue;
    seen.add(uid);
    nodes.push(toNode(object, parent));
    for (const child of live.ownedBy(uid)) queue.push({ object: child, parent: uid });
  }
  return nodes;
}

function toNode(object: KubeObject, parent: string | undefined): TreeNode {
  const { group, version, kind } = gvkOf(object);
  const { uid = '', name = '', namespace = '', creationTimestamp = '' } = object.metadata;
  const health = healthOf(object);
  return {
    uid,
    ...(parent === undefined ? {} : { parent }),
    group,
    version,
    kind,
    namespace,
    name,
    createdAt: creationTimestamp,
    ...(health === undefined ? {} : { health }),
  };
}
