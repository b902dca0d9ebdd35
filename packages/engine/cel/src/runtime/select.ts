import { isList, kindOf } from '../value/kind.ts';
import { mapKey } from '../value/map.ts';
import { CelMap, type CelValue, NONE, Optional } from '../value/value.ts';
import { CelFault, noSuchKey } from './fault.ts';

/** `value.field`; of an optional an optional. */
export function select(value: CelValue, field: string): CelValue {
  if (value instanceof Optional) return optionalSelect(value, field);
  const found = fieldOf(value, field);
  if (found === undefined) throw noSuchKey(`'${field}'`);
  return found;
}

/** `value.?field` */
export function optionalSelect(value: CelValue, field: string): CelValue {
  const inner = value instanceof Optional ? value.value : value;
  if (inner === undefined) return NONE;
  const found = fieldOf(inner, field);
  return found === undefined ? NONE : new Optional(found);
}

export function hasField(value: CelValue, field: string): boolean {
  const inner = value instanceof Optional ? value.value : value;
  return inner !== undefined && fieldOf(inner, field) !== undefined;
}

function fieldOf(value: CelValue, field: string): CelValue | undefined {
  if (value instanceof CelMap) return value.get(field);
  throw new CelFault(`no such overload: type '${kindOf(value)}' does not support field selection`);
}

/** `value[key]`; of an optional an optional. */
export function index(value: CelValue, key: CelValue): CelValue {
  if (value instanceof Optional) return optionalIndex(value, key);
  const found = elementOf(value, key);
  if (found !== undefined) return found;
  throw isList(value) ? new CelFault(`index out of bounds: ${describeKey(key)}`) : noSuchKey(describeKey(key));
}

/** `value[?key]` */
export function optionalIndex(value: CelValue, key: CelValue): CelValue {
  const inner = value instanceof Optional ? value.value : value;
  if (inner === undefined) return NONE;
  const found = elementOf(inner, key);
  return found === undefined ? NONE : new Optional(found);
}

function elementOf(value: CelValue, key: CelValue): CelValue | undefined {
  const at = mapKey(key);
  if (value instanceof CelMap) return at === undefined ? undefined : value.get(at);
  if (!isList(value)) throw new CelFault(`no such overload: ${kindOf(value)}[${kindOf(key)}]`);
  if (typeof at !== 'bigint') throw new CelFault(`invalid_argument: no index of a list: ${describeKey(key)}`);
  return at >= 0n && at < BigInt(value.length) ? value[Number(at)] : undefined;
}

function describeKey(key: CelValue): string {
  const at = mapKey(key);
  return at === undefined ? kindOf(key) : typeof at === 'string' ? `'${at.slice(0, 100)}'` : String(at);
}
