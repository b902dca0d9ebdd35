import { type Clock, SekishoError } from '@sekisho/base';
import type { Informer } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { keyOf } from './key.ts';

/** Both throw SekishoError CACHE_BEHIND (retryable) when the cache does not show the write in time. */
export interface WriteBarrier {
  /** Resolves when the cache shows `written` or something newer. */
  observed(written: KubeObject, signal: AbortSignal): Promise<void>;
  /** Resolves when the cache shows that `deleted` is going or gone. */
  observedDeletion(deleted: KubeObject, signal: AbortSignal): Promise<void>;
}

/** An in-process watch needs milliseconds; a watch that was just dropped needs a reconnect. */
const PATIENCE_MS = 10_000;

/** Makes reads from a cache see one's own writes: without it, a controller that looks again too early creates twice. */
export function createWriteBarrier(informer: Informer, clock: Clock): WriteBarrier {
  const waiting = new Map<string, Set<() => void>>();
  informer.on(({ object }) => {
    const waiters = waiting.get(keyOf(object));
    if (waiters !== undefined) for (const check of [...waiters]) check();
  });

  function until(
    object: KubeObject,
    shows: (cached: KubeObject | undefined, touched: boolean) => boolean,
    signal: AbortSignal,
  ) {
    const { name = '', namespace } = object.metadata;
    if (shows(informer.get(name, namespace), false)) return Promise.resolve();
    const key = keyOf(object);
    return new Promise<void>((resolve, reject) => {
      const waiters = waiting.get(key) ?? new Set();
      waiting.set(key, waiters);
      const finish = (settle: () => void) => {
        waiters.delete(check);
        if (waiters.size === 0) waiting.delete(key);
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const check = () => {
        if (shows(informer.get(name, namespace), true)) finish(resolve);
      };
      const onAbort = () => finish(() => reject(signal.reason));
      const cancelTimer = clock.after(PATIENCE_MS, () =>
        finish(() =>
          reject(
            new SekishoError('CACHE_BEHIND', `the cache does not show what was done to ${object.kind} "${key}" yet`, {
              retryable: true,
            }),
          ),
        ),
      );
      waiters.add(check);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  return {
    observed: (written, signal) =>
      until(
        written,
        (cached, touched) => {
          // An event about it that leaves nothing is a deletion that came after our write.
          if (cached === undefined) return touched;
          return cached.metadata.uid !== written.metadata.uid || versionOf(cached) >= versionOf(written);
        },
        signal,
      ),
    observedDeletion: (deleted, signal) =>
      until(
        deleted,
        (cached) =>
          cached === undefined ||
          cached.metadata.uid !== deleted.metadata.uid ||
          cached.metadata.deletionTimestamp !== undefined,
        signal,
      ),
  };
}

/** Resource versions of one kind are ordered numbers (Kubernetes 1.35 promises it). */
function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion ?? 0);
}
