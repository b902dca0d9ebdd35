export interface LruOptions<V> {
  /** Sum of all weights that may stay. */
  readonly maxWeight: number;
  /** Weight of one entry, in the unit of `maxWeight` (bytes, say). Default 1 each. */
  readonly weigh?: (value: V) => number;
}

/** A cache that forgets what was used longest ago. An entry heavier than the whole cache is not kept. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  has(key: K): boolean;
  delete(key: K): boolean;
  clear(): void;
  /** Number of entries. */
  readonly size: number;
  /** Sum of the weights of all entries. */
  readonly weight: number;
}

export function createLru<K, V>(options: LruOptions<V>): Lru<K, V> {
  const { maxWeight, weigh = () => 1 } = options;
  // A Map iterates in order of insertion: the first key is the one used longest ago.
  const entries = new Map<K, { readonly value: V; readonly weight: number }>();
  let total = 0;

  function remove(key: K): boolean {
    const entry = entries.get(key);
    if (entry === undefined) return false;
    total -= entry.weight;
    return entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      remove(key);
      const weight = weigh(value);
      if (weight > maxWeight) return;
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= maxWeight) break;
        remove(oldest);
      }
    },
    has: (key) => entries.has(key),
    delete: remove,
    clear() {
      entries.clear();
      total = 0;
    },
    get size() {
      return entries.size;
    },
    get weight() {
      return total;
    },
  };
}
