import { CelFault } from '../runtime/fault.ts';
import { Duration, Timestamp } from '../value/time.ts';
import { Uint } from '../value/uint.ts';
import { globalFunction, type Overload } from './function.ts';

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

/** Throws `CelFault` beyond 64 bits. */
export function checkInt(value: bigint): bigint {
  if (value < MIN_INT || value > MAX_INT) throw new CelFault('return error for overflow: integer range');
  return value;
}

export function checkUint(value: bigint): Uint {
  if (value < 0n || value > MAX_UINT) throw new CelFault('return error for overflow: unsigned integer range');
  return new Uint(value);
}

type Operation = (left: bigint, right: bigint) => bigint;

function integers(name: string, operate: Operation): Overload[] {
  return [
    globalFunction(`${name}(int, int)`, (left: bigint, right: bigint) => checkInt(operate(left, right))),
    globalFunction(`${name}(uint, uint)`, (left: Uint, right: Uint) => checkUint(operate(left.value, right.value))),
  ];
}

function notByZero(fault: string, operate: Operation): Operation {
  return (left, right) => {
    if (right === 0n) throw new CelFault(fault);
    return operate(left, right);
  };
}

export const ARITHMETIC: readonly Overload[] = [
  ...integers('_+_', (left, right) => left + right),
  ...integers('_-_', (left, right) => left - right),
  ...integers('_*_', (left, right) => left * right),
  ...integers(
    '_/_',
    notByZero('divide by zero', (left, right) => left / right),
  ),
  ...integers(
    '_%_',
    notByZero('modulus by zero', (left, right) => left % right),
  ),
  globalFunction('-_(int)', (value: bigint) => checkInt(-value)),
  globalFunction('-_(double)', (value: number) => -value),
  globalFunction('_+_(double, double)', (left: number, right: number) => left + right),
  globalFunction('_-_(double, double)', (left: number, right: number) => left - right),
  globalFunction('_*_(double, double)', (left: number, right: number) => left * right),
  globalFunction('_/_(double, double)', (left: number, right: number) => left / right),
  globalFunction(
    '_+_(timestamp, duration)',
    (left: Timestamp, right: Duration) => new Timestamp(left.nanoseconds + right.nanoseconds),
  ),
  globalFunction(
    '_+_(duration, timestamp)',
    (left: Duration, right: Timestamp) => new Timestamp(left.nanoseconds + right.nanoseconds),
  ),
  globalFunction(
    '_-_(timestamp, duration)',
    (left: Timestamp, right: Duration) => new Timestamp(left.nanoseconds - right.nanoseconds),
  ),
  globalFunction(
    '_-_(timestamp, timestamp)',
    (left: Timestamp, right: Timestamp) => new Duration(left.nanoseconds - right.nanoseconds),
  ),
  globalFunction(
    '_+_(duration, duration)',
    (left: Duration, right: Duration) => new Duration(left.nanoseconds + right.nanoseconds),
  ),
  globalFunction(
    '_-_(duration, duration)',
    (left: Duration, right: Duration) => new Duration(left.nanoseconds - right.nanoseconds),
  ),
];
