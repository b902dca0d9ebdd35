import { Buffer } from 'node:buffer';
import {
  compareText,
  goFunction,
  quote,
  type TemplateFunction,
  TemplateFunctionError,
  typed,
} from '@sekisho/gotemplate';
import { toText, toTexts } from './cast.ts';
import { lower, upper } from './letter-case.ts';
import { checkCount, checkLength } from './limits.ts';
import { camelCase, kebabCase, snakeCase } from './word-case.ts';
import { wrapLines } from './wrap-lines.ts';

export function texts(items: string[]): string[] {
  return typed(items, '[]string');
}

/** A part of a text counted in bytes, as Go slices it. Half a character becomes U+FFFD. */
function sliceBytes(text: string, from: number, to?: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: only ASCII has as many bytes as characters
  if (/^[\x00-\x7f]*$/.test(text)) return text.slice(from, to);
  return Buffer.from(text).subarray(from, to).toString();
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

function truncate(wanted: bigint, text: string): string {
  const [count, length] = [Number(wanted), byteLength(text)];
  if (count < 0 && length + count > 0) return sliceBytes(text, length + count);
  return count >= 0 && length > count ? sliceBytes(text, 0, count) : text;
}

function substring(from: bigint, to: bigint, text: string): string {
  const length = byteLength(text);
  const [start, wantedEnd] = [Math.max(0, Number(from)), Number(to)];
  const end = from >= 0n && (wantedEnd < 0 || wantedEnd > length) ? length : wantedEnd;
  if (end > length || end < 0)
    throw new TemplateFunctionError(
      end < 0
        ? `runtime error: slice bounds out of range [:${end}]`
        : `runtime error: slice bounds out of range [:${end}] with length ${length}`,
    );
  if (start > end) throw new TemplateFunctionError(`runtime error: slice bounds out of range [${start}:${end}]`);
  return sliceBytes(text, start, end);
}

function repeated(count: bigint, text: string): string {
  if (count < 0n) throw new TemplateFunctionError('strings: negative Repeat count');
  checkLength(Number(count) * text.length);
  return text.repeat(Number(count));
}

function indented(count: bigint, text: string): string {
  if (count < 0n) throw new TemplateFunctionError('strings: negative Repeat count');
  const lines = text.split('\n');
  checkLength(Number(count) * lines.length + text.length);
  const margin = ' '.repeat(Number(count));
  return margin + lines.join(`\n${margin}`);
}

function replaceAll(old: string, fresh: string, text: string): string {
  if (old === '') checkLength(text.length * (fresh.length + 1));
  else checkLength((text.length / old.length) * fresh.length);
  return old === '' ? fresh + [...text].map((char) => char + fresh).join('') : text.split(old).join(fresh);
}

export function splitText(separator: string, text: string, limit?: bigint): string[] {
  const parts = separator === '' ? [...text] : text.split(separator);
  checkCount(parts.length);
  if (limit === undefined || limit < 0n || BigInt(parts.length) <= limit) return parts;
  if (limit === 0n) return [];
  const head = parts.slice(0, Number(limit) - 1);
  return [...head, parts.slice(Number(limit) - 1).join(separator)];
}

/** `map[_0:… _1:…]`. */
function numbered(parts: readonly string[]): Record<string, string> {
  return typed(Object.fromEntries(parts.map((part, index) => [`_${index}`, part])), 'map[string]string');
}

/** Go's `strings.TrimSpace`. */
const SPACE = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING_SPACE = new RegExp(`^${SPACE}+`);
const TRAILING_SPACE = new RegExp(`${SPACE}+$`);
const ALL_SPACE = new RegExp(SPACE, 'g');
/** `strings.Title` takes letters, digits, `_` and whatever else lies beyond ASCII and is no space for parts of a word. */
const WORD_START = /(?<![\p{L}\p{Nd}_]|(?<=[\u0080-\uffff])(?<![\s\u0085]))\p{L}/gu;

export function trimSpace(text: string): string {
  return text.replace(LEADING_SPACE, '').replace(TRAILING_SPACE, '');
}

function trimAll(cutset: string, text: string): string {
  const cut = new Set(cutset);
  const chars = [...text];
  let [from, to] = [0, chars.length];
  while (from < to && cut.has(chars[from] as string)) from++;
  while (to > from && cut.has(chars[to - 1] as string)) to--;
  return chars.slice(from, to).join('');
}

/** Sprig looks at bytes, not characters: where it takes a space out, what isn't ASCII falls apart. */
function withoutSpace(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  const kept = bytes.replace(/[\t\n\v\f\r \u0085\u00a0]/g, '');
  return kept.length === bytes.length ? text : kept;
}

const TITLE_CASE: Readonly<Record<string, string>> = { ǆ: 'ǅ', Ǆ: 'ǅ', ǉ: 'ǈ', Ǉ: 'ǈ', ǌ: 'ǋ', Ǌ: 'ǋ', ǳ: 'ǲ', Ǳ: 'ǲ' };

function title(text: string): string {
  return text.replace(WORD_START, (char) => TITLE_CASE[char] ?? upper(char));
}

function untitle(text: string): string {
  return text.replace(/(^|\s)(\S)/gu, (_, space: string, char: string) => space + lower(char));
}

/** The case of each letter turned; the first letter of a word becomes title case. */
function swapCase(text: string): string {
  return [...text]
    .map((char) => (/[\p{Lu}\p{Lt}]/u.test(char) ? lower(char) : /\p{Ll}/u.test(char) ? upper(char) : char))
    .join('');
}

function initials(text: string): string {
  return text
    .split(ALL_SPACE)
    .filter((word) => word !== '')
    .map((word) => [...word][0])
    .join('');
}

/** The beginning, and `...`; widths below 4 leave the text as it is. */
function abbreviate(width: bigint, text: string): string {
  return abbreviateBoth(0n, width, text);
}

/** A window of a text with `...` where something was left out. */
function abbreviateBoth(offsetWanted: bigint, widthWanted: bigint, text: string): string {
  const [width, length] = [Number(widthWanted), byteLength(text)];
  let offset = Number(offsetWanted);
  if (width < 4 || (offset > 0 && width < 7) || length <= width) return text;
  if (offset > length) offset = length;
  if (length - offset < width - 3) offset = length - (width - 3);
  if (offset <= 4) return `${sliceBytes(text, 0, width - 3)}...`;
  if (offset + width - 3 < length) return `...${abbreviate(BigInt(width - 3), sliceBytes(text, offset))}`;
  return `...${sliceBytes(text, length - (width - 3))}`;
}

const S = 'string';
const I = 'int';

export const stringFunctions: Readonly<Record<string, TemplateFunction>> = {
  abbrev: goFunction([I, S], abbreviate),
  abbrevboth: goFunction([I, I, S], abbreviateBoth),
  trunc: goFunction([I, S], truncate),
  trim: goFunction([S], trimSpace),
  upper: goFunction([S], upper),
  lower: goFunction([S], lower),
  title: goFunction([S], title),
  untitle: goFunction([S], untitle),
  substr: goFunction([I, I, S], substring),
  repeat: goFunction([I, S], repeated),
  trimall: goFunction([S, S], trimAll),
  trimAll: goFunction([S, S], trimAll),
  trimSuffix: goFunction([S, S], (end: string, text: string) =>
    end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  trimPrefix: goFunction([S, S], (start: string, text: string) =>
    text.startsWith(start) ? text.slice(start.length) : text,
  ),
  nospace: goFunction([S], withoutSpace),
  initials: goFunction([S], initials),
  swapcase: goFunction([S], swapCase),
  snakecase: goFunction([S], snakeCase),
  camelcase: goFunction([S], camelCase),
  kebabcase: goFunction([S], kebabCase),
  wrap: goFunction([I, S], (width: bigint, text: string) => wrapLines(Number(width), '\n', false, text)),
  wrapWith: goFunction([I, S, S], (width: bigint, separator: string, text: string) =>
    wrapLines(Number(width), separator, true, text),
  ),
  contains: goFunction([S, S], (part: string, text: string) => text.includes(part)),
  hasPrefix: goFunction([S, S], (start: string, text: string) => text.startsWith(start)),
  hasSuffix: goFunction([S, S], (end: string, text: string) => text.endsWith(end)),
  quote: goFunction(['...interface {}'], (...values: unknown[]) =>
    present(values)
      .map((value) => quote(toText(value)))
      .join(' '),
  ),
  squote: goFunction(['...interface {}'], (...values: unknown[]) =>
    present(values)
      .map((value) => `'${toText(value)}'`)
      .join(' '),
  ),
  cat: goFunction(['...interface {}'], (...values: unknown[]) => present(values).map(toText).join(' ')),
  indent: goFunction([I, S], indented),
  nindent: goFunction([I, S], (count: bigint, text: string) => `\n${indented(count, text)}`),
  replace: goFunction([S, S, S], replaceAll),
  plural: goFunction([S, S, I], (one: string, many: string, count: bigint) => (count === 1n ? one : many)),
  split: goFunction([S, S], (separator: string, text: string) => numbered(splitText(separator, text))),
  splitn: goFunction([S, I, S], (separator: string, limit: bigint, text: string) =>
    numbered(splitText(separator, text, limit)),
  ),
  splitList: goFunction([S, S], (separator: string, text: string) => texts(splitText(separator, text))),
  join: goFunction([S, 'interface {}'], (separator: string, value: unknown) => {
    const parts = toTexts(value);
    checkLength(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
    return parts.join(separator);
  }),
  sortAlpha: goFunction(['interface {}'], (value: unknown) =>
    texts(Array.isArray(value) ? toTexts(value).sort(compareText) : [toText(value)]),
  ),
  toStrings: goFunction(['interface {}'], (value: unknown) => texts(toTexts(value))),
  toString: goFunction(['interface {}'], toText),
};

function present(values: readonly unknown[]): unknown[] {
  return values.filter((value) => value !== null && value !== undefined);
}
