import { CelFault } from '../runtime/fault.ts';
import { CelOpaque } from './opaque.ts';
import { Duration, Timestamp } from './time.ts';
import { CelType } from './type.ts';
import { Uint } from './uint.ts';
import { CelMap, type CelValue, type MapKey, Optional } from './value.ts';

/** Objects deeper than this are no JSON that somebody wrote. */
const MAX_DEPTH = 500;

/** An object as `JSON.parse` gives it; objects and lists in it are converted when they are first asked for. */
export class JsonMap extends CelMap {
  /** Generated source reads fields of it by itself and gives what is no text or bool to {@link convert}. */
  readonly object: Readonly<Record<string, unknown>>;
  #converted: Map<string, CelValue> | undefined;
  #size = -1;

  constructor(object: Readonly<Record<string, unknown>>) {
    super();
    this.object = object;
  }

  get size(): number {
    if (this.#size < 0) this.#size = Object.keys(this.object).length;
    return this.#size;
  }

  get(key: MapKey): CelValue | undefined {
    return typeof key === 'string' && Object.hasOwn(this.object, key) ? this.convert(key, this.object[key]) : undefined;
  }

  /** @param json  what the object has at the key */
  convert(key: string, json: unknown): CelValue | undefined {
    if (json === undefined) return undefined;
    if (typeof json !== 'object' || json === null) return fromJson(json);
    this.#converted ??= new Map();
    let value = this.#converted.get(key);
    if (value === undefined) {
      value = fromJson(json);
      this.#converted.set(key, value);
    }
    return value;
  }

  has(key: MapKey): boolean {
    return typeof key === 'string' && Object.hasOwn(this.object, key) && this.object[key] !== undefined;
  }

  keys(): Iterable<string> {
    return Object.keys(this.object);
  }
}

/**
 * JSON as a value: whole numbers are int, others double, as Kubernetes reads objects without a schema. Objects are not
 * copied and must not change while the value is in use.
 */
export function fromJson(json: unknown): CelValue {
  if (typeof json === 'string' || typeof json === 'boolean' || typeof json === 'bigint') return json;
  if (json === null || json === undefined) return null;
  if (typeof json === 'number') return Number.isSafeInteger(json) && !Object.is(json, -0) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json === 'object') return new JsonMap(json as Record<string, unknown>);
  throw new TypeError(`no JSON: ${typeof json}`);
}

/**
 * A value as JSON: integers beyond 2^53 and bytes (base64) as strings, times as CEL writes them, an absent optional as
 * null. Throws `CelFault` for a map with keys that are one as text, and for what is too deep.
 */
export function toJson(value: CelValue, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new CelFault('the value is too deep for JSON');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return integerToJson(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint) return integerToJson(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CelMap) return mapToJson(value, depth);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value, depth + 1);
  if (value instanceof CelType) return value.name;
  if (value instanceof Timestamp || value instanceof Duration || value instanceof CelOpaque) return value.toString();
  return value.map((element) => toJson(element, depth + 1));
}

function integerToJson(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function mapToJson(map: CelMap, depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const key of map.keys()) {
    const index = key instanceof Uint ? key.value : (key as MapKey);
    entries.push([String(index), toJson(map.get(index) ?? null, depth + 1)]);
  }
  if (new Set(entries.map(([name]) => name)).size < entries.length)
    throw new CelFault('two keys of a map are the same as text');
  return Object.fromEntries(entries);
}
