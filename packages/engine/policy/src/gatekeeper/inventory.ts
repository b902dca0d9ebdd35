import type { KubeObject } from '@sekisho/kube';
import type { PlainObject } from '@sekisho/rego';

/**
 * `data.inventory`, the objects that policies may compare with: `cluster[apiVersion][kind][name]` and
 * `namespace[namespace][apiVersion][kind][name]`. Of two objects of one name the later one counts.
 */
export function createInventory(objects: Iterable<KubeObject>): PlainObject {
  const inventory: Tree = { cluster: emptyTree(), namespace: emptyTree() };
  for (const object of objects) {
    const { name, namespace } = object.metadata ?? {};
    if (name === undefined) continue;
    const scope = namespace === undefined ? ['cluster'] : ['namespace', namespace];
    let node = inventory;
    for (const key of [...scope, object.apiVersion, object.kind]) node = below(node, key);
    node[name] = object;
  }
  return inventory as PlainObject;
}

interface Tree {
  [key: string]: unknown;
}

/** Names of objects are a user's: none of them may be one that all objects have. */
function emptyTree(): Tree {
  return Object.create(null) as Tree;
}

function below(tree: Tree, key: string): Tree {
  tree[key] ??= emptyTree();
  return tree[key] as Tree;
}
