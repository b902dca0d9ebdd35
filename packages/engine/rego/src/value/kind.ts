import { BigNumber, type NumberValue } from './number.ts';
import { type PlainObject, type RegoObject, RegoSet, type Value, type ValueKind } from './value.ts';

export function kindOf(value: Value): ValueKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      if (value instanceof RegoSet) return 'set';
      return value instanceof BigNumber ? 'number' : 'object';
  }
}

export function isNumber(value: Value): value is NumberValue {
  return typeof value === 'number' || value instanceof BigNumber;
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** An object of either form. */
export function isObject(value: Value): value is PlainObject | RegoObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof RegoSet) &&
    !(value instanceof BigNumber)
  );
}

export function isSet(value: Value): value is RegoSet {
  return value instanceof RegoSet;
}
