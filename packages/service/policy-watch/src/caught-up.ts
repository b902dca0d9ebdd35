import type { Clock } from '@sekisho/base';
import type { Informer, ObjectList } from '@sekisho/client';

const LONGEST_WAIT_MS = 1_000;

/**
 * Waits until a watch has everything that a list had. Not longer than a second: then it must do with what there is.
 * Versions are compared as numbers, as all API servers count them.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5504-comparable-resource-version
 */
export function caughtUp(
  informer: Informer,
  list: ObjectList,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<void> {
  if (hasAllOf(informer, list)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      cancel();
      stop();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => end(() => reject(signal?.reason));
    const cancel = clock.after(LONGEST_WAIT_MS, () => end(resolve));
    // A watcher hears of all that is there already before it is known how to take it off.
    let stop = (): void => {};
    stop = informer.on(() => {
      if (hasAllOf(informer, list)) queueMicrotask(() => end(resolve));
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function hasAllOf(informer: Informer, list: ObjectList): boolean {
  const present = new Set<string>();
  for (const { metadata } of list.items) {
    present.add(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`);
    const known = informer.get(metadata.name ?? '', metadata.namespace);
    if (known === undefined || versionOf(known.metadata.resourceVersion) < versionOf(metadata.resourceVersion)) {
      return false;
    }
  }
  const at = versionOf(list.resourceVersion);
  return informer
    .list()
    .every(
      ({ metadata }) =>
        present.has(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`) || versionOf(metadata.resourceVersion) > at,
    );
}

function versionOf(version: string | undefined): number {
  return Number(version ?? 0);
}
