import type { Location } from '../syntax/location.ts';

export interface ProfileEntry {
  readonly location: Location;
  evaluations: number;
  redos: number;
  /** In the clock's unit; 0 without a clock. */
  time: number;
}

/** Counts evaluations of expressions, over any number of evaluations; with a clock, the time until the next expression begins. */
export class Profile {
  readonly #clock: () => number;
  readonly #entries = new Map<Location, ProfileEntry>();
  #last: ProfileEntry | undefined;
  #since = 0;

  constructor(clock: () => number = () => 0) {
    this.#clock = clock;
  }

  begin(): void {
    this.#last = undefined;
  }

  evaluate(location: Location): void {
    const entry = this.#at(location);
    entry.evaluations++;
  }

  redo(location: Location): void {
    const entry = this.#at(location);
    entry.redos++;
  }

  /** Slowest first, then most evaluated. */
  entries(): readonly ProfileEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.time - a.time || b.evaluations - a.evaluations);
  }

  #at(location: Location): ProfileEntry {
    const now = this.#clock();
    if (this.#last !== undefined) this.#last.time += now - this.#since;
    this.#since = now;
    let entry = this.#entries.get(location);
    if (entry === undefined) {
      entry = { location, evaluations: 0, redos: 0, time: 0 };
      this.#entries.set(location, entry);
    }
    this.#last = entry;
    return entry;
  }
}
