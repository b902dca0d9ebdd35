import { isArray, isObject, isSet } from '../value/kind.ts';
import { sortedKeys, sortedMembers, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';

export function memberOf(value: Value | undefined, key: Value): Value | undefined {
  if (value === undefined) return undefined;
  if (isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  if (isSet(value)) return value.get(key);
  return isObject(value) ? valueAt(value, key) : undefined;
}

/** Keys and members in the total order of keys; undefined for what is no collection. */
export function membersOf(value: Value): (readonly [key: Value, member: Value])[] | undefined {
  if (isArray(value)) return value.map((item, i) => [i, item] as const);
  if (isSet(value)) return sortedMembers(value).map((item) => [item, item] as const);
  if (isObject(value)) return sortedKeys(value).map((key) => [key, valueAt(value, key) as Value] as const);
  return undefined;
}

export function setOf(values: readonly Value[]): RegoSet {
  const set = new RegoSet();
  for (const value of values) set.add(value);
  return set;
}
