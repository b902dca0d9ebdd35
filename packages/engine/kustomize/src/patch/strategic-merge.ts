import { BuildFault } from '../fault.ts';
import {
  cloneNode,
  isMapNode,
  isMissing,
  isNull,
  type Node,
  type NodeMap,
  sameNode,
  scalarText,
} from '../node/node.ts';
import { writeNode } from '../node/write.ts';
import { kindOf } from '../transform/field-spec.ts';
import { type FieldSchema, mergeKeys } from './merge-schema.ts';

const DIRECTIVE = '$patch';

/**
 * Applies a strategic merge patch: maps merge, null deletes, lists with a merge key merge by it with the patch's elements
 * first, other lists are replaced; `$patch` says otherwise.
 *
 * @returns undefined when the patch deletes the value
 * @throws BuildFault at an unknown directive
 */
export function strategicMerge(
  target: Node | undefined,
  patch: Node,
  schema: FieldSchema | undefined,
): Node | undefined {
  if (isNull(patch)) return undefined;
  if (target !== undefined && !isNull(target)) checkKind(target, patch);
  if (isMapNode(patch)) return mergeMaps(target, patch, schema);
  if (Array.isArray(patch)) return mergeLists(target, patch, schema);
  return patch;
}

/** @throws BuildFault when a map would take the place of a list, and the like */
function checkKind(target: Node, patch: Node): void {
  const [wanted, given] = [kindOf(target), kindOf(patch)];
  if (wanted === given) return;
  throw new BuildFault(`wrong node kind: expected ${wanted} but got ${given}: node contents:\n${writeNode(patch)}`);
}

function mergeMaps(target: Node | undefined, patch: NodeMap, schema: FieldSchema | undefined): Node | undefined {
  const directive = directiveOf(patch);
  if (directive === 'delete') return undefined;
  if (directive === 'replace' || !isMapNode(target)) return withoutDirective(patch);
  for (const [key, change] of patch) {
    if (key === DIRECTIVE) continue;
    const merged = strategicMerge(target.get(key), change, schema?.property(key));
    if (merged === undefined) target.delete(key);
    else target.set(key, merged);
  }
  return target;
}

function directiveOf(patch: NodeMap): string {
  const node = patch.get(DIRECTIVE);
  if (node === undefined) return 'merge';
  const directive = scalarText(node) ?? '';
  if (directive === 'delete' || directive === 'replace' || directive === 'merge') return directive;
  throw new BuildFault(`unknown patch strategy '${directive}'`);
}

/** As something new: without directives, nulls and what they delete. */
function withoutDirective(patch: NodeMap): NodeMap {
  const copy: NodeMap = new Map();
  for (const [key, value] of patch) {
    if (key === DIRECTIVE || isNull(value)) continue;
    const added = isMapNode(value) ? strategicMerge(undefined, value, undefined) : cloneNode(value);
    if (added !== undefined) copy.set(key, added);
  }
  return copy;
}

function mergeLists(target: Node | undefined, patch: Node[], schema: FieldSchema | undefined): Node | undefined {
  const replace = patch.some(
    (item) => isMapNode(item) && item.size === 1 && scalarText(item.get(DIRECTIVE)) === 'replace',
  );
  if (replace) return patch.filter((item) => !(isMapNode(item) && item.has(DIRECTIVE))).map((item) => cloneNode(item));
  const remove = patch.some(
    (item) => isMapNode(item) && item.size === 1 && scalarText(item.get(DIRECTIVE)) === 'delete',
  );
  if (remove) return undefined;
  const keys = mergeKeys(schema);
  if (keys === undefined) return cloneNode(patch);
  if (!Array.isArray(target)) {
    if (!isMissing(target)) return cloneNode(patch);
    return patch.filter((item) => !isMapNode(item) || directiveOf(item) !== 'delete').map(plain);
  }
  return keys.length === 0 ? mergeScalars(target, patch) : mergeElements(target, patch, keys, schema?.items);
}

function plain(item: Node): Node {
  return isMapNode(item) ? withoutDirective(item) : item;
}

/** A list as a set: what the patch has comes first. */
function mergeScalars(target: Node[], patch: Node[]): Node[] {
  return [...patch, ...target.filter((item) => !patch.some((other) => sameNode(item, other)))];
}

function mergeElements(
  target: Node[],
  patch: Node[],
  keys: readonly string[],
  schema: FieldSchema | undefined,
): Node[] | undefined {
  const [first = '', ...more] = keys;
  const used = more.filter((key) => hasKey(patch, key) || hasKey(target, key));
  return used.length === 0
    ? mergeByKey(target, patch, first, schema)
    : mergeByKeys(target, patch, [first, ...used], schema);
}

function hasKey(list: readonly Node[], key: string): boolean {
  return list.some((item) => isMapNode(item) && !isMissing(item.get(key)));
}

/** The elements of the patch come first, merged with those that have the same key. */
function mergeByKey(target: Node[], patch: Node[], key: string, schema: FieldSchema | undefined): Node[] | undefined {
  const rest = [...target];
  const merged: Node[] = [];
  for (const item of patch) {
    if (!isMapNode(item)) {
      merged.push(item);
      continue;
    }
    const index = rest.findIndex((other) => sameElement(other, item, [key]));
    const found = index < 0 ? undefined : rest[index];
    if (index >= 0) rest.splice(index, 1);
    if (found !== undefined && directiveOf(item) === 'replace') {
      // Kustomize puts the element that was there over its replacement.
      merged.push(found);
      continue;
    }
    const result = strategicMerge(found, item, schema);
    if (result !== undefined) merged.push(result);
  }
  const all = [...merged, ...rest];
  return all.length === 0 ? undefined : all;
}

/**
 * With several keys Kustomize does it in another order: what is new comes first, then all that was there. An element that lacks
 * a key which another one with the same first key has is lost when it is the patch's; one that was there takes the place of all
 * that agree with it in the keys that it has.
 */
function mergeByKeys(
  target: Node[],
  patch: Node[],
  keys: readonly string[],
  schema: FieldSchema | undefined,
): Node[] | undefined {
  let known = [...target];
  let all: Node[] = [];
  const [first = ''] = keys;
  for (const item of patch) {
    if (!isMapNode(item)) {
      all.push(item);
      continue;
    }
    const alike = [...patch, ...target].filter((other) => sameElement(other, item, [first]));
    const needed = keys.filter((key) => hasKey(alike, key));
    if (needed.some((key) => isMissing(item.get(key)))) continue;
    const found = known.find((other) => sameElement(other, item, needed));
    if (found !== undefined && directiveOf(item) === 'replace') continue;
    const result = strategicMerge(found, item, schema);
    if (result === undefined) known = known.filter((other) => other !== found);
    else if (found === undefined) all.push(result);
    else known = known.map((other) => (other === found ? result : other));
  }
  for (const item of known) {
    if (isMapNode(item)) all = all.filter((other) => !sameElement(other, item, keys));
    all.push(item);
  }
  return all.length === 0 ? undefined : all;
}

/** By those of the keys that the second one has. */
function sameElement(element: Node, other: NodeMap, keys: readonly string[]): boolean {
  if (!isMapNode(element)) return false;
  const present = keys.filter((key) => !isMissing(other.get(key)));
  return present.length > 0 && present.every((key) => scalarText(element.get(key)) === scalarText(other.get(key)));
}
