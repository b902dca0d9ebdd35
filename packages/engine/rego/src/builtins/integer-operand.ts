import { isNumber, kindOf } from '../value/kind.ts';
import { toBigInt } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import { typeFault } from './operand.ts';

/**
 * An integer of any size.
 * @param kind what OPA asks for when it is no number at all: `integer` or `number`
 * @throws BuiltinFault unless it is an integer
 */
export function exactInteger(name: string, position: number, value: Value, kind = 'integer'): bigint {
  if (!isNumber(value)) throw typeFault(name, `operand ${position} must be ${kind} but got ${kindOf(value)}`);
  const exact = toBigInt(value);
  if (exact === undefined)
    throw typeFault(name, `operand ${position} must be integer number but got floating-point number`);
  return exact;
}

/** An integer; beyond ±2^53 it is cut to that, for uses where more makes no difference. */
export function clampedInteger(name: string, position: number, value: Value, kind = 'number'): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const exact = Number(exactInteger(name, position, value, kind));
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, exact));
}
