import { resolvePlainScalar as resolveOld } from '@sekisho/base';
import { Scalar } from './node.ts';

const WORDS: ReadonlyMap<string, Scalar> = new Map(
  (
    [
      ['null', '', '~', 'null', 'Null', 'NULL'],
      ['bool', 'true', 'True', 'TRUE', 'false', 'False', 'FALSE'],
      ['float', '.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'],
    ] as const
  ).flatMap(([type, ...words]) => words.map((word) => [word, new Scalar(word, type)] as const)),
);

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[-+]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?))?$/;

/** What a plain scalar is: YAML 1.2's booleans, YAML 1.1's octals, and timestamps. `''` and others stay text when quoted. */
export function resolvePlainScalar(text: string): string | Scalar {
  if (text.length <= 5) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  const first = text.charCodeAt(0);
  if (!((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46)) return text;
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  if (INTEGER.test(plain)) return new Scalar(text, 'int');
  if (FLOAT.test(plain)) return new Scalar(text, 'float');
  if (first >= 48 && first <= 57 && isTimestamp(text)) return new Scalar(text, 'timestamp');
  return text;
}

export function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  if (match === null) return false;
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4] ?? match[9] ?? 0);
  const minute = Number(match[5] ?? match[10] ?? 0);
  const second = Number(match[6] ?? match[11] ?? 0);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= new Date(Date.UTC(Number(match[1]), month, 0)).getUTCDate();
}

/** RFC 3339, as Go writes a time in JSON. */
export function timestampText(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (match === null) return text;
  const two = (part: string | undefined) => (part ?? '0').padStart(2, '0');
  const fraction = (match[7] ?? match[12] ?? '').replace(/0+$/, '').replace(/^\.$/, '').slice(0, 10);
  const zone = match[8] === undefined || match[8] === '+00:00' || match[8] === '-00:00' ? 'Z' : match[8];
  const time = `${two(match[4] ?? match[9])}:${two(match[5] ?? match[10])}:${two(match[6] ?? match[11])}`;
  return `${match[1]}-${two(match[2])}-${two(match[3])}T${time}${fraction}${zone}`;
}

/** From this exponent on, Go writes one. */
const SHORT_PRECISION = 6;

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** The number that a scalar of type int or float is; a bigint for integers that fit in 64 bits. */
export function numberOf(scalar: Scalar): number | bigint {
  const plain = scalar.text.replaceAll('_', '');
  if (scalar.type === 'int') {
    const negative = plain.startsWith('-');
    const digits = plain.replace(/^[-+]/, '');
    const octal = /^0[0-7]+$/.test(digits);
    const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    if (magnitude <= (negative ? MAX_INT64 + 1n : MAX_UINT64)) return negative ? -magnitude : magnitude;
    return Number(negative ? -magnitude : magnitude);
  }
  const word = plain.toLowerCase().replace('+', '');
  if (word === '.nan') return Number.NaN;
  if (word === '.inf') return Number.POSITIVE_INFINITY;
  if (word === '-.inf') return Number.NEGATIVE_INFINITY;
  return Number(plain);
}

/** A number as Go's JSON encoder writes it. */
export function goJsonNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return value.toString();
  if (Object.is(value, -0)) return '-0';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e21)) {
    return value.toExponential().replace(/e([-+])0?(\d)$/, 'e$1$2');
  }
  return plainDecimal(value);
}

/** A float as Go's `%g` with the shortest precision writes it. */
export function goShortFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (value === 0) return '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < SHORT_PRECISION) return plainDecimal(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Without an exponent. */
function plainDecimal(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', exponentText = '0'] = text.split('e');
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const body =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + '0'.repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${body}` : body;
}

/** How the output writes a number: what JSON holds as an integer is one again. */
export function outputNumber(scalar: Scalar): string {
  const value = numberOf(scalar);
  if (typeof value === 'bigint') return value.toString();
  const json = goJsonNumber(value);
  if (/^-?\d+$/.test(json)) {
    const whole = BigInt(json);
    if (whole >= -MAX_INT64 - 1n && whole <= MAX_UINT64) return whole.toString();
  }
  return goShortFloat(value);
}

/** What a plain scalar of a configuration file is: by YAML 1.1, where `yes` and `n` are booleans, and without timestamps. */
export function resolveOldScalar(text: string): string | Scalar {
  const value = resolveOld(text);
  if (typeof value === 'boolean') return new Scalar(String(value), 'bool');
  const scalar = resolvePlainScalar(text);
  return scalar instanceof Scalar && scalar.type === 'timestamp' ? text : scalar;
}

export function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true';
}
