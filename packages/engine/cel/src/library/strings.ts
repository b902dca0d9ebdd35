import { quoteGo } from '@sekisho/base';
import { CelFault } from '../runtime/fault.ts';
import type { CelValue } from '../value/value.ts';
import { listCost, textCost } from './cost.ts';
import { formatText } from './format.ts';
import { globalFunction, method, type Overload } from './function.ts';
import { checkedText } from './text.ts';

/** White space as Unicode defines it, which is not all that JavaScript trims. */
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);

function indexOutOfRange(index: bigint): CelFault {
  return new CelFault(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > characters.length) throw indexOutOfRange(index);
  return characters[Number(index)] ?? '';
}

function isAt(characters: readonly string[], part: readonly string[], at: number): boolean {
  return part.every((char, index) => characters[at + index] === char);
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const [characters, wanted] = [[...text], [...part]];
  if (from < 0n || from > characters.length) throw indexOutOfRange(from);
  for (let at = Number(from); at <= characters.length - wanted.length; at++) {
    if (isAt(characters, wanted, at)) return BigInt(at);
  }
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const [characters, wanted] = [[...text], [...part]];
  if (from !== undefined && (from < 0n || from > characters.length)) throw indexOutOfRange(from);
  const last = characters.length - wanted.length;
  for (let at = from === undefined ? last : Math.min(Number(from), last); at >= 0; at--) {
    if (isAt(characters, wanted, at)) return BigInt(at);
  }
  return -1n;
}

function substring(text: string, start: bigint, end?: bigint): string {
  const characters = [...text];
  const size = BigInt(characters.length);
  if (start < 0n || start > size) throw indexOutOfRange(start);
  if (end === undefined) return characters.slice(Number(start)).join('');
  if (end < 0n || end > size) throw indexOutOfRange(end);
  if (start > end) throw new CelFault(`invalid substring range. start: ${start}, end: ${end}`);
  return characters.slice(Number(start), Number(end)).join('');
}

/** Between characters, too, when the old text is empty. */
function replace(text: string, old: string, next: string, limit = -1n): string {
  if (!text.includes(old)) return text;
  const parts = splitText(text, old, limit < 0n ? undefined : Number(limit));
  checkedText(text.length + parts.length * next.length);
  return parts.join(next);
}

/** The parts around the first `count` places. */
function splitText(text: string, separator: string, count = Number.POSITIVE_INFINITY): string[] {
  const all = separator === '' ? ['', ...text, ''] : text.split(separator);
  if (all.length - 1 <= count) return all;
  const rest = all.slice(count).join(separator);
  return [...all.slice(0, count), rest];
}

function split(text: string, separator: string, limit = -1n): string[] {
  if (limit === 0n) return [];
  if (limit === 1n) return [text];
  const all = separator === '' ? [...text] : text.split(separator);
  if (limit < 0n || all.length <= limit) return all;
  const count = Number(limit) - 1;
  return [...all.slice(0, count), all.slice(count).join(separator)];
}

function join(list: readonly CelValue[], separator = ''): string {
  let length = 0;
  for (const part of list) {
    if (typeof part !== 'string') throw new CelFault('no such overload: join takes a list of strings');
    length += part.length + separator.length;
  }
  checkedText(length);
  return list.join(separator);
}

function trim(text: string): string {
  const start = LEADING.exec(text)?.[0].length ?? 0;
  let end = text.length;
  const space = new RegExp(SPACE);
  while (end > start && space.test(text[end - 1] ?? '')) end--;
  return text.slice(start, end);
}

/** Costs what it costs to go over the receiver. */
function textMethod(signature: string, call: Overload['call']): Overload {
  return method(`string.${signature}`, call, textCost);
}

export const STRINGS: readonly Overload[] = [
  textMethod('charAt(int)', charAt),
  textMethod('indexOf(string)', indexOf),
  textMethod('indexOf(string, int)', indexOf),
  textMethod('lastIndexOf(string)', lastIndexOf),
  textMethod('lastIndexOf(string, int)', lastIndexOf),
  textMethod('lowerAscii()', (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())),
  textMethod('upperAscii()', (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())),
  textMethod('replace(string, string)', replace),
  textMethod('replace(string, string, int)', replace),
  textMethod('split(string)', split),
  textMethod('split(string, int)', split),
  textMethod('substring(int)', substring),
  textMethod('substring(int, int)', substring),
  textMethod('trim()', trim),
  textMethod('reverse()', (text: string) => [...text].reverse().join('')),
  textMethod('format(list)', formatText),
  method('list.join()', join, listCost),
  method('list.join(string)', join, listCost),
  globalFunction('strings.quote(string)', (text: string) => quote(text), textCost),
];

/** Escapes what has a short escape, and nothing else. */
function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  return `"${text.replace(/["\\\x07\b\f\n\r\t\v]/g, (char) => quoteGo(char).slice(1, -1))}"`;
}
