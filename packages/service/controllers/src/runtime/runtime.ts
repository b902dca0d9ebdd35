import { type Clock, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import {
  createEventRecorder,
  createInformer,
  createWorkQueue,
  type EventRecorder,
  type Informer,
  type KubeClient,
  type ResourceType,
  type WorkQueue,
} from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { CONTROLLER_INDEX, controllerIndexValue } from '../ownership/controller-ref.ts';
import { createWriteBarrier, type WriteBarrier } from './write-barrier.ts';

type Select = (object: KubeObject) => KubeObject;

export type Reconcile = (key: string, signal: AbortSignal) => Promise<{ afterMs: number } | undefined>;

/** What all controllers share: one cache per kind, work queues that wait for the caches, and event recorders. */
export interface ControllerRuntime {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * The shared cache of one kind, with an index of objects by their controller. `select` says how little of each object the
   * caller needs; whoever comes later gets what the first one asked for, which must be enough for it.
   * @throws Error when the cache holds less than the whole objects that are asked for
   */
  informer(type: ResourceType, select?: Select): Informer;
  /** A work queue whose work starts when every cache is complete. */
  queue(name: string, concurrency: number, reconcile: Reconcile): WorkQueue;
  recorder(component: string): EventRecorder;
  /** Ends the cache of a kind that is served no more. */
  release(type: ResourceType): Promise<void>;
  /**
   * Waits until the shared cache shows `written` or something newer, so that the next look at the cache cannot repeat the
   * write.
   */
  observed(type: ResourceType, written: KubeObject, signal: AbortSignal): Promise<void>;
  /** The same for a deletion: waits until the cache shows the object going or gone. */
  observedDeletion(type: ResourceType, deleted: KubeObject, signal: AbortSignal): Promise<void>;
  /** Starts all caches that were asked for so far and opens the queues once they are complete. */
  start(): void;
  /** Resolves when the queues are open. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface SharedInformer {
  readonly informer: Informer;
  readonly select: Select | undefined;
  barrier: WriteBarrier | undefined;
}

const CONFLICT_RETRY_MS = 25;
/** Longer waits are cut and taken up again: timers of the platform end at 24 days, and clocks are set. */
const MAX_WAIT_MS = 3_600_000;

export function createRuntime({ client, logger, clock }: RuntimeOptions): ControllerRuntime {
  const informers = new Map<string, SharedInformer>();
  const queues: WorkQueue[] = [];
  const recorders = new Map<string, EventRecorder>();
  let open: () => void = () => {};
  let giveUp: (reason: unknown) => void = () => {};
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    giveUp = reject;
  });
  opened.catch(() => {});
  let started = false;
  let closed = false;

  function shared(type: ResourceType, select?: Select): SharedInformer {
    const key = `${type.group}/${type.resource}`;
    let entry = informers.get(key);
    if (entry === undefined) {
      const informer = createInformer({ client, type, logger, clock, ...(select === undefined ? {} : { select }) });
      informer.index(CONTROLLER_INDEX, controllerIndexValue);
      entry = { informer, select, barrier: undefined };
      informers.set(key, entry);
      if (started && !closed) informer.start();
    }
    if (entry.select !== undefined && select === undefined && !started) {
      throw new Error(`the cache of ${key} was asked for in parts first`);
    }
    return entry;
  }

  function barrierOf(type: ResourceType): WriteBarrier {
    const entry = shared(type);
    entry.barrier ??= createWriteBarrier(entry.informer, clock);
    return entry.barrier;
  }

  return {
    client,
    clock,
    logger,
    informer: (type, select) => shared(type, select).informer,
    queue(name, concurrency, reconcile) {
      const queue = createWorkQueue({
        name,
        concurrency,
        logger,
        clock,
        reconcile: async (key, signal) => {
          await opened;
          signal.throwIfAborted();
          const result = await quietly(() => reconcile(key, signal));
          return result === undefined ? undefined : { afterMs: Math.min(result.afterMs, MAX_WAIT_MS) };
        },
      });
      queues.push(queue);
      return queue;
    },
    recorder(component) {
      let recorder = recorders.get(component);
      if (recorder === undefined) {
        recorder = createEventRecorder({ client, component, clock });
        recorders.set(component, recorder);
      }
      return recorder;
    },
    async release(type) {
      const key = `${type.group}/${type.resource}`;
      const entry = informers.get(key);
      informers.delete(key);
      await entry?.informer.close();
    },
    observed: (type, written, signal) => barrierOf(type).observed(written, signal),
    observedDeletion: (type, deleted, signal) => barrierOf(type).observedDeletion(deleted, signal),
    start() {
      if (started) return;
      started = true;
      const all = [...informers.values()];
      for (const { informer } of all) informer.start();
      Promise.all(all.map(({ informer }) => informer.synced())).then(open, (error) => {
        if (!closed) logger.error({ error: messageOf(error) }, 'the controllers could not fill their caches');
        giveUp(error);
      });
    },
    ready: () => opened,
    async close() {
      if (closed) return;
      closed = true;
      giveUp(new Error('the controllers were closed'));
      await Promise.all(queues.map((queue) => queue.close()));
      await Promise.all([...recorders.values()].map((recorder) => recorder.close()));
      await Promise.all([...informers.values()].map(({ informer }) => informer.close()));
    },
  };
}

/** Expected races are not failures: a write that came second looks again, one into a dying namespace is given up. */
async function quietly(run: () => Promise<{ afterMs: number } | undefined>): Promise<{ afterMs: number } | undefined> {
  try {
    return await run();
  } catch (error) {
    if (isSekishoError(error, 'KUBE_CONFLICT') || isSekishoError(error, 'KUBE_ALREADY_EXISTS')) {
      return { afterMs: CONFLICT_RETRY_MS };
    }
    if (isSekishoError(error, 'KUBE_NOT_FOUND')) return { afterMs: CONFLICT_RETRY_MS };
    if (isNamespaceTerminating(error)) return undefined;
    throw error;
  }
}

export function isNamespaceTerminating(error: unknown): boolean {
  return isSekishoError(error, 'KUBE_FORBIDDEN') && error.message.includes('being terminated');
}
