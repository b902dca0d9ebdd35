import { createMultimap, type Logger } from '@sekisho/base';
import { createInformer, type Discovery, type Informer, type KubeClient } from '@sekisho/client';
import { deepEqual, type KubeObject, type ResourceInfo } from '@sekisho/kube';
import { type Health, readTrackingId } from '@sekisho/sync';

/** What changed in a cluster. `previous` is absent for a new object, `object` is the last known one for a deleted. */
export interface LiveChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/**
 * Everything that lives in one cluster, kept current by watches: one informer per kind, indexed by the application that
 * tracks an object and by owner. Objects are the informers' own, shared and read-only.
 */
export interface LiveCache {
  readonly discovery: Discovery;
  get(kind: { group: string; kind: string }, name: string, namespace: string): KubeObject | undefined;
  /** Objects whose tracking annotation names this application instance. */
  tracked(instanceName: string): KubeObject[];
  /** Objects whose ownerReferences name this uid. */
  ownedBy(uid: string): KubeObject[];
  /** All objects of a namespace. */
  inNamespace(namespace: string): KubeObject[];
  /** All objects. */
  all(): Iterable<KubeObject>;
  onChange(listener: (change: LiveChange) => void): () => void;
  close(): Promise<void>;
}

/** Not watched, as by Argo CD 3's default exclusions: high traffic, never declared in git. */
const EXCLUDED = new Set([
  '/endpoints',
  '/events',
  'events.k8s.io/events',
  'discovery.k8s.io/endpointslices',
  'coordination.k8s.io/leases',
  'certificates.k8s.io/certificatesigningrequests',
  'apps/controllerrevisions',
]);

const CRDS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

export async function openLiveCache(options: {
  client: KubeClient;
  discovery: Discovery;
  logger: Logger;
  signal?: AbortSignal;
}): Promise<LiveCache> {
  const { client, discovery, logger } = options;
  const informers = new Map<string, Informer>();
  const byApplication = createMultimap<KubeObject>();
  const byOwner = createMultimap<KubeObject>();
  const listeners = new Set<(change: LiveChange) => void>();

  function observe(change: LiveChange): void {
    const { object, previous, type } = change;
    if (previous !== undefined || type === 'DELETED') {
      const old = previous ?? object;
      const app = applicationOf(old);
      if (app !== undefined) byApplication.remove(app, old);
      for (const owner of old.metadata.ownerReferences ?? []) byOwner.remove(owner.uid, old);
    }
    if (type !== 'DELETED') {
      const app = applicationOf(object);
      if (app !== undefined) byApplication.add(app, object);
      for (const owner of object.metadata.ownerReferences ?? []) byOwner.add(owner.uid, object);
    }
    for (const listener of listeners) listener(change);
  }

  async function watchKind(info: ResourceInfo): Promise<void> {
    const id = `${info.group}/${info.kind}`;
    if (informers.has(id)) return;
    const informer = createInformer({ client, type: info, logger });
    informers.set(id, informer);
    informer.on(observe);
    informer.start();
    await informer.synced(options.signal);
  }

  /** Starts informers for kinds that appeared and closes those of kinds that went away. */
  async function follow(): Promise<void> {
    const kinds = watchedKinds(await discovery.all());
    const gone = [...informers].filter(([id]) => !kinds.has(id));
    for (const [id, informer] of gone) {
      informers.delete(id);
      for (const object of informer.list()) observe({ type: 'DELETED', object });
      await informer.close();
    }
    await Promise.all([...kinds.values()].map(watchKind));
  }

  let following: Promise<void> = follow();
  await following;

  const definitions =
    informers.get('apiextensions.k8s.io/CustomResourceDefinition') ?? createInformer({ client, type: CRDS, logger });
  const stopDefinitions = definitions.on(({ object, previous }) => {
    if (previous !== undefined && isEstablished(previous) === isEstablished(object) && sameSpec(previous, object))
      return;
    following = following
      .then(() => discovery.refresh())
      .then(follow)
      .catch((error: unknown) => logger.warn({ err: error }, 'the kinds of a cluster could not be refreshed'));
  });

  return {
    discovery,
    get({ group, kind }, name, namespace) {
      return informers.get(`${group}/${kind}`)?.get(name, namespace === '' ? undefined : namespace);
    },
    tracked: (instanceName) => byApplication.get(instanceName),
    ownedBy: (uid) => byOwner.get(uid),
    inNamespace: (namespace) => [...informers.values()].flatMap((informer) => informer.list(namespace)),
    *all() {
      for (const informer of [...informers.values()]) yield* informer.list();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stopDefinitions();
      listeners.clear();
      await Promise.all([...informers.values()].map((informer) => informer.close()));
    },
  };
}

/** One entry per kind, in the version that the server prefers: the first that discovery names. */
function watchedKinds(resources: readonly ResourceInfo[]): Map<string, ResourceInfo> {
  const kinds = new Map<string, ResourceInfo>();
  for (const info of resources) {
    if (!info.verbs.includes('list') || !info.verbs.includes('watch')) continue;
    if (EXCLUDED.has(`${info.group}/${info.resource}`)) continue;
    const id = `${info.group}/${info.kind}`;
    if (!kinds.has(id)) kinds.set(id, info);
  }
  return kinds;
}

function applicationOf(object: KubeObject): string | undefined {
  return readTrackingId(object)?.app;
}

function isEstablished(definition: KubeObject): boolean {
  const status = definition['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') ?? false;
}

function sameSpec(a: KubeObject, b: KubeObject): boolean {
  return a['spec'] === b['spec'] || a.metadata.generation === b.metadata.generation;
}

/** Leaves out what says nothing new: the same spec and metadata, and the same health. */
export function isRelevant(
  { type, object, previous }: LiveChange,
  healthOf: (object: KubeObject) => Health | undefined,
): boolean {
  if (type !== 'MODIFIED' || previous === undefined) return true;
  if (!deepEqual(essence(object), essence(previous))) return true;
  return !deepEqual(healthOf(object), healthOf(previous));
}

function essence(object: KubeObject): unknown {
  const { metadata, status: _, ...rest } = object;
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp } = metadata;
  return { ...rest, labels, annotations, finalizers, ownerReferences, deletionTimestamp };
}
