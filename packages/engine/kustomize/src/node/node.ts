/**
 * A YAML value as Kustomize sees it: text is text, every other scalar keeps the text it was written with and its type.
 * Maps keep the order of their keys. Trees are never shared between resources: {@link cloneNode} before changing.
 */
export type Node = string | Scalar | Node[] | NodeMap;
export type NodeMap = Map<string, Node>;

export type ScalarType = 'int' | 'float' | 'bool' | 'null' | 'timestamp';

/** A scalar that is not a string. Immutable, so copies of trees may share it. */
export class Scalar {
  readonly text: string;
  readonly type: ScalarType;

  constructor(text: string, type: ScalarType) {
    this.text = text;
    this.type = type;
  }
}

export const nullScalar = new Scalar('null', 'null');

export function isMapNode(node: Node | undefined): node is NodeMap {
  return node instanceof Map;
}

export function isNull(node: Node | undefined): boolean {
  return node instanceof Scalar && node.type === 'null';
}

/** Absent or null. */
export function isMissing(node: Node | undefined): node is undefined | Scalar {
  return node === undefined || isNull(node);
}

/** The text of a scalar as it was written; null and absent are empty, collections have none. */
export function scalarText(node: Node | undefined): string | undefined {
  if (typeof node === 'string') return node;
  if (node === undefined) return undefined;
  if (node instanceof Scalar) return node.type === 'null' ? '' : node.text;
  return undefined;
}

export function isScalarNode(node: Node | undefined): node is string | Scalar {
  return typeof node === 'string' || node instanceof Scalar;
}

export function cloneNode<T extends Node>(node: T): T;
export function cloneNode(node: Node): Node {
  if (Array.isArray(node)) return node.map((item) => cloneNode(item));
  if (node instanceof Map) {
    const copy: NodeMap = new Map();
    for (const [key, value] of node) copy.set(key, cloneNode(value));
    return copy;
  }
  return node;
}

/** The map behind `key`; made when absent or null. Undefined when something else stands there. */
export function ensureMap(parent: NodeMap, key: string): NodeMap | undefined {
  const known = parent.get(key);
  if (known instanceof Map) return known;
  if (!isMissing(known)) return undefined;
  const made: NodeMap = new Map();
  parent.set(key, made);
  return made;
}

/** The map behind a path of keys, when every step is a map. */
export function mapAt(parent: NodeMap | undefined, ...path: string[]): NodeMap | undefined {
  let at: NodeMap | undefined = parent;
  for (const key of path) {
    const next: Node | undefined = at?.get(key);
    at = next instanceof Map ? next : undefined;
  }
  return at;
}

/** The text behind a path of keys; `''` when absent or no scalar. */
export function textAt(parent: NodeMap | undefined, ...path: string[]): string {
  const last = path.at(-1) ?? '';
  return scalarText(mapAt(parent, ...path.slice(0, -1))?.get(last)) ?? '';
}

export function sameNode(a: Node | undefined, b: Node | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a instanceof Scalar) return b instanceof Scalar && a.type === b.type && a.text === b.text;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameNode(item, b[index]));
  }
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    for (const [key, value] of a) if (!sameNode(value, b.get(key))) return false;
    return true;
  }
  return false;
}
