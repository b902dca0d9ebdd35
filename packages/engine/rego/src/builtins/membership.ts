import { anyType, booleanType, fn } from '../types/construct.ts';
import { equalValues } from '../value/equals.ts';
import { isObject } from '../value/kind.ts';
import { keysOf, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';

/** `member in collection`: an item, a value of an object, or a member of a set. Anything else has no members. */
function hasMember(context: BuiltinContext, member: Value, collection: Value): boolean {
  if (Array.isArray(collection)) {
    context.spend(collection.length);
    return (collection as readonly Value[]).some((item) => equalValues(item, member));
  }
  if (collection instanceof RegoSet) return collection.has(member);
  if (!isObject(collection)) return false;
  const keys = keysOf(collection);
  context.spend(keys.length);
  return keys.some((key) => equalValues(valueAt(collection, key) as Value, member));
}

/** `key, member in collection`. */
function hasEntry(key: Value, member: Value, collection: Value): boolean {
  let found: Value | undefined;
  if (Array.isArray(collection)) found = typeof key === 'number' ? (collection as readonly Value[])[key] : undefined;
  else if (collection instanceof RegoSet) found = collection.has(key) ? key : undefined;
  else if (isObject(collection)) found = valueAt(collection, key);
  return found !== undefined && equalValues(found, member);
}

export const MEMBERSHIP_BUILTINS: readonly Builtin[] = [
  {
    name: 'internal.member_2',
    infix: 'in',
    type: fn([anyType, anyType], booleanType),
    description: 'Whether a collection has a value.',
    evaluate: (context, member, collection) => hasMember(context, member as Value, collection as Value),
  },
  {
    name: 'internal.member_3',
    infix: 'in',
    type: fn([anyType, anyType, anyType], booleanType),
    description: 'Whether a collection has a value under a key.',
    evaluate: (_, key, member, collection) => hasEntry(key as Value, member as Value, collection as Value),
  },
];
