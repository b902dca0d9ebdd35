import { createLru, type Logger, messageOf } from '@sekisho/base';
import type { CommitNote } from './row.ts';

/** Who made which commit, looked up once each in the background: a list never waits for git. */
export interface CommitNotes {
  /** What is known now; when nothing is, it is looked up and the listener told. */
  get(repo: string, revision: string): CommitNote | undefined;
  onFound(listener: (repo: string, revision: string) => void): void;
  close(): Promise<void>;
}

const KEPT = 20_000;
const WAITING = 50_000;
/** Lookups at a time: they must not take git from those who reconcile. */
const PARALLEL = 2;
const LOOKUP_MS = 10_000;

/** @param options  lookup: undefined when nobody knows the commit; it is asked again only after a restart */
export function createCommitNotes(options: {
  lookup: (repo: string, revision: string, signal: AbortSignal) => Promise<CommitNote | undefined>;
  logger: Logger;
}): CommitNotes {
  const { lookup, logger } = options;
  const known = createLru<string, CommitNote | 'unknown'>({ maxWeight: KEPT, weigh: () => 1 });
  const waiting = new Map<string, readonly [repo: string, revision: string]>();
  const listeners = new Set<(repo: string, revision: string) => void>();
  const closing = new AbortController();
  const workers = new Set<Promise<void>>();

  async function work(): Promise<void> {
    for (let next = takeNext(); next !== undefined && !closing.signal.aborted; next = takeNext()) {
      const [key, [repo, revision]] = next;
      let note: CommitNote | undefined;
      try {
        note = await lookup(repo, revision, AbortSignal.any([closing.signal, AbortSignal.timeout(LOOKUP_MS)]));
      } catch (error) {
        logger.debug({ revision, error: messageOf(error) }, 'a commit could not be read');
      }
      if (closing.signal.aborted) return;
      known.set(key, note ?? 'unknown');
      if (note !== undefined) for (const listener of listeners) listener(repo, revision);
    }
  }

  function takeNext() {
    for (const entry of waiting) {
      waiting.delete(entry[0]);
      return entry;
    }
    return undefined;
  }

  return {
    get(repo, revision) {
      const key = `${repo}@${revision}`;
      const note = known.get(key);
      if (note !== undefined) return note === 'unknown' ? undefined : note;
      if (waiting.size < WAITING && !closing.signal.aborted) waiting.set(key, [repo, revision]);
      if (workers.size < PARALLEL) {
        const worker: Promise<void> = Promise.resolve()
          .then(work)
          .finally(() => workers.delete(worker));
        workers.add(worker);
      }
      return undefined;
    },
    onFound(listener) {
      listeners.add(listener);
    },
    async close() {
      closing.abort();
      waiting.clear();
      await Promise.all(workers);
    },
  };
}
