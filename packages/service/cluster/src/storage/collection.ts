import type { KubeObject } from '@sekisho/kube';
import { History, type StoredEvent } from './history.ts';
import type { StoredObject } from './stored-object.ts';

/** What a collection needs from the store it lives in. */
export interface CollectionBackend {
  write(collection: Collection, key: string, object: KubeObject): Promise<StoredObject>;
  remove(collection: Collection, key: string): Promise<StoredObject>;
  readonly publishedRevision: () => number;
}

/**
 * All objects of one resource, in key order. Readers see only what is on disk; writers build on `head`, which includes
 * writes that are still on their way.
 */
export class Collection {
  /** `<group or core>/<resource>`. */
  readonly id: string;
  readonly history: History;
  readonly #backend: CollectionBackend;
  readonly #objects = new Map<string, StoredObject>();
  #keys: string[] = [];
  /** Newest unwritten state by key; null for a deletion under way. */
  readonly #heads = new Map<string, StoredObject | null>();
  readonly #listeners = new Set<() => void>();

  constructor(id: string, backend: CollectionBackend, startRevision: number) {
    this.id = id;
    this.#backend = backend;
    this.history = new History(startRevision);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** The published state. Keys are `name` or `namespace/name`. */
  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** The state that a writer must build on. */
  head(key: string): StoredObject | undefined {
    const head = this.#heads.get(key);
    return head === undefined ? this.#objects.get(key) : (head ?? undefined);
  }

  /** Writes `object` (which the collection owns from now on) and sets its resourceVersion. Resolves when it is on disk. */
  write(key: string, object: KubeObject): Promise<StoredObject> {
    return this.#backend.write(this, key, object);
  }

  /** Deletes a key that exists. Resolves, with the last state, when the deletion is on disk. */
  remove(key: string): Promise<StoredObject> {
    return this.#backend.remove(this, key);
  }

  /** Published objects whose key starts with `prefix`, in key order. */
  range(prefix: string): StoredObject[] {
    const from = prefix === '' ? 0 : lowerBound(this.#keys, prefix);
    const found: StoredObject[] = [];
    for (let index = from; index < this.#keys.length; index += 1) {
      const key = this.#keys[index];
      if (key === undefined || !key.startsWith(prefix)) break;
      const stored = this.#objects.get(key);
      if (stored !== undefined) found.push(stored);
    }
    return found;
  }

  /** Whether any object, published or on its way, has a key that starts with `prefix`. */
  hasAny(prefix: string): boolean {
    const key = this.#keys[lowerBound(this.#keys, prefix)];
    if (key?.startsWith(prefix) === true) return true;
    for (const [head, stored] of this.#heads) if (stored !== null && head.startsWith(prefix)) return true;
    return false;
  }

  /** Calls `listener` after new events; the returned function stops that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** For the store only: an object found at start. Keys come in order. */
  load(stored: StoredObject): void {
    this.#objects.set(stored.key, stored);
    this.#keys.push(stored.key);
  }

  /** For the store only. */
  setHead(key: string, stored: StoredObject | null): void {
    this.#heads.set(key, stored);
  }

  /** For the store only: forgets a write that failed. */
  dropHead(key: string): void {
    this.#heads.delete(key);
    this.#objects.get(key)?.reinstate();
  }

  /** For the store only: makes a durable write visible. */
  publish(key: string, stored: StoredObject, deleted: boolean): void {
    const previous = this.#objects.get(key);
    if (deleted) {
      this.#objects.delete(key);
      const index = lowerBound(this.#keys, key);
      if (this.#keys[index] === key) this.#keys.splice(index, 1);
    } else {
      this.#objects.set(key, stored);
      if (previous === undefined) this.#keys.splice(lowerBound(this.#keys, key), 0, key);
    }
    const head = this.#heads.get(key);
    if (head === stored || (deleted && head === null)) this.#heads.delete(key);
    const type: StoredEvent['type'] = deleted ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED';
    this.history.push({ type, stored, previous });
  }

  /** For the store only: wakes everybody who waits for events. */
  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Revision that readers see. */
  get revision(): number {
    return this.#backend.publishedRevision();
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = keys[middle];
    if (at !== undefined && at < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
