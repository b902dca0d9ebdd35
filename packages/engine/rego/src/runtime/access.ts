import { compareValues } from '../value/compare.ts';
import { equalValues } from '../value/equals.ts';
import { BigNumber } from '../value/number.ts';
import { keysOf as anyKeysOf, objectSize, sortedKeys, valueAt } from '../value/object.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from '../value/value.ts';

const NONE: readonly never[] = [];

/** `container[key]` for any container and key: undefined where there is none. */
export function get(container: Value, key: Value): Value | undefined {
  if (typeof container !== 'object' || container === null) return undefined;
  if (Array.isArray(container)) return typeof key === 'number' ? (container as readonly Value[])[key] : undefined;
  if (container instanceof RegoSet || container instanceof RegoObject) return container.get(key);
  return typeof key === 'string' && Object.hasOwn(container, key) ? (container as PlainObject)[key] : undefined;
}

/**
 * In base documents a reference is a path: numbers name members of objects, too, and texts of numbers (`1`, `01`, `+1`, `1.0`)
 * items of arrays.
 */
export function getBase(container: Value, key: Value): Value | undefined {
  const value = get(container, key);
  if (value !== undefined) return value;
  if (typeof key === 'number') return sizeOfObject(container) >= 0 ? get(container, String(key)) : undefined;
  if (typeof key !== 'string' || !Array.isArray(container) || !INDEX.test(key)) return undefined;
  return get(container, Number(key));
}

const INDEX = /^\+?\d{1,15}(?:\.0*)?$/;

/** What a property read could not see: entries of objects and sets that aren't plain. */
export function getOther(container: Value, key: string): Value | undefined {
  return container instanceof RegoObject || container instanceof RegoSet ? container.get(key) : undefined;
}

/**
 * What is gone through for the keys of a container: the array itself (its indexes are the keys), the keys of an object, the
 * members of a set; nothing for all other values.
 */
export function keysOf(container: Value, ordered: boolean): readonly Value[] {
  if (typeof container !== 'object' || container === null) return NONE;
  if (Array.isArray(container)) return container;
  if (container instanceof RegoSet) return membersOf(container, ordered);
  if (container instanceof BigNumber) return NONE;
  return ordered ? sortedKeys(container as PlainObject | RegoObject) : anyKeysOf(container as PlainObject | RegoObject);
}

/** The values of all members. */
export function valuesOf(container: Value, ordered: boolean): readonly Value[] {
  if (typeof container !== 'object' || container === null) return NONE;
  if (Array.isArray(container)) return container;
  if (container instanceof RegoSet) return membersOf(container, ordered);
  if (container instanceof BigNumber) return NONE;
  if (!ordered && !(container instanceof RegoObject)) return Object.values(container as PlainObject);
  const object = container as PlainObject | RegoObject;
  return (ordered ? sortedKeys(object) : anyKeysOf(object)).map((key) => valueAt(object, key) as Value);
}

function membersOf(set: RegoSet, ordered: boolean): readonly Value[] {
  return ordered ? set.sorted(compareValues) : set.list();
}

/** The member under a key that {@link keysOf} gave for a container that is no array. */
export function memberAt(container: Value, key: Value): Value {
  if (container instanceof RegoSet) return key;
  return (container instanceof RegoObject ? container.get(key) : (container as PlainObject)[key as string]) as Value;
}

/** Number of entries of an object, -1 for all else. */
export function sizeOfObject(value: Value): number {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return -1;
  if (value instanceof RegoSet || value instanceof BigNumber) return -1;
  return objectSize(value as PlainObject | RegoObject);
}

export function isCollection(value: Value): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof BigNumber);
}

/** `value in container`. */
export function isMember(value: Value, container: Value): boolean {
  if (typeof container !== 'object' || container === null) return false;
  if (container instanceof RegoSet) return container.has(value);
  const items = Array.isArray(container) ? (container as readonly Value[]) : valuesOf(container, false);
  if (typeof value !== 'object') return items.includes(value);
  for (let i = 0; i < items.length; i++) if (equalValues(items[i] as Value, value)) return true;
  return false;
}

export function setOf(items: readonly Value[]): RegoSet {
  const set = new RegoSet();
  for (const item of items) set.add(item);
  return set;
}

/** Keys and values by turns. */
export function objectOf(parts: readonly Value[]): RegoObject {
  const object = new RegoObject();
  for (let i = 0; i < parts.length; i += 2) object.set(parts[i] as Value, parts[i + 1] as Value);
  return object;
}
