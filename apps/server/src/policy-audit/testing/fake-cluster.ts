import { gvkOf, type KubeObject } from '@sekisho/kube';
import type { LiveChange } from '../../applications/live-cache.ts';
import type { AuditedCluster } from '../audited-cluster.ts';

/** A cluster that is only its objects. */
export interface FakeCluster extends AuditedCluster {
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
}

export function fakeCluster(name: string, objects: readonly KubeObject[] = []): FakeCluster {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]));
  const listeners = new Set<(change: LiveChange) => void>();
  const tell = (change: LiveChange) => {
    for (const listener of listeners) listener(change);
  };
  return {
    name,
    objects: () => [...byKey.values()],
    get: ({ group, kind }, objectName, namespace) => byKey.get(`${group}/${kind}/${namespace}/${objectName}`),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put(object) {
      const previous = byKey.get(keyOf(object));
      byKey.set(keyOf(object), object);
      tell(previous === undefined ? { type: 'ADDED', object } : { type: 'MODIFIED', object, previous });
    },
    remove(object) {
      if (byKey.delete(keyOf(object))) tell({ type: 'DELETED', object });
    },
  };
}

function keyOf(object: KubeObject): string {
  const { namespace = '', name = '' } = object.metadata;
  return `${gvkOf(object).group}/${object.kind}/${namespace}/${name}`;
}
