import { compareCodePoints } from '../value/compare.ts';
import { bounded, type ObjectType, unionOf } from './algebra.ts';
import { anyType, stringType } from './construct.ts';
import type { FunctionType, Type } from './type.ts';

/** What is read of the nodes below one: a Map, or one with a change laid over it. */
export interface ChildNodes {
  readonly size: number;
  get(name: string): TypeNode | undefined;
  entries(): Iterable<[string, TypeNode]>;
}

/** Types of the documents by their paths: `data.…` of rules. */
export interface TypeNode {
  readonly children: ChildNodes;
  readonly type?: Type;
  /** Constant beginnings of what the rules here refer to below `data`. */
  readonly reads: ReadonlyMap<string, readonly string[]>;
}

/** A node while types are found. */
export interface OpenNode extends TypeNode {
  readonly children: Map<string, OpenNode>;
  type?: Type;
  readonly reads: Map<string, readonly string[]>;
}

export function emptyNode(): OpenNode {
  return { children: new Map(), reads: new Map() };
}

/** The node at a path; a new one if there is none. */
export function nodeFor(root: OpenNode, path: readonly string[]): OpenNode {
  let node = root;
  for (const name of path) {
    let child = node.children.get(name);
    if (!child) {
      child = emptyNode();
      node.children.set(name, child);
    }
    node = child;
  }
  return node;
}

/** Children with another one under a name. Copying them for each `with` of a large package would take too long. */
class ChangedChildren implements ChildNodes {
  readonly #base: ChildNodes;
  readonly #name: string;
  readonly #node: TypeNode;

  constructor(base: ChildNodes, name: string, node: TypeNode) {
    this.#base = base;
    this.#name = name;
    this.#node = node;
  }

  get size(): number {
    return this.#base.size + (this.#base.get(this.#name) ? 0 : 1);
  }

  get(name: string): TypeNode | undefined {
    return name === this.#name ? this.#node : this.#base.get(name);
  }

  *entries(): Iterable<[string, TypeNode]> {
    for (const entry of this.#base.entries()) if (entry[0] !== this.#name) yield entry;
    yield [this.#name, this.#node];
  }
}

/** Another type that the document at a path may have: rules of one path add to each other, and to objects above them. */
export function addType(root: OpenNode, path: readonly string[], type: Type): void {
  let node = root;
  for (const [index, name] of path.entries()) {
    node = nodeFor(node, [name]);
    if (index + 1 < path.length && node.type?.kind === 'object')
      node.type = withMember(node.type, path.slice(index + 1), type);
  }
  let added = type;
  if (type.kind === 'object')
    for (const [below, leaf] of leavesOf(node)) if (added.kind === 'object') added = withMember(added, below, leaf);
  node.type = node.type ? mergeTypes(node.type, added) : added;
}

function* leavesOf(node: TypeNode, above: readonly string[] = []): Iterable<readonly [readonly string[], Type]> {
  for (const [name, child] of node.children.entries()) {
    const path = [...above, name];
    if (child.type) yield [path, child.type];
    else yield* leavesOf(child, path);
  }
}

function withMember(object: ObjectType, path: readonly string[], type: Type): Type {
  let value = type;
  for (let index = path.length - 1; index > 0; index--)
    value = { kind: 'object', static: [], dynamic: { key: stringType, value } };
  return bounded({
    kind: 'object',
    static: object.static,
    dynamic: {
      key: unionOf([object.dynamic?.key, stringType]) ?? anyType,
      value: unionOf([object.dynamic?.value, value]) ?? anyType,
    },
  });
}

function mergeTypes(a: Type, b: Type): Type {
  if (a.kind === 'function' && b.kind === 'function') return mergeFunctions(a, b);
  if (a.kind === 'object' && b.kind === 'object' && isDynamic(a) && isDynamic(b))
    return bounded({
      kind: 'object',
      static: [],
      dynamic: {
        key: unionOf([a.dynamic.key, b.dynamic.key]) ?? anyType,
        value: mergeTypes(a.dynamic.value, b.dynamic.value),
      },
    });
  if (a.kind === 'set' && b.kind === 'set') return { kind: 'set', of: unionOf([a.of, b.of]) };
  return unionOf([a, b]) ?? anyType;
}

function isDynamic(type: ObjectType): type is ObjectType & { dynamic: object } {
  return type.static.length === 0 && type.dynamic !== undefined;
}

/** A function takes what any of its clauses takes. */
function mergeFunctions(a: FunctionType, b: FunctionType): FunctionType {
  return {
    kind: 'function',
    args: a.args.map((arg, index) => unionOf([arg, b.args[index]]) ?? anyType),
    result: unionOf([a.result, b.result]),
  };
}

/** Documents with more members than this, all levels together, are `any` as a whole. */
const MAX_EXTENT = 512;

/** Type of a node: its own, or an object of what lies below it and anything else besides. */
export function extentOf(node: TypeNode): Type {
  let left = MAX_EXTENT;
  const extent = (of: TypeNode): Type => {
    if (of.type) return of.type;
    const members: (readonly [string, Type])[] = [];
    for (const [name, child] of of.children.entries()) {
      if (left-- <= 0) break;
      members.push([name, extent(child)]);
    }
    members.sort(([a], [b]) => compareCodePoints(a, b));
    return { kind: 'object', static: members, dynamic: { key: stringType, value: anyType } };
  };
  const type = extent(node);
  return left < 0 ? anyType : bounded(type);
}

/** The tree with another node at a path; what stands elsewhere is shared. `change` is asked of nodes with a type above it, too. */
export function changeAt(
  node: TypeNode,
  path: readonly string[],
  change: (node: TypeNode, below: readonly string[]) => TypeNode,
): TypeNode {
  const [name, ...rest] = path;
  if (name === undefined || node.type) return change(node, path);
  const child = changeAt(node.children.get(name) ?? emptyNode(), rest, change);
  return { ...node, children: new ChangedChildren(node.children, name, child) };
}

/**
 * The tree as an expression sees it whose `with` replaces the document at a path: that has its old or its new type, and of
 * rules that follow from it nothing is known.
 *
 * @param used  paths of the documents that the expression refers to
 */
export function withReplaced(
  root: TypeNode,
  path: readonly string[],
  type: Type,
  used: readonly (readonly string[])[],
): TypeNode {
  let changed = changeAt(root, path, (node, below) => {
    if (node.type?.kind === 'function') return node;
    const isWhole = below.length === 0 && node.type !== undefined;
    return { ...emptyNode(), type: isWhole ? (unionOf([node.type, type]) ?? anyType) : anyType };
  });
  for (const document of used)
    if (!isRelated(document, path) && dependsOn(root, document, path))
      changed = changeAt(changed, document, () => ({ ...emptyNode(), type: anyType }));
  return changed;
}

/** Does what stands at `path` follow, at any distance, from what stands at `target`? */
function dependsOn(root: TypeNode, path: readonly string[], target: readonly string[]): boolean {
  const seen = new Set<TypeNode>();
  const stack = [...nodesAt(root, path)];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const read of node.reads.values()) {
      if (isRelated(read, target)) return true;
      stack.push(...nodesAt(root, read));
    }
  }
  return false;
}

/** Nodes with rules that a path leads to: on the way, or all below its end. */
function nodesAt(root: TypeNode, path: readonly string[]): readonly TypeNode[] {
  const found: TypeNode[] = [];
  let node = root;
  for (const name of path) {
    const child = node.children.get(name);
    if (!child) return found;
    node = child;
    if (node.reads.size > 0) found.push(node);
  }
  const above = [node];
  for (let next = above.pop(); next; next = above.pop())
    for (const [, child] of next.children.entries()) {
      if (child.reads.size > 0) found.push(child);
      above.push(child);
    }
  return found;
}

function isRelated(a: readonly string[], b: readonly string[]): boolean {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) if (a[index] !== b[index]) return false;
  return true;
}
