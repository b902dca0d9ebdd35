import { type Clock, type Logger, messageOf } from '@sekisho/base';
import { createDiscovery, createInformer, type Informer, type KubeClient } from '@sekisho/client';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type { PolicyWorker } from '@sekisho/policy-worker';
import { NAMESPACES } from '../applications/kinds.ts';

const POD_SECURITY = /^pod-security\.kubernetes\.io\/(?:enforce|warn|audit)$/;
const RETRY_MS = 5_000;

/** What policies see of a cluster besides the object: its Namespaces, and the kinds that they need. */
export interface FollowedSurroundings {
  /** Whether some Namespace asks for a Pod Security Standard. */
  readonly asksPodSecurity: boolean;
  /** Follows these kinds; resolves when those that the cluster serves are known. */
  need(kinds: readonly GroupVersionKind[]): Promise<void>;
  /** A Namespace that a policy may ask about at once is known from here on, if there is one. */
  knowNamespace(name: string, signal: AbortSignal): Promise<void>;
  synced(signal: AbortSignal): Promise<void>;
  /** Kinds whose objects are not known or not current, and why. */
  behind(): readonly { readonly kind: string; readonly reason: string }[];
  close(): Promise<void>;
}

export function followSurroundings(options: {
  readonly client: KubeClient;
  readonly cluster: string;
  readonly worker: Pick<PolicyWorker, 'surround'>;
  /** The first Namespace asks for a Pod Security Standard, or none does any more. */
  readonly onPodSecurity: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}): FollowedSurroundings {
  const { client, cluster, worker, clock, logger } = options;
  const asking = new Set<string>();
  const followed = new Map<string, Informer>();
  const closing = new AbortController();
  let wanted: readonly GroupVersionKind[] = [];
  let cancelRetry: (() => void) | undefined;

  const namespaces = follow(NAMESPACES);
  namespaces.on(({ type, object }) => {
    const { name = '', labels = {} } = object.metadata;
    const before = asking.size > 0;
    if (type !== 'DELETED' && Object.keys(labels).some((label) => POD_SECURITY.test(label))) asking.add(name);
    else asking.delete(name);
    if (before !== asking.size > 0) options.onPodSecurity();
  });
  namespaces.start();

  function follow(type: Parameters<typeof createInformer>[0]['type']): Informer {
    const informer = createInformer({ client, type, clock, logger, select: withoutManagedFields });
    informer.on(({ type: change, object }) => {
      worker.surround(cluster, change === 'DELETED' ? { remove: [object] } : { put: [object] });
    });
    return informer;
  }

  /** @returns whether all that is wanted is followed */
  async function followWanted(): Promise<boolean> {
    const missing = wanted.filter((kind) => !isNamespace(kind) && !followed.has(nameOf(kind)));
    if (missing.length === 0) return true;
    const served = await createDiscovery(client, { clock }).all();
    for (const kind of missing) {
      const type = served.find(
        (one) => one.kind === kind.kind && one.group === kind.group && one.version === kind.version,
      );
      if (type === undefined || followed.has(nameOf(kind))) continue;
      const informer = follow(type);
      followed.set(nameOf(kind), informer);
      informer.start();
    }
    await Promise.all([...followed.values()].map((informer) => informer.synced(closing.signal)));
    return wanted.every((kind) => isNamespace(kind) || followed.has(nameOf(kind)));
  }

  async function need(kinds: readonly GroupVersionKind[]): Promise<void> {
    wanted = kinds;
    cancelRetry?.();
    const names = new Set(kinds.map(nameOf));
    for (const [name, informer] of followed) {
      if (names.has(name)) continue;
      followed.delete(name);
      worker.surround(cluster, { remove: informer.list() });
      void informer.close();
    }
    try {
      if (await followWanted()) return;
    } catch (error) {
      if (closing.signal.aborted) return;
      logger.warn({ error: messageOf(error) }, 'the objects that policies look at can not be followed');
    }
    // A kind that is not served yet may come with its definition.
    cancelRetry = clock.after(RETRY_MS, () => void need(wanted));
  }

  return {
    get asksPodSecurity() {
      return asking.size > 0;
    },
    need,
    async knowNamespace(name, signal) {
      if (namespaces.get(name) !== undefined) return;
      const object = await client.getIfExists(NAMESPACES, name, undefined, { signal });
      if (object !== undefined) worker.surround(cluster, { put: [withoutManagedFields(object)] });
    },
    synced: (signal) => namespaces.synced(signal),
    behind: () =>
      [['Namespace', namespaces] as const, ...followed].flatMap(([kind, { lastError, hasSynced }]) => {
        if (lastError !== undefined) return [{ kind, reason: messageOf(lastError) }];
        return hasSynced ? [] : [{ kind, reason: 'not read yet' }];
      }),
    async close() {
      cancelRetry?.();
      closing.abort(new Error('the server stops'));
      await Promise.all([namespaces, ...followed.values()].map((informer) => informer.close()));
    },
  };
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isNamespace({ group, kind }: GroupVersionKind): boolean {
  return group === '' && kind === 'Namespace';
}

function nameOf({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}
