/** Forms of strconv.FormatFloat. */
export type FloatForm = 'e' | 'f' | 'g';

/** Go's strconv.FormatFloat; without a precision the shortest text that reads back the same. */
export function formatFloat(value: number, form: FloatForm, precision?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (form === 'e') return exponential(value, precision);
  if (form === 'f') return precision === undefined ? decimal(value) : fixed(value, precision);
  const digits = precision === undefined ? undefined : Math.max(1, precision);
  const shortest = exponential(value, digits === undefined ? undefined : digits - 1);
  const exponent = Number(/e([+-]\d+)$/.exec(shortest)?.[1] ?? 0);
  // Without a precision Go decides as if it were 6: a million is 1e+06.
  if (exponent < -4 || exponent >= (digits ?? 6)) {
    return shortest.replace(/(\.\d*?)0+e/, '$1e').replace('.e', 'e');
  }
  if (digits === undefined) return decimal(value);
  const text = fixed(value, Math.max(0, digits - 1 - exponent));
  return !text.includes('.') ? text : text.replace(/\.?0+$/, '');
}

/** The flag `#`: a point in any case, and zeros up to that many digits. */
export function withPoint(text: string, digits: number): string {
  const [, sign = '', body = '', tail = ''] = /^([+-]?)(.*?)([ePp][+-]\d+)?$/i.exec(text) ?? [];
  const shown = body.includes('.') ? body : `${body}.`;
  // Leading zeros are no digits, except when there is nothing else; the x of 0x counts as one.
  const counted = shown.replace(/^[0.]+(?=[^.0])/, '').replace('.', '').length;
  return sign + shown + '0'.repeat(Math.max(0, digits - counted)) + tail;
}

function exponential(value: number, digits: number | undefined): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const shortest = Math.abs(value).toExponential();
  const [first = '', power = ''] = shortest.split('e');
  let mantissa = first;
  let exponent = Number(power);
  if (digits !== undefined) {
    let rounded = value === 0 ? '0'.repeat(digits + 1) : String(scaled(value, digits - exponent));
    // 9.99 became 10.0
    if (rounded.length > digits + 1) {
      exponent++;
      rounded = rounded.slice(0, -1);
    }
    mantissa = digits === 0 ? rounded : `${rounded[0]}.${rounded.slice(1)}`;
  }
  return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function fixed(value: number, digits: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const all = String(scaled(value, digits)).padStart(digits + 1, '0');
  return sign + (digits === 0 ? all : `${all.slice(0, -digits)}.${all.slice(-digits)}`);
}

const PARTS = new DataView(new ArrayBuffer(8));

/** |value| as mantissa × 2^exponent. */
function binary(value: number): { mantissa: bigint; exponent: number } {
  PARTS.setFloat64(0, value);
  const bits = PARTS.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** |value| times a power of ten, rounded as Go does: exactly, and half to even. */
function scaled(value: number, power: number): bigint {
  const { mantissa, exponent } = binary(value);
  let top = mantissa;
  let bottom = 1n;
  if (power >= 0) top *= 10n ** BigInt(power);
  else bottom *= 10n ** BigInt(-power);
  if (exponent >= 0) top <<= BigInt(exponent);
  else bottom <<= BigInt(-exponent);
  return halfToEven(top, bottom);
}

function halfToEven(top: bigint, bottom: bigint): bigint {
  const whole = top / bottom;
  const rest = (top % bottom) * 2n;
  return rest > bottom || (rest === bottom && whole % 2n === 1n) ? whole + 1n : whole;
}

/** `%b`: `4503599627370496p-52`. */
export function formatBinary(value: number): string {
  const { mantissa, exponent } = binary(value);
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

/** `%x`: `0x1.8p+01`. */
export function formatHex(value: number, precision?: number): string {
  const { mantissa: given, exponent: power } = binary(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  let [mantissa, exponent] = [given, power];
  if (mantissa !== 0n) while (mantissa < 1n << 52n) [mantissa, exponent] = [mantissa << 1n, exponent - 1];
  exponent = mantissa === 0n ? 0 : exponent + 52;
  if (precision !== undefined && precision < 13) {
    const cut = BigInt(4 * (13 - precision));
    mantissa = halfToEven(mantissa, 1n << cut) << cut;
    if (mantissa >= 1n << 53n) [mantissa, exponent] = [mantissa >> 1n, exponent + 1];
  }
  const digits = mantissa.toString(16).padStart(14, '0');
  let part = digits.slice(1);
  part = precision === undefined ? part.replace(/0+$/, '') : part.padEnd(precision, '0').slice(0, precision);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}0x${digits[0]}${part === '' ? '' : `.${part}`}p${exponent < 0 ? '-' : '+'}${size}`;
}

function decimal(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  if (!text.includes('e')) return text;
  const [digits = '', exponent = '0'] = text.split('e');
  const [whole = '', part = ''] = digits.replace('-', '').split('.');
  const sign = value < 0 ? '-' : '';
  const shift = Number(exponent);
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${part}`;
  return sign + whole + part.padEnd(shift, '0');
}
