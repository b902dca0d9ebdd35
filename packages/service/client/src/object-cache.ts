import { createMultimap, type Multimap, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

/** The values under which an object is found again; undefined or empty: it is in no bucket. */
export type IndexFunction = (object: KubeObject) => readonly string[] | string | undefined;

interface Index {
  readonly valuesOf: (object: KubeObject) => readonly string[];
  readonly objects: Multimap<KubeObject>;
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
  // Most namespaces hold one object of a kind: it stands for itself there.
  const namespaces = new Map<string, KubeObject | Map<string, KubeObject>>();
  const indexes = new Map<string, Index>();
  let size = 0;

  function reindex(previous: KubeObject | undefined, next: KubeObject | undefined): void {
    for (const index of indexes.values()) {
      if (previous !== undefined) removeFrom(index, previous);
      if (next !== undefined) addTo(index, next);
    }
  }

  function find(name: string, namespace: string): KubeObject | undefined {
    const found = namespaces.get(namespace);
    if (found instanceof Map) return found.get(name);
    return found?.metadata.name === name ? found : undefined;
  }

  return {
    get size() {
      return size;
    },
    get: (name, namespace = '') => find(name, namespace),
    list(namespace) {
      if (namespace !== undefined) return objectsOf(namespaces.get(namespace));
      const all: KubeObject[] = [];
      for (const found of namespaces.values()) {
        if (!(found instanceof Map)) all.push(found);
        else for (const object of found.values()) all.push(object);
      }
      return all;
    },
    set(object) {
      const { namespace = '', name = '' } = object.metadata;
      const found = namespaces.get(namespace);
      const previous = find(name, namespace);
      if (found instanceof Map) found.set(name, object);
      else if (found === undefined || found === previous) namespaces.set(namespace, object);
      else {
        const objects = new Map([[found.metadata.name ?? '', found]]);
        namespaces.set(namespace, objects.set(name, object));
      }
      if (previous === undefined) size++;
      reindex(previous, object);
      return previous;
    },
    delete(name, namespace = '') {
      const previous = find(name, namespace);
      if (previous === undefined) return undefined;
      const found = namespaces.get(namespace);
      if (found instanceof Map) found.delete(name);
      if (!(found instanceof Map) || found.size === 0) namespaces.delete(namespace);
      size--;
      reindex(previous, undefined);
      return previous;
    },
    index(name, fn) {
      if (indexes.has(name)) return;
      const index: Index = { valuesOf: (object) => asList(fn(object)), objects: createMultimap() };
      for (const found of namespaces.values()) for (const object of objectsOf(found)) addTo(index, object);
      indexes.set(name, index);
    },
    byIndex(name, value) {
      const index = indexes.get(name);
      if (index === undefined) throw new SekishoError('INDEX_UNKNOWN', `no index is called "${name}"`);
      return index.objects.get(value);
    },
  };
}

function objectsOf(found: KubeObject | Map<string, KubeObject> | undefined): KubeObject[] {
  if (found === undefined) return [];
  return found instanceof Map ? [...found.values()] : [found];
}

function asList(values: readonly string[] | string | undefined): readonly string[] {
  if (values === undefined) return [];
  return typeof values === 'string' ? [values] : values;
}

function addTo(index: Index, object: KubeObject): void {
  for (const value of index.valuesOf(object)) index.objects.add(value, object);
}

function removeFrom(index: Index, object: KubeObject): void {
  for (const value of index.valuesOf(object)) index.objects.remove(value, object);
}
