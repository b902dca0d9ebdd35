import { TemplateFunctionError } from '@sekisho/gotemplate';

/** Decimal numbers as texts: sums of floats don't gather binary dust, and quotients have 16 digits behind the point. */

interface Decimal {
  readonly digits: bigint;
  /** Value = digits * 10 ** exponent. */
  readonly exponent: number;
}

const QUOTIENT_DIGITS = 16;

function parse(text: string): Decimal {
  const [, sign = '', whole = '0', part = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? [];
  return { digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${part}`), exponent: Number(exponent) - part.length };
}

function format({ digits, exponent }: Decimal): string {
  return `${digits}e${exponent}`;
}

/** Both numbers counted in the smaller one's unit. */
function aligned(a: string, b: string): [bigint, bigint, number] {
  const [x, y] = [parse(a), parse(b)];
  const exponent = Math.min(x.exponent, y.exponent);
  return [x.digits * 10n ** BigInt(x.exponent - exponent), y.digits * 10n ** BigInt(y.exponent - exponent), exponent];
}

export function addDecimal(a: string, b: string): string {
  const [x, y, exponent] = aligned(a, b);
  return format({ digits: x + y, exponent });
}

export function subtractDecimal(a: string, b: string): string {
  const [x, y, exponent] = aligned(a, b);
  return format({ digits: x - y, exponent });
}

export function multiplyDecimal(a: string, b: string): string {
  const [x, y] = [parse(a), parse(b)];
  return format({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent });
}

export function divideDecimal(a: string, b: string): string {
  const [x, y] = aligned(a, b);
  if (y === 0n) throw new TemplateFunctionError('decimal division by 0');
  const scaled = x * 10n ** BigInt(QUOTIENT_DIGITS);
  const size = (value: bigint): bigint => (value < 0n ? -value : value);
  // Half goes away from zero.
  const half = (size(scaled) * 2n + size(y)) / (size(y) * 2n);
  return format({ digits: scaled < 0n !== y < 0n ? -half : half, exponent: -QUOTIENT_DIGITS });
}
