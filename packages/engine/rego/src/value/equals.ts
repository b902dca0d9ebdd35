import { BigNumber } from './number.ts';
import { objectSize, valueAt } from './object.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from './value.ts';

/** Whether two values are the same; nothing is sorted. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a as readonly Value[], b as readonly Value[]);
  if (Array.isArray(b)) return false;
  if (a instanceof RegoSet) return b instanceof RegoSet && equalSets(a, b);
  if (b instanceof RegoSet) return false;
  if (a instanceof BigNumber) return b instanceof BigNumber && a.text === b.text;
  if (b instanceof BigNumber) return false;
  if (a instanceof RegoObject) return equalObjects(a, b as PlainObject | RegoObject);
  if (b instanceof RegoObject) return equalObjects(b, a as PlainObject);
  return equalPlain(a as PlainObject, b as PlainObject);
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!equalValues(a[i] as Value, b[i] as Value)) return false;
  return true;
}

function equalSets(a: RegoSet, b: RegoSet): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) if (!b.hasKey(key)) return false;
  return true;
}

function equalPlain(a: PlainObject, b: PlainObject): boolean {
  let size = 0;
  for (const key in a) {
    if (!Object.hasOwn(a, key)) continue;
    size += 1;
    if (!Object.hasOwn(b, key) || !equalValues(a[key] as Value, b[key] as Value)) return false;
  }
  return size === objectSize(b);
}

function equalObjects(a: RegoObject, b: PlainObject | RegoObject): boolean {
  if (a.size !== objectSize(b)) return false;
  for (const [key, value] of a.entries()) {
    const other = valueAt(b, key);
    if (other === undefined || !equalValues(value, other)) return false;
  }
  return true;
}
