import { setMaxListeners } from 'node:events';
import { type Clock, isSekishoError, type Logger, redactUrl, SekishoError, sleep } from '@sekisho/base';
import {
  type ConnectionConfig,
  connectionFromClusterSecret,
  createClient,
  createDiscovery,
  createHttpTransport,
  type KubeClient,
  kubeconfigContexts,
  kubeconfigServers,
  loadKubeconfig,
} from '@sekisho/client';
import type { ApiTransport, KubeObject } from '@sekisho/kube';
import { type ClusterCapabilities, createCapabilitiesReader } from './cluster-capabilities.ts';
import { type LiveCache, openLiveCache } from './live-cache.ts';
import { watchReachability } from './reachability.ts';

/** The address by which applications name the cluster that Sekisho itself runs on, as in Argo CD. */
export const IN_CLUSTER = 'https://kubernetes.default.svc';

/** A cluster that applications go to: how to write to it, and what lives in it. */
export interface Destination {
  readonly server: string;
  readonly client: KubeClient;
  readonly live: LiveCache;
  /** Why it can't be reached now; then `live` is what was seen last. Undefined while all is well. */
  trouble(): string | undefined;
}

export interface DestinationRef {
  readonly server?: string | undefined;
  readonly name?: string | undefined;
}

export interface DestinationIdentity extends DestinationRef {
  /** The AppProject that the cluster's Secret says it belongs to. */
  readonly project?: string | undefined;
}

/** Opens each cluster once, when the first application names it, and again when its Secret changes. */
export interface Destinations {
  /**
   * A cluster that does not answer holds nobody up: after the first failure callers get the error at once, while one
   * attempt at a time goes on.
   *
   * @throws SekishoError DESTINATION_UNKNOWN | CLUSTER_UNREACHABLE (retryable) | KUBECONFIG_*
   */
  open(ref: DestinationRef): Promise<Destination>;
  /** What charts may ask of a cluster that was opened, though it may be away now; undefined when nothing is known of it yet. */
  capabilities(ref: DestinationRef): Promise<ClusterCapabilities | undefined>;
  /** Everything by which a cluster is known, as far as that shows without connecting to it. */
  identify(ref: DestinationRef): DestinationIdentity;
  /** Clusters that were asked for, and whether each answers; one that is still being opened is left out. */
  connections(): { readonly cluster: string; readonly up: boolean }[];
  onOpen(listener: (destination: Destination) => void): void;
  /** Called with a cluster that is none of ours any more, or is opened anew. Not when everything ends. */
  onClose(listener: (destination: Destination) => void): void;
  /** Lets go of clusters whose Secret is gone, though no application asks for them. */
  prune(): void;
  /** Called with what applications name a cluster by when it was opened, can't be reached any more, or can again. */
  onChange(listener: (ref: DestinationRef) => void): void;
  close(): Promise<void>;
}

const CONTEXTS_MS = 5_000;

interface Opened {
  readonly destination: Destination;
  capabilities(): Promise<ClusterCapabilities | undefined>;
  close(): Promise<void>;
}

interface Entry {
  /** Of the Secret it comes from: another one means another connection. */
  readonly version: string;
  readonly opening: Promise<Opened>;
  destination?: Destination;
}

interface Failure {
  readonly version: string;
  readonly error: unknown;
  readonly retryAt: number;
}

/** Version of what comes from no Secret. */
const NO_SECRET = '/';
/** How long the first callers wait for a remote cluster. */
const FIRST_WAIT_MS = 5_000;
const RETRY_MS = 5_000;

export function createDestinations(options: {
  embedded: ApiTransport;
  kubeconfig?: string | undefined;
  /** Argo CD's cluster Secrets of the control namespace. */
  clusterSecrets: () => readonly KubeObject[];
  clock: Clock;
  logger: Logger;
}): Destinations {
  const { clock, logger } = options;
  const entries = new Map<string, Entry>();
  const failures = new Map<string, Failure>();
  const openListeners = new Set<(destination: Destination) => void>();
  const closeListeners = new Set<(destination: Destination) => void>();
  const changeListeners = new Set<(ref: DestinationRef) => void>();
  const closing = new AbortController();
  // One informer per kind waits for it.
  setMaxListeners(0, closing.signal);

  /** Of the kubeconfig, for a moment: thousands of applications ask. */
  let contexts: { readonly servers: ReadonlyMap<string, string>; readonly until: number } | undefined;

  async function connectHere(): Promise<Opened> {
    const { client, live, capabilities } = await connect(IN_CLUSTER, options.embedded);
    return {
      destination: { server: IN_CLUSTER, client, live, trouble: () => undefined },
      capabilities,
      close: () => live.close(),
    };
  }

  async function connectTo(ref: DestinationRef, connection: ConnectionConfig): Promise<Opened> {
    const { server } = connection;
    const transport = createHttpTransport(connection, { logger });
    try {
      const { client, live, capabilities } = await connect(server, transport);
      const reachability = watchReachability({
        client,
        clock,
        logger: logger.child({ cluster: server }),
        onChange: () => tellChange(ref),
      });
      return {
        destination: { server, client, live, trouble: reachability.trouble },
        capabilities,
        async close() {
          reachability.close();
          await live.close();
          await transport.close();
        },
      };
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  async function connect(server: string, transport: ApiTransport) {
    const client = createClient(transport, { fieldManager: 'sekisho', userAgent: 'sekisho' });
    const discovery = createDiscovery(client);
    const live = await openLiveCache({
      client,
      discovery,
      logger: logger.child({ cluster: server }),
      signal: closing.signal,
    });
    return { client, live, capabilities: createCapabilitiesReader({ client, discovery, clock }) };
  }

  function tellChange(ref: DestinationRef): void {
    for (const listener of changeListeners) listener(ref);
  }

  async function find(ref: DestinationRef): Promise<Opened> {
    if (isInCluster(ref)) return connectHere();
    const secret = secretOf(ref);
    if (secret !== undefined) return connectTo(ref, connectionFromClusterSecret(secret));
    const contexts = options.kubeconfig === undefined ? [] : kubeconfigContexts({ path: options.kubeconfig });
    const { kubeconfig: path } = options;
    if (ref.name !== undefined && path !== undefined && contexts.includes(ref.name)) {
      return connectTo(ref, await loadKubeconfig({ path, context: ref.name }));
    }
    if (ref.server !== undefined && path !== undefined) {
      for (const context of contexts) {
        const connection = await loadKubeconfig({ path, context });
        if (connection.server === ref.server) return connectTo(ref, connection);
      }
    }
    throw new SekishoError('DESTINATION_UNKNOWN', `No cluster is known as ${ref.name ?? ref.server ?? ''}.`, {
      hint:
        contexts.length === 0
          ? `Use ${IN_CLUSTER} for the embedded cluster, add a cluster Secret, or start with --kubeconfig.`
          : `Known contexts: ${contexts.join(', ')}. The embedded cluster is ${IN_CLUSTER}.`,
    });
  }

  function secretOf(ref: DestinationRef): KubeObject | undefined {
    return isInCluster(ref) ? undefined : options.clusterSecrets().find((candidate) => matches(candidate, ref));
  }

  /** By name and address; undefined when no context is meant. A file that can't be read is told when it is opened. */
  function contextOf({ name, server }: DestinationRef): DestinationIdentity | undefined {
    const now = clock.now();
    if (options.kubeconfig === undefined) return undefined;
    if (contexts === undefined || contexts.until <= now) {
      let servers: ReadonlyMap<string, string> = new Map();
      try {
        servers = kubeconfigServers({ path: options.kubeconfig });
      } catch (error) {
        if (!isSekishoError(error)) throw error;
      }
      contexts = { servers, until: now + CONTEXTS_MS };
    }
    for (const [context, address] of contexts.servers) {
      if (context === name || (name === undefined && address === server)) return { name: context, server: address };
    }
    return undefined;
  }

  function begin(key: string, ref: DestinationRef, version: string): Entry {
    const entry: Entry = { version, opening: find(ref) };
    entries.set(key, entry);
    entry.opening.then(
      ({ destination }) => {
        if (entries.get(key) !== entry) return;
        failures.delete(key);
        entry.destination = destination;
        for (const listener of openListeners) listener(destination);
        tellChange(ref);
      },
      (error: unknown) => {
        if (entries.get(key) !== entry) return;
        entries.delete(key);
        failures.set(key, { version, error, retryAt: clock.now() + RETRY_MS });
      },
    );
    return entry;
  }

  async function retire(entry: Entry): Promise<void> {
    const opened = await entry.opening.catch(() => undefined);
    if (opened === undefined) return;
    if (!closing.signal.aborted) for (const listener of closeListeners) listener(opened.destination);
    await opened.close();
  }

  return {
    async open(ref) {
      const key = keyOf(ref);
      const { uid = '', resourceVersion = '' } = secretOf(ref)?.metadata ?? {};
      const version = `${uid}/${resourceVersion}`;
      let entry = entries.get(key);
      if (entry !== undefined && entry.version !== version) {
        entries.delete(key);
        void retire(entry).catch(() => {});
        entry = undefined;
      }
      let failure = failures.get(key);
      if (failure?.version !== version) failure = undefined;
      if (entry === undefined && failure !== undefined && clock.now() < failure.retryAt) throw failure.error;
      entry ??= begin(key, ref, version);
      if (isInCluster(ref)) return (await entry.opening).destination;
      // Somebody may mend what was wrong: an error about what is declared is told anew each time, without delay.
      if (failure !== undefined && isSekishoError(failure.error) && failure.error.retryable) throw failure.error;
      return (await withinTime(entry.opening, ref, clock)).destination;
    },
    async capabilities(ref) {
      const entry = entries.get(keyOf(ref));
      return entry?.destination === undefined ? undefined : (await entry.opening).capabilities();
    },
    identify(ref) {
      if (isInCluster(ref)) return { server: IN_CLUSTER, name: 'in-cluster' };
      const secret = secretOf(ref);
      if (secret === undefined) return contextOf(ref) ?? { server: ref.server, name: ref.name };
      return { server: decoded(secret, 'server'), name: decoded(secret, 'name'), project: decoded(secret, 'project') };
    },
    connections() {
      // One that nobody knows is a fault of the application, not of a cluster.
      const away = [...failures].filter(([, { error }]) => isSekishoError(error) && error.retryable);
      const isUp = new Map(away.map(([key]) => [key, false]));
      for (const [key, { destination }] of entries) {
        if (destination !== undefined) isUp.set(key, destination.trouble() === undefined);
      }
      return [...isUp].map(([key, up]) => ({ cluster: nameOf(key), up }));
    },
    onOpen(listener) {
      openListeners.add(listener);
    },
    onClose(listener) {
      closeListeners.add(listener);
    },
    prune() {
      for (const [key, entry] of [...entries]) {
        if (key === IN_CLUSTER || entry.version === NO_SECRET || secretOf(refOf(key)) !== undefined) continue;
        entries.delete(key);
        void retire(entry).catch(() => {});
      }
    },
    onChange(listener) {
      changeListeners.add(listener);
    },
    async close() {
      closing.abort();
      const open = [...entries.values()];
      entries.clear();
      await Promise.all(open.map(retire));
    },
  };
}

/** @throws SekishoError CLUSTER_UNREACHABLE after a while; the opening goes on */
async function withinTime(opening: Promise<Opened>, ref: DestinationRef, clock: Clock): Promise<Opened> {
  const waiting = new AbortController();
  const late = sleep(FIRST_WAIT_MS, { signal: waiting.signal, clock }).then(() => {
    const message = `The cluster ${ref.name ?? ref.server ?? ''} is still being connected.`;
    throw new SekishoError('CLUSTER_UNREACHABLE', message, { retryable: true });
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    waiting.abort();
    late.catch(() => {});
  }
}

function keyOf(ref: DestinationRef): string {
  return isInCluster(ref) ? IN_CLUSTER : `${ref.name ?? ''}|${ref.server ?? ''}`;
}

function refOf(key: string): DestinationRef {
  const [name = '', server = ''] = key.split('|');
  return { ...(name === '' ? {} : { name }), ...(server === '' ? {} : { server }) };
}

/** Its name, else its address. */
function nameOf(key: string): string {
  if (key === IN_CLUSTER) return 'in-cluster';
  const { name, server = '' } = refOf(key);
  return name ?? redactUrl(server);
}

function isInCluster(ref: DestinationRef): boolean {
  return ref.server === IN_CLUSTER || ref.name === 'in-cluster';
}

function matches(secret: KubeObject, ref: DestinationRef): boolean {
  return ref.name === undefined ? decoded(secret, 'server') === ref.server : decoded(secret, 'name') === ref.name;
}

function decoded(secret: KubeObject, key: string): string | undefined {
  const data = secret['data'] as Record<string, string> | undefined;
  return data?.[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
}
