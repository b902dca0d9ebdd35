import { CelFault } from '../runtime/fault.ts';
import { isList } from '../value/kind.ts';
import { Duration, Timestamp } from '../value/time.ts';
import { Uint } from '../value/uint.ts';
import { CelMap, type CelValue, NONE, Optional } from '../value/value.ts';
import { listCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array || isList(value)) return value.length === 0;
  if (value instanceof CelMap) return value.size === 0;
  if (value instanceof Duration || value instanceof Timestamp) return value.nanoseconds === 0n;
  return value instanceof Optional && value.value === undefined;
}

function unwrap(list: readonly CelValue[]): CelValue[] {
  return list.flatMap((element): readonly CelValue[] => {
    if (!(element instanceof Optional)) throw new CelFault('no such overload: a list of optionals is unwrapped');
    return element.value === undefined ? [] : [element.value];
  });
}

const element = (value: CelValue | undefined) => (value === undefined ? NONE : new Optional(value));

export const OPTIONALS: readonly Overload[] = [
  globalFunction('optional.none()', () => NONE),
  globalFunction('optional.of(dyn)', (value: CelValue) => new Optional(value)),
  globalFunction('optional.ofNonZeroValue(dyn)', (value: CelValue) => (isZero(value) ? NONE : new Optional(value))),
  globalFunction('optional.unwrap(list)', unwrap, listCost),
  method('list.unwrapOpt()', unwrap, listCost),
  method('list.first()', (list: readonly CelValue[]) => element(list[0])),
  method('list.last()', (list: readonly CelValue[]) => element(list.at(-1))),
  method('optional.hasValue()', (optional: Optional) => optional.value !== undefined),
  method('optional.value()', (optional: Optional) => {
    if (optional.value === undefined) throw new CelFault('optional.none() dereference');
    return optional.value;
  }),
  method('optional.or(optional)', (left: Optional, right: Optional) => (left.value === undefined ? right : left)),
  method('optional.orValue(dyn)', (optional: Optional, value: CelValue) =>
    optional.value === undefined ? value : optional.value,
  ),
];
