import { type GroupVersionKind, gvkOf, type KubeObject } from '@sekisho/kube';
import type { PolicyWorker } from '@sekisho/policy-worker';
import type { LiveChange } from '../applications/live-cache.ts';
import type { GiveWay } from '../turns.ts';
import type { AuditedCluster } from './audited-cluster.ts';

/** Tells the threads that ask policies what surrounds the objects: Namespaces, and the kinds that policies read. */
export interface SurroundingsFeed {
  /** Everything of a cluster that policies read, before the first of them is asked. */
  addCluster(cluster: AuditedCluster): Promise<void>;
  dropCluster(cluster: AuditedCluster): void;
  /** Other kinds are read than before. */
  setNeeds(needs: readonly GroupVersionKind[], clusters: Iterable<AuditedCluster>): Promise<void>;
  /** @returns whether policies can see the change, beyond those that are asked about objects of a Namespace */
  change(cluster: string, change: LiveChange): boolean;
}

/** Objects that are told in one piece. */
const PIECE = 500;

export function createSurroundingsFeed(options: {
  worker: Pick<PolicyWorker, 'surround'>;
  giveWay: GiveWay;
}): SurroundingsFeed {
  const { worker, giveWay } = options;
  let needed: ReadonlySet<string> = new Set();

  async function tell(cluster: AuditedCluster, isMeant: (object: KubeObject) => boolean): Promise<void> {
    let put: KubeObject[] = [];
    for (const object of cluster.objects()) {
      if (isMeant(object) && isCurrent(cluster, object)) put.push(object);
      if (put.length >= PIECE) {
        worker.surround(cluster.name, { put });
        put = [];
      }
      // Most objects are none of those: looking through them takes its time, too.
      await giveWay();
    }
    if (put.length > 0) worker.surround(cluster.name, { put });
  }

  const isRead = (object: KubeObject) => isNamespace(object) || needed.has(kindOf(object));

  return {
    addCluster: (cluster) => tell(cluster, isRead),
    dropCluster(cluster) {
      worker.surround(cluster.name, { remove: [...cluster.objects()].filter(isRead) });
    },
    async setNeeds(needs, clusters) {
      const before = needed;
      needed = new Set(needs.map(({ group, kind }) => `${group}/${kind}`));
      const added = new Set([...needed].filter((kind) => !before.has(kind)));
      const gone = new Set([...before].filter((kind) => !needed.has(kind)));
      for (const cluster of clusters) {
        if (added.size > 0) await tell(cluster, (object) => added.has(kindOf(object)));
        if (gone.size === 0) continue;
        const remove = [...cluster.objects()].filter((object) => gone.has(kindOf(object)) && !isNamespace(object));
        worker.surround(cluster.name, { remove });
      }
    },
    change(cluster, { type, object }) {
      if (!isRead(object)) return false;
      worker.surround(cluster, type === 'DELETED' ? { remove: [object] } : { put: [object] });
      return needed.has(kindOf(object));
    },
  };
}

function kindOf(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return `${group}/${kind}`;
}

export function isNamespace({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'Namespace' && apiVersion === 'v1';
}

/** Whether it is what lives now: a list that is walked through slowly tells what was. */
export function isCurrent(cluster: AuditedCluster, object: KubeObject): boolean {
  const { namespace = '', name = '' } = object.metadata;
  return cluster.get(gvkOf(object), name, namespace) === object;
}
