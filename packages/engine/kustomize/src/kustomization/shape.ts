import { isNull, type Node, Scalar } from '../node/node.ts';

/** What a value of a configuration file must be. `any` takes everything. */
export type Shape =
  | 'string'
  | 'bool'
  | 'int64'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly struct: Readonly<Record<string, Shape>> };

/** The first thing that doesn't fit, in the words of Go's JSON decoder. Field names are told apart from case only as Go does. */
export function shapeFault(node: Node, shape: Shape, path: string): string | undefined {
  if (shape === 'any' || isNull(node)) return undefined;
  if (typeof shape === 'string') return scalarFault(node, shape, path);
  if ('list' in shape) {
    if (!Array.isArray(node)) return mismatch(node, path, `[]${goType(shape.list)}`);
    return firstFault(node.map((item) => [item, shape.list, path] as const));
  }
  if (!(node instanceof Map)) return mismatch(node, path, 'map' in shape ? `map[string]${goType(shape.map)}` : 'types');
  if ('map' in shape) return firstFault([...node.values()].map((value) => [value, shape.map, path] as const));
  for (const key of node.keys()) if (!Object.hasOwn(shape.struct, key)) return `json: unknown field "${key}"`;
  return firstFault([...node].map(([key, value]) => [value, shape.struct[key] ?? 'any', `${path}.${key}`] as const));
}

function firstFault(parts: readonly (readonly [Node, Shape, string])[]): string | undefined {
  for (const [node, shape, path] of parts) {
    const fault = shapeFault(node, shape, path);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function scalarFault(node: Node, shape: string, path: string): string | undefined {
  const type = jsonType(node);
  if (shape === 'int64' ? type === 'number' : type === shape) return undefined;
  return mismatch(node, path, shape);
}

function mismatch(node: Node, path: string, wanted: string): string {
  return `json: cannot unmarshal ${jsonType(node)} into Go struct field ${path} of type ${wanted}`;
}

function jsonType(node: Node): string {
  if (Array.isArray(node)) return 'array';
  if (node instanceof Map) return 'object';
  if (!(node instanceof Scalar) || node.type === 'timestamp') return 'string';
  return node.type === 'bool' ? 'bool' : 'number';
}

function goType(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  return 'list' in shape ? `[]${goType(shape.list)}` : 'types';
}

/** Go takes field names in any case: gives them the spelling of the shape. */
export function normalizeKeys(node: Node, shape: Shape): void {
  if (typeof shape === 'string') return;
  if ('list' in shape) {
    if (Array.isArray(node)) for (const item of node) normalizeKeys(item, shape.list);
    return;
  }
  if (!(node instanceof Map)) return;
  if ('map' in shape) {
    for (const value of node.values()) normalizeKeys(value, shape.map);
    return;
  }
  for (const [key, value] of [...node]) {
    const name = Object.hasOwn(shape.struct, key) ? key : spellingOf(key, shape.struct);
    if (name !== key) {
      node.delete(key);
      node.set(name, value);
    }
    normalizeKeys(value, shape.struct[name] ?? 'any');
  }
}

function spellingOf(key: string, fields: Readonly<Record<string, Shape>>): string {
  const lower = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === lower) ?? key;
}
