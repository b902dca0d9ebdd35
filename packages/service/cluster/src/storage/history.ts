import type { StoredObject } from './stored-object.ts';

export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** For DELETED the last state, with the revision of the deletion. */
  readonly stored: StoredObject;
  readonly previous: StoredObject | undefined;
}

/** Recent events of one collection, oldest first. Positions count from the collection's first event and never repeat. */
export class History {
  #events: (StoredEvent | undefined)[] = [];
  #offset = 0;
  #base = 0;
  #chars = 0;
  /** Events at or below this revision may be missing. */
  #lostRevision: number;

  constructor(startRevision: number) {
    this.#lostRevision = startRevision;
  }

  /** Position after the newest event. */
  get end(): number {
    return this.#base + this.#events.length - this.#offset;
  }

  get start(): number {
    return this.#base;
  }

  get count(): number {
    return this.#events.length - this.#offset;
  }

  /** Characters of JSON that the events hold. */
  get chars(): number {
    return this.#chars;
  }

  get lostRevision(): number {
    return this.#lostRevision;
  }

  push(event: StoredEvent): void {
    this.#events.push(event);
    this.#chars += sizeOf(event);
  }

  at(position: number): StoredEvent | undefined {
    return position < this.#base ? undefined : this.#events[this.#offset + position - this.#base];
  }

  /** Position of the first event newer than `revision`; undefined when events after it are already forgotten. */
  positionAfter(revision: number): number | undefined {
    if (revision < this.#lostRevision) return undefined;
    let low = this.#base;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.at(middle);
      if (event !== undefined && event.stored.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  dropOldest(): void {
    const event = this.#events[this.#offset];
    if (event === undefined) return;
    this.#events[this.#offset] = undefined;
    this.#offset += 1;
    this.#base += 1;
    this.#chars -= sizeOf(event);
    this.#lostRevision = event.stored.revision;
    event.stored.release();
    if (this.#offset > 256 && this.#offset * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#offset);
      this.#offset = 0;
    }
  }
}

function sizeOf(event: StoredEvent): number {
  return event.stored.size + (event.previous?.size ?? 0);
}
