import { formatApiVersion, type GroupVersionKind, gvkOf, type KubeObject } from '@sekisho/kube';
import type { PlainObject } from '@sekisho/rego';
import { isNamespace, namespaceOf } from '../gatekeeper/document.ts';
import { createSurroundings, type Surroundings } from './surroundings.ts';

/**
 * A cluster as it would be with some objects besides: they take the place of those that are there. Nothing is copied that
 * nobody asks for.
 */
export function surroundingsWith(base: Surroundings, objects: readonly KubeObject[]): Surroundings {
  const own = createSurroundings();
  for (const object of objects) own.put(isNamespace(object) ? named(object) : object);
  let inventory: PlainObject | undefined;
  return {
    put: (object) => base.put(object),
    remove: (object) => base.remove(object),
    namespace: (name) => own.namespace(name) ?? base.namespace(name),
    list(kind, namespace) {
      const added = own.list(kind, namespace);
      if (added.length === 0) return base.list(kind, namespace);
      const replaced = new Set(added.map(keyOf));
      return [...base.list(kind, namespace).filter((object) => !replaced.has(keyOf(object))), ...added];
    },
    get inventory() {
      inventory ??= inventoryWith(base, own, objects);
      return inventory;
    },
  };
}

/** The API server gives every Namespace this label. */
function named(namespace: KubeObject): KubeObject {
  const { metadata } = namespace;
  const labels = { 'kubernetes.io/metadata.name': metadata.name ?? '', ...metadata.labels };
  return { ...namespace, metadata: { ...metadata, labels } };
}

function keyOf(object: KubeObject): string {
  return JSON.stringify([namespaceOf(object), object.metadata.name]);
}

type Tree = Record<string, unknown>;

/** Only the kinds that the objects are of are copied. */
function inventoryWith(base: Surroundings, own: Surroundings, objects: readonly KubeObject[]): PlainObject {
  const merged = copy(base.inventory);
  const kinds = new Map<string, { kind: GroupVersionKind; namespace: string }>();
  for (const object of objects) {
    const place = { kind: gvkOf(object), namespace: namespaceOf(object) };
    kinds.set(JSON.stringify(place), place);
  }
  const fresh = new Set<unknown>([merged]);
  const below = (tree: Tree, key: string): Tree => {
    const node = tree[key] as Tree | undefined;
    if (fresh.has(node)) return node as Tree;
    const copied = copy(node ?? {});
    fresh.add(copied);
    tree[key] = copied;
    return copied;
  };
  for (const { kind, namespace } of kinds.values()) {
    const scope = namespace === '' ? below(merged, 'cluster') : below(below(merged, 'namespace'), namespace);
    const node = below(below(scope, formatApiVersion(kind.group, kind.version)), kind.kind);
    for (const object of own.list(kind, namespace)) node[object.metadata.name ?? ''] = object;
  }
  return merged as PlainObject;
}

function copy(tree: unknown): Tree {
  return Object.assign(Object.create(null) as Tree, tree);
}
