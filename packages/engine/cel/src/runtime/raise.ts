import { kindOf } from '../value/kind.ts';
import { type CelValue, Optional } from '../value/value.ts';
import { CelFault } from './fault.ts';

/** Faults of generated source. */
export function raise(message: string): never {
  throw new CelFault(message);
}

export function raiseUnbound(name: string): never {
  throw new CelFault(`no value for variable '${name}'`);
}

export function raiseNoCondition(value: CelValue): never {
  throw new CelFault(`no such overload: ${kindOf(value)} ? _ : _`);
}

export function raiseNoPredicate(value: CelValue): never {
  throw new CelFault(`no such overload: a macro's condition gave ${kindOf(value)}`);
}

/** The first fault of operands that others may get over; what is no fault goes on. */
export function firstFault(fault: CelFault | undefined, error: unknown): CelFault {
  if (!(error instanceof CelFault)) throw error;
  return fault ?? error;
}

export function noOperand(fault: CelFault | undefined, operator: string): CelFault {
  return fault ?? new CelFault(`no such overload: no matching overload for '_${operator}_'`);
}

/** The value of an optional entry; undefined when it is absent. */
export function optionalOf(value: CelValue): CelValue | undefined {
  if (value instanceof Optional) return value.value;
  throw new CelFault(`no such overload: ?${kindOf(value)}`);
}

/** What `optMap` and `optFlatMap` (the method) are asked of. */
export function receiverOf(value: CelValue, method: string): CelValue | undefined {
  if (value instanceof Optional) return value.value;
  throw new CelFault(`no such overload: ${kindOf(value)}.${method}`);
}

export function flatResult(value: CelValue): CelValue {
  if (value instanceof Optional) return value;
  throw new CelFault(`no such overload: optFlatMap with ${kindOf(value)}`);
}
