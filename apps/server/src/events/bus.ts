/** Something that happened, for everybody who may see its object. */
export interface NewEvent {
  /** 'application', 'application-deleted', 'drift', 'audit', 'notification', … */
  readonly type: string;
  /** JSON, shared and read-only. */
  readonly data: unknown;
  /** The Application that it tells about: who may not `get` it is not told. Without it, everybody who is signed in is. */
  readonly visible?: { readonly project: string; readonly namespace: string; readonly name: string };
  /** What else a listener must be allowed to get, for events that are no Application's. */
  readonly requires?: { readonly resource: 'audit' | 'notifications' | 'projects'; readonly object: string };
}

export interface BusEvent extends NewEvent {
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
  /** Of the newest event; what a listener that has just read everything resumes from. */
  readonly lastId: number;
}

/** @param options  capacity: events kept, default 4096; firstId: the id before the first event. Ids of an earlier process must be lower. */
export function createEventBus(options: { capacity?: number; firstId: number }): EventBus {
  const { capacity = 4096, firstId } = options;
  const ring: (BusEvent | undefined)[] = new Array(capacity);
  const listeners = new Set<(event: BusEvent) => void>();
  let lastId = firstId;

  const keptAfter = (after: number): BusEvent[] => {
    const events: BusEvent[] = [];
    for (let id = after + 1; id <= lastId; id++) {
      const event = ring[id % capacity];
      if (event !== undefined) events.push(event);
    }
    return events;
  };

  return {
    get lastId() {
      return lastId;
    },
    publish(event) {
      lastId += 1;
      const published = { ...event, id: lastId };
      ring[lastId % capacity] = published;
      for (const listener of [...listeners]) listener(published);
    },
    subscribe(after, listener) {
      const oldest = Math.max(firstId, lastId - capacity);
      const ok = after === undefined || (Number.isInteger(after) && after >= oldest && after <= lastId);
      if (ok && after !== undefined) for (const event of keptAfter(after)) listener(event);
      listeners.add(listener);
      return { ok, stop: () => listeners.delete(listener) };
    },
  };
}
