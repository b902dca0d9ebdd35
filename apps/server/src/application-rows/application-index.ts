import type { KubeObject } from '@sekisho/kube';
import type { ApplicationRow } from '../http/api-types.ts';
import type { CommitNotes } from './commit-notes.ts';
import {
  type ApplicationQuery,
  comparePositions,
  type IndexedRow,
  positionOf,
  queryRows,
  type SortField,
  searchText,
  sortValues,
} from './query.ts';
import { deployedCommit, toRow } from './row.ts';

/** All applications as rows, kept current change by change: a list is answered from here alone. */
export interface ApplicationIndex {
  readonly size: number;
  row(key: string): ApplicationRow | undefined;
  /** The object that a row was made of. */
  object(key: string): KubeObject | undefined;
  rows(): Iterable<ApplicationRow>;
  query(query: ApplicationQuery, isVisible: (row: ApplicationRow) => boolean): ReturnType<typeof queryRows<IndexedRow>>;
  /** Told of each row that is new, changed (`row`) or gone (only `previous`). */
  onChange(listener: (change: RowChange) => void): void;
  /** Puts in what the Application is now; undefined takes it out. */
  update(key: string, object: KubeObject | undefined): void;
  /** Makes the row anew because something beside the object changed, its drift say. */
  touch(key: string): void;
}

export interface RowChange {
  readonly key: string;
  readonly row: ApplicationRow | undefined;
  readonly previous: ApplicationRow | undefined;
}

interface Entry extends IndexedRow {
  readonly object: KubeObject;
  readonly commit: string | undefined;
}

/** @param options  driftOf: how many fields of an application drifted; gateOf: what policies say of it; default none */
export function createApplicationIndex(options: {
  commits: CommitNotes;
  driftOf?: (key: string) => number;
  gateOf?: (key: string) => ApplicationRow['gate'];
}): ApplicationIndex {
  const { commits, driftOf = () => 0, gateOf = () => undefined } = options;
  const entries = new Map<string, Entry>();
  /** Keys by the commit that their row tells of. */
  const byCommit = new Map<string, Set<string>>();
  /** Orders that were asked for, until a row moves in them. */
  const orders = new Map<SortField, Entry[]>();
  const listeners = new Set<(change: RowChange) => void>();

  function put(key: string, object: KubeObject): void {
    const before = entries.get(key);
    const commit = deployedCommit(object);
    const id = commit === undefined ? undefined : idOf(commit.repo, commit.revision);
    if (before?.commit !== id) {
      forgetCommit(before);
      if (id !== undefined) byCommit.set(id, (byCommit.get(id) ?? new Set()).add(key));
    }
    const note = commit === undefined ? undefined : commits.get(commit.repo, commit.revision);
    const row = toRow(object, { commit: note, drifted: driftOf(key), gate: gateOf(key) });
    const entry = { key, row, text: searchText(row), object, commit: id };
    entries.set(key, entry);
    reorder(before, entry);
    tell({ key, row, previous: before?.row });
  }

  function forgetCommit(entry: Entry | undefined): void {
    if (entry?.commit === undefined) return;
    const keys = byCommit.get(entry.commit);
    keys?.delete(entry.key);
    if (keys?.size === 0) byCommit.delete(entry.commit);
  }

  /** Keeps an order when the row stays where it is, or moves it there; a list rarely has to be sorted anew. */
  function reorder(before: Entry | undefined, after: Entry | undefined): void {
    for (const [sort, order] of orders) {
      const from = before === undefined ? -1 : indexIn(order, before, sort);
      if (before !== undefined && after !== undefined && comparePlaces(before, after, sort) === 0) {
        order[from] = after;
        continue;
      }
      if (from >= 0) order.splice(from, 1);
      if (after !== undefined) order.splice(insertionIn(order, after, sort), 0, after);
    }
  }

  function orderBy(sort: SortField): readonly Entry[] {
    let order = orders.get(sort);
    if (order === undefined) {
      order = [...entries.values()]
        .map((entry) => ({ entry, value: sortValues[sort](entry.row), key: entry.key }))
        .sort(comparePositions)
        .map(({ entry }) => entry);
      orders.set(sort, order);
    }
    return order;
  }

  function tell(change: RowChange): void {
    for (const listener of listeners) listener(change);
  }

  commits.onFound((repo, revision) => {
    for (const key of [...(byCommit.get(idOf(repo, revision)) ?? [])]) touch(key);
  });

  function touch(key: string): void {
    const entry = entries.get(key);
    if (entry !== undefined) put(key, entry.object);
  }

  return {
    get size() {
      return entries.size;
    },
    row: (key) => entries.get(key)?.row,
    object: (key) => entries.get(key)?.object,
    *rows() {
      for (const { row } of entries.values()) yield row;
    },
    query: (query, isVisible) => queryRows(orderBy(query.sort), query, isVisible),
    onChange(listener) {
      listeners.add(listener);
    },
    update(key, object) {
      if (object !== undefined) return put(key, object);
      const before = entries.get(key);
      if (before === undefined) return;
      entries.delete(key);
      forgetCommit(before);
      reorder(before, undefined);
      tell({ key, row: undefined, previous: before.row });
    },
    touch,
  };
}

function idOf(repo: string, revision: string): string {
  return `${repo}@${revision}`;
}

function comparePlaces(a: Entry, b: Entry, sort: SortField): number {
  return comparePositions(positionOf(a, sort), positionOf(b, sort));
}

/** Where an entry stands in an order, by halving. */
function indexIn(order: readonly Entry[], entry: Entry, sort: SortField): number {
  const at = insertionIn(order, entry, sort);
  return order[at]?.key === entry.key ? at : -1;
}

function insertionIn(order: readonly Entry[], entry: Entry, sort: SortField): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePlaces(order[middle] as Entry, entry, sort) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
