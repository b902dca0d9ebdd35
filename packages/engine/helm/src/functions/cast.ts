import { Integer, integerOf, plain, type Value } from '@sekisho/gotemplate';

/** How Sprig makes numbers and texts of anything; what isn't one is 0. */

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** `strconv.ParseInt(text, 0, 64)`. */
function parseInteger(text: string): bigint | undefined {
  const match =
    /^([+-]?)(?:(0[xX])((?:_?[\da-fA-F])+)|(0[bB])((?:_?[01])+)|(0[oO]?)((?:_?[0-7])+)|([1-9](?:_?\d)*|0))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, , hex, , binary, , octal, decimal] = match;
  const literal =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal;
  const magnitude = BigInt((literal ?? '0').replaceAll('_', ''));
  const value = sign === '-' ? -magnitude : magnitude;
  return value < MIN_INT64 || value > MAX_INT64 ? undefined : value;
}

/** An integer of 64 bits. */
export function toInt64(value: Value): bigint {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'number':
      return truncated(value);
    case 'boolean':
      return value ? 1n : 0n;
    case 'string':
      return parseInteger(value.replace(/\.0*$/, '')) ?? 0n;
    default:
      return value instanceof Integer ? BigInt.asIntN(64, value.value) : 0n;
  }
}

/** What amd64 makes of a double that no integer holds is the smallest one. */
function truncated(value: number): bigint {
  if (!Number.isFinite(value) || value >= 2 ** 63 || value < -(2 ** 63)) return MIN_INT64;
  return BigInt(Math.trunc(value));
}

const FLOAT = /^[+-]?(?:(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d+)?)$/;
const HEX_FLOAT = /^([+-]?)0[xX]([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d+)$/;

/** `strconv.ParseFloat`; undefined when it isn't one, or too large. */
function parseFloat64(text: string): number | undefined {
  const special = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text);
  if (special !== null) return special[2] !== undefined ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
  const hex = HEX_FLOAT.exec(text);
  if (hex !== null) {
    const [, sign, whole = '', part = '', exponent = '0'] = hex;
    if (whole + part === '' || whole.length + part.length > 64) return undefined;
    const value = Number(BigInt(`0x${whole}${part}`)) * 2 ** (Number(exponent) - 4 * part.length);
    return sign === '-' ? -value : value;
  }
  if (!/\d/.test(text) || !FLOAT.test(text) || text.includes('_')) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export function toFloat64(value: Value): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return parseFloat64(value) ?? 0;
    default:
      return Number(integerOf(value) ?? 0n);
  }
}

/** Sprig's `toString`: texts and bytes as they are, others as `%v` prints them. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return plain(value ?? null);
}

/** Items of a list as texts, those that are nil left out; what is no list stands for itself. */
export function toTexts(value: Value): string[] {
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== undefined).map(toText);
  return value === null || value === undefined ? [] : [toText(value)];
}
