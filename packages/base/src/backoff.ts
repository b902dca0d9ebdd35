export interface BackoffOptions {
  /** Milliseconds before the first retry. Default 100. */
  readonly minMs?: number;
  /** Each further wait is this many times longer. Default 2. */
  readonly factor?: number;
  /** No wait is longer. Default 30,000. */
  readonly maxMs?: number;
}

/**
 * Milliseconds to wait before retry number `attempt`, exponential and capped. No jitter: see {@link withJitter}.
 *
 * @param attempt retries made so far, from 0: `backoffMs(0)` is `minMs`
 */
export function backoffMs(attempt: number, options: BackoffOptions = {}): number {
  const { minMs = 100, factor = 2, maxMs = 30_000 } = options;
  const wait = minMs * factor ** Math.max(0, attempt);
  // A big exponent overflows to Infinity, and 0 × Infinity is NaN.
  return Number.isNaN(wait) ? Math.min(minMs, maxMs) : Math.min(wait, maxMs);
}

/**
 * Spreads a wait, so that many waiters don't return together.
 *
 * @param jitter fraction that may be taken off, 0 to 1: `withJitter(100, 0.2)` is between 80 and 100
 * @param random 0 ≤ random < 1; tests give their own
 */
export function withJitter(ms: number, jitter: number, random: () => number = Math.random): number {
  return ms * (1 - Math.min(1, Math.max(0, jitter)) * random());
}
