import type { Clock } from './clock.ts';

export interface SleepOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whose timer to use. Without one the timer is the system's, and keeps the process alive while somebody waits. */
  readonly clock?: Clock | undefined;
}

/** Resolves after `ms`. Rejects with `signal.reason` when the signal aborts (at once if it already has). */
export function sleep(ms: number, options: SleepOptions = {}): Promise<void> {
  const { signal, clock } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const cancel = startTimer(ms, clock, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function startTimer(ms: number, clock: Clock | undefined, run: () => void): () => void {
  if (clock !== undefined) return clock.after(ms, run);
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
