import type { Constant } from './node.ts';
import { quote } from './quote.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]?))/g;

/** What a Go string or character literal means; undefined when its syntax is not valid. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0];
  const body = literal.slice(1, -1);
  if (quote === '`') return body.replaceAll('\r', '');
  if (!body.includes('\\')) return body;
  let isValid = true;
  const bytes: number[] = [];
  const text = body.replace(ESCAPE, (_all, x, short, long, octal, simple: string | undefined) => {
    if (simple !== undefined) {
      const known = simple === (quote === '"' ? "'" : '"') ? undefined : ESCAPES[simple];
      if (known === undefined) isValid = false;
      return known ?? '';
    }
    const code = Number.parseInt(x ?? short ?? long ?? octal, octal === undefined ? 16 : 8);
    const isByte = x !== undefined || octal !== undefined;
    if (isByte ? code > 255 : code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) isValid = false;
    if (!isValid) return '';
    if (isByte) bytes.push(code);
    return String.fromCodePoint(code);
  });
  if (!isValid) return undefined;
  return bytes.some((byte) => byte >= 0x80) ? fromBytes(body, text) : text;
}

/** Escapes of single bytes above 127 are parts of characters: the text is read again, as bytes. */
function fromBytes(body: string, fallback: string): string {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  let from = 0;
  for (const match of body.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(body.slice(from, match.index)));
    const byte = match[1] ?? match[4];
    if (byte !== undefined) bytes.push(Number.parseInt(byte, match[1] === undefined ? 8 : 16));
    else bytes.push(...encoder.encode(unquote(`"${match[0]}"`) ?? ''));
    from = match.index + match[0].length;
  }
  bytes.push(...encoder.encode(body.slice(from)));
  return bytes.length === 0 ? fallback : new TextDecoder().decode(Uint8Array.from(bytes));
}

/** A number literal; a string is what Go says against it. */
export function constantOf(text: string, isCharacter: boolean): Constant | string {
  if (isCharacter) {
    const value = unquote(text);
    if (value === undefined || value === '') return 'invalid syntax';
    if ([...value].length !== 1) return `malformed character constant: ${text}`;
    const code = value.codePointAt(0) ?? 0;
    return { integer: BigInt(code), float: code, isComplex: false, prefersFloat: false };
  }
  if (text.endsWith('i')) {
    return isFloat(text.slice(0, -1).replace(/^[+-]?(?=.)/, '')) || /[+-]/.test(text.slice(1, -1))
      ? { isComplex: true, prefersFloat: false }
      : `illegal number syntax: ${quote(text)}`;
  }
  const integer = integerOf(text);
  if (integer !== undefined) {
    if (integer >= 1n << 64n || integer < -(1n << 63n)) return `integer overflow: ${quote(text)}`;
    return { integer, float: Number(integer), isComplex: false, prefersFloat: false };
  }
  if (!isFloat(text)) return `illegal number syntax: ${quote(text)}`;
  const float = floatOf(text);
  if (!Number.isFinite(float)) return `illegal number syntax: ${quote(text)}`;
  // "1e3" may be given where an int is wanted, though by itself it is a float64.
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`;
  const isWhole = Number.isInteger(float) && Math.abs(float) < 2 ** 63;
  return { ...(isWhole ? { integer: BigInt(float) } : {}), float, isComplex: false, prefersFloat: true };
}

const DIGITS: readonly (readonly [RegExp, string])[] = [
  [/^0[xX](?:_?[\da-fA-F])+$/, '0x'],
  [/^0[bB](?:_?[01])+$/, '0b'],
  [/^0[oO](?:_?[0-7])+$/, '0o'],
  [/^0(?:_?[0-7])*$/, '0o'],
  [/^[1-9](?:_?\d)*$/, ''],
];

function integerOf(text: string): bigint | undefined {
  if (/^(?:0|[1-9]\d*)$/.test(text)) return BigInt(text);
  const negative = text.startsWith('-');
  const digits = /^[+-]/.test(text) ? text.slice(1) : text;
  const form = DIGITS.find(([pattern]) => pattern.test(digits));
  if (form === undefined) return undefined;
  const plain = digits.replaceAll('_', '').replace(form[1] === '' ? /^$/ : /^0[xXbBoO]?(?=.)/, '');
  const value = BigInt(form[1] + plain);
  return negative ? -value : value;
}

function isFloat(text: string): boolean {
  return (
    /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/.test(text) ||
    /^[+-]?0[xX]_?(?=[\da-fA-F.])[\da-fA-F_]*\.?[\da-fA-F_]*[pP][+-]?\d(?:_?\d)*$/.test(text)
  );
}

function floatOf(text: string): number {
  const plain = text.replaceAll('_', '');
  const hex = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/.exec(plain);
  if (hex === null) return Number(plain);
  const [, sign, whole = '', part = '', exponent] = hex;
  const value = Number(`0x${whole}${part}`) * 2 ** (Number(exponent) - 4 * part.length);
  return sign === '-' ? -value : value;
}
