export interface MapConcurrentOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Maps `items` with at most `limit` calls of `fn` at a time; results keep the order of `items`.
 *
 * The first error (or the signal) stops new calls and aborts the signal that running calls hold; the promise rejects
 * once those have settled, so nothing goes on behind the caller's back.
 *
 * @param limit calls at a time, at least 1
 * @throws the first error of `fn`, or `signal.reason`
 */
export async function mapConcurrent<T, R>(
  items: Iterable<T>,
  limit: number,
  fn: (item: T, index: number, signal: AbortSignal) => Promise<R> | R,
  options: MapConcurrentOptions = {},
): Promise<R[]> {
  const stop = new AbortController();
  const results: R[] = [];
  const iterator = items[Symbol.iterator]();
  let nextIndex = 0;
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(error);
  };

  const onAbort = (): void => fail(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  async function work(): Promise<void> {
    while (failure === undefined) {
      try {
        const next = iterator.next();
        if (next.done) return;
        const index = nextIndex++;
        results[index] = await fn(next.value, index, stop.signal);
      } catch (error) {
        fail(error);
      }
    }
  }

  try {
    const workers: Promise<void>[] = [];
    const size = Math.max(1, Math.floor(limit) || 1);
    const known = Array.isArray(items) ? Math.min(size, items.length) : size;
    for (let worker = 0; worker < known; worker++) workers.push(work());
    await Promise.all(workers);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  if (failure !== undefined) throw failure.error;
  return results;
}
