import { compareCodePoints } from '../value/compare.ts';
import { bounded, type ObjectType, unionOf } from './algebra.ts';
import { anyType, stringType } from './construct.ts';
import type { FunctionType, Type } from './type.ts';

/** Types of the documents by their paths: `data.…` of rules, `input` when there is a schema. */
export interface TypeNode {
  readonly children: Map<string, TypeNode>;
  type?: Type;
}

export function emptyNode(): TypeNode {
  return { children: new Map() };
}

/** The node at a path; a new one if there is none. */
export function nodeFor(root: TypeNode, path: readonly string[]): TypeNode {
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

/** Another type that the document at a path may have: rules of one path add to each other, and to objects above them. */
export function addType(root: TypeNode, path: readonly string[], type: Type): void {
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
  for (const [name, child] of node.children) {
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
    for (const [name, child] of of.children) {
      if (left-- <= 0) break;
      members.push([name, extent(child)]);
    }
    members.sort(([a], [b]) => compareCodePoints(a, b));
    return { kind: 'object', static: members, dynamic: { key: stringType, value: anyType } };
  };
  const type = extent(node);
  return left < 0 ? anyType : bounded(type);
}
