import type { Clock } from '@sekisho/base';
import type { PollingOptions, RefreshResult } from './types.ts';

const defaultIntervalMs = 120_000;
const defaultJitterMs = 60_000;

/** Looks at a remote again and again for as long as somebody listens; the most impatient listener sets the pace. */
export interface Polling {
  subscribe(options: PollingOptions, onChange: (result: RefreshResult) => void): () => void;
  /** Tells all listeners about a change that was found in another way. */
  tell(result: RefreshResult): void;
  stop(): void;
}

export function createPolling(refresh: () => Promise<RefreshResult>, clock: Clock, random = Math.random): Polling {
  interface Subscriber {
    readonly options: PollingOptions;
    readonly onChange: (result: RefreshResult) => void;
  }
  const subscribers = new Set<Subscriber>();
  let cancel: (() => void) | undefined;
  let round = 0;

  function schedule(): void {
    cancel?.();
    cancel = undefined;
    if (subscribers.size === 0) return;
    const all = [...subscribers];
    const interval = Math.min(...all.map(({ options }) => options.intervalMs ?? defaultIntervalMs));
    const jitter = Math.min(...all.map(({ options }) => options.jitterMs ?? defaultJitterMs));
    const current = ++round;
    cancel = clock.after(interval + random() * jitter, () => void look(current));
  }

  async function look(current: number): Promise<void> {
    try {
      // A change reaches the listeners through `tell`, whoever asked for the refresh.
      await refresh();
      for (const { options } of subscribers) options.onSuccess?.();
    } catch (error) {
      for (const { options } of subscribers) options.onError?.(error);
    }
    if (current === round) schedule();
  }

  return {
    subscribe(options, onChange) {
      const subscriber = { options, onChange };
      subscribers.add(subscriber);
      schedule();
      return () => {
        if (subscribers.delete(subscriber) && subscribers.size === 0) schedule();
      };
    },
    tell(result) {
      for (const { onChange } of [...subscribers]) onChange(result);
    },
    stop() {
      subscribers.clear();
      round += 1;
      cancel?.();
    },
  };
}
