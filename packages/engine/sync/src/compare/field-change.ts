import { deepEqual, type PathElement, type Schema } from '@sekisho/kube';
import { isObject } from '../json.ts';
import { isEquivalent } from './equivalent.ts';
import { listKeys } from './list-keys.ts';

/** One difference, told from live to desired. */
export interface FieldChange {
  /** `spec.template.spec.containers[name=web].image`; names with dots are quoted: `metadata.labels["a.b/c"]`. */
  readonly path: string;
  readonly kind: 'added' | 'changed' | 'removed';
  /** The live value; absent when the field is added. */
  readonly from?: unknown;
  /** The desired value; absent when the field is removed. */
  readonly to?: unknown;
}

/** A difference with its place as `managedFields` tells it. */
export interface LocatedChange {
  readonly change: FieldChange;
  readonly at: FieldPath;
}

/** Steps as in FieldsV1: `f:spec`, `f:containers`, `k:{"name":"web"}`, `f:image`. */
export type FieldPath = readonly PathElement[];

/** Differences between two objects, in the order of the fields of `to`. Lists with keys are matched by key. */
export function fieldChanges(from: unknown, to: unknown, schema: Schema | undefined, lenient: boolean): FieldChange[] {
  return locateChanges(from, to, schema, lenient).map(({ change }) => change);
}

/** As {@link fieldChanges}, with places. */
export function locateChanges(
  from: unknown,
  to: unknown,
  schema: Schema | undefined,
  lenient: boolean,
): LocatedChange[] {
  const changes: LocatedChange[] = [];
  walk(from, to, schema, { path: '', at: [] }, { lenient, changes });
  return changes;
}

interface Place {
  readonly path: string;
  readonly at: FieldPath;
}

interface Walk {
  readonly lenient: boolean;
  readonly changes: LocatedChange[];
}

function walk(from: unknown, to: unknown, schema: Schema | undefined, place: Place, walking: Walk): void {
  if (from === to) return;
  if (isObject(from) && isObject(to)) {
    for (const key of Object.keys(to)) visit(from[key], to[key], fieldSchema(schema, key), field(place, key), walking);
    for (const key of Object.keys(from)) {
      if (to[key] === undefined) visit(from[key], undefined, fieldSchema(schema, key), field(place, key), walking);
    }
    return;
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    if (walkKeyedList(from, to, schema, place, walking)) return;
    if (from.length === to.length && to.every(isObject) && from.every(isObject)) {
      to.forEach((item, index) => {
        walk(from[index], item, schema?.items, inside(place, `${index}`, `i:${index}`), walking);
      });
      return;
    }
  }
  const isSame = walking.lenient ? isEquivalent(from, to, schema, lastName(place.path)) : deepEqual(from, to);
  if (!isSame) walking.changes.push({ change: { path: place.path, kind: 'changed', from, to }, at: place.at });
}

function visit(from: unknown, to: unknown, schema: Schema | undefined, place: Place, walking: Walk): void {
  if (from !== undefined && to !== undefined) {
    walk(from, to, schema, place, walking);
    return;
  }
  const { path, at } = place;
  if (from === to || (walking.lenient && isEquivalent(from, to, schema, lastName(path)))) return;
  if (from === undefined) walking.changes.push({ change: { path, kind: 'added', to }, at });
  else walking.changes.push({ change: { path, kind: 'removed', from }, at });
}

function walkKeyedList(
  from: readonly unknown[],
  to: readonly unknown[],
  schema: Schema | undefined,
  place: Place,
  walking: Walk,
): boolean {
  const keys = listKeys(schema);
  if (keys === undefined) return false;
  const old = keys.index(from);
  const next = keys.index(to);
  if (old === undefined || next === undefined) return false;
  const before = walking.changes.length;
  for (const [key, item] of next) {
    visit(old.get(key), item, schema?.items, inside(place, key, keys.element(item)), walking);
  }
  for (const [key, item] of old) {
    if (!next.has(key)) visit(item, undefined, schema?.items, inside(place, key, keys.element(item)), walking);
  }
  if (walking.changes.length === before) {
    const order = (index: ReadonlyMap<string, unknown>) => [...index.keys()];
    if (order(old).join('\n') !== order(next).join('\n')) {
      const change = { path: place.path, kind: 'changed', from: order(old), to: order(next) } as const;
      walking.changes.push({ change, at: place.at });
    }
  }
  return true;
}

function field({ path, at }: Place, key: string): Place {
  return { path: joinPath(path, key), at: [...at, `f:${key}`] };
}

function inside({ path, at }: Place, text: string, element: PathElement): Place {
  return { path: `${path}[${text}]`, at: [...at, element] };
}

export function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const property = schema.properties?.[key];
  if (property !== undefined) return property;
  return schema.additionalProperties === true ? undefined : schema.additionalProperties;
}

export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function lastName(path: string): string {
  return /[A-Za-z0-9_-]+$/.exec(path)?.[0] ?? '';
}
