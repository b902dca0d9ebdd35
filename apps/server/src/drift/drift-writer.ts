import { type Clock, type Logger, messageOf } from '@sekisho/base';
import type { DriftCount, DriftRecord, Store } from '@sekisho/store';

/** Keeps drift in the store, behind the work: many changes become few statements. */
export interface DriftWriter {
  /** `times`: how often more it drifted. A later call about the same field replaces what is not written yet. */
  put(id: string, record: DriftRecord): void;
  /** Everything about an application goes. */
  forget(key: string): void;
  /** Writes what is left, as long as the store takes it. */
  close(): Promise<void>;
}

const PAUSE_MS = 500;
const RETRY_MS = 10_000;
const BATCH = 500;
const MAX_PENDING = 100_000;
/** What healed this long ago is dropped. */
const KEEP_MS = 90 * 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;

export function createDriftWriter(options: {
  store: Store;
  /** Told what the store counted. */
  onCounts: (counts: readonly DriftCount[]) => void;
  clock: Clock;
  logger: Logger;
}): DriftWriter {
  const { store, onCounts, clock, logger } = options;
  const pending = new Map<string, DriftRecord>();
  const forgotten = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let prunedAt = clock.now();
  let closed = false;

  function schedule(ms: number): void {
    if (closed || timer !== undefined || writing !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      writing = write().finally(() => {
        writing = undefined;
        if (pending.size > 0 || forgotten.size > 0) schedule(RETRY_MS);
      });
    }, ms).unref();
  }

  async function write(): Promise<void> {
    try {
      for (const key of [...forgotten]) {
        const [namespace = '', app = ''] = key.split('/');
        await store.drift.forget({ namespace, app });
        forgotten.delete(key);
      }
      while (pending.size > 0) {
        const batch = [...firstOf(pending, BATCH)];
        for (const [id] of batch) pending.delete(id);
        try {
          onCounts(await store.drift.save(batch.map(([, record]) => record)));
        } catch (error) {
          for (const [id, record] of batch) if (!pending.has(id)) pending.set(id, record);
          throw error;
        }
      }
      if (clock.now() - prunedAt > PRUNE_EVERY_MS) {
        prunedAt = clock.now();
        await store.drift.prune(new Date(clock.now() - KEEP_MS).toISOString());
      }
    } catch (error) {
      logger.warn({ error: messageOf(error), fields: pending.size }, 'drift could not be stored yet');
    }
  }

  return {
    put(id, record) {
      const before = pending.get(id);
      if (before === undefined && pending.size >= MAX_PENDING) return;
      pending.set(id, before === undefined ? record : { ...record, times: record.times + before.times });
      schedule(PAUSE_MS);
    },
    forget(key) {
      for (const [id, { namespace, app }] of pending) if (`${namespace}/${app}` === key) pending.delete(id);
      forgotten.add(key);
      schedule(PAUSE_MS);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await writing;
      if (pending.size > 0 || forgotten.size > 0) await write();
    },
  };
}

function* firstOf<K, V>(map: ReadonlyMap<K, V>, count: number): Generator<[K, V]> {
  let left = count;
  for (const entry of map) {
    if (left-- === 0) return;
    yield entry;
  }
}
