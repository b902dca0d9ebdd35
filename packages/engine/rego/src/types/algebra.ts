import { compareValues } from '../value/compare.ts';
import { equalValues } from '../value/equals.ts';
import { isNumber } from '../value/kind.ts';
import { isIntegerNumber, toDouble } from '../value/number.ts';
import { mapKeyOf, type Value } from '../value/value.ts';
import { anyType, numberType } from './construct.ts';
import type { Type } from './type.ts';
import { typeOfValue } from './value-type.ts';

/**
 * What the checker does with types. They are values: never changed once made, shared freely. A union that would pass
 * {@link MAX_UNION} members, or a type of more than {@link MAX_SIZE} parts, becomes `any`: less is checked then, and
 * nothing takes longer than its policy is big.
 */
export const MAX_UNION = 64;
export const MAX_SIZE = 4096;

export type ObjectType = Extract<Type, { kind: 'object' }>;

const ORDER = { null: 0, boolean: 1, number: 2, string: 3, array: 4, object: 5, set: 6, any: 7, function: 8 } as const;

const sizes = new WeakMap<Type, number>();

/** Number of parts of a type; shared parts count wherever they stand. */
export function sizeOf(type: Type): number {
  const known = sizes.get(type);
  if (known !== undefined) return known;
  let size = 1;
  for (const part of partsOf(type)) size += sizeOf(part);
  sizes.set(type, size);
  return size;
}

function* partsOf(type: Type): Iterable<Type> {
  switch (type.kind) {
    case 'any':
      yield* type.of;
      return;
    case 'array':
      yield* type.static;
      if (type.dynamic) yield type.dynamic;
      return;
    case 'set':
      if (type.of) yield type.of;
      return;
    case 'object':
      for (const [, value] of type.static) yield value;
      if (type.dynamic) {
        yield type.dynamic.key;
        yield type.dynamic.value;
      }
      return;
    case 'function':
      yield* type.args;
      if (type.variadic) yield type.variadic;
      if (type.result) yield type.result;
      return;
    default:
      return;
  }
}

/** The type, or `any` in its place when it is too big. */
export function bounded(type: Type): Type {
  return sizeOf(type) > MAX_SIZE ? anyType : type;
}

export function isAnything(type: Type): boolean {
  return type.kind === 'any' && type.of.length === 0;
}

/** A total order: by kind, then part by part. 0 only for equal types. */
export function compareTypes(a: Type | undefined, b: Type | undefined): number {
  if (a === b) return 0;
  if (!a || !b) return a ? 1 : -1;
  if (a.kind !== b.kind) return ORDER[a.kind] - ORDER[b.kind];
  switch (a.kind) {
    case 'any':
      return b.kind === 'any' ? compareLists(a.of, b.of) : 0;
    case 'array':
      return b.kind === 'array' ? compareLists(a.static, b.static) || compareTypes(a.dynamic, b.dynamic) : 0;
    case 'set':
      return b.kind === 'set' ? compareTypes(a.of, b.of) : 0;
    case 'object':
      return b.kind === 'object' ? compareObjects(a, b) : 0;
    case 'function':
      return b.kind === 'function'
        ? compareLists(a.args, b.args) || compareTypes(a.variadic, b.variadic) || compareTypes(a.result, b.result)
        : 0;
    default:
      return 0;
  }
}

function compareLists(a: readonly Type[], b: readonly Type[]): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const order = compareTypes(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: ObjectType, b: ObjectType): number {
  const shared = Math.min(a.static.length, b.static.length);
  for (let index = 0; index < shared; index++) {
    const [keyA, valueA] = a.static[index] as readonly [Value, Type];
    const [keyB, valueB] = b.static[index] as readonly [Value, Type];
    const order = compareValues(keyA, keyB) || compareTypes(valueA, valueB);
    if (order !== 0) return order;
  }
  return (
    a.static.length - b.static.length ||
    compareTypes(a.dynamic?.key, b.dynamic?.key) ||
    compareTypes(a.dynamic?.value, b.dynamic?.value)
  );
}

/** One of the types: flat, sorted, each once. Undefined of none; the type itself of one; `any` swallows all others. */
export function unionOf(types: Iterable<Type | undefined>): Type | undefined {
  const members: Type[] = [];
  for (const type of types) {
    if (!type) continue;
    if (type.kind !== 'any') members.push(type);
    else if (type.of.length === 0) return anyType;
    else members.push(...type.of);
  }
  if (members.length > 1) members.sort(compareTypes);
  const distinct = members.filter((type, index) => index === 0 || compareTypes(members[index - 1], type) !== 0);
  if (distinct.length < 2) return distinct[0];
  return distinct.length > MAX_UNION ? anyType : bounded({ kind: 'any', of: distinct });
}

/**
 * May some value be of both types? (What the type checker asks of both sides of `=` and of arguments.) Sizes of arrays
 * and keys of objects count where they are known. No two parts are compared twice: that would double with every level.
 */
export function unifies(a: Type | undefined, b: Type | undefined): boolean {
  if (!a || !b) return false;
  if (isAnything(b)) return a.kind !== 'function';
  if (a.kind === 'any') return unifiesWithAny(a, b);
  if (b.kind === 'any') return unifiesWithAny(b, a);
  switch (a.kind) {
    case 'array':
      return (
        b.kind === 'array' &&
        a.static.every((item, index) => unifies(item, b.static[index] ?? b.dynamic)) &&
        b.static.slice(a.static.length).every((item) => unifies(item, a.dynamic)) &&
        (!a.dynamic || !b.dynamic || unifies(a.dynamic, b.dynamic))
      );
    case 'object':
      return (
        b.kind === 'object' &&
        a.static.every(([key, value]) => unifies(value, memberOf(b, key))) &&
        b.static.every(([key, value]) => staticMember(a, key) || unifies(value, memberOf(a, key))) &&
        (!a.dynamic || !b.dynamic || unifies(a.dynamic.value, b.dynamic.value))
      );
    case 'set':
      return b.kind === 'set' && unifies(a.of, b.of);
    case 'function':
      return (
        b.kind === 'function' &&
        a.args.length === b.args.length &&
        a.args.every((arg, index) => unifies(arg, b.args[index])) &&
        (a.result === b.result || unifies(a.result, b.result))
      );
    default:
      return a.kind === b.kind;
  }
}

function unifiesWithAny(any: Extract<Type, { kind: 'any' }>, other: Type): boolean {
  if (other.kind === 'function') return false;
  return any.of.length === 0 || any.of.some((member) => unifies(member, other));
}

/** Is every value of `part` certainly one of `whole`? */
export function isSubtype(part: Type, whole: Type): boolean {
  if (isAnything(whole)) return true;
  if (part.kind === 'any') return part.of.length > 0 && part.of.every((member) => isSubtype(member, whole));
  if (whole.kind === 'any') return whole.of.some((member) => isSubtype(part, member));
  switch (whole.kind) {
    case 'array':
      return (
        part.kind === 'array' &&
        part.static.length >= whole.static.length &&
        part.static.every((item, index) => isSubtypeOf(item, whole.static[index] ?? whole.dynamic)) &&
        (!part.dynamic || isSubtypeOf(part.dynamic, whole.dynamic))
      );
    case 'object':
      return (
        part.kind === 'object' &&
        whole.static.every(([key]) => staticMember(part, key) !== undefined) &&
        part.static.every(([key, value]) => isSubtypeOf(value, memberOf(whole, key))) &&
        (!part.dynamic ||
          (whole.dynamic !== undefined &&
            isSubtype(part.dynamic.key, whole.dynamic.key) &&
            isSubtype(part.dynamic.value, whole.dynamic.value)))
      );
    case 'set':
      return part.kind === 'set' && (!part.of || isSubtypeOf(part.of, whole.of));
    case 'function':
      return compareTypes(part, whole) === 0;
    default:
      return part.kind === whole.kind;
  }
}

function isSubtypeOf(part: Type, whole: Type | undefined): boolean {
  return whole !== undefined && isSubtype(part, whole);
}

const memberIndexes = new WeakMap<ObjectType, ReadonlyMap<unknown, Type>>();

function staticMember(object: ObjectType, key: Value): Type | undefined {
  if (object.static.length < 8) return object.static.find(([own]) => equalValues(own, key))?.[1];
  let index = memberIndexes.get(object);
  if (!index) {
    index = new Map(object.static.map(([own, type]) => [mapKeyOf(own), type]));
    memberIndexes.set(object, index);
  }
  return index.get(mapKeyOf(key));
}

/** Type of an object's member with a known key; undefined when there can't be one. */
export function memberOf(object: ObjectType, key: Value): Type | undefined {
  const known = staticMember(object, key);
  if (known || !object.dynamic) return known;
  return isSubtype(typeOfValue(key), object.dynamic.key) ? object.dynamic.value : undefined;
}

/** Type of `type[key]` with a known key; undefined when there can't be any. */
export function selectConstant(type: Type, key: Value): Type | undefined {
  switch (type.kind) {
    case 'array': {
      if (!isNumber(key) || !isIntegerNumber(key)) return undefined;
      const index = toDouble(key);
      return index < 0 ? undefined : (type.static[index] ?? type.dynamic);
    }
    case 'object':
      return memberOf(type, key);
    case 'set':
      return type.of && isSubtype(typeOfValue(key), type.of) ? typeOfValue(key) : undefined;
    case 'any':
      return type.of.length === 0 ? anyType : unionOf(type.of.map((member) => selectConstant(member, key)));
    default:
      return undefined;
  }
}

/** Types of what may stand between brackets after a value; undefined of values that have no members. */
export function keysOfType(type: Type): Type | undefined {
  switch (type.kind) {
    case 'array':
      return type.static.length > 0 || type.dynamic ? numberType : undefined;
    case 'object':
      return unionOf([...type.static.map(([key]) => typeOfValue(key)), type.dynamic?.key]);
    case 'set':
      return type.of;
    case 'any':
      return type.of.length === 0 ? anyType : unionOf(type.of.map(keysOfType));
    default:
      return undefined;
  }
}

/** Type of any member. */
export function valuesOfType(type: Type): Type | undefined {
  switch (type.kind) {
    case 'array':
      return unionOf([...type.static, type.dynamic]);
    case 'object':
      return unionOf([...type.static.map(([, value]) => value), type.dynamic?.value]);
    case 'set':
      return type.of;
    case 'any':
      return type.of.length === 0 ? anyType : unionOf(type.of.map(valuesOfType));
    default:
      return undefined;
  }
}
