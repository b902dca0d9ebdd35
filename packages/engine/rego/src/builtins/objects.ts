import { anyOf, anyType, arrayOf, booleanType, fn, objectOf, setOf } from '../types/construct.ts';
import { equalValues } from '../value/equals.ts';
import { isObject } from '../value/kind.ts';
import { forEachEntry, keysOf, ObjectBuilder, type ObjectValue, objectSize, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { arrayOperand, objectOperand, operandFault, typeFault } from './operand.ts';

const anyObject = objectOf(anyType, anyType);
const keyCollection = anyOf(arrayOf(anyType), anyObject, setOf(anyType));
const collection = anyOf(arrayOf(anyType), anyObject, setOf(anyType));

/** The value under a key, or, with an array as key, at a path. */
function objectGet(context: BuiltinContext, object: ObjectValue, key: Value, otherwise: Value): Value {
  if (!Array.isArray(key)) return valueAt(object, key) ?? otherwise;
  const path = key as readonly Value[];
  context.spend(path.length);
  let found: Value = object;
  for (const step of path) {
    const next = childOf(found, step);
    if (next === undefined) return otherwise;
    found = next;
  }
  return found;
}

/** What a ref with one more step finds. */
function childOf(value: Value, step: Value): Value | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? (value as readonly Value[])[step] : undefined;
  if (value instanceof RegoSet) return value.has(step) ? step : undefined;
  return isObject(value) ? valueAt(value, step) : undefined;
}

function objectKeys(context: BuiltinContext, object: ObjectValue): RegoSet {
  const result = new RegoSet();
  const keys = keysOf(object);
  context.spend(keys.length);
  for (const key of keys) result.add(key);
  return result;
}

/** The keys that an array, set or object names. */
function namedKeys(context: BuiltinContext, name: string, keys: Value): RegoSet {
  if (keys instanceof RegoSet) return keys;
  const result = new RegoSet();
  if (Array.isArray(keys)) for (const key of keys as readonly Value[]) result.add(key);
  else if (isObject(keys)) for (const key of keysOf(keys)) result.add(key);
  else throw operandFault(name, 2, keys, 'object', 'set', 'array');
  context.spend(result.size);
  return result;
}

function pickKeys(context: BuiltinContext, object: ObjectValue, keep: (key: Value) => boolean): ObjectValue {
  const result = new ObjectBuilder();
  let entries = 0;
  forEachEntry(object, (key, value) => {
    entries += 1;
    if (keep(key)) result.set(key, value);
  });
  context.spend(entries);
  return result.build();
}

/** Entries of both, objects under one key united in depth; of other values the second counts. */
export function unite(context: BuiltinContext, a: ObjectValue, b: ObjectValue): ObjectValue {
  const result = new ObjectBuilder();
  let entries = 0;
  forEachEntry(a, (key, value) => {
    entries += 1;
    const other = valueAt(b, key);
    if (other === undefined) result.set(key, value);
    else result.set(key, isObject(value) && isObject(other) ? unite(context, value, other) : other);
  });
  forEachEntry(b, (key, value) => {
    entries += 1;
    if (valueAt(a, key) === undefined) result.set(key, value);
  });
  context.spend(entries);
  return result.build();
}

/** The union of many: a later value replaces an earlier one, objects are united. */
function uniteAll(context: BuiltinContext, objects: readonly Value[]): ObjectValue {
  let result: ObjectValue = {};
  for (const item of objects) {
    if (!isObject(item)) throw operandFault('object.union_n', 1, item, 'object');
    result = objectSize(result) === 0 ? item : unite(context, result, item);
  }
  return result;
}

/** Whether `sub` lies in `whole`: objects in depth, sets by member, an array as a run of items, a set in an array as items anywhere. */
function isSubset(context: BuiltinContext, whole: Value, sub: Value): boolean {
  if (whole instanceof RegoSet && sub instanceof RegoSet) return setHas(context, whole, sub);
  if (isObject(whole) && isObject(sub)) return objectHas(context, whole, sub);
  if (Array.isArray(whole) && Array.isArray(sub)) return arrayHas(context, whole, sub);
  if (Array.isArray(whole) && sub instanceof RegoSet) return arrayHasMembers(context, whole, sub);
  throw typeFault('object.subset', 'both arguments object.subset must be of the same type or array and set');
}

function setHas(context: BuiltinContext, whole: RegoSet, sub: RegoSet): boolean {
  context.spend(sub.size);
  return sub.isWithin(whole);
}

function objectHas(context: BuiltinContext, whole: ObjectValue, sub: ObjectValue): boolean {
  const keys = keysOf(sub);
  context.spend(keys.length);
  return keys.every((key) => {
    const value = valueAt(whole, key);
    return value !== undefined && memberHas(context, value, valueAt(sub, key) as Value);
  });
}

function memberHas(context: BuiltinContext, whole: Value, sub: Value): boolean {
  if (isObject(whole) && isObject(sub)) return objectHas(context, whole, sub);
  if (whole instanceof RegoSet && sub instanceof RegoSet) return setHas(context, whole, sub);
  if (Array.isArray(whole) && Array.isArray(sub)) return arrayHas(context, whole, sub);
  return equalValues(whole, sub);
}

function arrayHas(context: BuiltinContext, whole: readonly Value[], sub: readonly Value[]): boolean {
  for (let start = 0; start + sub.length <= whole.length; start += 1) {
    context.spend(sub.length + 1);
    if (sub.every((item, index) => equalValues(whole[start + index] as Value, item))) return true;
  }
  return false;
}

function arrayHasMembers(context: BuiltinContext, whole: readonly Value[], sub: RegoSet): boolean {
  context.spend(whole.length);
  const found = new RegoSet();
  for (const item of whole) if (sub.has(item)) found.add(item);
  return found.size === sub.size;
}

export const OBJECT_BUILTINS: readonly Builtin[] = [
  {
    name: 'object.get',
    type: fn([anyObject, anyType, anyType], anyType),
    description: 'Value under a key or at a path, or a default.',
    evaluate: (context, object, key, otherwise) =>
      objectGet(context, objectOperand('object.get', 1, object as Value), key as Value, otherwise as Value),
  },
  {
    name: 'object.keys',
    type: fn([anyObject], setOf(anyType)),
    description: 'Set of the keys of an object.',
    evaluate: (context, object) => objectKeys(context, objectOperand('object.keys', 1, object as Value)),
  },
  {
    name: 'object.remove',
    type: fn([anyObject, keyCollection], anyObject),
    description: 'Object without the named keys.',
    evaluate: (context, value, names) => {
      const object = objectOperand('object.remove', 1, value as Value);
      const keys = namedKeys(context, 'object.remove', names as Value);
      return pickKeys(context, object, (key) => !keys.has(key));
    },
  },
  {
    name: 'object.filter',
    type: fn([anyObject, keyCollection], anyObject),
    description: 'Object with the named keys only.',
    evaluate: (context, value, names) => {
      const object = objectOperand('object.filter', 1, value as Value);
      const keys = namedKeys(context, 'object.filter', names as Value);
      return pickKeys(context, object, (key) => keys.has(key));
    },
  },
  {
    name: 'object.union',
    type: fn([anyObject, anyObject], anyObject),
    description: 'Union of two objects in depth; the second one counts where they conflict.',
    evaluate: (context, a, b) =>
      unite(context, objectOperand('object.union', 1, a as Value), objectOperand('object.union', 2, b as Value)),
  },
  {
    name: 'object.union_n',
    type: fn([arrayOf(anyObject)], anyObject),
    description: 'Union of many objects in depth; the last one counts where they conflict.',
    evaluate: (context, objects) => uniteAll(context, arrayOperand('object.union_n', 1, objects as Value)),
  },
  {
    name: 'object.subset',
    type: fn([collection, collection], booleanType),
    description: 'Whether the second value lies in the first.',
    evaluate: (context, whole, sub) => isSubset(context, whole as Value, sub as Value),
  },
];
