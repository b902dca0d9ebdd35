import { backoffMs, type Clock, type Logger, messageOf, withJitter } from '@sekisho/base';
import type { FilesPlace, PolicyBundle, PolicySourceSpec } from '@sekisho/policy';
import type { Fetched } from './fetch-files.ts';
import type { FoundFiles, KeptFiles } from './kept-files.ts';
import { idOfPlace } from './place-id.ts';
import { unavailableBundle } from './unavailable.ts';

/** How it stands with the files of one PolicySource. */
export interface PolicySourceState {
  readonly spec: PolicySourceSpec;
  /** What counts; absent when nothing was ever fetched. */
  readonly found?: FoundFiles;
  /** Why the newest look at its place failed. */
  readonly trouble?: string;
  /** Of files that were never good, so that none of them can be asked. */
  readonly fault?: string;
}

/** Follows the files of PolicySources. */
export interface PolicySources {
  /**
   * These are all. Resolves when each has files, was looked at in vain, or kept us waiting for too long; never rejects.
   */
  follow(specs: readonly PolicySourceSpec[]): Promise<void>;
  state(name: string): PolicySourceState | undefined;
  /**
   * The files that count. One that can't be had, and never could, is a policy that denies; while it is looked at for the
   * first time it does not count yet.
   */
  bundles(): readonly PolicyBundle[];
  /** Names of those whose bundle denies because its files can't be had. */
  unavailable(): ReadonlySet<string>;
  close(): Promise<void>;
}

/** How long something new may keep others waiting. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 15 * 60_000;
/** Registries tell nobody of a tag that moved. */
const POLL_MS = 180_000;
const BACKOFF = { minMs: 2_000, factor: 2, maxMs: POLL_MS } as const;

export interface PolicySourcesOptions {
  /** Files of a place, unless its revision is the one that is known. */
  readonly fetch: (place: FilesPlace, known: string | undefined, signal: AbortSignal) => Promise<Fetched>;
  /** Told of repositories of git that have something new. */
  readonly onRepositoryChange: (listener: (repoURL: string) => void) => void;
  readonly kept: KeptFiles;
  /** The bundles, or the state of some source, are others now. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createPolicySources(options: PolicySourcesOptions): PolicySources {
  const entries = new Map<string, Entry>();
  const closing = new AbortController();

  options.onRepositoryChange((repoURL) => {
    for (const entry of entries.values()) {
      const { place } = entry.spec;
      if (place.kind === 'git' && place.repoURL === repoURL) entry.look();
    }
  });

  return {
    async follow(specs) {
      const names = new Set(specs.map(({ name }) => name));
      for (const [name, entry] of entries) {
        if (names.has(name)) continue;
        entry.close();
        entries.delete(name);
        void options.kept.remove(idOfPlace(entry.spec.place));
      }
      const waits: Promise<void>[] = [];
      for (const spec of specs) {
        const known = entries.get(spec.name);
        if (known === undefined) {
          const entry = new Entry(spec, options, closing.signal);
          entries.set(spec.name, entry);
          waits.push(entry.first);
        } else known.change(spec);
      }
      await Promise.all(waits);
    },
    state(name) {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const { spec, found, trouble } = entry;
      return { spec, ...(found === undefined ? {} : { found }), ...(trouble === undefined ? {} : { trouble }) };
    },
    bundles: () =>
      [...entries.values()]
        .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))
        .flatMap(({ spec: { bundle }, found, trouble, isWaitedFor }) => {
          if (found !== undefined) return [{ ...bundle, files: found.files }];
          return isWaitedFor
            ? []
            : [unavailableBundle(bundle, `can not be had: ${trouble ?? 'its place does not answer'}`)];
        }),
    unavailable: () =>
      new Set(
        [...entries.values()]
          .filter(({ found, isWaitedFor }) => found === undefined && !isWaitedFor)
          .map(({ spec }) => spec.name),
      ),
    async close() {
      closing.abort(new Error('the server stops'));
      for (const entry of entries.values()) entry.close();
      await Promise.all([...entries.values()].map((entry) => entry.working));
    },
  };
}

class Entry {
  spec: PolicySourceSpec;
  found: FoundFiles | undefined;
  trouble: string | undefined;
  /** Nothing is known yet, and there is still hope. */
  isWaitedFor = true;
  readonly first: Promise<void>;
  working: Promise<void> | undefined;
  readonly #options: PolicySourcesOptions;
  readonly #signal: AbortSignal;
  /** Where {@link found} is from. */
  #place: string | undefined;
  #isStale = false;
  #failures = 0;
  #closed = false;
  #cancelTimer: (() => void) | undefined;
  #endWait: () => void = () => {};

  constructor(spec: PolicySourceSpec, options: PolicySourcesOptions, signal: AbortSignal) {
    this.spec = spec;
    this.#options = options;
    this.#signal = signal;
    this.first = new Promise((resolve) => {
      const cancel = options.clock.after(PATIENCE_MS, () => this.#endWait());
      this.#endWait = () => {
        cancel();
        if (this.isWaitedFor) {
          this.isWaitedFor = false;
          if (!this.#closed) options.onChange();
        }
        resolve();
      };
    });
    this.look();
  }

  change(spec: PolicySourceSpec): void {
    const isMoved = idOfPlace(spec.place) !== idOfPlace(this.spec.place);
    this.spec = spec;
    if (isMoved) this.look();
  }

  look(): void {
    if (this.#closed) return;
    this.#isStale = true;
    this.working ??= this.#work().finally(() => {
      this.working = undefined;
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#endWait();
  }

  async #work(): Promise<void> {
    while (this.#isStale && !this.#closed) {
      this.#isStale = false;
      this.#cancelTimer?.();
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    const { kept, fetch, clock, logger } = this.#options;
    const { place, name } = this.spec;
    const id = idOfPlace(place);
    if (this.found === undefined) {
      const found = await kept.get(id);
      if (found !== undefined) {
        this.#place = id;
        this.#take(found);
      }
    }
    try {
      // It may have been closed while kept files were read.
      this.#signal.throwIfAborted();
      const known = this.#place === id ? this.found?.revision : undefined;
      const { revision, files, trouble } = await fetch(place, known, this.#until());
      this.#failures = 0;
      if (files !== undefined) {
        const found = { files, revision, fetchedAt: new Date(clock.now()).toISOString() };
        await kept.put(id, found);
        this.#place = id;
        this.#take(found);
      }
      this.#note(trouble);
      if (place.kind === 'oci' && !place.url.includes('@')) this.#again(withJitter(POLL_MS, 0.3));
    } catch (error) {
      if (this.#closed || this.#signal.aborted) return;
      logger.warn({ source: name, error: messageOf(error) }, 'the files of a policy source can not be had');
      this.#note(messageOf(error));
      this.#again(withJitter(backoffMs(this.#failures++, BACKOFF), 0.3));
    }
  }

  #until(): AbortSignal {
    return AbortSignal.any([this.#signal, AbortSignal.timeout(LOOK_MS)]);
  }

  #take(found: FoundFiles): void {
    this.found = found;
    this.isWaitedFor = false;
    this.#endWait();
    if (!this.#closed) this.#options.onChange();
  }

  #note(trouble: string | undefined): void {
    const isNews = trouble !== this.trouble;
    this.trouble = trouble;
    if (isNews && !this.#closed) this.#options.onChange();
    this.#endWait();
  }

  #again(ms: number): void {
    if (!this.#closed) this.#cancelTimer = this.#options.clock.after(ms, () => this.look());
  }
}
