import type { KubeObject } from '@sekisho/kube';
import type { SurroundChange } from './job.ts';

type Removed = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
type Entry = { readonly object: KubeObject } | { readonly removed: Removed };
/** By cluster, by what names the object. */
type Entries = Map<string, Map<string, Entry>>;

/** What surrounds objects in each cluster, for threads that come and go: each is told what it does not know. */
export class SurroundingsLog {
  readonly #current = new Map<string, Map<string, KubeObject>>();
  readonly #readers = new Set<WeakRef<SurroundingsReader>>();

  change(cluster: string, put: readonly KubeObject[], remove: readonly Removed[]): void {
    const current = mapIn(this.#current, cluster);
    for (const object of remove) this.#note(cluster, keyOf(object), current, { removed: object });
    for (const object of put) this.#note(cluster, keyOf(object), current, { object });
  }

  /** Of a thread that starts: it knows nothing. */
  reader(): SurroundingsReader {
    const reader = new SurroundingsReader();
    for (const [cluster, objects] of this.#current) {
      const entries = mapIn(reader.entries, cluster);
      for (const [key, object] of objects) entries.set(key, { object });
    }
    for (const reference of this.#readers) if (reference.deref() === undefined) this.#readers.delete(reference);
    this.#readers.add(new WeakRef(reader));
    return reader;
  }

  #note(cluster: string, key: string, current: Map<string, KubeObject>, entry: Entry): void {
    if ('object' in entry) current.set(key, entry.object);
    else if (!current.delete(key)) return;
    for (const reference of this.#readers) {
      const entries = reference.deref()?.entries;
      if (entries !== undefined) mapIn(entries, cluster).set(key, entry);
    }
  }
}

/** What one thread was not told yet. */
export class SurroundingsReader {
  readonly entries: Entries = new Map();

  /** All that is new, once. */
  take(): readonly SurroundChange[] {
    const changes: SurroundChange[] = [];
    for (const [cluster, entries] of this.entries) {
      const put: KubeObject[] = [];
      const remove: Removed[] = [];
      for (const entry of entries.values()) {
        if ('object' in entry) put.push(entry.object);
        else remove.push(entry.removed);
      }
      changes.push({ cluster, put, remove });
    }
    this.entries.clear();
    return changes;
  }
}

function keyOf({ apiVersion, kind, metadata }: Removed): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name]);
}

function mapIn<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
