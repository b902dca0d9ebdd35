import { fn, numberType } from '../types/construct.ts';
import { bitLength } from '../value/big-float.ts';
import { numberFromBigInt } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { exactInteger } from './integer-operand.ts';
import { builtinFault, typeFault } from './operand.ts';

const binary = fn([numberType, numberType], numberType);

/** Longest result of a shift. */
const MAX_BITS = 65_536;

function operator(name: string, description: string, apply: (a: bigint, b: bigint) => bigint): Builtin {
  return {
    name,
    type: binary,
    description,
    evaluate: (_, a, b) =>
      numberFromBigInt(apply(exactInteger(name, 1, a as Value), exactInteger(name, 2, b as Value))),
  };
}

function shift(name: string, description: string, apply: (value: bigint, distance: bigint) => bigint): Builtin {
  return operator(name, description, (value, distance) => {
    if (distance < 0n) throw typeFault(name, 'operand 2 must be an unsigned integer number but got a negative integer');
    return apply(value, distance);
  });
}

function shiftLeft(value: bigint, distance: bigint): bigint {
  const bits = bitLength(value < 0n ? -value : value);
  if (value !== 0n && distance + BigInt(bits) > BigInt(MAX_BITS))
    throw builtinFault('bits.lsh', `result of more than ${MAX_BITS} bits`);
  return value << distance;
}

export const BIT_BUILTINS: readonly Builtin[] = [
  operator('bits.and', 'Bits that are set in both integers.', (a, b) => a & b),
  operator('bits.or', 'Bits that are set in either integer.', (a, b) => a | b),
  operator('bits.xor', 'Bits that are set in one of two integers.', (a, b) => a ^ b),
  {
    name: 'bits.negate',
    type: fn([numberType], numberType),
    description: 'All bits turned.',
    evaluate: (_, a) => numberFromBigInt(~exactInteger('bits.negate', 1, a as Value)),
  },
  shift('bits.lsh', 'Integer shifted to the left.', (value, distance) => shiftLeft(value, distance)),
  shift('bits.rsh', 'Integer shifted to the right, keeping its sign.', (value, distance) => value >> distance),
];
