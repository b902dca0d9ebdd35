import { type Logger, SekishoError } from '@sekisho/base';
import {
  connectionFromClusterSecret,
  createClient,
  createDiscovery,
  createHttpTransport,
  type KubeClient,
  kubeconfigContexts,
  loadKubeconfig,
} from '@sekisho/client';
import type { ApiTransport, KubeObject } from '@sekisho/kube';
import { type LiveCache, openLiveCache } from './live-cache.ts';

/** The address by which applications name the cluster that Sekisho itself runs on, as in Argo CD. */
export const IN_CLUSTER = 'https://kubernetes.default.svc';

/** A cluster that applications go to: how to write to it, and what lives in it. */
export interface Destination {
  readonly server: string;
  readonly client: KubeClient;
  readonly live: LiveCache;
}

export interface DestinationRef {
  readonly server?: string | undefined;
  readonly name?: string | undefined;
}

/** Opens each cluster once, when the first application names it. */
export interface Destinations {
  /** @throws SekishoError DESTINATION_UNKNOWN | CLUSTER_UNREACHABLE (retryable) | KUBECONFIG_* */
  open(ref: DestinationRef): Promise<Destination>;
  /** Already opened ones. */
  opened(): readonly Destination[];
  onOpen(listener: (destination: Destination) => void): void;
  close(): Promise<void>;
}

export function createDestinations(options: {
  embedded: ApiTransport;
  kubeconfig?: string | undefined;
  /** Argo CD's cluster Secrets of the control namespace. */
  clusterSecrets: () => readonly KubeObject[];
  logger: Logger;
}): Destinations {
  const { logger } = options;
  const opening = new Map<string, Promise<Destination>>();
  const opened: Destination[] = [];
  const listeners = new Set<(destination: Destination) => void>();
  const closers: (() => Promise<void>)[] = [];

  async function connect(server: string, transport: ApiTransport): Promise<Destination> {
    const client = createClient(transport, { fieldManager: 'sekisho', userAgent: 'sekisho' });
    const discovery = createDiscovery(client);
    const live = await openLiveCache({ client, discovery, logger: logger.child({ cluster: server }) });
    closers.push(() => live.close());
    const destination = { server, client, live };
    opened.push(destination);
    for (const listener of listeners) listener(destination);
    return destination;
  }

  async function find(ref: DestinationRef): Promise<Destination> {
    if (isInCluster(ref)) return connect(IN_CLUSTER, options.embedded);
    const secret = options.clusterSecrets().find((candidate) => matches(candidate, ref));
    if (secret !== undefined) return connectTo(connectionFromClusterSecret(secret));
    const contexts = options.kubeconfig === undefined ? [] : kubeconfigContexts({ path: options.kubeconfig });
    const { kubeconfig: path } = options;
    if (ref.name !== undefined && path !== undefined && contexts.includes(ref.name)) {
      return connectTo(await loadKubeconfig({ path, context: ref.name }));
    }
    if (ref.server !== undefined && path !== undefined) {
      for (const context of contexts) {
        const connection = await loadKubeconfig({ path, context });
        if (connection.server === ref.server) return connectTo(connection);
      }
    }
    throw new SekishoError('DESTINATION_UNKNOWN', `No cluster is known as ${ref.name ?? ref.server ?? ''}.`, {
      hint:
        contexts.length === 0
          ? `Use ${IN_CLUSTER} for the embedded cluster, add a cluster Secret, or start with --kubeconfig.`
          : `Known contexts: ${contexts.join(', ')}. The embedded cluster is ${IN_CLUSTER}.`,
    });
  }

  function connectTo(connection: Awaited<ReturnType<typeof loadKubeconfig>>): Promise<Destination> {
    const transport = createHttpTransport(connection, { logger });
    closers.push(() => transport.close());
    return connect(connection.server, transport);
  }

  return {
    open(ref) {
      const key = isInCluster(ref) ? IN_CLUSTER : `${ref.name ?? ''}|${ref.server ?? ''}`;
      let destination = opening.get(key);
      if (destination === undefined) {
        destination = find(ref);
        opening.set(key, destination);
        // A cluster that could not be reached is tried again at the next reconciliation.
        destination.catch(() => opening.delete(key));
      }
      return destination;
    },
    opened: () => opened,
    onOpen(listener) {
      listeners.add(listener);
    },
    async close() {
      await Promise.allSettled(opening.values());
      for (const close of closers.reverse()) await close();
    },
  };
}

function isInCluster(ref: DestinationRef): boolean {
  return ref.server === IN_CLUSTER || ref.name === 'in-cluster';
}

function matches(secret: KubeObject, ref: DestinationRef): boolean {
  const decoded = (key: string) => {
    const data = secret['data'] as Record<string, string> | undefined;
    return data?.[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  };
  return ref.name === undefined ? decoded('server') === ref.server : decoded('name') === ref.name;
}
