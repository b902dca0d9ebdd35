import { isList, kindOf } from './kind.ts';
import { mapKey } from './map.ts';
import { CelOpaque } from './opaque.ts';
import { Duration, Timestamp } from './time.ts';
import { CelType } from './type.ts';
import { Uint } from './uint.ts';
import { CelMap, type CelValue, Optional } from './value.ts';

/** `==`: numbers by what they are worth, values of different types are different. */
export function isEqual(left: CelValue, right: CelValue): boolean {
  if (typeof left === 'string' || typeof left === 'boolean' || left === null) return left === right;
  const number = numberOf(left);
  if (number !== undefined) {
    const other = numberOf(right);
    return other !== undefined && order(number, other) === 0;
  }
  if (isList(left)) return isList(right) && isEqualList(left, right);
  if (left instanceof CelMap) return right instanceof CelMap && isEqualMap(left, right);
  if (left instanceof Uint8Array) return right instanceof Uint8Array && compareBytes(left, right) === 0;
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanoseconds === right.nanoseconds;
  if (left instanceof Duration) return right instanceof Duration && left.nanoseconds === right.nanoseconds;
  if (left instanceof CelType) return right instanceof CelType && left.name === right.name;
  if (left instanceof Optional) return right instanceof Optional && isEqualOptional(left, right);
  if (left instanceof CelOpaque)
    return right instanceof CelOpaque && left.typeName === right.typeName && left.equals(right);
  return false;
}

function isEqualOptional(left: Optional, right: Optional): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return isEqual(left.value, right.value);
}

function isEqualList(left: readonly CelValue[], right: readonly CelValue[]): boolean {
  return left.length === right.length && left.every((value, index) => isEqual(value, right[index] as CelValue));
}

function isEqualMap(left: CelMap, right: CelMap): boolean {
  if (left.size !== right.size) return false;
  for (const key of left.keys()) {
    const index = mapKey(key);
    const other = index === undefined ? undefined : right.get(index);
    if (index === undefined || other === undefined || !isEqual(left.get(index) ?? null, other)) return false;
  }
  return true;
}

/** The number that a value of any kind of number is. */
export function numberOf(value: CelValue): number | bigint | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/**
 * Which comes first: negative, zero or positive; NaN beside a NaN. Undefined when the two have no order.
 */
export function compare(left: CelValue, right: CelValue): number | undefined {
  const number = numberOf(left);
  const other = numberOf(right);
  if (number !== undefined && other !== undefined) return order(number, other);
  if (kindOf(left) !== kindOf(right)) return undefined;
  if (typeof left === 'string') return compareText(left, right as string);
  if (typeof left === 'boolean') return order(Number(left), Number(right));
  if (left instanceof Uint8Array) return compareBytes(left, right as Uint8Array);
  if (left instanceof Timestamp) return order(left.nanoseconds, (right as Timestamp).nanoseconds);
  if (left instanceof Duration) return order(left.nanoseconds, (right as Duration).nanoseconds);
  return undefined;
}

/** An integer beside a double is compared as the double next to it, as cel-go does. */
function order(left: number | bigint, right: number | bigint): number {
  if (typeof left !== typeof right) return order(Number(left), Number(right));
  if (left < right) return -1;
  if (left > right) return 1;
  return left >= right ? 0 : Number.NaN;
}

/** By code points, which is the order of UTF-8, too. */
function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a === b) continue;
    // Surrogates stand before U+E000 in UTF-16, and behind U+FFFF in code points.
    return isSurrogate(a) === isSurrogate(b) ? a - b : Number(isSurrogate(a)) - Number(isSurrogate(b)) || a - b;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
