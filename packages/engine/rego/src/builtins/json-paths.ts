import { kindOf } from '../value/kind.ts';
import { sortedMembers } from '../value/object.ts';
import { mapKeyOf, RegoSet, type Value } from '../value/value.ts';
import type { BuiltinContext } from './builtin.ts';
import { operandFault, typeFault } from './operand.ts';

/** A path into a document: `a/b~1c` (slashes before it don't count) or an array of keys. */
export function parsePath(name: string, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  if (typeof value !== 'string')
    throw typeFault(
      name,
      `operand 2 must be one of {set, array} containing string paths or array of path segments but got ${kindOf(value)}`,
    );
  if (value === '') return [];
  const segments = value.replace(/^\/+/, '').split('/');
  return value.includes('~') ? segments.map(unescapeSegment) : segments;
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Paths as a tree. A path that ends at a node makes it a leaf, whatever else goes through it. */
export class PathTree {
  readonly #children = new Map<unknown, PathTree>();
  isLeaf = false;

  child(key: Value): PathTree | undefined {
    return this.#children.get(mapKeyOf(key));
  }

  addChild(key: Value): PathTree {
    const mapKey = mapKeyOf(key);
    const known = this.#children.get(mapKey);
    if (known !== undefined) return known;
    const node = new PathTree();
    this.#children.set(mapKey, node);
    return node;
  }
}

/** The tree of an array or set of paths. Empty paths are left out. */
export function pathTree(context: BuiltinContext, name: string, paths: Value): PathTree {
  const root = new PathTree();
  if (!(paths instanceof RegoSet) && !Array.isArray(paths)) throw operandFault(name, 2, paths, 'set', 'array');
  const list = paths instanceof RegoSet ? sortedMembers(paths) : (paths as readonly Value[]);
  for (const item of list) {
    const path = parsePath(name, item);
    context.spend(path.length + 1);
    if (path.length === 0) continue;
    let node = root;
    for (const key of path) node = node.addChild(key);
    node.isLeaf = true;
  }
  return root;
}
