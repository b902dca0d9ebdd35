import { formatApiVersion, type GroupVersionKind, type KubeObject } from '@sekisho/kube';
import type { PlainObject } from '@sekisho/rego';

/** What policies see of one cluster besides the object: kept current by its owner, read by policies. */
export interface Surroundings {
  /** Takes an object in, in the place of the one before it. */
  put(object: KubeObject): void;
  remove(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): void;
  namespace(name: string): KubeObject | undefined;
  /** Of a kind; in one namespace or in all. */
  list(kind: GroupVersionKind, namespace?: string): readonly KubeObject[];
  /** `data.inventory` of templates. */
  readonly inventory: PlainObject;
}

/** Surroundings that hold nothing yet. */
export function createSurroundings(): Surroundings {
  return new KeptObjects();
}

/** Names of objects are a user's: none of them may be one that all objects have. */
type Tree<Value> = Record<string, Value>;
type Objects = Tree<KubeObject>;
type Kinds = Tree<Tree<Objects>>;

class KeptObjects implements Surroundings {
  /** By apiVersion, kind and name. */
  readonly #cluster: Kinds = emptyTree();
  /** By namespace, apiVersion, kind and name. */
  readonly #namespaces: Tree<Kinds> = emptyTree();
  readonly inventory = { cluster: this.#cluster, namespace: this.#namespaces } as unknown as PlainObject;

  put(object: KubeObject): void {
    const place = placeOf(object);
    if (place === undefined) return;
    const { namespace, apiVersion, kind, name } = place;
    let kinds = this.#cluster;
    if (namespace !== '') {
      this.#namespaces[namespace] ??= emptyTree();
      kinds = this.#namespaces[namespace];
    }
    kinds[apiVersion] ??= emptyTree();
    kinds[apiVersion][kind] ??= emptyTree();
    kinds[apiVersion][kind][name] = object;
  }

  remove(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): void {
    const place = placeOf(object);
    if (place === undefined) return;
    const { namespace, apiVersion, kind, name } = place;
    const path = [apiVersion, kind, name];
    if (namespace === '') prune(this.#cluster, path);
    else prune(this.#namespaces, [namespace, ...path]);
  }

  namespace(name: string): KubeObject | undefined {
    return this.#cluster['v1']?.['Namespace']?.[name];
  }

  list(kind: GroupVersionKind, namespace?: string): readonly KubeObject[] {
    const apiVersion = formatApiVersion(kind.group, kind.version);
    const of = (kinds: Kinds | undefined): readonly KubeObject[] => {
      const found = kinds?.[apiVersion]?.[kind.kind];
      return found === undefined ? [] : Object.values(found);
    };
    if (namespace !== undefined) return of(namespace === '' ? this.#cluster : this.#namespaces[namespace]);
    return [...of(this.#cluster), ...Object.values(this.#namespaces).flatMap(of)];
  }
}

function placeOf(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>) {
  const { name, namespace = '' } = object.metadata ?? {};
  const { apiVersion, kind } = object;
  const isObject = [name, namespace, apiVersion, kind].every((text) => typeof text === 'string');
  return isObject && name !== undefined ? { namespace, apiVersion, kind, name } : undefined;
}

function emptyTree<Value>(): Tree<Value> {
  return Object.create(null) as Tree<Value>;
}

/** Takes a leaf away, and what is empty without it. */
function prune(tree: Tree<unknown>, [key, ...rest]: readonly string[]): void {
  if (key === undefined || tree[key] === undefined) return;
  if (rest.length > 0) {
    prune(tree[key] as Tree<unknown>, rest);
    if (Object.keys(tree[key] as object).length > 0) return;
  }
  delete tree[key];
}
