import type { Location } from '../syntax/location.ts';
import { compareValues } from '../value/compare.ts';
import { equalValues } from '../value/equals.ts';
import { forEachEntry, ObjectBuilder } from '../value/object.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from '../value/value.ts';
import { get, getBase, keysOf, sizeOfObject } from './access.ts';
import { baseAt, type Context, isHidden } from './context.ts';
import { RegoEvaluationError } from './error.ts';
import { isLevel, overlay } from './partial-object.ts';

/** A place below `data` that has rules or packages below it. */
export interface DocumentNode {
  readonly path: readonly string[];
  readonly children: ReadonlyMap<string, DocumentNode>;
  /** The rules at this place; functions have no value. */
  readonly evaluate: ((context: Context) => Value | undefined) | undefined;
  /** Of its first rule. */
  readonly location: Location | undefined;
  /** Functions alone stand here: nothing to see. */
  readonly isFunction: boolean;
}

/** Everything at and below a node: values of rules, and base documents, which win where both have something to say. */
export function document(context: Context, node: DocumentNode): Value | undefined {
  const base = baseAt(context, node.path);
  if (node.isFunction || (context.hidden.length > 0 && isHidden(context, node.path))) return base;
  const own = node.evaluate?.(context);
  if (node.children.size === 0 && node.evaluate !== undefined) return own;
  const builder = new ObjectBuilder();
  for (const [key, child] of node.children) {
    if (isSystem(node, key)) continue;
    const value = document(context, child);
    if (value !== undefined) builder.set(key, value);
  }
  const built = builder.build();
  const rules = own === undefined ? built : joinRules(own, built, node);
  if (base === undefined || sizeOfObject(base) <= 0) return rules;
  return overlay(rules, node.path.length === 0 ? withoutSystem(base as PlainObject) : base);
}

/** What clauses with computed keys gave, and what rules with constant keys gave below the same name. */
function joinRules(computed: Value, constant: Value, node: DocumentNode): Value {
  if (computed instanceof RegoSet && constant instanceof RegoSet) {
    const both = new RegoSet();
    for (const set of [computed, constant]) for (const member of set.values()) both.add(member);
    return both;
  }
  if (!isLevel(computed) || sizeOfObject(constant) < 0) {
    if (equalValues(computed, constant)) return computed;
    throw new RegoEvaluationError('eval_conflict_error', 'object keys must be unique', node.location);
  }
  const joined = new RegoObject();
  forEachEntry(computed, (key, value) => joined.set(key, value));
  forEachEntry(constant as PlainObject | RegoObject, (key, value) => {
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : joinRules(before, value, node));
  });
  return joined;
}

/** `data.system` is reached by its name only. */
function isSystem(node: DocumentNode, key: Value): boolean {
  return node.path.length === 0 && key === 'system';
}

function withoutSystem({ system: _, ...rest }: PlainObject): PlainObject {
  return rest;
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
  if ('value' in cursor) {
    const value = get(cursor.value, key);
    return value === undefined ? undefined : { value };
  }
  const container = containerOf(context, cursor.node);
  const value = container === undefined ? undefined : getBase(container, key);
  return value === undefined ? undefined : { value };
}

function containerOf(context: Context, node: DocumentNode): Value | undefined {
  return node.evaluate === undefined ? baseAt(context, node.path) : document(context, node);
}

export function cursorValue(context: Context, cursor: Cursor): Value | undefined {
  return 'value' in cursor ? cursor.value : document(context, cursor.node);
}
