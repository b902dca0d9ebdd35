import { anyOf, anyType, fn, numberType, setOf } from '../types/construct.ts';
import { add, BigNumber, div, mul, type NumberValue, negate, rem, sub, toInteger } from '../value/number.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, numberOperand, operandFault, setOperand } from './operand.ts';
import { difference } from './sets.ts';

const binary = fn([numberType, numberType], numberType);
const unary = fn([numberType], numberType);
const numberOrSet = anyOf(numberType, setOf(anyType));

function operator(
  name: string,
  infix: string,
  description: string,
  apply: (a: NumberValue, b: NumberValue) => NumberValue,
): Builtin {
  return {
    name,
    infix,
    type: binary,
    description,
    evaluate: (_, a, b) => apply(numberOperand(name, 1, a as Value), numberOperand(name, 2, b as Value)),
  };
}

function rounding(name: 'ceil' | 'floor' | 'round', description: string): Builtin {
  return {
    name,
    type: unary,
    description,
    evaluate: (_, a) => toInteger(numberOperand(name, 1, a as Value), name),
  };
}

/** `-` of two numbers or two sets. */
function minus(context: BuiltinContext, a: Value, b: Value): Value {
  if (typeof a === 'number' || a instanceof BigNumber) return sub(a, numberOperand('minus', 2, b));
  if (a instanceof RegoSet) return difference(context, a, setOperand('minus', 2, b));
  throw operandFault('minus', 1, a, 'number', 'set');
}

function isZero(value: NumberValue): boolean {
  return value === 0;
}

export const ARITHMETIC_BUILTINS: readonly Builtin[] = [
  operator('plus', '+', 'Adds two numbers.', add),
  {
    name: 'minus',
    infix: '-',
    type: fn([numberOrSet, numberOrSet], numberOrSet),
    description: 'Subtracts a number from a number, or the members of a set from a set.',
    evaluate: (context, a, b) => minus(context, a as Value, b as Value),
  },
  operator('mul', '*', 'Multiplies two numbers.', mul),
  operator('div', '/', 'Divides the first number by the second.', (a, b) => {
    if (isZero(b)) throw builtinFault('div', 'divide by zero');
    return div(a, b);
  }),
  operator('rem', '%', 'Gives the remainder of two integers.', (a, b) => {
    if (isZero(b)) throw builtinFault('rem', 'modulo by zero');
    const result = rem(a, b);
    if (result === undefined) throw builtinFault('rem', 'modulo on floating-point number');
    return result;
  }),
  {
    name: 'abs',
    type: unary,
    description: 'Gives the number without its sign.',
    evaluate: (_, a) => {
      const value = numberOperand('abs', 1, a as Value);
      if (typeof value === 'number') return Math.abs(value);
      return value.text.startsWith('-') ? negate(value) : value;
    },
  },
  rounding('ceil', 'Rounds up to an integer.'),
  rounding('floor', 'Rounds down to an integer.'),
  rounding('round', 'Rounds to the nearest integer, halves away from zero.'),
];
