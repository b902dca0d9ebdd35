import { CelFault } from '../runtime/fault.ts';
import { Uint } from './uint.ts';
import { CelMap, type CelValue, type MapKey } from './value.ts';

/** Undefined for what is no key and can't equal one. */
export function mapKey(value: CelValue): MapKey | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return undefined;
}

/** A map with entries of its own. */
export class EntryMap extends CelMap {
  readonly #entries: ReadonlyMap<MapKey, { readonly key: CelValue; readonly value: CelValue }>;

  /** Throws `CelFault` for keys that can't be keys, and for repeated ones. */
  constructor(entries: Iterable<readonly [CelValue, CelValue]>) {
    super();
    const map = new Map<MapKey, { key: CelValue; value: CelValue }>();
    for (const [key, value] of entries) {
      const index = typeof key === 'number' ? undefined : mapKey(key);
      if (index === undefined) throw new CelFault('unsupported key type');
      if (map.has(index)) throw new CelFault(`Failed with repeated key: ${index}`);
      map.set(index, { key, value });
    }
    this.#entries = map;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: MapKey): CelValue | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: MapKey): boolean {
    return this.#entries.has(key);
  }

  *keys(): Iterable<CelValue> {
    for (const { key } of this.#entries.values()) yield key;
  }
}
