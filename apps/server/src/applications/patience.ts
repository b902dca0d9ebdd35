import { type Clock, SekishoError } from '@sekisho/base';

/** Lets callers wait for slow work for a while, and no longer: the work goes on without them. */
export interface Patience {
  /**
   * Starts the work and waits for its end. While work of the same key goes on that somebody gave up waiting for, nothing
   * is started and nobody waits.
   *
   * @throws what the work throws; when it takes too long, what it threw the last time, else SekishoError SOURCE_SLOW
   * (retryable); the signal's reason
   */
  wait<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** @param options  waitMs: how long one call waits; describe: what the work of a key is, for the message */
export function createPatience(options: { waitMs: number; clock: Clock; describe: (key: string) => string }): Patience {
  const { waitMs, clock } = options;
  const slow = new Set<string>();
  /** How the last attempt failed that nobody waited for. */
  const failures = new Map<string, unknown>();

  function notYet(key: string): unknown {
    return (
      failures.get(key) ??
      new SekishoError('SOURCE_SLOW', `${options.describe(key)} takes longer than ${waitMs / 1000} s.`, {
        hint: 'It goes on, and the application with it as soon as it is done.',
        retryable: true,
      })
    );
  }

  return {
    wait(key, work, signal) {
      if (slow.has(key)) return Promise.reject(notYet(key));
      return new Promise((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        const cancel = clock.after(waitMs, () => {
          slow.add(key);
          reject(notYet(key));
        });
        const end = () => {
          cancel();
          signal.removeEventListener('abort', onAbort);
          return slow.delete(key);
        };
        work().then(
          (value) => {
            end();
            failures.delete(key);
            resolve(value);
          },
          (error: unknown) => {
            if (end()) failures.set(key, error);
            reject(error);
          },
        );
      });
    },
  };
}
