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
  const sign = Object.is(value, -0) ? '-' : '';
  const text = value.toExponential(digits === undefined ? undefined : Math.min(digits, 100));
  const more = digits !== undefined && digits > 100 ? '0'.repeat(digits - 100) : '';
  return sign + text.replace(/e([+-])(\d)$/, 'e$10$2').replace('e', `${more}e`);
}

/** All digits, as exactly as the binary number is. */
function fixed(value: number, digits: number): string {
  const magnitude = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const more = digits > 100 ? '0'.repeat(digits - 100) : '';
  if (magnitude < 1e21) return sign + magnitude.toFixed(Math.min(digits, 100)) + more;
  return `${sign}${BigInt(magnitude)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
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
