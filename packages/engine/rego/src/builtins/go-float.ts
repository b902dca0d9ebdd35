/** Decimal digits of a positive number: `0.d1d2d3… × 10^point`. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** Digits that a double's exact decimal value can have behind the point. */
const MAX_FRACTION = 1074;

/**
 * A finite number as Go's `strconv.FormatFloat(value, format, precision, 64)` writes it.
 *
 * @param format     `e`, `f`, `g`, `x`, `b` or a capital
 * @param precision  −1: as many digits as needed to tell the number from its neighbours
 */
export function formatFloat(value: number, format: string, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  const isCapital = format !== format.toLowerCase();
  const text = sign + formatPositive(size, format.toLowerCase(), precision);
  return isCapital ? text.toUpperCase() : text;
}

function formatPositive(value: number, format: string, precision: number): string {
  switch (format) {
    case 'b':
      return binary(value);
    case 'x':
      return hexadecimal(value, precision);
    case 'e': {
      const decimal = precision < 0 ? shortest(value) : rounded(exact(value), precision + 1);
      return scientific(decimal, precision < 0 ? Math.max(decimal.digits.length - 1, 0) : precision);
    }
    case 'f': {
      const decimal = precision < 0 ? shortest(value) : exactTo(value, precision);
      return positional(decimal, precision < 0 ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
    }
    default:
      return general(value, precision);
  }
}

function general(value: number, wanted: number): string {
  const isShortest = wanted < 0;
  const decimal = isShortest ? shortest(value) : rounded(exact(value), Math.max(wanted, 1));
  const count = decimal.digits.length;
  const precision = isShortest ? 6 : Math.max(wanted, 1);
  const threshold = !isShortest && precision > count && count >= decimal.point ? count : precision;
  const exponent = decimal.point - 1;
  if (count > 0 && (exponent < -4 || exponent >= threshold)) {
    return scientific(decimal, (isShortest ? count : Math.min(precision, count)) - 1);
  }
  return positional(decimal, Math.max(count - decimal.point, 0));
}

function shortest(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** All digits of the exact value. */
function exact(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = parts(value);
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString();
    return { digits: trimZeros(digits), point: digits.length };
  }
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits: trimZeros(digits), point: digits.length + exponent };
}

function exactTo(value: number, fraction: number): Decimal {
  const decimal = exact(value);
  return fraction >= MAX_FRACTION ? decimal : rounded(decimal, decimal.point + fraction);
}

/** The first `count` digits, rounded; exactly half goes to the even digit. */
function rounded(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { digits: '', point: 0 };
  const next = digits.charCodeAt(count) - 48;
  const isHalf = next === 5 && count + 1 === digits.length;
  const isOdd = count > 0 && (digits.charCodeAt(count - 1) & 1) === 1;
  const kept = digits.slice(0, count);
  if (isHalf ? !isOdd : next < 5) return { digits: trimZeros(kept), point };
  const up = (BigInt(kept === '' ? '0' : kept) + 1n).toString();
  return { digits: trimZeros(up), point: up.length > count ? point + 1 : point };
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

function scientific({ digits, point }: Decimal, precision: number): string {
  const first = digits === '' ? '0' : digits.charAt(0);
  const rest = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, '0')}` : '';
  return `${first}${rest}e${exponentText(digits === '' ? 0 : point - 1)}`;
}

function positional({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const fraction = point >= 0 ? digits.slice(point) : '0'.repeat(Math.min(-point, precision)) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

function exponentText(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** `mantissa × 2^exponent`, mantissa of 53 bits unless the number is below the normal ones. */
function parts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function binary(value: number): string {
  const { mantissa, exponent } = parts(value);
  return `${mantissa}p${exponent >= 0 ? '+' : ''}${exponent}`;
}

function hexadecimal(value: number, precision: number): string {
  if (value === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  let { mantissa, exponent } = parts(value);
  while (mantissa < 1n << 52n) {
    mantissa <<= 1n;
    exponent--;
  }
  exponent += 52;
  if (precision >= 0 && precision < 13) {
    const dropped = BigInt(4 * (13 - precision));
    const rest = mantissa & ((1n << dropped) - 1n);
    const half = 1n << (dropped - 1n);
    mantissa >>= dropped;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= dropped;
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  let fraction = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  fraction = precision < 0 ? trimZeros(fraction) : fraction.slice(0, precision).padEnd(precision, '0');
  return `0x1${fraction === '' ? '' : `.${fraction}`}p${exponentText(exponent)}`;
}
