import { setMaxListeners } from 'node:events';

/** Requests that end within so long of each other share a signal. */
const SLOT_MS = 50;
/** Shorter limits than this are kept to the millisecond. */
const LONG_MS = 1_000;

/** Signals for requests that have a time: one for each would cost as much as reading the request. */
export class Deadlines {
  readonly #reason: unknown;
  /** By when they abort. */
  readonly #signals = new Map<number, AbortSignal>();

  /** @param reason of all signals */
  constructor(reason: unknown) {
    this.#reason = reason;
  }

  /** Aborts after so long, or up to 50 ms earlier. */
  after(limitMs: number): AbortSignal {
    const now = performance.now();
    const slotMs = limitMs < LONG_MS ? 1 : SLOT_MS;
    const end = Math.floor((now + limitMs) / slotMs) * slotMs;
    const shared = this.#signals.get(end);
    if (shared !== undefined) return shared;
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    this.#signals.set(end, controller.signal);
    const abort = () => {
      this.#signals.delete(end);
      controller.abort(this.#reason);
    };
    setTimeout(abort, end - now).unref();
    return controller.signal;
  }
}
