import { isObject, kindOf } from '../value/kind.ts';
import { BigNumber, isIntegerNumber, type NumberValue, toBigInt } from '../value/number.ts';
import type { ObjectValue } from '../value/object.ts';
import { RegoSet, type Value, type ValueKind } from '../value/value.ts';
import { BuiltinFault } from './builtin.ts';

// Checks of the operands of built-ins, with OPA's texts. `position` counts from 1. Each gives the operand in its own type,
// or throws a BuiltinFault.

/** An operand of a wrong kind: `count: operand 1 must be one of {array, set} but got number`. */
export function operandFault(name: string, position: number, value: Value, ...kinds: readonly string[]): BuiltinFault {
  const wanted = kinds.length === 1 ? kinds[0] : `one of {${kinds.join(', ')}}`;
  return typeFault(name, `operand ${position} must be ${wanted} but got ${kindOf(value)}`);
}

/** A fault of the kind of an operand: `name: <message>`. */
export function typeFault(name: string, message: string): BuiltinFault {
  return new BuiltinFault('eval_type_error', `${name}: ${message}`);
}

/** Any other fault: `name: <message>`. */
export function builtinFault(name: string, message: string): BuiltinFault {
  return new BuiltinFault('eval_builtin_error', `${name}: ${message}`);
}

export function stringOperand(name: string, position: number, value: Value): string {
  if (typeof value === 'string') return value;
  throw operandFault(name, position, value, 'string');
}

export function numberOperand(name: string, position: number, value: Value): NumberValue {
  if (typeof value === 'number' || value instanceof BigNumber) return value;
  throw operandFault(name, position, value, 'number');
}

/** An integer that a machine number holds; larger ones are refused. */
export function integerOperand(name: string, position: number, value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw notAnInteger(name, position, value, 'number');
}

/** An integer of any size; `kind` is what OPA calls it when it is no number at all. */
export function bigIntOperand(name: string, position: number, value: Value, kind: ValueKind | 'integer' = 'integer') {
  if ((typeof value === 'number' || value instanceof BigNumber) && isIntegerNumber(value)) return toBigInt(value) ?? 0n;
  throw notAnInteger(name, position, value, kind);
}

function notAnInteger(name: string, position: number, value: Value, kind: ValueKind | 'integer'): BuiltinFault {
  if (typeof value !== 'number' && !(value instanceof BigNumber)) return operandFault(name, position, value, kind);
  return typeFault(name, `operand ${position} must be integer number but got floating-point number`);
}

export function arrayOperand(name: string, position: number, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  throw operandFault(name, position, value, 'array');
}

export function setOperand(name: string, position: number, value: Value): RegoSet {
  if (value instanceof RegoSet) return value;
  throw operandFault(name, position, value, 'set');
}

export function objectOperand(name: string, position: number, value: Value): ObjectValue {
  if (isObject(value)) return value;
  throw operandFault(name, position, value, 'object');
}
