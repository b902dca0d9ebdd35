import { SekishoError } from '@sekisho/base';

/** A number with a unit as Kubernetes writes it: value = digits × 10^-scale, exactly. */
export interface Quantity {
  readonly digits: bigint;
  /** Decimal places of `digits`; negative when the value is a multiple of a power of ten. */
  readonly scale: number;
  /** The family of suffixes in which the value is written back. */
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/;
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffixes: readonly (readonly [exponent: number, suffix: string])[] = [
  [18, 'E'],
  [15, 'P'],
  [12, 'T'],
  [9, 'G'],
  [6, 'M'],
  [3, 'k'],
  [0, ''],
  [-3, 'm'],
  [-6, 'u'],
  [-9, 'n'],
];
const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
/** Longer texts are refused: the largest value that Kubernetes can hold needs far less. */
const maxLength = 128;
const maxValue = 2n ** 63n - 1n;

/**
 * Reads a quantity (`500m`, `1.5Gi`, `1e3`, or a JSON number).
 * @throws SekishoError QUANTITY_INVALID
 * @see resource.Quantity of k8s.io/apimachinery
 */
export function parseQuantity(text: string | number): Quantity {
  const parsed = tryParseQuantity(text);
  if (parsed === undefined) {
    throw new SekishoError(
      'QUANTITY_INVALID',
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
      { hint: 'Write a number with an optional unit, such as 500m, 1.5Gi or 2.' },
    );
  }
  return parsed;
}

/** Like {@link parseQuantity}, undefined for what is no quantity. Finer than nano is rounded up, too large is capped. */
export function tryParseQuantity(input: unknown): Quantity | undefined {
  const text = typeof input === 'number' && Number.isFinite(input) ? String(input) : input;
  if (typeof text !== 'string' || text.length > maxLength) return undefined;
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentMark, exponentText, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction);
  const signed = sign === '-' ? -magnitude : magnitude;
  if (exponentMark !== undefined) {
    const exponent = Number(exponentText);
    if (Math.abs(exponent) > 100) return undefined;
    return limited(signed, fraction.length - exponent, 'DecimalExponent');
  }
  const binary = binarySuffixes.indexOf(suffix as (typeof binarySuffixes)[number]);
  if (binary >= 0) return limited(signed << BigInt(10 * (binary + 1)), fraction.length, 'BinarySI');
  return limited(signed, fraction.length - (decimalExponents[suffix] ?? 0), 'DecimalSI');
}

function limited(digits: bigint, scale: number, format: Quantity['format']): Quantity {
  let value = digits;
  let places = scale;
  if (places > 9) {
    const unit = 10n ** BigInt(places - 9);
    const rest = value % unit;
    value /= unit;
    if (rest !== 0n) value += rest > 0n ? 1n : -1n;
    places = 9;
  }
  while (places > -30 && value !== 0n && value % 10n === 0n) {
    value /= 10n;
    places -= 1;
  }
  if (value === 0n) return { digits: 0n, scale: 0, format };
  const capped = atScale(value, places, 0);
  if (capped > maxValue || capped < -maxValue) return { digits: capped > 0n ? maxValue : -maxValue, scale: 0, format };
  return { digits: value, scale: places, format };
}

/** The value in units of 10^-target, fractions cut off. */
function atScale(digits: bigint, scale: number, target: number): bigint {
  return scale <= target ? digits * 10n ** BigInt(target - scale) : digits / 10n ** BigInt(scale - target);
}

/** Negative, zero or positive as `a` is smaller than, equal to or larger than `b`. */
export function compareQuantity(a: Quantity | string | number, b: Quantity | string | number): number {
  const left = toQuantity(a);
  const right = toQuantity(b);
  const scale = Math.max(left.scale, right.scale);
  const x = atScale(left.digits, left.scale, scale);
  const y = atScale(right.digits, right.scale, scale);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The sum, written in the first one's family of suffixes (the second's when the first is zero). */
export function addQuantity(a: Quantity, b: Quantity): Quantity {
  const scale = Math.max(a.scale, b.scale);
  const sum = atScale(a.digits, a.scale, scale) + atScale(b.digits, b.scale, scale);
  return limited(sum, scale, a.digits === 0n ? b.format : a.format);
}

export function negateQuantity(quantity: Quantity): Quantity {
  return { ...quantity, digits: -quantity.digits };
}

/** The value as a floating point number, for rough arithmetic such as scheduling scores. */
export function quantityToNumber(quantity: Quantity | string | number): number {
  const { digits, scale } = toQuantity(quantity);
  return scale >= 0 ? Number(digits) / 10 ** scale : Number(digits) * 10 ** -scale;
}

const canonical = new Map<string, string>();
const maxRemembered = 2_000;

/**
 * The one way in which the API server writes a value back: `1000m` → `1`, `0.5` → `500m`, `1024Mi` → `1Gi`.
 * @throws SekishoError QUANTITY_INVALID
 */
export function canonicalQuantity(text: string | number): string {
  const key = typeof text === 'number' ? String(text) : text;
  let result = canonical.get(key);
  if (result === undefined) {
    result = formatQuantity(parseQuantity(key));
    if (canonical.size >= maxRemembered) canonical.clear();
    canonical.set(key, result);
  }
  return result;
}

/** Writes a quantity: no fraction, the largest suffix that allows it. */
export function formatQuantity(quantity: Quantity): string {
  const { digits, scale } = quantity;
  if (digits === 0n) return '0';
  if (quantity.format === 'BinarySI') {
    const whole = scale <= 0 ? atScale(digits, scale, 0) : undefined;
    // Fractions, and values below 1024, have no binary suffix.
    if (whole === undefined || (whole < 1024n && whole > -1024n)) return formatDecimal(digits, scale);
    let value = whole;
    let power = 0;
    while (power < binarySuffixes.length && value % 1024n === 0n) {
      value /= 1024n;
      power += 1;
    }
    return `${value}${power === 0 ? '' : binarySuffixes[power - 1]}`;
  }
  if (quantity.format === 'DecimalExponent') {
    const exponent = Math.floor(-scale / 3) * 3;
    const value = atScale(digits, scale, -exponent);
    return exponent === 0 ? String(value) : `${value}e${exponent}`;
  }
  return formatDecimal(digits, scale);
}

function formatDecimal(digits: bigint, scale: number): string {
  for (const [exponent, suffix] of decimalSuffixes) {
    if (scale <= -exponent) return `${atScale(digits, scale, -exponent)}${suffix}`;
  }
  return `${atScale(digits, scale, 9)}n`;
}

function toQuantity(value: Quantity | string | number): Quantity {
  return typeof value === 'object' ? value : parseQuantity(value);
}
