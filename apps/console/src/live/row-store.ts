import type { ApplicationRow } from '../api/types.ts';

/** What events said of one application since the page was opened. */
export type LiveRow = { readonly kind: 'row'; readonly row: ApplicationRow } | { readonly kind: 'deleted' };

export type RowKey = string;
export const rowKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }): RowKey =>
  `${namespace}/${name}`;

/**
 * The newest known state of each application, laid over what lists have read. Listeners are told per application and
 * once a frame, so that a thousand events a second draw only the rows that are on the screen.
 */
export interface RowStore {
  get(key: RowKey): LiveRow | undefined;
  /** Told when this application changes. */
  subscribe(key: RowKey, listener: () => void): () => void;
  /** Told once per frame with all keys that changed. */
  subscribeAll(listener: (keys: ReadonlySet<RowKey>) => void): () => void;
  put(row: ApplicationRow): void;
  remove(key: RowKey): void;
  /** Forgets everything: the next answers of the server are the truth. */
  clear(): void;
}

/** @param schedule  runs the callback soon; requestAnimationFrame in a browser */
export function createRowStore(schedule: (callback: () => void) => void): RowStore {
  const rows = new Map<RowKey, LiveRow>();
  const listeners = new Map<RowKey, Set<() => void>>();
  const allListeners = new Set<(keys: ReadonlySet<RowKey>) => void>();
  let changed = new Set<RowKey>();

  function touch(key: RowKey): void {
    changed.add(key);
    if (changed.size === 1) schedule(flush);
  }
  function flush(): void {
    const keys = changed;
    changed = new Set();
    for (const key of keys) for (const listener of listeners.get(key) ?? []) listener();
    for (const listener of allListeners) listener(keys);
  }

  return {
    get: (key) => rows.get(key),
    subscribe(key, listener) {
      const set = listeners.get(key) ?? new Set();
      listeners.set(key, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(key);
      };
    },
    subscribeAll(listener) {
      allListeners.add(listener);
      return () => allListeners.delete(listener);
    },
    put(row) {
      const key = rowKey(row);
      const known = rows.get(key);
      if (known?.kind === 'row' && isNewer(known.row.resourceVersion, row.resourceVersion)) return;
      rows.set(key, { kind: 'row', row });
      touch(key);
    },
    remove(key) {
      rows.set(key, { kind: 'deleted' });
      touch(key);
    },
    clear() {
      const keys = [...rows.keys()];
      rows.clear();
      for (const key of keys) touch(key);
    },
  };
}

/** Of a row that a list has read and what events said: the newer. */
export function newestRow(read: ApplicationRow, live: LiveRow | undefined): ApplicationRow | undefined {
  if (live === undefined) return read;
  if (live.kind === 'deleted') return undefined;
  return isNewer(read.resourceVersion, live.row.resourceVersion) ? read : live.row;
}

/** Versions of one kind of object grow; they may be longer than a number holds. */
function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
