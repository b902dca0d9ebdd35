import type { Value } from '../value/value.ts';
import type { FunctionType, Type } from './type.ts';

/** Short ways to write types, for the tables of built-ins: `fn([stringType, setOf(anyType)], booleanType)`. */

export const nullType: Type = { kind: 'null' };
export const booleanType: Type = { kind: 'boolean' };
export const numberType: Type = { kind: 'number' };
export const stringType: Type = { kind: 'string' };
/** Anything at all. */
export const anyType: Type = { kind: 'any', of: [] };

/** One of `of`, as written: `unionOf` in algebra.ts merges and sorts. */
export function anyOf(...of: readonly Type[]): Type {
  return { kind: 'any', of };
}

/** An array of any length. */
export function arrayOf(item: Type): Type {
  return { kind: 'array', static: [], dynamic: item };
}

/** An array whose first items are known; without `rest` it has no others. */
export function tupleOf(items: readonly Type[], rest?: Type): Type {
  return { kind: 'array', static: items, dynamic: rest };
}

export function setOf(item: Type): Type {
  return { kind: 'set', of: item };
}

/** An object with any keys of one type. */
export function objectOf(key: Type, value: Type): Type {
  return { kind: 'object', static: [], dynamic: { key, value } };
}

/** An object with the named members; without `dynamic` it has no others. */
export function objectWith(
  members: Readonly<Record<string, Type>>,
  dynamic?: { readonly key: Type; readonly value: Type },
): Type {
  const entries: [Value, Type][] = Object.keys(members)
    .sort()
    .map((key) => [key, members[key] as Type]);
  return { kind: 'object', static: entries, dynamic };
}

/** A function; without `result` it gives no value (`print`). */
export function fn(args: readonly Type[], result?: Type): FunctionType {
  return { kind: 'function', args, result };
}

/** A function of `args` and any number of further arguments. */
export function variadicFn(args: readonly Type[], variadic: Type, result?: Type): FunctionType {
  return { kind: 'function', args, variadic, result };
}
