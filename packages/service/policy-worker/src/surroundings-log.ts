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
    const untold = [...this.#readers].flatMap((reference) => {
      const reader = reference.deref();
      return reader === undefined ? [] : [mapIn(reader.entries, cluster)];
    });
    const note = (key: string, entry: Entry) => {
      for (const entries of untold) entries.set(key, entry);
    };
    for (const object of remove) {
      const key = keyOf(object);
      if (current.delete(key)) note(key, { removed: object });
    }
    for (const object of put) {
      const key = keyOf(object);
      current.set(key, object);
      note(key, { object });
    }
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
}

/** What one thread was not told yet. */
export class SurroundingsReader {
  entries: Entries = new Map();

  /** All that is new, once, in changes of at most so many objects. */
  *take(maxObjects: number): Iterable<SurroundChange> {
    const taken = this.entries;
    if (taken.size === 0) return;
    this.entries = new Map();
    for (const [cluster, entries] of taken) {
      let change = emptyChange(cluster);
      for (const entry of entries.values()) {
        if ('object' in entry) change.put.push(entry.object);
        else change.remove.push(entry.removed);
        if (change.put.length + change.remove.length < maxObjects) continue;
        yield change;
        change = emptyChange(cluster);
      }
      if (change.put.length + change.remove.length > 0) yield change;
    }
  }
}

function emptyChange(cluster: string) {
  return { cluster, put: [] as KubeObject[], remove: [] as Removed[] };
}

function keyOf({ apiVersion, kind, metadata }: Removed): string {
  return `${apiVersion}\n${kind}\n${metadata.namespace ?? ''}\n${metadata.name}`;
}

function mapIn<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
