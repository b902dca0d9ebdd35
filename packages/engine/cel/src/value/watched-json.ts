import { fromJson } from './json.ts';
import { CelMap, type CelValue, type MapKey } from './value.ts';

/** Keys and indexes from the root. */
export type JsonPath = readonly (string | number)[];

type Report = (path: JsonPath) => void;

class WatchedMap extends CelMap {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: JsonPath;
  readonly #report: Report;

  constructor(object: Readonly<Record<string, unknown>>, path: JsonPath, report: Report) {
    super();
    this.#object = object;
    this.#path = path;
    this.#report = report;
  }

  get size(): number {
    return Object.keys(this.#object).length;
  }

  get(key: MapKey): CelValue | undefined {
    if (typeof key !== 'string') return undefined;
    const path = [...this.#path, key];
    this.#report(path);
    return this.#has(key) ? watchedJson(this.#object[key], this.#report, path) : undefined;
  }

  has(key: MapKey): boolean {
    if (typeof key !== 'string') return false;
    this.#report([...this.#path, key]);
    return this.#has(key);
  }

  #has(key: string): boolean {
    return Object.hasOwn(this.#object, key) && this.#object[key] !== undefined;
  }

  keys(): Iterable<string> {
    return Object.keys(this.#object);
  }
}

/**
 * JSON as a value, like `fromJson`, that tells which fields an expression asks for, also those that are not there. Slower: for
 * explaining what an expression gave.
 */
export function watchedJson(json: unknown, report: (path: JsonPath) => void, path: JsonPath = []): CelValue {
  if (Array.isArray(json)) return json.map((item: unknown, index) => watchedJson(item, report, [...path, index]));
  if (typeof json !== 'object' || json === null) return fromJson(json);
  return new WatchedMap(json as Record<string, unknown>, path, report);
}
