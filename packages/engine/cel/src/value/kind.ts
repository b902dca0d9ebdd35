import type { CelOpaque } from './opaque.ts';
import { Duration, Timestamp } from './time.ts';
import { CelType } from './type.ts';
import { Uint } from './uint.ts';
import { CelMap, type CelValue, Optional } from './value.ts';

/** The name of a value's type, as `type()` gives it. */
export function kindOf(value: CelValue): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'double';
    default:
      return value === null ? 'null_type' : kindOfObject(value);
  }
}

function kindOfObject(value: Exclude<CelValue, null | string | bigint | boolean | number>): string {
  if (Array.isArray(value)) return 'list';
  if (value instanceof CelMap) return 'map';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof CelType) return 'type';
  if (value instanceof Optional) return 'optional_type';
  return (value as CelOpaque).typeName;
}

export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}
