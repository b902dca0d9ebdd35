import { fn, numberType, stringType } from '../types/construct.ts';
import { parseDecimal } from '../value/decimal.ts';
import { type NumberValue, numberFromBigInt, numberFromText } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { builtinFault, stringOperand } from './operand.ts';

const PREFIXES = ['k', 'm', 'g', 't', 'p', 'e'] as const;

/** By lower-case unit: 10^3n, and 2^10n with an `i`. */
const FACTORS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ...PREFIXES.flatMap((prefix, index): [string, bigint][] => [
    [prefix, 10n ** BigInt(3 * (index + 1))],
    [`${prefix}i`, 2n ** BigInt(10 * (index + 1))],
  ]),
]);

/** Digits, signs and points; an `e` only where digits follow it, for it is a unit, too. */
const AMOUNT = /^(?:[-+.\d]|[eE](?=[-+\d]))*/;

/** {@link FACTORS} for machine numbers. */
const SAFE_FACTORS: ReadonlyMap<string, number> = new Map(
  [...FACTORS].filter(([, factor]) => factor < 2n ** 53n).map(([unit, factor]) => [unit, Number(factor)]),
);

/** Digits of amounts that machine numbers hold. */
const MAX_SAFE_DIGITS = 15;

/** Decimal places of results that are not integers. */
const PLACES = 10;
const MAX_EXPONENT = 1000;

/** An exact fraction. */
interface Amount {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

interface Wording {
  readonly name: string;
  /** `amount`, `byte amount` */
  readonly amount: string;
  /** `unit`, `byte unit` */
  readonly unit: string;
}

function parseAmount(
  text: string,
  { name, amount, unit }: Wording,
  factorOf: (unit: string) => Amount | undefined,
): Amount {
  const fail = (message: string) => builtinFault(name, `${name}: ${message}`);
  if (text.includes(' ')) throw fail('spaces not allowed in resource strings');
  const bare = text.replaceAll('"', '');
  const digits = AMOUNT.exec(bare)?.[0] ?? '';
  if (digits === '') throw fail(`no ${amount} provided`);
  const factor = factorOf(bare.slice(digits.length));
  if (factor === undefined) throw fail(`${unit} ${bare.slice(digits.length)} not recognized`);
  const value = parseDecimal(digits);
  if (value === undefined || Math.abs(value.exponent) > MAX_EXPONENT)
    throw fail(`could not parse ${amount} to a number`);
  const power = 10n ** BigInt(Math.abs(value.exponent));
  const magnitude = BigInt(value.digits) * factor.numerator * (value.exponent > 0 ? power : 1n);
  return {
    numerator: value.negative ? -magnitude : magnitude,
    denominator: factor.denominator * (value.exponent < 0 ? power : 1n),
  };
}

/** Rounded to ten places, halves away from zero. */
function toNumber({ numerator, denominator }: Amount): NumberValue {
  if (numerator % denominator === 0n) return numberFromBigInt(numerator / denominator);
  const magnitude = numerator < 0n ? -numerator : numerator;
  const scaled = (magnitude * 10n ** BigInt(PLACES) * 2n + denominator) / (denominator * 2n);
  return numberFromText(`${numerator < 0n ? '-' : ''}${scaled}e-${PLACES}`);
}

function unitFactor(unit: string): Amount | undefined {
  // Of all units only m and M are told apart by their case.
  if (unit === 'm') return { numerator: 1n, denominator: 1000n };
  const factor = FACTORS.get(unit.toLowerCase());
  return factor === undefined ? undefined : { numerator: factor, denominator: 1n };
}

function byteFactor(unit: string): Amount | undefined {
  const prefix = unit.length > 1 ? unit.toLowerCase().replace(/b$/, '') : unit.toLowerCase();
  const factor = FACTORS.get(prefix);
  return factor === undefined ? undefined : { numerator: factor, denominator: 1n };
}

/** The short way for whole numbers with a unit, most amounts by far; undefined when it can not be taken. */
function plainAmount(text: string, isBytes: boolean): number | undefined {
  let amount = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    amount = amount * 10 + digit;
  }
  if (at === 0 || at > MAX_SAFE_DIGITS) return undefined;
  if (at === text.length) return amount;
  const unit = text.slice(at);
  // An `m` alone is a thousandth, or a million bytes.
  if (unit === 'm') return isBytes ? undefined : amount / 1000;
  const factor = SAFE_FACTORS.get(unit.toLowerCase());
  const result = factor === undefined ? undefined : amount * factor;
  return Number.isSafeInteger(result) ? result : undefined;
}

export const UNIT_BUILTINS: readonly Builtin[] = [
  {
    name: 'units.parse',
    type: fn([stringType], numberType),
    description: 'Number of a text with an SI or binary unit: `10K`, `1.5Gi`, `100m`.',
    evaluate: (_, value) => {
      const text = stringOperand('units.parse', 1, value as Value);
      const plain = plainAmount(text, false);
      if (plain !== undefined) return plain;
      return toNumber(parseAmount(text, { name: 'units.parse', amount: 'amount', unit: 'unit' }, unitFactor));
    },
  },
  {
    name: 'units.parse_bytes',
    type: fn([stringType], numberType),
    description: 'Number of bytes of a text with a unit: `10KB`, `1.5GiB`; a fraction is cut off.',
    evaluate: (_, value) => {
      const text = stringOperand('units.parse_bytes', 1, value as Value);
      const plain = plainAmount(text, true);
      if (plain !== undefined) return plain;
      const wording = { name: 'units.parse_bytes', amount: 'byte amount', unit: 'byte unit' };
      const { numerator, denominator } = parseAmount(text, wording, byteFactor);
      return numberFromBigInt(numerator / denominator);
    },
  },
];
