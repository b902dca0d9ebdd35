import { BuiltinFault } from '../builtins/builtin-fault.ts';
import { addFloats, divideFloats, floatOfDecimal, multiplyFloats, negateFloat, shortestDecimal } from './big-float.ts';
import { compareDecimals, type Decimal, decimal, decimalText, parseDecimal } from './decimal.ts';

/**
 * A number that a machine number can't hold: integers beyond 2^53 and decimals whose text a double doesn't give back.
 * Made by `numberFromText` and arithmetic only; a value that fits is always a machine number, so that `===` compares those.
 */
export class BigNumber {
  /** Canonical decimal text, with an exponent only where it is needed to stay short. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A machine number where that is exact, else a {@link BigNumber}. Never NaN, Infinity or -0. */
export type NumberValue = number | BigNumber;

/** Digits before the point, and after it, that arithmetic goes to. */
const MAX_ARITHMETIC_DIGITS = 20_000;

/** Bits of OPA's floats. */
const FLOAT_BITS = 64;
/** Those of the product of a collection. */
const PRODUCT_BITS = 53;

/** Reads a number as JSON writes it (`-12.5e3`). Undefined when the text is no number. */
export function parseNumber(text: string): NumberValue | undefined {
  if (text.length < 16 && PLAIN_INTEGER.test(text)) return Number(text) + 0;
  const value = parseDecimal(text);
  return value === undefined ? undefined : fromDecimal(value);
}

const PLAIN_INTEGER = /^-?\d+$/;

/** {@link parseNumber} of a text that is known to be a number; anything else is 0. */
export function numberFromText(text: string): NumberValue {
  return parseNumber(text) ?? 0;
}

/** As JSON writes it; equal numbers have equal texts. */
export function numberText(value: NumberValue): string {
  return typeof value === 'number' ? `${value}` : value.text;
}

export function numberFromBigInt(value: bigint): NumberValue {
  if (value >= MIN_SAFE && value <= MAX_SAFE) return Number(value);
  const text = value.toString();
  const negative = value < 0n;
  return fromDecimal(decimal(negative, negative ? text.slice(1) : text, 0));
}

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function fromDecimal(value: Decimal): NumberValue {
  const { digits, exponent, negative } = value;
  if (digits === '') return 0;
  if (exponent >= 0) {
    if (digits.length + exponent <= 16) {
      const number = Number(digits) * 10 ** exponent;
      if (Number.isSafeInteger(number)) return negative ? -number : number;
    }
  } else if (digits.length <= 17) {
    const number = Number(`${negative ? '-' : ''}${digits}e${exponent}`);
    if (digits.length <= 15 && exponent > -290) return number;
    const back = toDecimal(number);
    if (back.digits === digits && back.exponent === exponent) return number;
  }
  return new BigNumber(decimalText(value));
}

function toDecimal(value: NumberValue): Decimal {
  // Of integers beyond 2^53 that came as machine numbers every digit counts, not the shortest text.
  const text =
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? BigInt(value).toString()
      : numberText(value);
  return parseDecimal(text) ?? decimal(false, '', 0);
}

/** Whether it has no fraction. */
export function isIntegerNumber(value: NumberValue): boolean {
  if (typeof value === 'number') return Number.isInteger(value);
  return toDecimal(value).exponent >= 0;
}

/** The exact integer; undefined when it has a fraction. @throws BuiltinFault when it has too many digits. */
export function toBigInt(value: NumberValue): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  const { negative, digits, exponent } = toDecimal(value);
  if (exponent < 0) return undefined;
  if (digits.length + exponent > MAX_ARITHMETIC_DIGITS) throw numberTooBig();
  const whole = BigInt(digits) * 10n ** BigInt(exponent);
  return negative ? -whole : whole;
}

/** The nearest double, for what has no use for more. */
export function toDouble(value: NumberValue): number {
  return typeof value === 'number' ? value : Number(value.text);
}

export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  return compareDecimals(toDecimal(a), toDecimal(b));
}

/** Sum: exact for integers, else as OPA's floats have it. @throws BuiltinFault when it has too many digits. */
export function add(a: NumberValue, b: NumberValue): NumberValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const result = a + b;
    if (Number.isSafeInteger(result) && Number.isInteger(a) && Number.isInteger(b)) return result + 0;
    if (isEighth(a) && isEighth(b) && isEighth(result)) return result;
  }
  const x = toBigInt(a);
  const y = x === undefined ? undefined : toBigInt(b);
  if (x !== undefined && y !== undefined) return numberFromBigInt(x + y);
  return fromDecimal(shortestDecimal(addFloats(toFloat(a), toFloat(b), FLOAT_BITS)));
}

/** Difference, as {@link add}. */
export function sub(a: NumberValue, b: NumberValue): NumberValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const result = a - b;
    if (Number.isSafeInteger(result) && Number.isInteger(a) && Number.isInteger(b)) return result + 0;
    if (isEighth(a) && isEighth(b) && isEighth(result)) return result;
  }
  const x = toBigInt(a);
  const y = x === undefined ? undefined : toBigInt(b);
  if (x !== undefined && y !== undefined) return numberFromBigInt(x - y);
  return fromDecimal(shortestDecimal(addFloats(toFloat(a), negateFloat(toFloat(b)), FLOAT_BITS)));
}

/** Product, as {@link add}. */
export function mul(a: NumberValue, b: NumberValue): NumberValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const result = a * b;
    if (Number.isSafeInteger(result) && Number.isInteger(a) && Number.isInteger(b)) return result + 0;
  }
  const x = toBigInt(a);
  const y = x === undefined ? undefined : toBigInt(b);
  if (x !== undefined && y !== undefined) return numberFromBigInt(x * y);
  return fromDecimal(shortestDecimal(multiplyFloats(toFloat(a), toFloat(b), FLOAT_BITS)));
}

/** Quotient: exact where integers divide, else as OPA's floats have it. @param b not zero */
export function div(a: NumberValue, b: NumberValue): NumberValue {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a) && Number.isSafeInteger(b)) {
    if (a % b === 0) return a / b + 0;
    const result = a / b;
    // Below 2^50 a quotient that is a multiple of 1/8 is exact.
    if (isEighth(result) && Math.abs(a) < 2 ** 50) return result;
  } else {
    const x = toBigInt(a);
    const y = x === undefined ? undefined : toBigInt(b);
    if (x !== undefined && y !== undefined && x % y === 0n) return numberFromBigInt(x / y);
  }
  const divisor = toFloat(b);
  if (divisor.mantissa === 0n) throw numberTooBig();
  return fromDecimal(shortestDecimal(divideFloats(toFloat(a), divisor, FLOAT_BITS)));
}

/** Remainder with the sign of `a`; undefined unless both are integers. @param b not zero */
export function rem(a: NumberValue, b: NumberValue): NumberValue | undefined {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a) && Number.isSafeInteger(b))
    return (a % b) + 0;
  const x = toBigInt(a);
  const y = toBigInt(b);
  return x === undefined || y === undefined ? undefined : numberFromBigInt(x % y);
}

export function negate(value: NumberValue): NumberValue {
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  return new BigNumber(value.text.startsWith('-') ? value.text.slice(1) : `-${value.text}`);
}

/** The integer that is nearest in a direction: `round` goes away from zero at a half. */
export function toInteger(value: NumberValue, mode: 'ceil' | 'floor' | 'round'): NumberValue {
  if (typeof value === 'number' && Math.abs(value) < 2 ** 52) {
    if (mode === 'ceil') return Math.ceil(value) + 0;
    if (mode === 'floor') return Math.floor(value) + 0;
    const magnitude = Math.floor(Math.abs(value));
    // Not floor(x + 0.5): that sum is rounded itself.
    const rounded = Math.abs(value) - magnitude >= 0.5 ? magnitude + 1 : magnitude;
    return (value < 0 ? -rounded : rounded) + 0;
  }
  if (isIntegerNumber(value)) return value;
  const { negative, digits, exponent } = toDecimal(value);
  const point = digits.length + exponent;
  const whole = point > 0 ? BigInt(digits.slice(0, point)) : 0n;
  const up = mode === 'round' ? point >= 0 && digits.charCodeAt(point) >= 53 : mode === 'ceil' ? !negative : negative;
  const magnitude = up ? whole + 1n : whole;
  return numberFromBigInt(negative ? -magnitude : magnitude);
}

/** Sum of a collection, adding one by one. */
export function sum(values: Iterable<NumberValue>): NumberValue {
  let total: NumberValue = 0;
  for (const value of values) total = add(total, value);
  return total;
}

/** Product of a collection: of integers exactly; once a decimal is among them OPA carries it in 53 bits. */
export function product(values: Iterable<NumberValue>): NumberValue {
  let total: NumberValue = 1;
  for (const value of values) {
    if (!isIntegerNumber(value)) return productOfFloats(values);
    total = mul(total, value);
  }
  return total;
}

function productOfFloats(values: Iterable<NumberValue>): NumberValue {
  let total = floatOfDecimal(toDecimal(1), PRODUCT_BITS);
  for (const value of values) total = multiplyFloats(total, toFloat(value), PRODUCT_BITS);
  return fromDecimal(shortestDecimal(total));
}

/** Multiples of 1/8 below 2^36 have texts that are exact, and so have their sums. */
function isEighth(value: number): boolean {
  return Number.isInteger(value * 8) && value < 2 ** 36 && value > -(2 ** 36);
}

function toFloat(value: NumberValue) {
  return floatOfDecimal(boundedDecimal(value), FLOAT_BITS);
}

/** Refuses what would take gigabytes to write out; what is too small to matter is 0. */
function boundedDecimal(value: NumberValue): Decimal {
  const result = toDecimal(value);
  if (result.digits.length + result.exponent > MAX_ARITHMETIC_DIGITS || result.digits.length > MAX_ARITHMETIC_DIGITS)
    throw numberTooBig();
  return result.digits.length + result.exponent < -MAX_ARITHMETIC_DIGITS ? decimal(false, '', 0) : result;
}

function numberTooBig(): BuiltinFault {
  return new BuiltinFault('eval_builtin_error', `number too big: more than ${MAX_ARITHMETIC_DIGITS} digits`);
}
