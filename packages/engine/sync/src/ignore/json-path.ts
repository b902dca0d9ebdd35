import { isObject, type JsonObject } from '../json.ts';

/** A part of a list, as jq writes `[2:5]`. */
export interface JsonSlice {
  readonly start: number | null;
  readonly end: number | null;
}

/** Steps into a JSON value: a field, a position (negative: from the end), a slice. As `path(…)` of jq gives them. */
export type JsonPath = readonly (string | number | JsonSlice)[];

interface Node {
  whole: boolean;
  readonly below: Map<string | number, Node>;
  readonly slices: { readonly slice: JsonSlice; readonly node: Node }[];
}

/**
 * The value without what the paths name. All paths speak of the value as it is given, so their order does not matter;
 * one that leads nowhere is left out.
 *
 * @returns `value` itself when nothing is removed; undefined when a path is empty
 */
export function withoutPaths(value: unknown, paths: readonly JsonPath[]): unknown {
  if (paths.length === 0) return value;
  const root = newNode();
  for (const path of paths) insert(root, path);
  return root.whole ? undefined : prune(value, root);
}

/** The value at the path; undefined when it leads nowhere. Slices are not followed. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found) && typeof step === 'number') found = found[step < 0 ? found.length + step : step];
    else if (isObject(found) && typeof step === 'string' && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found;
}

/**
 * Reads a JSON pointer (RFC 6901).
 *
 * @returns a path in which numbers may also be names of fields, see {@link resolvePointer}; undefined: not a pointer
 */
export function parseJsonPointer(text: string): readonly string[] | undefined {
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The path that a pointer is in this value: `0` is a position in a list and a name in an object. */
export function resolvePointer(value: unknown, pointer: readonly string[]): JsonPath | undefined {
  const path: (string | number)[] = [];
  let found = value;
  for (const step of pointer) {
    if (Array.isArray(found)) {
      if (!/^(0|[1-9]\d{0,8})$/.test(step) || Number(step) >= found.length) return undefined;
      path.push(Number(step));
      found = found[Number(step)];
    } else if (isObject(found) && Object.hasOwn(found, step)) {
      path.push(step);
      found = found[step];
    } else return undefined;
  }
  return path;
}

function newNode(): Node {
  return { whole: false, below: new Map(), slices: [] };
}

function insert(root: Node, path: JsonPath): void {
  let node = root;
  for (const step of path) {
    let next: Node | undefined;
    if (typeof step === 'object') {
      next = newNode();
      node.slices.push({ slice: step, node: next });
    } else {
      next = node.below.get(step);
      if (next === undefined) {
        next = newNode();
        node.below.set(step, next);
      }
    }
    node = next;
  }
  node.whole = true;
}

function prune(value: unknown, node: Node): unknown {
  if (Array.isArray(value)) return pruneList(value, node);
  if (!isObject(value)) return value;
  let result: Record<string, unknown> | undefined;
  for (const [key, below] of node.below) {
    if (typeof key !== 'string' || !Object.hasOwn(value, key)) continue;
    if (below.whole) {
      result ??= { ...value };
      delete result[key];
      continue;
    }
    const inner = prune(value[key], below);
    if (inner === value[key]) continue;
    result ??= { ...value };
    result[key] = inner;
  }
  return (result as JsonObject | undefined) ?? value;
}

function pruneList(list: readonly unknown[], node: Node): readonly unknown[] {
  const removed = new Set<number>();
  let result: unknown[] | undefined;
  for (const [key, below] of node.below) {
    if (typeof key !== 'number') continue;
    const index = key < 0 ? list.length + key : key;
    if (index < 0 || index >= list.length) continue;
    if (below.whole) {
      removed.add(index);
      continue;
    }
    const inner = prune(list[index], below);
    if (inner === list[index]) continue;
    result ??= [...list];
    result[index] = inner;
  }
  for (const { slice, node: below } of node.slices) {
    // What lies below a slice is a path that jq gives for `.[1:3][0]`: too strange to be meant.
    if (!below.whole) continue;
    const start = position(slice.start ?? 0, list.length);
    const end = position(slice.end ?? list.length, list.length);
    for (let index = start; index < end; index++) removed.add(index);
  }
  if (removed.size > 0) return (result ?? list).filter((_, index) => !removed.has(index));
  return result ?? list;
}

function position(index: number, length: number): number {
  return Math.max(0, Math.min(length, Math.trunc(index < 0 ? length + index : index)));
}
