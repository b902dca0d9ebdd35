import { isNull, type Node, Scalar } from '../node/node.ts';

/** What a value of a configuration file must be. `any` takes everything. */
export type Shape =
  | 'string'
  | 'bool'
  | 'int64'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | {
      readonly struct: Readonly<Record<string, Shape>>;
      /** Go's name of the type. */
      readonly name?: string;
      /** What Go puts between the path of the value and the field: the types that a type consists of. */
      readonly through?: Readonly<Record<string, string>>;
    };

export interface ShapeFault {
  readonly message: string;
  /** Keys and indexes that lead to it. */
  readonly field: readonly (string | number)[];
}

/** The first thing that doesn't fit, in the words of Go's JSON decoder. Field names are told apart from case only as Go does. */
export function shapeFault(node: Node, shape: Shape, path: string, owner = path): ShapeFault | undefined {
  if (shape === 'any' || isNull(node)) return undefined;
  if (typeof shape === 'string') return scalarFault(node, shape, path, owner);
  if ('list' in shape) {
    if (!Array.isArray(node)) return mismatch(node, path, owner, `[]${goType(shape.list)}`);
    return firstFault(node.entries(), (item) => shapeFault(item, shape.list, path, owner));
  }
  if (!(node instanceof Map)) return mismatch(node, path, owner, goType(shape));
  if ('map' in shape) return firstFault(node, (value) => shapeFault(value, shape.map, path, owner));
  for (const key of node.keys()) {
    if (!Object.hasOwn(shape.struct, key)) return { message: `json: unknown field "${key}"`, field: [key] };
  }
  return firstFault(node, (value, key) => {
    const through = shape.through?.[key];
    const at = `${path}.${through === undefined ? '' : `${through}.`}${key}`;
    return shapeFault(value, shape.struct[key] ?? 'any', at, shape.name ?? owner);
  });
}

function firstFault<Key extends string | number>(
  parts: Iterable<[Key, Node]>,
  check: (part: Node, key: Key) => ShapeFault | undefined,
): ShapeFault | undefined {
  for (const [key, part] of parts) {
    const fault = check(part, key);
    if (fault !== undefined) return { message: fault.message, field: [key, ...fault.field] };
  }
  return undefined;
}

function scalarFault(node: Node, shape: string, path: string, owner: string): ShapeFault | undefined {
  const type = jsonType(node);
  if (shape === 'int64' ? type === 'number' : type === shape) return undefined;
  return mismatch(node, path, owner, shape);
}

/** @param owner the type that has the field */
function mismatch(node: Node, path: string, owner: string, wanted: string): ShapeFault {
  const field = path.slice(path.indexOf('.') + 1);
  return {
    message: `json: cannot unmarshal ${jsonType(node)} into Go struct field ${owner}.${field} of type ${wanted}`,
    field: [],
  };
}

function jsonType(node: Node): string {
  if (Array.isArray(node)) return 'array';
  if (node instanceof Map) return 'object';
  if (!(node instanceof Scalar) || node.type === 'timestamp') return 'string';
  return node.type === 'bool' ? 'bool' : 'number';
}

function goType(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return `[]${goType(shape.list)}`;
  return 'map' in shape ? `map[string]${goType(shape.map)}` : `types.${shape.name ?? ''}`;
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
