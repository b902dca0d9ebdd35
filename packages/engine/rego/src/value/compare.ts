import { type ObjectValue, valueAt } from './entries.ts';
import { isObject } from './kind.ts';
import { BigNumber, compareNumbers } from './number.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from './value.ts';

/**
 * The total order of values: null, false, true, numbers, strings, arrays, objects, sets. Strings by code point; arrays by
 * items; objects by their sorted keys, then by the values; sets by their sorted members.
 */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : 1;
  const rank = rankOf(a);
  const other = rankOf(b);
  if (rank !== other) return rank < other ? -1 : 1;
  switch (rank) {
    case NUMBER:
      return compareNumbers(a as number | BigNumber, b as number | BigNumber);
    case ARRAY:
      return compareLists(a as readonly Value[], b as readonly Value[]);
    case SET:
      return compareLists((a as RegoSet).sorted(compareValues), (b as RegoSet).sorted(compareValues));
    default:
      return isObject(a) && isObject(b) ? compareObjects(a, b) : 0;
  }
}

/** By code point, as UTF-8 bytes would sort; `<` goes by UTF-16 units, which puts U+10000 before U+E000. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) return codePointRank(x) - codePointRank(y);
    return x - y;
  }
  return a.length - b.length;
}

/** Surrogates after all other units. */
function codePointRank(unit: number): number {
  return unit < 0xe000 ? unit + 0x2000 : unit;
}

const NUMBER = 3;
const STRING = 4;
const ARRAY = 5;
const OBJECT = 6;
const SET = 7;

function rankOf(value: Value): number {
  switch (typeof value) {
    case 'string':
      return STRING;
    case 'number':
      return NUMBER;
    case 'boolean':
      return value ? 2 : 1;
    default:
      if (value === null) return 0;
      if (Array.isArray(value)) return ARRAY;
      if (value instanceof RegoSet) return SET;
      return value instanceof BigNumber ? NUMBER : OBJECT;
  }
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const order = compareValues(a[i] as Value, b[i] as Value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: PlainObject | RegoObject, b: PlainObject | RegoObject): number {
  const keys = sortedKeys(a);
  const order = compareLists(keys, sortedKeys(b));
  if (order !== 0) return order;
  for (const key of keys) {
    const byValue = compareValues(valueAt(a, key) as Value, valueAt(b, key) as Value);
    if (byValue !== 0) return byValue;
  }
  return 0;
}

/** Keys in the total order of values. */
export function sortedKeys(object: ObjectValue): readonly Value[] {
  if (object instanceof RegoObject) return object.sortedKeys(compareValues);
  return Object.keys(object).sort(compareCodePoints);
}

/** Members in the total order of values. */
export function sortedMembers(set: RegoSet): readonly Value[] {
  return set.sorted(compareValues);
}
