import { BigNumber } from '../value/number.ts';
import { type PlainObject, RegoObject, RegoSet, type Value, type ValueKind } from '../value/value.ts';
import { BuiltinFault } from './builtin.ts';

/** Longest text that a built-in makes, in UTF-16 units. */
export const MAX_TEXT = 1 << 26;

export function kindOf(value: Value): ValueKind {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return typeof value as 'string' | 'boolean' | 'number';
    default:
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof RegoSet) return 'set';
  return value instanceof BigNumber ? 'number' : 'object';
}

/** The fault of an operand of a wrong kind: `upper: operand 1 must be string but got number`. `position` counts from 1. */
export function operandFault(name: string, position: number, value: Value, ...kinds: readonly ValueKind[]): BuiltinFault {
  const wanted = kinds.length === 1 ? kinds[0] : `one of {${kinds.join(', ')}}`;
  return typeFault(name, `operand ${position} must be ${wanted} but got ${kindOf(value)}`);
}

export function typeFault(name: string, message: string): BuiltinFault {
  return new BuiltinFault('eval_type_error', `${name}: ${message}`);
}

export function builtinFault(name: string, message: string): BuiltinFault {
  return new BuiltinFault('eval_builtin_error', `${name}: ${message}`);
}

/** @throws BuiltinFault unless it is a string. */
export function stringOperand(name: string, position: number, value: Value): string {
  if (typeof value === 'string') return value;
  throw operandFault(name, position, value, 'string');
}

/** @throws BuiltinFault unless it is an integer that a machine number holds. */
export function integerOperand(name: string, position: number, value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'number' || value instanceof BigNumber) {
    throw typeFault(name, `operand ${position} must be integer number but got floating-point number`);
  }
  throw operandFault(name, position, value, 'number');
}

/** A big integer of any size. @throws BuiltinFault unless it is an integer. */
export function bigintOperand(name: string, position: number, value: Value): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (value instanceof BigNumber && /^-?\d+$/.test(value.text)) return BigInt(value.text);
  throw operandFault(name, position, value, 'number');
}

export function isObject(value: Value): value is PlainObject | RegoObject {
  return kindOf(value) === 'object';
}

/** @throws BuiltinFault unless it is an object. */
export function objectOperand(name: string, position: number, value: Value): PlainObject | RegoObject {
  if (isObject(value)) return value;
  throw operandFault(name, position, value, 'object');
}

/** The value of a key in an object of either form. */
export function memberOf(object: PlainObject | RegoObject, key: string): Value | undefined {
  if (object instanceof RegoObject) return object.get(key);
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Calls `visit` for all members of an object of either form, in no particular order. */
export function forEachMember(object: PlainObject | RegoObject, visit: (value: Value, key: Value) => void): void {
  if (object instanceof RegoObject) {
    object.forEach(visit);
    return;
  }
  for (const key of Object.keys(object)) visit(object[key] as Value, key);
}
