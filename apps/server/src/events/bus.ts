/** Something that happened, for everybody who may see its object. */
export interface NewEvent {
  /** 'application', 'application-deleted', 'drift', 'audit', 'notification', … */
  readonly type: string;
  /** JSON, shared and read-only. */
  readonly data: unknown;
  /** The Application that it tells about: who may not `get` it is not told. Without it, everybody who is signed in is. */
  readonly visible?: { readonly project: string; readonly namespace: string; readonly name: string };
  /** The Application that it is about, where who may see that does not decide who is told. */
  readonly about?: { readonly namespace?: string; readonly name: string };
  /** What else a listener must be allowed to get, for events that are no Application's. */
  readonly requires?: { readonly resource: 'audit' | 'notifications' | 'projects'; readonly object: string };
  /** An event that tells a whole state: with the same type and key, a newer one makes an older one needless. */
  readonly supersedes?: string;
}

export interface BusEvent extends NewEvent {
  /** When it was published, ms since 1970. */
  readonly at: number;
  /** Grows with each event, also over restarts. */
  readonly id: number;
}

export interface Subscription {
  /** False when events after the id asked for are no longer kept: the listener must read everything anew. */
  readonly ok: boolean;
  stop(): void;
}

/** Hands events to listeners in order and keeps the newest for those who come back. */
export interface EventBus {
  publish(event: NewEvent): void;
  /**
   * Calls the listener with every kept event after the id (none when undefined), then with each new one. Listeners must
   * not throw and must not wait.
   */
  subscribe(after: number | undefined, listener: (event: BusEvent) => void): Subscription;
  /** Kept events after the id, oldest first; undefined when some of them are no longer kept, or the id is none of ours. */
  since(id: number): BusEvent[] | undefined;
  /** The id before the oldest event that is kept. */
  readonly oldestId: number;
  /** Of the newest event; what a listener that has just read everything resumes from. */
  readonly lastId: number;
}

/** @param options  capacity: events kept, default 16384; firstId: the id before the first event. Ids of an earlier process must be lower; now: default Date.now. */
export function createEventBus(options: { capacity?: number; firstId: number; now?: () => number }): EventBus {
  const { capacity = 16_384, firstId, now = Date.now } = options;
  const ring: BusEvent[] = [];
  const listeners = new Set<(event: BusEvent) => void>();
  let lastId = firstId;

  function since(id: number): BusEvent[] | undefined {
    const oldest = Math.max(firstId, lastId - capacity);
    if (!Number.isSafeInteger(id) || id < oldest || id > lastId) return undefined;
    const events: BusEvent[] = [];
    for (let next = id + 1; next <= lastId; next++) events.push(ring[next % capacity] as BusEvent);
    return events;
  }

  return {
    get oldestId() {
      return Math.max(firstId, lastId - capacity);
    },
    get lastId() {
      return lastId;
    },
    publish(event) {
      lastId += 1;
      const published = { ...event, id: lastId, at: now() };
      ring[lastId % capacity] = published;
      for (const listener of [...listeners]) listener(published);
    },
    since,
    subscribe(after, listener) {
      const missed = after === undefined ? [] : since(after);
      for (const event of missed ?? []) listener(event);
      listeners.add(listener);
      return { ok: missed !== undefined, stop: () => void listeners.delete(listener) };
    },
  };
}

/** Ids that begin after all of an earlier process: a thousand events fit in each millisecond that it ran. */
export function firstEventId(nowMs: number): number {
  return Math.floor(nowMs) * 1000;
}
