import { canonicalJson, type PathElement, type Schema } from '@sekisho/kube';
import { isObject } from '../json.ts';

/** How the elements of one list are told apart. */
export interface ListKeys {
  /** Elements by `name=web` or, for several keys, `port=80,protocol=TCP`; undefined when two share a key or one has none. */
  index(list: readonly unknown[]): Map<string, unknown> | undefined;
  /** How `managedFields` names an element of the list. */
  element(item: unknown): PathElement;
}

const kept = new WeakMap<Schema, ListKeys | null>();

/**
 * The keys of a list that is merged by element; undefined for lists that are replaced as a whole.
 *
 * Both `x-kubernetes-list-map-keys` and the patch merge key may be there. The map keys win, because the merge key alone
 * does not tell `53/TCP` from `53/UDP`.
 */
export function listKeys(schema: Schema | undefined): ListKeys | undefined {
  if (schema === undefined) return undefined;
  let keys = kept.get(schema);
  if (keys === undefined) {
    keys = createListKeys(schema) ?? null;
    kept.set(schema, keys);
  }
  return keys ?? undefined;
}

function createListKeys(schema: Schema): ListKeys | undefined {
  const merges = schema.patchStrategy?.split(',').includes('merge') ?? schema.listType === 'map';
  if (!merges) return schema.listType === 'set' ? scalarKeys : undefined;
  const names = schema.listMapKeys ?? (schema.patchMergeKey === undefined ? undefined : [schema.patchMergeKey]);
  if (names === undefined || names.length === 0) return scalarKeys;
  const defaults = names.map((name) => schema.items?.properties?.[name]?.default ?? (name === 'protocol' ? 'TCP' : ''));
  return {
    index(list) {
      const found = new Map<string, unknown>();
      for (const item of list) {
        if (!isObject(item)) return undefined;
        let key = '';
        for (let i = 0; i < names.length; i++) {
          const name = names[i] ?? '';
          const value = item[name] ?? defaults[i];
          if (i > 0) key += ',';
          key += `${name}=${String(value)}`;
        }
        if (found.has(key)) return undefined;
        found.set(key, item);
      }
      return found;
    },
    element(item) {
      const keys: Record<string, unknown> = {};
      names.forEach((name, i) => {
        const value = isObject(item) ? (item[name] ?? defaults[i]) : undefined;
        if (value !== undefined && value !== '') keys[name] = value;
      });
      return `k:${canonicalJson(keys)}`;
    },
  };
}

const scalarKeys: ListKeys = {
  index(list) {
    const found = new Map<string, unknown>();
    for (const item of list) {
      if (typeof item === 'object') return undefined;
      const key = String(item);
      if (found.has(key)) return undefined;
      found.set(key, item);
    }
    return found;
  },
  element: (item) => `v:${canonicalJson(item)}`,
};
