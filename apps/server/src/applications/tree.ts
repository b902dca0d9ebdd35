import { gvkOf, type KubeObject } from '@sekisho/kube';
import { formatObjectKey, type Health, objectId } from '@sekisho/sync';
import type { Application } from './application.ts';
import { asRecord } from './as-record.ts';
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
  /** Only of what the application itself declares. */
  readonly sync?: string;
  readonly health?: Health;
}

/** A tree that refers to itself, or is absurdly large, is cut here. */
const MAX_NODES = 10_000;

/** What an application tracks, and below each object what it owns: Deployment, ReplicaSet, Pod … */
export function resourceTree(
  application: Application,
  { live }: Destination,
  healthOf: (object: KubeObject) => Health | undefined,
): TreeNode[] {
  const nodes: TreeNode[] = [];
  const seen = new Set<string>();
  const declared = syncStatuses(application);
  const queue: { object: KubeObject; parent?: string }[] = [...live.tracked(application.instanceName)]
    .filter((object) => (object.metadata.ownerReferences ?? []).length === 0)
    .map((object) => ({ object }));
  for (let next = queue.shift(); next !== undefined && nodes.length < MAX_NODES; next = queue.shift()) {
    const { object, parent } = next;
    const uid = object.metadata.uid ?? '';
    if (seen.has(uid)) continue;
    seen.add(uid);
    const sync = parent === undefined ? declared.get(objectId(object)) : undefined;
    nodes.push(toNode(object, { parent, sync, health: healthOf(object) }));
    for (const child of live.ownedBy(uid)) queue.push({ object: child, parent: uid });
  }
  return nodes;
}

/** By object id, as the status of the Application says. */
function syncStatuses(application: Application): Map<string, string> {
  const { resources } = asRecord(application.object['status']);
  const statuses = new Map<string, string>();
  for (const entry of Array.isArray(resources) ? resources.map(asRecord) : []) {
    const text = (field: string) => (typeof entry[field] === 'string' ? entry[field] : '');
    const key = { group: text('group'), kind: text('kind'), namespace: text('namespace'), name: text('name') };
    statuses.set(formatObjectKey(key), text('status'));
  }
  return statuses;
}

function toNode(
  object: KubeObject,
  { parent, sync, health }: { parent: string | undefined; sync: string | undefined; health: Health | undefined },
): TreeNode {
  const { group, version, kind } = gvkOf(object);
  const { uid = '', name = '', namespace = '', creationTimestamp = '' } = object.metadata;
  return {
    uid,
    ...(parent === undefined ? {} : { parent }),
    group,
    version,
    kind,
    namespace,
    name,
    createdAt: creationTimestamp,
    ...(sync === undefined || sync === '' ? {} : { sync }),
    ...(health === undefined ? {} : { health }),
  };
}
