/** Callers of one key at the same time share one run of the work. */
export type Share<T> = (
  key: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

interface Run<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  callers: number;
}

/** Each caller may leave by its own signal; the work is aborted when all of them have. */
export function createSharing<T>(): Share<T> {
  const runs = new Map<string, Run<T>>();

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Run<T> {
    const controller = new AbortController();
    const promise = work(controller.signal).finally(() => {
      if (runs.get(key) === run) runs.delete(key);
    });
    const run: Run<T> = { promise, controller, callers: 0 };
    // Callers may all have left before it fails.
    promise.catch(() => {});
    runs.set(key, run);
    return run;
  }

  return async (key, signal, work) => {
    signal?.throwIfAborted();
    const run = runs.get(key) ?? start(key, work);
    run.callers++;
    let leave: (() => void) | undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal?.reason);
        signal?.addEventListener('abort', leave, { once: true });
      });
      return await Promise.race([run.promise, left]);
    } finally {
      if (leave !== undefined) signal?.removeEventListener('abort', leave);
      run.callers--;
      if (run.callers === 0 && runs.get(key) === run) {
        // Whoever comes now must not join what ends.
        runs.delete(key);
        run.controller.abort(signal?.reason);
      }
    }
  };
}
