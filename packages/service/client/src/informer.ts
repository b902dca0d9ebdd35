import {
  backoffMs,
  type Clock,
  isSekishoError,
  type Logger,
  messageOf,
  SekishoError,
  sleep,
  systemClock,
  withJitter,
} from '@sekisho/base';
import type { KubeObject, WatchEvent } from '@sekisho/kube';
import type { KubeClient, ResourceType } from './client.ts';
import { createLatch } from './latch.ts';
import { createObjectCache, type IndexFunction } from './object-cache.ts';

export interface InformerEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** For DELETED the last state that is known. Shared: read-only. */
  readonly object: KubeObject;
  /** What the cache held before. */
  readonly previous?: KubeObject;
}

export type InformerHandler = (event: InformerEvent) => void;

export interface InformerOptions {
  readonly client: KubeClient;
  readonly type: ResourceType;
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What to keep of each object (without managedFields, say). Must keep apiVersion, kind and metadata's identity. Default: the object itself. */
  readonly select?: (object: KubeObject) => KubeObject;
  /** How long one watch may last before it is renewed, seconds. Default 300, spread by up to half. */
  readonly watchSeconds?: number;
}

/** An up-to-date copy of all objects of one kind, and the changes in order. */
export interface Informer {
  /** Begins to list and watch. Later calls do nothing. */
  start(): void;
  /** Resolves once the first list is in the cache and was told to the handlers. Rejects with INFORMER_CLOSED or the signal's reason. */
  synced(signal?: AbortSignal): Promise<void>;
  readonly hasSynced: boolean;
  /** Why the cache is behind right now; undefined while it is current. */
  readonly lastError: unknown;
  get(name: string, namespace?: string): KubeObject | undefined;
  list(namespace?: string): KubeObject[];
  readonly size: number;
  /**
   * Calls `handler` for each change, in order, after the cache has it. What is cached already is told at once as ADDED.
   * A handler that throws is logged and called again for the next change. Returns what takes the handler off.
   */
  on(handler: InformerHandler): () => void;
  /** Makes objects findable by a value: `index('owner', o => uids of its owners)`. May be called at any time. */
  index(name: string, fn: IndexFunction): void;
  /** @throws SekishoError INDEX_UNKNOWN */
  byIndex(name: string, value: string): KubeObject[];
  /** Ends the watch and waits until nothing runs. The cache stays readable. */
  close(): Promise<void>;
}

/** A watch that lasted this long (or that brought an event) was a good one: the next failure backs off from the start. */
const GOOD_WATCH_MS = 5_000;
/** A server that does not end the watch in time is taken for gone. */
const WATCH_GRACE_MS = 30_000;
const BACKOFF = { minMs: 100, factor: 2, maxMs: 30_000 } as const;

/**
 * List and watch, level-triggered: after a dropped connection the watch goes on from the last version; when that is
 * too old (410) the list is read again and compared, so that handlers hear of everything that changed, deletions
 * included. Failures are retried for ever with jittered backoff.
 */
export function createInformer(options: InformerOptions): Informer {
  const { client, type, logger, clock = systemClock, select = (object: KubeObject) => object } = options;
  const watchSeconds = options.watchSeconds ?? 300;
  const cache = createObjectCache();
  const handlers = new Set<{ readonly call: InformerHandler }>();
  const closing = new AbortController();
  const firstList = createLatch();
  const fields = { resource: type.resource, group: type.group };
  let running: Promise<void> | undefined;
  let hasSynced = false;
  let lastError: unknown;

  function tell(handler: InformerHandler, event: InformerEvent): void {
    try {
      handler(event);
    } catch (error) {
      logger.error({ ...fields, error: messageOf(error) }, 'an informer handler failed');
    }
  }

  function emit(event: InformerEvent): void {
    for (const handler of handlers) tell(handler.call, event);
  }

  function store(received: KubeObject): void {
    const known = cache.get(received.metadata.name ?? '', received.metadata.namespace);
    if (known !== undefined && sameVersion(known, received)) return;
    const object = select(received);
    const previous = cache.set(object);
    emit(previous === undefined ? { type: 'ADDED', object } : { type: 'MODIFIED', object, previous });
  }

  function remove(known: KubeObject, lastState: KubeObject): void {
    const previous = cache.delete(known.metadata.name ?? '', known.metadata.namespace);
    if (previous !== undefined) emit({ type: 'DELETED', object: lastState, previous });
  }

  async function listAll(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await client.list(type, { ...scopeOf(options), signal });
    const present = new Set<string>();
    for (const item of items) present.add(keyOf(item));
    for (const known of cache.list()) if (!present.has(keyOf(known))) remove(known, known);
    for (const item of items) {
      const known = cache.get(item.metadata.name ?? '', item.metadata.namespace);
      // Same name, another object: whoever follows uids must hear of the end of the first.
      if (known !== undefined && known.metadata.uid !== item.metadata.uid) remove(known, known);
      store(item);
    }
    return resourceVersion;
  }

  /** Follows one watch to its end; returns the version to go on from. */
  async function follow(from: string, progress: (version: string) => void): Promise<void> {
    const seconds = Math.ceil(withJitter(watchSeconds, 0.5));
    const ended = new AbortController();
    const end = () => ended.abort(closing.signal.reason);
    closing.signal.addEventListener('abort', end, { once: true });
    const cancelTimer = clock.after(seconds * 1000 + WATCH_GRACE_MS, () =>
      ended.abort(new SekishoError('CLUSTER_UNREACHABLE', 'the watch fell silent', { retryable: true })),
    );
    try {
      const events = client.watch(type, {
        ...scopeOf(options),
        resourceVersion: from,
        timeoutSeconds: seconds,
        signal: ended.signal,
      });
      for await (const event of events) {
        if (closing.signal.aborted) return;
        take(event);
        const version = event.object.metadata?.resourceVersion;
        if (version !== undefined && version !== '') progress(version);
      }
    } finally {
      cancelTimer();
      closing.signal.removeEventListener('abort', end);
    }
  }

  function take(event: WatchEvent): void {
    lastError = undefined;
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') return;
    if (event.type === 'DELETED') remove(event.object, select(event.object));
    else store(event.object);
  }

  async function run(): Promise<void> {
    const { signal } = closing;
    let version: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = clock.now();
      let moved = false;
      try {
        if (version === undefined) {
          version = await listAll(signal);
          lastError = undefined;
          if (!hasSynced) {
            hasSynced = true;
            firstList.open();
          }
        }
        await follow(version, (next) => {
          version = next;
          moved = true;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (isSekishoError(error, 'KUBE_GONE')) {
          logger.debug(fields, 'the watch is too far behind: listing again');
          version = undefined;
        } else {
          lastError = error;
          logger.warn({ ...fields, error: messageOf(error), failures }, 'a watch failed and will be resumed');
        }
      }
      if (moved || clock.now() - startedAt >= GOOD_WATCH_MS) failures = 0;
      if (signal.aborted) return;
      await sleep(withJitter(backoffMs(failures++, BACKOFF), 0.5), { signal, clock }).catch(() => {});
    }
  }

  return {
    start() {
      if (running !== undefined || closing.signal.aborted) return;
      running = run();
    },
    synced: (signal) => firstList.wait(signal),
    get hasSynced() {
      return hasSynced;
    },
    get lastError() {
      return lastError;
    },
    get: cache.get,
    list: cache.list,
    get size() {
      return cache.size;
    },
    on(handler) {
      const entry = { call: handler };
      handlers.add(entry);
      for (const object of cache.list()) tell(handler, { type: 'ADDED', object });
      return () => void handlers.delete(entry);
    },
    index: cache.index,
    byIndex: cache.byIndex,
    async close() {
      if (!closing.signal.aborted) {
        const closed = new SekishoError('INFORMER_CLOSED', `the informer of ${type.resource} was closed`);
        closing.abort(closed);
        firstList.fail(closed);
      }
      await running;
    },
  };
}

function scopeOf(options: InformerOptions): Pick<InformerOptions, 'namespace' | 'labelSelector' | 'fieldSelector'> {
  const { namespace, labelSelector, fieldSelector } = options;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

function sameVersion(a: KubeObject, b: KubeObject): boolean {
  return (
    a.metadata.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata.resourceVersion &&
    a.metadata.uid === b.metadata.uid
  );
}
