import { arrayOf, fn, numberType, stringType } from '../types/construct.ts';
import { type NumberValue, numberFromBigInt, toBigInt, toInteger } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { exactInteger } from './integer-operand.ts';
import { builtinFault, numberOperand, typeFault } from './operand.ts';

/** Numbers that one range may give. */
const MAX_RANGE = 10_000_000;

/** Both ends are in it; it runs downwards when the first is the greater one. */
function range(context: BuiltinContext, name: string, from: bigint, to: bigint, step: bigint): Value {
  const distance = to > from ? to - from : from - to;
  const count = distance / step + 1n;
  if (count > BigInt(MAX_RANGE)) throw builtinFault(name, `range of more than ${MAX_RANGE} numbers`);
  context.spend(Number(count));
  const direction = to >= from ? step : -step;
  const result: NumberValue[] = [];
  const last = from + direction * (count - 1n);
  if (isSafe(from) && isSafe(last)) {
    for (let i = 0, value = Number(from); i < Number(count); i += 1, value += Number(direction)) result.push(value);
    return result;
  }
  for (let i = 0n, value = from; i < count; i += 1n, value += direction) result.push(numberFromBigInt(value));
  return result;
}

function isSafe(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
}

function rangeStep(context: BuiltinContext, from: Value, to: Value, by: Value): Value {
  const name = 'numbers.range_step';
  const start = exactInteger(name, 1, from);
  const end = exactInteger(name, 2, to);
  const step = exactInteger(name, 3, by);
  if (step <= 0n) throw builtinFault(name, `${name}: step must be a positive integer`);
  return range(context, name, start, end, step);
}

const BASES: ReadonlyMap<Value, number> = new Map([2, 8, 10, 16].map((base) => [base, base]));

function formatInteger(value: Value, base: Value): string {
  const number = numberOperand('format_int', 1, value);
  const radix = BASES.get(numberOperand('format_int', 2, base));
  if (radix === undefined) throw typeFault('format_int', 'operand 2 must be one of {2, 8, 10, 16}');
  const whole = toBigInt(truncate(number)) ?? 0n;
  return whole.toString(radix);
}

function truncate(value: NumberValue): NumberValue {
  const negative = typeof value === 'number' ? value < 0 : value.text.startsWith('-');
  return toInteger(value, negative ? 'ceil' : 'floor');
}

export const NUMBER_BUILTINS: readonly Builtin[] = [
  {
    name: 'numbers.range',
    type: fn([numberType, numberType], arrayOf(numberType)),
    description: 'Integers from one to another, both included.',
    evaluate: (context, from, to) => {
      const start = exactInteger('numbers.range', 1, from as Value);
      return range(context, 'numbers.range', start, exactInteger('numbers.range', 2, to as Value), 1n);
    },
  },
  {
    name: 'numbers.range_step',
    type: fn([numberType, numberType, numberType], arrayOf(numberType)),
    description: 'Integers from one towards another in steps.',
    evaluate: (context, from, to, step) => rangeStep(context, from as Value, to as Value, step as Value),
  },
  {
    name: 'format_int',
    type: fn([numberType, numberType], stringType),
    description: 'Text of a number without its fraction in base 2, 8, 10 or 16.',
    evaluate: (_, value, base) => formatInteger(value as Value, base as Value),
  },
];
