import { compareValues } from '../value/compare.ts';
import { ObjectBuilder, forEachEntry } from '../value/object.ts';
import type { PlainObject, RegoObject, Value } from '../value/value.ts';
import { get, keysOf, sizeOfObject } from './access.ts';
import { baseAt, type Context, isHidden } from './context.ts';
import { overlay } from './partial-object.ts';

/** A place below `data` that has rules or packages below it. */
export interface DocumentNode {
  readonly path: readonly string[];
  readonly children: ReadonlyMap<string, DocumentNode>;
  /** The rules at this place; functions have no value. */
  readonly evaluate: ((context: Context) => Value | undefined) | undefined;
  /** Functions alone stand here: nothing to see. */
  readonly isFunction: boolean;
}

/** Everything at and below a node: base documents with the values of rules over them. */
export function document(context: Context, node: DocumentNode): Value | undefined {
  const base = baseAt(context, node.path);
  if (node.isFunction) return base;
  if (context.hidden.length > 0 && isHidden(context, node.path)) return base;
  const own = node.evaluate?.(context);
  if (node.children.size === 0 && node.evaluate !== undefined) return own;
  const builder = new ObjectBuilder();
  if (base !== undefined && sizeOfObject(base) >= 0)
    forEachEntry(base as PlainObject | RegoObject, (key, value) => {
      if (!isSystem(node, key)) builder.set(key, value);
    });
  for (const [key, child] of node.children) {
    if (isSystem(node, key)) continue;
    const value = document(context, child);
    if (value !== undefined) builder.set(key, value);
  }
  const below = builder.build();
  return own === undefined ? below : overlay(below, own);
}

/** `data.system` is reached by its name only. */
function isSystem(node: DocumentNode, key: Value): boolean {
  return node.path.length === 0 && key === 'system';
}

/** Where a reference with computed names is: at a node of the rules, or in a value. */
export type Cursor = { readonly node: DocumentNode } | { readonly value: Value };

export function cursorAt(_context: Context, node: DocumentNode): Cursor {
  return { node };
}

/** Keys below a cursor, in order: of base documents and rules alike. */
export function cursorKeys(context: Context, cursor: Cursor): readonly Value[] {
  if ('value' in cursor) return arrayKeys(cursor.value);
  const { node } = cursor;
  if (node.evaluate !== undefined || isHidden(context, node.path)) {
    const value = document(context, node);
    return value === undefined ? [] : arrayKeys(value);
  }
  const base = baseAt(context, node.path);
  const keys = new Set<Value>(base === undefined || sizeOfObject(base) < 0 ? [] : keysOf(base, false));
  for (const [key, child] of node.children) if (!child.isFunction) keys.add(key);
  if (node.path.length === 0) keys.delete('system');
  return [...keys].sort(compareValues);
}

function arrayKeys(value: Value): readonly Value[] {
  return Array.isArray(value) ? [...value.keys()] : keysOf(value, true);
}

export function cursorGet(context: Context, cursor: Cursor, key: Value): Cursor | undefined {
  if ('node' in cursor) {
    const { node } = cursor;
    const child = typeof key === 'string' ? node.children.get(key) : undefined;
    if (child !== undefined && node.evaluate === undefined && !isHidden(context, node.path)) return { node: child };
  }
  const container = 'value' in cursor ? cursor.value : containerOf(context, cursor.node);
  const value = container === undefined ? undefined : get(container, key);
  return value === undefined ? undefined : { value };
}

function containerOf(context: Context, node: DocumentNode): Value | undefined {
  return node.evaluate === undefined ? baseAt(context, node.path) : document(context, node);
}

export function cursorValue(context: Context, cursor: Cursor): Value | undefined {
  return 'value' in cursor ? cursor.value : document(context, cursor.node);
}
