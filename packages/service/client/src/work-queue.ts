import { setMaxListeners } from 'node:events';
import { backoffMs, type Clock, isSekishoError, type Logger, messageOf, systemClock, withJitter } from '@sekisho/base';
import { createLatch, type Latch } from './latch.ts';

export interface WorkQueueOptions {
  /** For logs. */
  readonly name: string;
  /** Keys in work at one time, at least 1. */
  readonly concurrency: number;
  /**
   * Brings the world of one key in line; looks at state, never at what happened. Resolving with `afterMs` asks for
   * another look later. Rejecting asks for one after a backoff. `signal` aborts when the queue closes.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most reconcilers just end, without a result
  reconcile(key: string, signal: AbortSignal): Promise<void | { readonly afterMs: number }>;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Waits after failures of one key. Default 50 ms, doubling up to 60 s, spread by up to half. */
  readonly backoff?: { readonly minMs: number; readonly maxMs: number };
  /** For metrics. Must not throw. */
  readonly observer?: WorkQueueObserver;
}

export interface WorkQueueObserver {
  /** A key is in work now, after it was queued for so long. */
  started(waitedMs: number): void;
  /** Its reconcile failed; it runs again after a backoff. */
  failed(): void;
}

/** Keys to work on: each once however often it is added, and never twice at the same time. */
export interface WorkQueue {
  /** A key that is in work now runs once more when it is done. */
  add(key: string): void;
  /** Adds the key after `ms`; of several waits for one key the shortest counts. */
  addAfter(key: string, ms: number): void;
  /** Drops the key's count of failures and what waits for later. What is queued or running goes on. */
  forget(key: string): void;
  /** Keys queued or running; waiting ones are not counted. */
  readonly size: number;
  /** Keys by what they do: queued, in work, and waiting for a later time. */
  readonly counts: { readonly queued: number; readonly running: number; readonly delayed: number };
  /** Resolves when nothing is queued or running; keys that wait for later don't count. */
  idle(): Promise<void>;
  /** Takes no more keys, aborts what runs and waits for it. */
  close(): Promise<void>;
}

/** After so many starts, timers and sockets of the process get their turn. */
const STARTS_PER_TURN = 32;

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, reconcile, logger, observer, clock = systemClock } = options;
  const { backoff = { minMs: 50, maxMs: 60_000 } } = options;
  const concurrency = Math.max(1, options.concurrency);
  const closing = new AbortController();
  // Every running reconcile may hang several requests on it; Node would take that for a leak.
  setMaxListeners(0, closing.signal);
  /** Since when. */
  const queued = new Map<string, number>();
  const running = new Set<string>();
  /** Added while running: they go to the end of the queue afterwards. */
  const again = new Set<string>();
  const delayed = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  const failures = new Map<string, number>();
  let idleLatch: Latch | undefined;
  let startsSincePause = 0;
  let pumpPlanned = false;

  function add(key: string): void {
    if (closing.signal.aborted) return;
    if (running.has(key)) again.add(key);
    else if (!queued.has(key)) {
      queued.set(key, clock.now());
      planPump();
    }
  }

  /** Never starts work inside `add`: whoever adds finishes first. Now and then the whole process gets a turn. */
  function planPump(): void {
    if (pumpPlanned) return;
    pumpPlanned = true;
    if (startsSincePause < STARTS_PER_TURN) queueMicrotask(pump);
    else {
      startsSincePause = 0;
      setImmediate(pump);
    }
  }

  function pump(): void {
    pumpPlanned = false;
    for (const [key, since] of queued) {
      if (running.size >= concurrency) return;
      if (startsSincePause >= STARTS_PER_TURN) {
        planPump();
        return;
      }
      startsSincePause++;
      queued.delete(key);
      running.add(key);
      observer?.started(Math.max(0, clock.now() - since));
      void work(key);
    }
  }

  async function work(key: string): Promise<void> {
    try {
      const result = await reconcile(key, closing.signal);
      failures.delete(key);
      if (result !== undefined) addAfter(key, result.afterMs);
    } catch (error) {
      if (!closing.signal.aborted) retryLater(key, error);
    }
    running.delete(key);
    if (again.delete(key)) add(key);
    if (queued.size > 0) planPump();
    settleIdle();
  }

  function retryLater(key: string, error: unknown): void {
    const attempt = failures.get(key) ?? 0;
    failures.set(key, attempt + 1);
    observer?.failed();
    const waitMs = withJitter(backoffMs(attempt, backoff), 0.5);
    const fields = { queue: name, key, attempt: attempt + 1, error: messageOf(error), ...codeOf(error) };
    // Somebody else wrote first: the next look sees what they wrote.
    if (isSekishoError(error, 'KUBE_CONFLICT')) logger.debug(fields, 'a reconcile lost a race and will run again');
    else logger.warn(fields, 'a reconcile failed and will run again');
    addAfter(key, waitMs);
  }

  function addAfter(key: string, ms: number): void {
    if (closing.signal.aborted) return;
    if (ms <= 0) {
      add(key);
      return;
    }
    const at = clock.now() + ms;
    const waiting = delayed.get(key);
    if (waiting !== undefined && waiting.at <= at) return;
    waiting?.cancel();
    const cancel = clock.after(ms, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { at, cancel });
  }

  function settleIdle(): void {
    if (queued.size > 0 || running.size > 0) return;
    idleLatch?.open();
    idleLatch = undefined;
  }

  function idle(): Promise<void> {
    if (queued.size === 0 && running.size === 0) return Promise.resolve();
    idleLatch ??= createLatch();
    return idleLatch.promise;
  }

  return {
    add,
    addAfter,
    forget(key) {
      failures.delete(key);
      delayed.get(key)?.cancel();
      delayed.delete(key);
    },
    get size() {
      return queued.size + running.size;
    },
    get counts() {
      return { queued: queued.size, running: running.size, delayed: delayed.size };
    },
    idle,
    async close() {
      closing.abort();
      queued.clear();
      again.clear();
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      failures.clear();
      settleIdle();
      await idle();
    },
  };
}

function codeOf(error: unknown): { code?: string } {
  return isSekishoError(error) ? { code: error.code } : {};
}
