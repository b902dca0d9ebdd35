import { BigNumber, type NumberValue } from './number.ts';

/**
 * A Rego value. Undefined is never a value. All are immutable once made.
 *
 * Objects come in two forms that are equal when their entries are: plain objects with string keys (JSON as it was read,
 * and objects built with constant keys), of which only own properties count; and {@link RegoObject} for all others.
 */
export type Value = null | boolean | NumberValue | string | readonly Value[] | PlainObject | RegoObject | RegoSet;

export interface PlainObject {
  readonly [key: string]: Value;
}

export type ValueKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'set';

/** What a value is found by in a Map: strings, numbers and the like stand for themselves, the rest is written as text. */
export type MapKey = string | number | boolean | null;

/**
 * Equal values have the same key, different ones different keys. Text of composite values begins with NUL, and strings that
 * begin with NUL get a NUL before them.
 */
export function mapKeyOf(value: Value): MapKey {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value !== 'object' || value === null) return value;
  return `\0${encodeValue(value)}`;
}

/** A text that only equal values share. */
function encodeValue(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return `${value}`;
  if (value === null) return 'n';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(encodeValue).join(',')}]`;
  if (value instanceof RegoSet)
    return `(${[...value.keys()]
      .map((key) => encodeKey(key))
      .sort()
      .join(',')})`;
  if (value instanceof BigNumber) return `#${value.text}`;
  if (value instanceof RegoObject) {
    const parts: string[] = [];
    for (const [key, item] of value.entries()) parts.push(`${encodeValue(key)}:${encodeValue(item)}`);
    return `{${parts.sort().join(',')}}`;
  }
  const plain = value as PlainObject;
  const parts = Object.keys(plain).map((key) => `${JSON.stringify(key)}:${encodeValue(plain[key] as Value)}`);
  return `{${parts.sort().join(',')}}`;
}

function encodeKey(key: MapKey): string {
  if (typeof key !== 'string') return key === null ? 'n' : key === true ? 't' : key === false ? 'f' : `${key}`;
  if (key.charCodeAt(0) !== 0) return JSON.stringify(key);
  return key.charCodeAt(1) === 115 /* s */ && key.charCodeAt(2) === 0 ? JSON.stringify(key.slice(2)) : key.slice(1);
}

/** A set. Fill it with `add` right after making it; read-only from then on. */
export class RegoSet {
  readonly #members = new Map<MapKey, Value>();
  #sorted: readonly Value[] | undefined;

  get size(): number {
    return this.#members.size;
  }

  has(value: Value): boolean {
    return this.#members.has(mapKeyOf(value));
  }

  /** Whether it has the member whose {@link mapKeyOf} is `key`. */
  hasKey(key: MapKey): boolean {
    return this.#members.has(key);
  }

  /** The member equal to `value`. */
  get(value: Value): Value | undefined {
    return this.#members.get(mapKeyOf(value));
  }

  add(value: Value): this {
    this.#members.set(mapKeyOf(value), value);
    return this;
  }

  /** Adds a member whose {@link mapKeyOf} is known. */
  addAt(key: MapKey, value: Value): void {
    this.#members.set(key, value);
  }

  forEach(visit: (value: Value, key: MapKey) => void): void {
    this.#members.forEach(visit);
  }

  keys(): IterableIterator<MapKey> {
    return this.#members.keys();
  }

  /** In no particular order. */
  values(): IterableIterator<Value> {
    return this.#members.values();
  }

  /** Members in the total order of values; computed once. */
  sorted(compare: (a: Value, b: Value) => number): readonly Value[] {
    this.#sorted ??= [...this.#members.values()].sort(compare);
    return this.#sorted;
  }
}

interface Entry {
  readonly key: Value;
  readonly value: Value;
}

/** An object with keys of any kind. Fill it with `set` right after making it; read-only from then on. */
export class RegoObject {
  readonly #entries = new Map<MapKey, Entry>();
  #sortedKeys: readonly Value[] | undefined;

  get size(): number {
    return this.#entries.size;
  }

  has(key: Value): boolean {
    return this.#entries.has(mapKeyOf(key));
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(mapKeyOf(key))?.value;
  }

  set(key: Value, value: Value): this {
    this.#entries.set(mapKeyOf(key), { key, value });
    return this;
  }

  /** Pairs in no particular order. */
  *entries(): Generator<readonly [key: Value, value: Value], void, undefined> {
    for (const entry of this.#entries.values()) yield [entry.key, entry.value];
  }

  forEach(visit: (value: Value, key: Value) => void): void {
    for (const entry of this.#entries.values()) visit(entry.value, entry.key);
  }

  /** Keys in the total order of values; computed once. */
  sortedKeys(compare: (a: Value, b: Value) => number): readonly Value[] {
    this.#sortedKeys ??= [...this.#entries.values()].map((entry) => entry.key).sort(compare);
    return this.#sortedKeys;
  }
}
