/** Several values under one key, each once by identity, in the order in which they came. */
export interface Multimap<V extends object> {
  get(key: string): V[];
  add(key: string, value: V): void;
  remove(key: string, value: V): void;
}

/** Small where most keys have one value: a set is only made for the second. */
export function createMultimap<V extends object>(): Multimap<V> {
  const entries = new Map<string, V | Set<V>>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return [];
      return entry instanceof Set ? [...entry] : [entry];
    },
    add(key, value) {
      const entry = entries.get(key);
      if (entry === undefined) entries.set(key, value);
      else if (entry instanceof Set) entry.add(value);
      else if (entry !== value) entries.set(key, new Set([entry, value]));
    },
    remove(key, value) {
      const entry = entries.get(key);
      if (entry === value) entries.delete(key);
      else if (entry instanceof Set && entry.delete(value) && entry.size === 0) entries.delete(key);
    },
  };
}
