import type { Value } from '../value/value.ts';

/** Static types. `{kind: 'any', of: []}` is anything at all; with members it is one of them. */
export type Type =
  | { readonly kind: 'null' | 'boolean' | 'number' | 'string' }
  | { readonly kind: 'any'; readonly of: readonly Type[] }
  /** The first items by position, then any number of `dynamic` (none when undefined). */
  | { readonly kind: 'array'; readonly static: readonly Type[]; readonly dynamic: Type | undefined }
  | { readonly kind: 'set'; readonly of: Type | undefined }
  | {
      readonly kind: 'object';
      readonly static: readonly (readonly [key: Value, type: Type])[];
      readonly dynamic: { readonly key: Type; readonly value: Type } | undefined;
    }
  | FunctionType;

export interface FunctionType {
  readonly kind: 'function';
  readonly args: readonly Type[];
  /** Of any number of further arguments. */
  readonly variadic?: Type;
  /** Undefined: gives no value (`print`). */
  readonly result: Type | undefined;
}
