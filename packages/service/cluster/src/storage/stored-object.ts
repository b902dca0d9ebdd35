import type { KubeObject } from '@sekisho/kube';

/** Reads the JSON that is on disk for a key; throws when the key is gone. */
export type ReadJson = (key: string) => string;

/**
 * One revision of one object. The JSON text stays in memory only while history needs it; the parsed object is kept
 * weakly (and by a bounded queue of recent ones), so that a cluster's memory does not grow with its size but everybody
 * who holds an object shares one instance.
 */
export class StoredObject {
  readonly key: string;
  readonly revision: number;
  /** Characters of JSON. */
  readonly size: number;
  #json: string | undefined;
  #object: WeakRef<KubeObject> | undefined;
  #superseded = false;
  readonly #source: ObjectSource;

  constructor(
    source: ObjectSource,
    key: string,
    revision: number,
    value: { json?: string; size: number; object?: KubeObject },
  ) {
    this.#source = source;
    this.key = key;
    this.revision = revision;
    this.size = value.size;
    this.#json = value.json;
    if (value.object !== undefined) this.#remember(value.object);
  }

  /** The parsed object, shared and read-only. */
  get object(): KubeObject {
    const known = this.#object?.deref();
    if (known !== undefined) return known;
    const parsed = JSON.parse(this.json) as KubeObject;
    this.#remember(parsed);
    return parsed;
  }

  /** The object as JSON text, exactly as stored. */
  get json(): string {
    return this.#json ?? this.#source.readJson(this.key);
  }

  /** Called when a newer revision is about to be written: from then on the disk may hold something else under the key. */
  supersede(): void {
    this.#json = this.json;
    this.#superseded = true;
  }

  /** A failed write: this revision is the newest again. */
  reinstate(): void {
    this.#superseded = false;
  }

  /** History no longer needs the text. */
  release(): void {
    if (!this.#superseded) this.#json = undefined;
  }

  #remember(object: KubeObject): void {
    this.#object = new WeakRef(object);
    this.#source.recent.add(object, this.size);
  }
}

export interface ObjectSource {
  readonly readJson: ReadJson;
  readonly recent: RecentObjects;
}

/** Holds the most recently parsed objects strongly, up to a number of JSON characters. */
export class RecentObjects {
  readonly #maxChars: number;
  #objects: { object: KubeObject; size: number }[] = [];
  #first = 0;
  #chars = 0;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  add(object: KubeObject, size: number): void {
    this.#objects.push({ object, size });
    this.#chars += size;
    while (this.#chars > this.#maxChars) {
      const oldest = this.#objects[this.#first];
      if (oldest === undefined) break;
      this.#chars -= oldest.size;
      this.#objects[this.#first] = NOTHING;
      this.#first += 1;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#objects.length) {
      this.#objects = this.#objects.slice(this.#first);
      this.#first = 0;
    }
  }
}

const NOTHING = { object: { apiVersion: '', kind: '', metadata: {} }, size: 0 };
