import { type BackoffOptions, backoffMs, withJitter } from './backoff.ts';
import type { Clock } from './clock.ts';
import { isSekishoError } from './error.ts';
import { sleep } from './sleep.ts';

export interface RetryOptions extends BackoffOptions {
  /** Calls in all, the first one included. Default 5. */
  readonly attempts?: number;
  /** Fraction of each wait that is random, 0 to 1. Default 0.5. */
  readonly jitter?: number;
  /** Ends the waiting: the promise rejects with its reason. Checked before each attempt. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** Which errors are worth another attempt. Default: a SekishoError that says `retryable`. */
  readonly when?: (error: unknown) => boolean;
}

/**
 * Calls `fn` until it succeeds, waiting longer each time.
 *
 * @param fn gets the number of the attempt, from 1
 * @throws the error of the last attempt, or `signal.reason`
 */
export async function retry<T>(fn: (attempt: number) => Promise<T> | T, options: RetryOptions = {}): Promise<T> {
  const { attempts = 5, jitter = 0.5, signal, clock, when = isRetryable } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !when(error)) throw error;
    }
    await sleep(withJitter(backoffMs(attempt - 1, options), jitter), { signal, clock });
  }
}

function isRetryable(error: unknown): boolean {
  return isSekishoError(error) && error.retryable;
}
