import { type NumberValue, numberFromBigInt, numberFromText } from '../value/number.ts';

/**
 * How the YAML library of OPA reads plain scalars: booleans of YAML 1.2 only, numbers in Go's spellings (`0x1F`, `0o17`,
 * `017`, `0b11`, `1_000`), integers of 64 bits exactly and all others as doubles. Dates stay texts.
 */
export function resolvePlain(text: string): null | boolean | NumberValue | string {
  const known = KNOWN.get(text);
  if (known !== undefined) return known;
  if (!/^[-+.\d]/.test(text)) return text;
  if (NOT_JSON.test(text)) return Number.NaN;
  return resolveNumber(text.replaceAll('_', '')) ?? text;
}

const KNOWN: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
]);

/** `.inf` and `.nan`: numbers that JSON has not. */
const NOT_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const INTEGER = /^([-+]?)(0[xX][0-9A-Fa-f]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/;

function resolveNumber(text: string): NumberValue | undefined {
  const integer = INTEGER.exec(text);
  if (integer !== null) {
    const digits = integer[2] ?? '';
    const octal = /^0[oO]?([0-7]+)$/.exec(digits);
    const magnitude = BigInt(octal === null ? digits : `0o${octal[1]}`);
    const value = integer[1] === '-' ? -magnitude : magnitude;
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return numberFromBigInt(value);
  }
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? numberFromText(`${value}`) : undefined;
}

/** Base 60, which YAML 1.1 readers take for numbers. */
const BASE_60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;
const OLD_BOOLEANS = /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?(?:Z|[-+]\d{2}:\d{2})?)?$/;

/** Whether a text must stand in quotes, for some reader would take it for something else. */
export function isAmbiguous(text: string): boolean {
  return typeof resolvePlain(text) !== 'string' || BASE_60.test(text) || OLD_BOOLEANS.test(text) || DATE.test(text);
}
