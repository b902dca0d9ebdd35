/** As CEL writes a double: Go's shortest form, `1e+21`, `NaN`, `Infinity`. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e21)) {
    return size < 1e-6 ? value.toFixed(20).replace(/0+$/, '') : String(value);
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}
