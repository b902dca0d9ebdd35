import { join } from 'node:path';
import { type Logger, messageOf, SekishoError } from '@sekisho/base';
import { type FolderLock, lockFolder } from '@sekisho/folder-lock';
import type { KubeObject } from '@sekisho/kube';
import { open, type RootDatabase } from 'lmdb';
import { Collection, type CollectionBackend } from './collection.ts';
import { type ObjectSource, RecentObjects, StoredObject } from './stored-object.ts';

export interface StorageOptions {
  readonly logger: Logger;
  /** Events kept per collection for watches that come back. Default 10,000. */
  readonly maxHistory?: number;
  /** Characters of JSON kept by all histories together. Default 4 Mi; each collection keeps at least 100 events. */
  readonly maxHistoryChars?: number;
}

/** The ordered key-value store: objects by resource, one revision counter, a write is on disk before its promise resolves. */
export interface Storage {
  /** Newest revision that readers see. */
  readonly revision: number;
  /** The collection of a resource, made on first use. `id` is `<group or core>/<resource>`. */
  collection(id: string): Collection;
  /** Ids of all collections that hold objects. */
  collectionIds(): string[];
  /** A value that is no object (token hashes and the like); durable when the promise resolves. */
  getSetting(name: string): string | undefined;
  setSetting(name: string, value: string): Promise<void>;
  /** Writes what is on its way and closes. */
  close(): Promise<void>;
}

interface Operation {
  readonly collection: Collection;
  readonly key: string;
  readonly stored: StoredObject;
  readonly deleted: boolean;
  readonly resolve: (stored: StoredObject) => void;
  readonly reject: (error: unknown) => void;
}

const REGISTRY = '/registry/';
const SETTINGS = '/settings/';
const REVISION = '/revision';
const MAX_BATCH = 1000;
/** Where the file outgrows this, the map grows. */
const MAP_BYTES = 1024 * 1024 * 1024;
/** Each write sets off work of those who wait for it and watch: of so many at a time the event loop is held for less than 50 ms. */
const PUBLISHED_PER_TURN = 8;
const MIN_HISTORY = 100;
/** For kinds that nobody in the process watches; the others stay with their watchers. Parsed, this is about three times as much. */
const RECENT_CHARS = 1024 * 1024;

/**
 * Opens the store in `dir`, making the folder when it is missing. Only one process may have it open.
 * @throws SekishoError CLUSTER_LOCKED (another process has it) | CLUSTER_STORAGE (it can't be read)
 */
export async function openStorage(dir: string, options: StorageOptions): Promise<Storage> {
  const lock = await lockFolder(dir, {
    code: 'CLUSTER_LOCKED',
    message: `another process already has the cluster in ${dir} open`,
  });
  try {
    const store = new LmdbStorage(dir, lock, options);
    await store.load();
    return store;
  } catch (error) {
    await lock.release();
    throw new SekishoError('CLUSTER_STORAGE', `cannot open the cluster's storage in ${dir}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

class LmdbStorage implements Storage, CollectionBackend {
  readonly #db: RootDatabase<string, string>;
  readonly #lock: FolderLock;
  readonly #logger: Logger;
  readonly #maxHistory: number;
  readonly #maxHistoryChars: number;
  readonly #collections = new Map<string, Collection>();
  readonly #recent = new RecentObjects(RECENT_CHARS);
  readonly #sources = new Map<string, ObjectSource>();
  #historyChars = 0;
  #published = 0;
  #startRevision = 0;
  #assigned = 0;
  #queue: Operation[] = [];
  #committing: Promise<void> | undefined;
  #publishing: Promise<void> = Promise.resolve();
  #scheduled = false;
  #closed = false;

  constructor(dir: string, lock: FolderLock, options: StorageOptions) {
    this.#lock = lock;
    this.#logger = options.logger;
    this.#maxHistory = options.maxHistory ?? 10_000;
    this.#maxHistoryChars = options.maxHistoryChars ?? 4 * 1024 * 1024;
    // Without overlappingSync a commit's promise resolves after fdatasync of the data and a synchronous write of the meta page.
    this.#db = open<string, string>({
      path: join(dir, 'objects.lmdb'),
      noSubdir: true,
      encoding: 'string',
      overlappingSync: false,
      cache: false,
      // Address space, not memory. Without it the map grows in steps, and each step maps (and counts) the file once more.
      mapSize: MAP_BYTES,
      // Batches are made here. lmdb's own, by turns of the event loop, leave a rejected promise behind when a commit fails.
      eventTurnBatching: false,
    });
  }

  readonly publishedRevision = (): number => this.#published;

  get revision(): number {
    return this.#published;
  }

  async load(): Promise<void> {
    this.#published = Number(this.#db.get(REVISION) ?? '0');
    let seen = 0;
    for (const { key, value } of this.#db.getRange({ start: REGISTRY, end: `${REGISTRY}\uffff` })) {
      const { id, name } = splitKey(key);
      const space = value.indexOf(' ');
      const revision = Number(value.slice(0, space));
      if (revision > this.#published) this.#published = revision;
      const collection = this.collection(id);
      collection.load(new StoredObject(this.#sourceOf(id), name, revision, { size: value.length - space - 1 }));
      seen += 1;
      if (seen % 2000 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#assigned = this.#published;
    this.#startRevision = this.#published;
    // Nothing is known of what happened before: a watch from an older revision has to list again.
    for (const id of [...this.#collections.keys()]) {
      const loaded = this.#collections.get(id);
      if (loaded === undefined) continue;
      const fresh = new Collection(id, this, this.#published);
      for (const stored of loaded.range('')) fresh.load(stored);
      this.#collections.set(id, fresh);
    }
  }

  collection(id: string): Collection {
    let collection = this.#collections.get(id);
    if (collection === undefined) {
      collection = new Collection(id, this, this.#startRevision);
      this.#collections.set(id, collection);
    }
    return collection;
  }

  collectionIds(): string[] {
    return [...this.#collections.values()]
      .filter((collection) => collection.size > 0)
      .map((collection) => collection.id);
  }

  getSetting(name: string): string | undefined {
    return this.#db.get(SETTINGS + name);
  }

  async setSetting(name: string, value: string): Promise<void> {
    try {
      await this.#db.batch(() => {
        this.#db.put(SETTINGS + name, value);
      });
    } catch (error) {
      throw writeError(await causeOf(error));
    }
  }

  write(collection: Collection, key: string, object: KubeObject): Promise<StoredObject> {
    if (this.#closed) return Promise.reject(closedError());
    const revision = ++this.#assigned;
    object.metadata.resourceVersion = String(revision);
    const json = JSON.stringify(object);
    const stored = new StoredObject(this.#sourceOf(collection.id), key, revision, { json, size: json.length, object });
    collection.head(key)?.supersede();
    collection.setHead(key, stored);
    return this.#enqueue(collection, key, stored, false);
  }

  remove(collection: Collection, key: string): Promise<StoredObject> {
    if (this.#closed) return Promise.reject(closedError());
    const head = collection.head(key);
    if (head === undefined) return Promise.reject(new Error(`no such key: ${collection.id}/${key}`));
    head.supersede();
    const revision = ++this.#assigned;
    const last = head.object;
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
    const json = JSON.stringify(object);
    const stored = new StoredObject(this.#sourceOf(collection.id), key, revision, { json, size: json.length, object });
    stored.supersede();
    collection.setHead(key, null);
    return this.#enqueue(collection, key, stored, true);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#queue.length > 0 || this.#committing !== undefined) {
      await (this.#committing ?? new Promise<void>((resolve) => setImmediate(resolve)));
    }
    await this.#publishing;
    await this.#db.close();
    await this.#lock.release();
  }

  #sourceOf(id: string): ObjectSource {
    let source = this.#sources.get(id);
    if (source === undefined) {
      const prefix = `${REGISTRY}${id}/`;
      source = {
        recent: this.#recent,
        readJson: (key) => {
          const value = this.#db.get(prefix + key);
          if (value === undefined) throw new Error(`missing in storage: ${prefix}${key}`);
          return value.slice(value.indexOf(' ') + 1);
        },
      };
      this.#sources.set(id, source);
    }
    return source;
  }

  #enqueue(collection: Collection, key: string, stored: StoredObject, deleted: boolean): Promise<StoredObject> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ collection, key, stored, deleted, resolve, reject });
      this.#schedule();
    });
  }

  /** Group commit: what arrives in one turn, and whatever arrives while a commit is being written, goes to disk together. */
  #schedule(): void {
    if (this.#scheduled || this.#committing !== undefined || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#committing = this.#commit().finally(() => {
        this.#committing = undefined;
        this.#schedule();
      });
    });
  }

  async #commit(): Promise<void> {
    const batch = this.#queue.length > MAX_BATCH ? this.#queue.splice(0, MAX_BATCH) : this.#queue;
    if (batch === this.#queue) this.#queue = [];
    const last = batch.at(-1);
    if (last === undefined) return;
    try {
      await this.#db.batch(() => {
        for (const { collection, key, stored, deleted } of batch) {
          const path = `${REGISTRY}${collection.id}/${key}`;
          // The batch's promise tells of everything in it.
          if (deleted) this.#db.remove(path);
          else this.#db.put(path, `${stored.revision} ${stored.json}`);
        }
        this.#db.put(REVISION, String(last.stored.revision));
      });
    } catch (error) {
      const cause = await causeOf(error);
      await this.#publishing;
      this.#fail(batch, cause);
      return;
    }
    // The next batch goes to disk meanwhile.
    this.#publishing = this.#publishing.then(() => this.#publishAll(batch));
  }

  /** Tells of what is on disk, in order and in turns: what waits for a hundred writes would hold up everything else at once. */
  async #publishAll(batch: readonly Operation[]): Promise<void> {
    for (let from = 0; from < batch.length; from += PUBLISHED_PER_TURN) {
      if (from > 0) await new Promise<void>((resolve) => setImmediate(resolve));
      this.#publish(batch.slice(from, from + PUBLISHED_PER_TURN));
    }
  }

  #publish(operations: readonly Operation[]): void {
    const touched = new Set<Collection>();
    for (const { collection, key, stored, deleted } of operations) {
      const before = collection.history.chars;
      collection.publish(key, stored, deleted);
      this.#historyChars += collection.history.chars - before;
      this.#published = stored.revision;
      touched.add(collection);
    }
    for (const operation of operations) operation.resolve(operation.stored);
    for (const collection of touched) collection.notify();
    this.#trimHistory(touched);
  }

  /** A batch that did not reach the disk takes everything that was built on it along. */
  #fail(batch: readonly Operation[], error: unknown): void {
    const all = [...batch, ...this.#queue];
    this.#queue = [];
    this.#logger.error({ writes: all.length, error: messageOf(error) }, 'a write to the cluster storage failed');
    const reason = writeError(error);
    for (const operation of all) operation.collection.dropHead(operation.key);
    for (const operation of all) operation.reject(reason);
  }

  #trimHistory(touched: ReadonlySet<Collection>): void {
    for (const { history } of touched) {
      while (history.count > this.#maxHistory) this.#drop(history);
    }
    while (this.#historyChars > this.#maxHistoryChars) {
      let largest: Collection | undefined;
      for (const collection of this.#collections.values()) {
        if (collection.history.count <= MIN_HISTORY) continue;
        if (largest === undefined || collection.history.chars > largest.history.chars) largest = collection;
      }
      if (largest === undefined) return;
      for (let n = 0; n < 50 && largest.history.count > MIN_HISTORY; n += 1) this.#drop(largest.history);
    }
  }

  #drop(history: Collection['history']): void {
    const before = history.chars;
    history.dropOldest();
    this.#historyChars += history.chars - before;
  }
}

function splitKey(key: string): { id: string; name: string } {
  const groupEnd = key.indexOf('/', REGISTRY.length);
  const resourceEnd = key.indexOf('/', groupEnd + 1);
  return { id: key.slice(REGISTRY.length, resourceEnd), name: key.slice(resourceEnd + 1) };
}

function closedError(): SekishoError {
  return new SekishoError('CLUSTER_CLOSED', 'the cluster is shutting down', { retryable: true });
}

/** lmdb hands the reason of a failed commit over as a promise that rejects with it. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  try {
    await commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}

function writeError(error: unknown): SekishoError {
  return new SekishoError('CLUSTER_STORAGE', `the write did not reach the disk: ${messageOf(error)}`, {
    hint: 'Make room on the disk of the data folder; reading goes on meanwhile.',
    retryable: true,
    cause: error,
  });
}
