import type { CelOpaque } from './opaque.ts';
import type { Duration, Timestamp } from './time.ts';
import type { CelType } from './type.ts';
import type { Uint } from './uint.ts';

/**
 * A value of an expression: `bigint` is int, `number` is double, an array is a list. Values are never changed.
 * JSON becomes one by `fromJson`.
 */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | readonly CelValue[]
  | CelMap
  | Timestamp
  | Duration
  | CelType
  | Optional
  | CelOpaque;

/** Keys that are equal are one: `1`, `1u` and `1.0` are all `1n`. */
export type MapKey = string | boolean | bigint;

/** A map. Who makes one with values that are computed when they are first needed extends this. */
export abstract class CelMap {
  abstract readonly size: number;
  /** Undefined when there is no such key. */
  abstract get(key: MapKey): CelValue | undefined;
  abstract has(key: MapKey): boolean;
  /** In the order in which they came. */
  abstract keys(): Iterable<CelValue>;
}

/** A value that may be absent. */
export class Optional {
  /** Undefined when absent. */
  readonly value: CelValue | undefined;

  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

export const NONE = new Optional(undefined);
