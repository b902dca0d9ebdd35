import { deepEqual, type Schema } from '@sekisho/kube';
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

/** Differences between two objects, in the order of the fields of `to`. Lists with keys are matched by key. */
export function fieldChanges(from: unknown, to: unknown, schema: Schema | undefined, lenient: boolean): FieldChange[] {
  const changes: FieldChange[] = [];
  walk(from, to, schema, '', lenient, changes);
  return changes;
}

function walk(
  from: unknown,
  to: unknown,
  schema: Schema | undefined,
  path: string,
  lenient: boolean,
  changes: FieldChange[],
): void {
  if (from === to) return;
  if (isObject(from) && isObject(to)) {
    for (const key of Object.keys(to)) {
      const inner = fieldSchema(schema, key);
      visit(from[key], to[key], inner, joinPath(path, key), lenient, changes);
    }
    for (const key of Object.keys(from)) {
      if (to[key] === undefined) {
        visit(from[key], undefined, fieldSchema(schema, key), joinPath(path, key), lenient, changes);
      }
    }
    return;
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    if (walkKeyedList(from, to, schema, path, lenient, changes)) return;
    if (from.length === to.length && to.every(isObject) && from.every(isObject)) {
      to.forEach((item, index) => {
        walk(from[index], item, schema?.items, `${path}[${index}]`, lenient, changes);
      });
      return;
    }
  }
  if (lenient ? !isEquivalent(from, to, schema, lastName(path)) : !deepEqual(from, to)) {
    changes.push({ path, kind: 'changed', from, to });
  }
}

function visit(
  from: unknown,
  to: unknown,
  schema: Schema | undefined,
  path: string,
  lenient: boolean,
  changes: FieldChange[],
): void {
  if (from === undefined || to === undefined) {
    if (from === to || (lenient && isEquivalent(from, to, schema, lastName(path)))) return;
    if (from === undefined) changes.push({ path, kind: 'added', to });
    else changes.push({ path, kind: 'removed', from });
    return;
  }
  walk(from, to, schema, path, lenient, changes);
}

function walkKeyedList(
  from: readonly unknown[],
  to: readonly unknown[],
  schema: Schema | undefined,
  path: string,
  lenient: boolean,
  changes: FieldChange[],
): boolean {
  const keys = listKeys(schema);
  if (keys === undefined) return false;
  const old = keys.index(from);
  const next = keys.index(to);
  if (old === undefined || next === undefined) return false;
  const before = changes.length;
  for (const [key, item] of next) visit(old.get(key), item, schema?.items, `${path}[${key}]`, lenient, changes);
  for (const [key, item] of old) {
    if (!next.has(key)) visit(item, undefined, schema?.items, `${path}[${key}]`, lenient, changes);
  }
  if (changes.length === before) {
    const order = (index: ReadonlyMap<string, unknown>) => [...index.keys()];
    if (order(old).join('\n') !== order(next).join('\n')) {
      changes.push({ path, kind: 'changed', from: order(old), to: order(next) });
    }
  }
  return true;
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
