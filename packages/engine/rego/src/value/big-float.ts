import { type Decimal, decimal } from './decimal.ts';

/**
 * `±mantissa × 2^exponent` with a mantissa of a fixed number of bits, rounded to nearest even: what OPA calculates decimals
 * with (64 bits; sums and products of collections 53), so that 0.1 + 0.2 is 0.3 and 1 / 3 is 0.33333333333333333334.
 * A zero has mantissa 0.
 */
export interface BigFloat {
  readonly negative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

const ZERO: BigFloat = { negative: false, mantissa: 0n, exponent: 0 };

/** Bits of `value`, which is not negative. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.slice(0, 1), 16)));
}

/** Rounds `value × 2^exponent`; `sticky`: a rest that is less than the last bit was cut off. */
function rounded(negative: boolean, value: bigint, exponent: number, sticky: boolean, bits: number): BigFloat {
  if (value === 0n) return ZERO;
  const excess = bitLength(value) - bits;
  if (excess <= 0) return { negative, mantissa: value << BigInt(-excess), exponent: exponent + excess };
  const shift = BigInt(excess);
  let mantissa = value >> shift;
  const rest = value - (mantissa << shift);
  const half = 1n << (shift - 1n);
  if (rest > half || (rest === half && (sticky || (mantissa & 1n) === 1n))) mantissa += 1n;
  if (mantissa >> BigInt(bits) !== 0n) return { negative, mantissa: mantissa >> 1n, exponent: exponent + excess + 1 };
  return { negative, mantissa, exponent: exponent + excess };
}

function quotient(negative: boolean, dividend: bigint, divisor: bigint, exponent: number, bits: number): BigFloat {
  // At least two bits more than are kept, so that rounding sees what it needs.
  const shift = Math.max(0, bits + 2 - (bitLength(dividend) - bitLength(divisor)));
  const shifted = dividend << BigInt(shift);
  const result = shifted / divisor;
  return rounded(negative, result, exponent - shift, result * divisor !== shifted, bits);
}

/** @param value its exponent is bounded by the caller. */
export function floatOfDecimal(value: Decimal, bits: number): BigFloat {
  if (value.digits === '') return ZERO;
  const digits = BigInt(value.digits);
  if (value.exponent >= 0) return rounded(value.negative, digits * 10n ** BigInt(value.exponent), 0, false, bits);
  return quotient(value.negative, digits, 10n ** BigInt(-value.exponent), 0, bits);
}

export function addFloats(a: BigFloat, b: BigFloat, bits: number): BigFloat {
  if (a.mantissa === 0n) return rounded(b.negative, b.mantissa, b.exponent, false, bits);
  if (b.mantissa === 0n) return rounded(a.negative, a.mantissa, a.exponent, false, bits);
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const distance = high.exponent - low.exponent;
  // The smaller one is out of sight, but for breaking a tie, which a larger one that is exact can't have.
  if (distance > 3 * bits) return rounded(high.negative, high.mantissa, high.exponent, false, bits);
  const sum = signed(high.negative, high.mantissa << BigInt(distance)) + signed(low.negative, low.mantissa);
  return rounded(sum < 0n, sum < 0n ? -sum : sum, low.exponent, false, bits);
}

export function negateFloat(value: BigFloat): BigFloat {
  return { ...value, negative: !value.negative };
}

export function multiplyFloats(a: BigFloat, b: BigFloat, bits: number): BigFloat {
  return rounded(a.negative !== b.negative, a.mantissa * b.mantissa, a.exponent + b.exponent, false, bits);
}

/** @param b not zero */
export function divideFloats(a: BigFloat, b: BigFloat, bits: number): BigFloat {
  if (a.mantissa === 0n) return ZERO;
  return quotient(a.negative !== b.negative, a.mantissa, b.mantissa, a.exponent - b.exponent, bits);
}

/** The shortest decimal that reads back as `value`. */
export function shortestDecimal(value: BigFloat): Decimal {
  if (value.mantissa === 0n) return decimal(false, '', 0);
  // value = rest / scale; half is half of the last place of the mantissa, in the same unit.
  let rest = value.mantissa << 1n;
  let scale = 2n;
  let half = 1n;
  if (value.exponent >= 0) {
    rest <<= BigInt(value.exponent);
    half <<= BigInt(value.exponent);
  } else scale <<= BigInt(-value.exponent);
  const inclusive = (value.mantissa & 1n) === 0n;
  // The power of ten just above the value, first estimated.
  let point = Math.ceil((bitLength(value.mantissa) + value.exponent - 1) * Math.LOG10E * Math.LN2 - 1e-9);
  if (point >= 0) scale *= 10n ** BigInt(point);
  else {
    const power = 10n ** BigInt(-point);
    rest *= power;
    half *= power;
  }
  if (rest >= scale || (inclusive ? rest + half >= scale : rest + half > scale)) {
    point += 1;
    scale *= 10n;
  }
  let digits = '';
  for (;;) {
    rest *= 10n;
    half *= 10n;
    const digit = rest / scale;
    rest -= digit * scale;
    const low = inclusive ? rest <= half : rest < half;
    const high = inclusive ? rest + half >= scale : rest + half > scale;
    if (!low && !high) {
      digits += digit;
      continue;
    }
    const twice = rest << 1n;
    const up = low && high ? twice > scale || (twice === scale && (digit & 1n) === 1n) : high;
    return withLastDigit(value.negative, digits, up ? digit + 1n : digit, point);
  }
}

/** `0.digits last × 10^point`, where `last` may be 10. */
function withLastDigit(negative: boolean, digits: string, last: bigint, point: number): Decimal {
  const exponent = point - digits.length - 1;
  if (last < 10n) return decimal(negative, `${digits}${last}`, exponent);
  return decimal(negative, `${BigInt(`${digits}0`) + 10n}`, exponent);
}

function signed(negative: boolean, value: bigint): bigint {
  return negative ? -value : value;
}
