/** A promise that is settled from outside (Node 20 has no `Promise.withResolvers`). Unheard rejections are no fault. */
export interface Latch {
  readonly promise: Promise<void>;
  open(): void;
  fail(reason: unknown): void;
  /** The promise, or the signal's reason when that comes first. */
  wait(signal?: AbortSignal): Promise<void>;
}

export function createLatch(): Latch {
  let open: () => void = () => {};
  let fail: (reason: unknown) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  promise.catch(() => {});
  return { promise, open, fail, wait: (signal) => (signal === undefined ? promise : orAborted(promise, signal)) };
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let onAbort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
