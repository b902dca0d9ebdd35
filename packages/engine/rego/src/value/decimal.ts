/** `±digits × 10^exponent`, exactly. `digits` has no zeros at either end and is empty for zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** Exponents beyond are cut to this: such numbers can be held and compared, never calculated with. */
const MAX_EXPONENT = 1e15;

/** Zeros that are written out before an exponent is used instead. */
const MAX_WRITTEN_ZEROS = 1000;

const NUMBER = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

/** Reads `-12.50e3`. Undefined when the text is no number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  if (whole.length + fraction.length === 0) return undefined;
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  return decimal(match[1] === '-', whole + fraction, exponent - fraction.length);
}

/** A decimal of any digits, brought into its one form. */
export function decimal(negative: boolean, digits: string, exponent: number): Decimal {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === 48) start += 1;
  let end = digits.length;
  while (end > start && digits.charCodeAt(end - 1) === 48) end -= 1;
  if (start === end) return { negative: false, digits: '', exponent: 0 };
  const shifted = exponent + (digits.length - end);
  return {
    negative,
    digits: start === 0 && end === digits.length ? digits : digits.slice(start, end),
    exponent: Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, shifted)),
  };
}

/** The one text of a decimal; an exponent only where many zeros would be needed. */
export function decimalText({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  /** Digits before the point. */
  const point = digits.length + exponent;
  if (exponent >= 0) {
    if (exponent <= MAX_WRITTEN_ZEROS) return sign + digits + '0'.repeat(exponent);
  } else if (point > 0) {
    return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  } else if (point > -6) {
    return `${sign}0.${'0'.repeat(-point)}${digits}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits.slice(0, 1)}${fraction}e${point > 0 ? '+' : ''}${point - 1}`;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return signOf(a) - signOf(b);
  if (a.negative !== b.negative) return a.negative ? -1 : 1;
  const order = compareMagnitudes(a, b);
  return a.negative ? -order : order;
}

function signOf(value: Decimal): number {
  return value.digits === '' ? 0 : value.negative ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  const byLength = a.digits.length + a.exponent - (b.digits.length + b.exponent);
  if (byLength !== 0) return byLength < 0 ? -1 : 1;
  // Both begin at the same power of ten: digits compare as text.
  return a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0;
}
