/** Forms of strconv.FormatFloat. */
export type FloatForm = 'e' | 'f' | 'g';

/** Go's strconv.FormatFloat; without a precision the shortest text that reads back the same. */
export function formatFloat(value: number, form: FloatForm, precision?: number, keepsZeros = false): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (form === 'e') return exponential(value, precision);
  if (form === 'f') return precision === undefined ? decimal(value) : fixed(value, precision);
  const digits = precision === undefined ? undefined : Math.max(1, precision);
  const shortest = exponential(value, digits === undefined ? undefined : digits - 1);
  const exponent = Number(/e([+-]\d+)$/.exec(shortest)?.[1] ?? 0);
  // Without a precision Go decides as if it were 6: a million is 1e+06.
  if (exponent < -4 || exponent >= (digits ?? 6)) {
    return keepsZeros ? shortest : shortest.replace(/(\.\d*?)0+e/, '$1e').replace('.e', 'e');
  }
  if (digits === undefined) return decimal(value);
  const text = fixed(value, Math.max(0, digits - 1 - exponent));
  return keepsZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '');
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

/** |value| times a power of ten, rounded as Go does: exactly, and half to even. */
function scaled(value: number, power: number): bigint {
  PARTS.setFloat64(0, value);
  const bits = PARTS.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  let top = mantissa;
  let bottom = 1n;
  if (power >= 0) top *= 10n ** BigInt(power);
  else bottom *= 10n ** BigInt(-power);
  if (exponent >= 0) top <<= BigInt(exponent);
  else bottom <<= BigInt(-exponent);
  const whole = top / bottom;
  const rest = (top % bottom) * 2n;
  return rest > bottom || (rest === bottom && whole % 2n === 1n) ? whole + 1n : whole;
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
