import { SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

/** The values under which an object is found again; undefined or empty: it is in no bucket. */
export type IndexFunction = (object: KubeObject) => readonly string[] | string | undefined;

interface Index {
  readonly valuesOf: (object: KubeObject) => readonly string[];
  readonly buckets: Map<string, Set<KubeObject>>;
}

/** Objects of one kind by namespace and name, with indexes. Holds the very objects it was given. */
export interface ObjectCache {
  readonly size: number;
  get(name: string, namespace?: string): KubeObject | undefined;
  list(namespace?: string): KubeObject[];
  /** Returns what was there before. */
  set(object: KubeObject): KubeObject | undefined;
  /** Returns what was there. */
  delete(name: string, namespace?: string): KubeObject | undefined;
  /** Builds an index over what is there, and keeps it up to date. A second call with the same name changes nothing. */
  index(name: string, fn: IndexFunction): void;
  /** @throws SekishoError INDEX_UNKNOWN when `index(name, …)` was never called */
  byIndex(name: string, value: string): KubeObject[];
}

export function createObjectCache(): ObjectCache {
  const namespaces = new Map<string, Map<string, KubeObject>>();
  const indexes = new Map<string, Index>();
  let size = 0;

  function reindex(previous: KubeObject | undefined, next: KubeObject | undefined): void {
    for (const index of indexes.values()) {
      if (previous !== undefined) removeFrom(index, previous);
      if (next !== undefined) addTo(index, next);
    }
  }

  return {
    get size() {
      return size;
    },
    get: (name, namespace = '') => namespaces.get(namespace)?.get(name),
    list(namespace) {
      if (namespace !== undefined) return [...(namespaces.get(namespace)?.values() ?? [])];
      const all: KubeObject[] = [];
      for (const objects of namespaces.values()) for (const object of objects.values()) all.push(object);
      return all;
    },
    set(object) {
      const { namespace = '', name = '' } = object.metadata;
      const objects = namespaces.get(namespace) ?? new Map<string, KubeObject>();
      namespaces.set(namespace, objects);
      const previous = objects.get(name);
      objects.set(name, object);
      if (previous === undefined) size++;
      reindex(previous, object);
      return previous;
    },
    delete(name, namespace = '') {
      const objects = namespaces.get(namespace);
      const previous = objects?.get(name);
      if (objects === undefined || previous === undefined) return undefined;
      objects.delete(name);
      if (objects.size === 0) namespaces.delete(namespace);
      size--;
      reindex(previous, undefined);
      return previous;
    },
    index(name, fn) {
      if (indexes.has(name)) return;
      const index: Index = { valuesOf: (object) => asList(fn(object)), buckets: new Map() };
      for (const objects of namespaces.values()) for (const object of objects.values()) addTo(index, object);
      indexes.set(name, index);
    },
    byIndex(name, value) {
      const index = indexes.get(name);
      if (index === undefined) throw new SekishoError('INDEX_UNKNOWN', `no index is called "${name}"`);
      return [...(index.buckets.get(value) ?? [])];
    },
  };
}

function asList(values: readonly string[] | string | undefined): readonly string[] {
  if (values === undefined) return [];
  return typeof values === 'string' ? [values] : values;
}

function addTo(index: Index, object: KubeObject): void {
  for (const value of index.valuesOf(object)) {
    const bucket = index.buckets.get(value);
    if (bucket === undefined) index.buckets.set(value, new Set([object]));
    else bucket.add(object);
  }
}

function removeFrom(index: Index, object: KubeObject): void {
  for (const value of index.valuesOf(object)) {
    const bucket = index.buckets.get(value);
    bucket?.delete(object);
    if (bucket?.size === 0) index.buckets.delete(value);
  }
}
