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
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value as readonly Value[]) text += `${encodeValue(item)},`;
    return `${text}]`;
  }
  if (value instanceof RegoSet) return `(${value.memberTexts().sort().join(',')})`;
  if (value instanceof BigNumber) return `#${value.text}`;
  if (value instanceof RegoObject) {
    const parts: string[] = [];
    for (const [key, item] of value.entries()) parts.push(`${encodeValue(key)}:${encodeValue(item)}`);
    return `{${parts.sort().join(',')}}`;
  }
  return encodePlain(value as PlainObject);
}

function encodePlain(object: PlainObject): string {
  const parts: string[] = [];
  let isSorted = true;
  let last = '';
  for (const key of Object.keys(object)) {
    const part = `${JSON.stringify(key)}:${encodeValue(object[key] as Value)}`;
    isSorted &&= last < part;
    last = part;
    parts.push(part);
  }
  if (!isSorted) parts.sort();
  return `{${parts.join(',')}}`;
}

function encodeKey(key: MapKey): string {
  if (typeof key !== 'string') return key === null ? 'n' : key === true ? 't' : key === false ? 'f' : `${key}`;
  if (key.charCodeAt(0) !== 0) return JSON.stringify(key);
  return key.charCodeAt(1) === 115 /* s */ && key.charCodeAt(2) === 0 ? JSON.stringify(key.slice(2)) : key.slice(1);
}

/** Members of a set that are compared one by one: looking them up by key costs more. */
const MAX_SMALL = 8;

/** A set. Fill it with `add` right after making it; read-only from then on. */
export class RegoSet {
  /** In the order of adding. */
  readonly #list: Value[] = [];
  /** Made when the set is no longer small, or when somebody asks for keys. */
  #byKey: Map<MapKey, Value> | undefined;
  #sorted: readonly Value[] | undefined;

  get size(): number {
    return this.#list.length;
  }

  has(value: Value): boolean {
    return this.get(value) !== undefined;
  }

  /** The member equal to `value`. */
  get(value: Value): Value | undefined {
    if (this.#byKey !== undefined) return this.#byKey.get(mapKeyOf(value));
    const list = this.#list;
    if (typeof value !== 'object') {
      for (let i = 0; i < list.length; i += 1) if (list[i] === value) return value;
      return undefined;
    }
    for (let i = 0; i < list.length; i += 1) if (equalValues(list[i] as Value, value)) return list[i];
    return undefined;
  }

  add(value: Value): this {
    if (this.#byKey !== undefined) this.#addAt(this.#byKey, mapKeyOf(value), value);
    else if (this.get(value) === undefined && this.#list.push(value) > MAX_SMALL) this.#keyed();
    return this;
  }

  /** Adds all members of another set. */
  addAll(other: RegoSet): void {
    const byKey = this.#byKey;
    if (byKey !== undefined && other.#byKey !== undefined)
      for (const [key, value] of other.#byKey) this.#addAt(byKey, key, value);
    else for (let i = 0; i < other.#list.length; i += 1) this.add(other.#list[i] as Value);
  }

  /** Whether all its members are in another set. */
  isWithin(other: RegoSet): boolean {
    if (this.#byKey !== undefined && other.#byKey !== undefined) {
      for (const key of this.#byKey.keys()) if (!other.#byKey.has(key)) return false;
      return true;
    }
    for (let i = 0; i < this.#list.length; i += 1) if (!other.has(this.#list[i] as Value)) return false;
    return true;
  }

  /** Its members that are in another set (`isIn`), or are not. */
  filter(other: RegoSet, isIn: boolean): RegoSet {
    const result = new RegoSet();
    const list = this.#list;
    if (this.#byKey === undefined || other.#byKey === undefined) {
      for (let i = 0; i < list.length; i += 1)
        if ((other.get(list[i] as Value) !== undefined) === isIn) result.add(list[i] as Value);
    } else {
      const others = other.#byKey;
      const found = result.#keyed();
      for (const [key, value] of this.#byKey) if (others.has(key) === isIn) result.#addAt(found, key, value);
    }
    return result;
  }

  /** A text of each member that only equal values share. */
  memberTexts(): string[] {
    return this.#byKey === undefined ? this.#list.map(encodeValue) : Array.from(this.#byKey.keys(), encodeKey);
  }

  /** In no particular order. */
  values(): IterableIterator<Value> {
    return this.#list.values();
  }

  /** {@link values} as an array; not to be changed. */
  list(): readonly Value[] {
    return this.#list;
  }

  /** Members in the total order of values; computed once. */
  sorted(compare: (a: Value, b: Value) => number): readonly Value[] {
    this.#sorted ??= this.#list.toSorted(compare);
    return this.#sorted;
  }

  #addAt(byKey: Map<MapKey, Value>, key: MapKey, value: Value): void {
    const before = byKey.size;
    byKey.set(key, value);
    if (byKey.size !== before) this.#list.push(value);
  }

  #keyed(): Map<MapKey, Value> {
    if (this.#byKey === undefined) {
      this.#byKey = new Map();
      for (const value of this.#list) this.#byKey.set(mapKeyOf(value), value);
    }
    return this.#byKey;
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

/** Whether two values are the same; nothing is sorted. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a as readonly Value[], b as readonly Value[]);
  if (Array.isArray(b)) return false;
  if (a instanceof RegoSet) return b instanceof RegoSet && equalSets(a, b);
  if (b instanceof RegoSet) return false;
  if (a instanceof BigNumber) return b instanceof BigNumber && a.text === b.text;
  if (b instanceof BigNumber) return false;
  if (a instanceof RegoObject) return equalObjects(a, b as PlainObject | RegoObject);
  if (b instanceof RegoObject) return equalObjects(b, a as PlainObject);
  return equalPlain(a as PlainObject, b as PlainObject);
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!equalValues(a[i] as Value, b[i] as Value)) return false;
  return true;
}

function equalSets(a: RegoSet, b: RegoSet): boolean {
  return a.size === b.size && a.isWithin(b);
}

function equalPlain(a: PlainObject, b: PlainObject): boolean {
  let size = 0;
  for (const key in a) {
    if (!Object.hasOwn(a, key)) continue;
    size += 1;
    if (!Object.hasOwn(b, key) || !equalValues(a[key] as Value, b[key] as Value)) return false;
  }
  return size === countOwn(b);
}

function equalObjects(a: RegoObject, b: PlainObject | RegoObject): boolean {
  if (a.size !== (b instanceof RegoObject ? b.size : countOwn(b))) return false;
  for (const [key, value] of a.entries()) {
    const other = b instanceof RegoObject ? b.get(key) : ownValue(b, key);
    if (other === undefined || !equalValues(value, other)) return false;
  }
  return true;
}

function ownValue(object: PlainObject, key: Value): Value | undefined {
  return typeof key === 'string' && Object.hasOwn(object, key) ? object[key] : undefined;
}

function countOwn(object: PlainObject): number {
  let size = 0;
  for (const key in object) if (Object.hasOwn(object, key)) size += 1;
  return size;
}
