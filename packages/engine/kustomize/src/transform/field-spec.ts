import { BuildFault } from '../fault.ts';
import type { FieldSpec } from '../kustomization/types.ts';
import { cloneNode, isMissing, isNull, type Node, type NodeMap } from '../node/node.ts';
import { type Gvk, isSelected } from '../resource/gvk.ts';
import { formatResId } from '../resource/res-id.ts';
import type { Resource } from '../resource/resource.ts';

/** What a missing field is made as. */
export type CreateKind = 'scalar' | 'map' | 'list';

/** Changes the value at the end of a path; what it returns takes its place, undefined leaves it. */
export type SetValue = (value: Node) => Node | undefined;

const paths = new Map<string, readonly string[]>();
const MAX_PATHS = 5000;

/** The keys of a path; `\/` is a slash inside a key. */
export function splitPath(path: string): readonly string[] {
  const known = paths.get(path);
  if (known !== undefined) return known;
  const parts = path.includes('\\/')
    ? path.split(/(?<!\\)\//).map((part) => part.replaceAll('\\/', '/'))
    : path.split('/');
  const steps = parts[0] === '' ? parts.slice(1) : parts;
  if (paths.size < MAX_PATHS) paths.set(path, steps);
  return steps;
}

/**
 * Runs `set` on each value that the field spec leads to in a resource of a kind that it names.
 * @param create what the last field is made as, if the field spec has it made
 * @throws BuildFault
 */
export function applyFieldSpec(
  resource: Resource,
  spec: FieldSpec,
  set: SetValue,
  create?: CreateKind,
  gvk?: Gvk,
): void {
  if (!isSelected(gvk ?? resource.gvk(), spec)) return;
  try {
    visit(resource.node, splitPath(spec.path), 0, set, spec.create === true ? create : undefined);
  } catch (error) {
    if (!(error instanceof BuildFault)) throw error;
    throw error.within(`considering field '${spec.path}' of object ${formatResId(resource.curId())}`, resource.source);
  }
}

function visit(node: Node, path: readonly string[], at: number, set: SetValue, create: CreateKind | undefined): void {
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) {
      if (at === path.length) {
        const value = set(item);
        if (value !== undefined) node[index] = value;
      } else if (!isNull(item)) visit(item, path, at, set, create);
    }
    return;
  }
  if (!(node instanceof Map)) throw new BuildFault('expected sequence or mapping node');
  visitField(node, path, at, set, create);
}

function visitField(
  node: NodeMap,
  path: readonly string[],
  at: number,
  set: SetValue,
  create: CreateKind | undefined,
): void {
  const step = path[at] ?? '';
  const isList = step.endsWith('[]');
  const name = isList ? step.slice(0, -2) : step;
  if (name === '') throw new BuildFault('cannot set or create an empty field name');
  const last = at === path.length - 1;
  let field = node.get(name);
  if (isMissing(field)) {
    if (create === undefined || isList) {
      if (field === undefined || !last || isList) return;
    } else {
      field = empty(last ? create : 'map');
      node.set(name, field);
    }
  }
  if (field === undefined) return;
  if (!last) {
    visit(field, path, at + 1, set, create);
  } else {
    const value = set(field);
    if (value !== undefined) node.set(name, value);
  }
}

function empty(kind: CreateKind): Node {
  if (kind === 'map') return new Map();
  return kind === 'list' ? [] : '';
}

/** Sets entries of the map that the field spec leads to. */
export function setEntries(entries: readonly (readonly [string, string])[]): SetValue {
  return (value) => {
    if (isNull(value)) return new Map(entries);
    if (!(value instanceof Map)) throw new BuildFault(`wrong node kind: expected MappingNode but got ${kindOf(value)}`);
    for (const [key, text] of entries) value.set(key, cloneNode(text));
    return undefined;
  };
}

export function kindOf(node: Node): string {
  if (Array.isArray(node)) return 'SequenceNode';
  return node instanceof Map ? 'MappingNode' : 'ScalarNode';
}
