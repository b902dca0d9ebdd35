import { CelFault } from '../runtime/fault.ts';
import { compare, numberOf } from '../value/compare.ts';
import { Uint } from '../value/uint.ts';
import type { CelValue } from '../value/value.ts';
import { checkInt } from './arithmetic.ts';
import { listCost } from './cost.ts';
import { globalFunction, type Overload } from './function.ts';

/** The parser has its own limit on how many arguments somebody writes; the table wants a number. */
const MAX_ARGUMENTS = 32;
const BITS = 64;

function extreme(name: string, sign: 1 | -1): Overload[] {
  const choose = (values: readonly CelValue[]): CelValue => {
    let best: CelValue | undefined;
    for (const value of values) {
      if (numberOf(value) === undefined) throw new CelFault(`no such overload: ${name} of what is no number`);
      if (best === undefined || (compare(value, best) ?? 0) * sign > 0) best = value;
    }
    if (best === undefined) throw new CelFault(`${name} of an empty list`);
    return best;
  };
  const overloads = [globalFunction(`${name}(list)`, choose, listCost)];
  for (let count = 1; count <= MAX_ARGUMENTS; count++) {
    const params = Array.from({ length: count }, () => 'dyn').join(', ');
    const call = (...values: readonly CelValue[]) => choose(values);
    overloads.push(globalFunction(`${name}(${params})`, call, () => count));
  }
  return overloads;
}

function bits(name: string, operate: (left: bigint, right: bigint) => bigint): Overload[] {
  return [
    globalFunction(`math.${name}(int, int)`, (left: bigint, right: bigint) =>
      BigInt.asIntN(BITS, operate(left, right)),
    ),
    globalFunction(
      `math.${name}(uint, uint)`,
      (left: Uint, right: Uint) => new Uint(BigInt.asUintN(BITS, operate(left.value, right.value))),
    ),
  ];
}

/** Bits beyond the end are gone; a sign is a bit as any other. */
function shift(name: string, operate: (value: bigint, count: bigint) => bigint): Overload[] {
  const shifted = (value: bigint, count: bigint) => {
    if (count < 0n) throw new CelFault(`math.${name}() negative offset: ${count}`);
    return count >= BITS ? 0n : operate(BigInt.asUintN(BITS, value), count);
  };
  return [
    globalFunction(`math.${name}(int, int)`, (value: bigint, count: bigint) =>
      BigInt.asIntN(BITS, shifted(value, count)),
    ),
    globalFunction(
      `math.${name}(uint, int)`,
      (value: Uint, count: bigint) => new Uint(BigInt.asUintN(BITS, shifted(value.value, count))),
    ),
  ];
}

const signOf = (value: bigint) => (value > 0n ? 1n : value < 0n ? -1n : 0n);

/** Halves away from zero, as Go rounds. */
function round(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

export const MATH: readonly Overload[] = [
  ...extreme('math.greatest', 1),
  ...extreme('math.least', -1),
  globalFunction('math.ceil(double)', (value: number) => Math.ceil(value)),
  globalFunction('math.floor(double)', (value: number) => Math.floor(value)),
  globalFunction('math.round(double)', round),
  globalFunction('math.trunc(double)', (value: number) => Math.trunc(value)),
  globalFunction('math.sqrt(double)', (value: number) => Math.sqrt(value)),
  globalFunction('math.sqrt(int)', (value: bigint) => Math.sqrt(Number(value))),
  globalFunction('math.sqrt(uint)', (value: Uint) => Math.sqrt(Number(value.value))),
  globalFunction('math.abs(int)', (value: bigint) => checkInt(value < 0n ? -value : value)),
  globalFunction('math.abs(uint)', (value: Uint) => value),
  globalFunction('math.abs(double)', (value: number) => Math.abs(value)),
  globalFunction('math.sign(int)', signOf),
  globalFunction('math.sign(uint)', (value: Uint) => new Uint(signOf(value.value))),
  globalFunction('math.sign(double)', (value: number) => Math.sign(value)),
  globalFunction('math.isNaN(double)', (value: number) => Number.isNaN(value)),
  globalFunction('math.isInf(double)', (value: number) => Math.abs(value) === Number.POSITIVE_INFINITY),
  globalFunction('math.isFinite(double)', (value: number) => Number.isFinite(value)),
  ...bits('bitAnd', (left, right) => left & right),
  ...bits('bitOr', (left, right) => left | right),
  ...bits('bitXor', (left, right) => left ^ right),
  globalFunction('math.bitNot(int)', (value: bigint) => ~value),
  globalFunction('math.bitNot(uint)', (value: Uint) => new Uint(BigInt.asUintN(BITS, ~value.value))),
  ...shift('bitShiftLeft', (value, count) => value << count),
  ...shift('bitShiftRight', (value, count) => value >> count),
];
