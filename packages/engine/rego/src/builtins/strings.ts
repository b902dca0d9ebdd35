import {
  anyOf,
  anyType,
  arrayOf,
  booleanType,
  fn,
  numberType,
  objectOf,
  setOf,
  stringType,
} from '../types/construct.ts';
import type { FunctionType } from '../types/type.ts';
import { compareCodePoints } from '../value/compare.ts';
import { formatValue } from '../value/format.ts';
import { kindOf } from '../value/kind.ts';
import { forEachEntry } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import {
  arrayOperand,
  builtinFault,
  integerOperand,
  objectOperand,
  operandFault,
  stringOperand,
  typeFault,
} from './operand.ts';
import { MAX_TEXT, spendText } from './text-limit.ts';

// Go's strings are UTF-8 and its functions count code points where OPA lets them; JavaScript counts UTF-16 units. Every
// function below is the same on text without surrogates, which a cheap test finds.
const SURROGATES = /[\ud800-\udfff]/;
const ASCII_ONLY = /^[\0-\x7f]*$/;
/** `unicode.IsSpace`: other than JavaScript's, with U+0085 and without U+FEFF. */
const SPACES = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING_SPACE = new RegExp(`^[${SPACES}]+`);

function codePointLength(text: string): number {
  if (!SURROGATES.test(text)) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** Go maps code points one by one: no `ß` → `SS`, no final sigma. */
export function toLower(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toLowerCase();
  let lower = '';
  for (const char of text) lower += char === 'İ' ? 'i' : char.toLowerCase();
  return lower;
}

export function toUpper(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toUpperCase();
  let upper = '';
  for (const char of text) upper += upperOf(char);
  return upper;
}

function upperOf(char: string): string {
  const upper = char.toUpperCase();
  const point = char.codePointAt(0) as number;
  if (upper.length === char.length && codePointLength(upper) === 1) return upper;
  // Greek with iota subscript has capitals of one code point besides the two that JavaScript gives.
  if (point >= 0x1f80 && point <= 0x1faf) return (point & 8) === 0 ? String.fromCodePoint(point + 8) : char;
  if (point === 0x1fb3 || point === 0x1fc3 || point === 0x1ff3) return String.fromCodePoint(point + 9);
  return codePointLength(upper) === 1 ? upper : char;
}

function trimSpaceStart(text: string): string {
  return text.replace(LEADING_SPACE, '');
}

/** By hand: a regular expression that looks for the end tries every space of the text. */
function trimSpaceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && LEADING_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

function trimCutset(text: string, cutset: string, isLeft: boolean, isRight: boolean): string {
  const cut = new Set(cutset);
  let start = 0;
  let end = text.length;
  while (isLeft && start < end) {
    const char = String.fromCodePoint(text.codePointAt(start) as number);
    if (!cut.has(char)) break;
    start += char.length;
  }
  while (isRight && end > start) {
    const isPair = end - start > 1 && SURROGATES.test(text.charAt(end - 1));
    const char = text.slice(isPair ? end - 2 : end - 1, end);
    if (!cut.has(char)) break;
    end -= char.length;
  }
  return text.slice(start, end);
}

/** Position in code points of a position in UTF-16 units. */
function codePointIndex(text: string, index: number): number {
  return index <= 0 ? index : codePointLength(text.slice(0, index));
}

function indexOfAll(context: BuiltinContext, text: string, search: string): number[] {
  const found: number[] = [];
  const isWide = SURROGATES.test(text);
  let before = 0;
  let last = 0;
  for (let at = text.indexOf(search); at !== -1; at = text.indexOf(search, at + 1)) {
    if (found.length % 64 === 0) context.spend(64);
    before += isWide ? codePointLength(text.slice(last, at)) : at - last;
    last = at;
    found.push(before);
  }
  return found;
}

function substring(text: string, offset: number, length: number): string {
  if (!SURROGATES.test(text)) return length < 0 ? text.slice(offset) : text.slice(offset, offset + length);
  const chars = [...text];
  return (length < 0 ? chars.slice(offset) : chars.slice(offset, offset + length)).join('');
}

function countOf(text: string, search: string): number {
  if (search === '') return codePointLength(text) + 1;
  let count = 0;
  for (let at = text.indexOf(search); at !== -1; at = text.indexOf(search, at + search.length)) count++;
  return count;
}

function replaceAll(context: BuiltinContext, name: string, text: string, old: string, by: string): string {
  const growth = by.length - old.length;
  if (growth > 0 && text.length > 256) {
    spendText(context, name, text.length + growth * countOf(text, old));
  }
  if (old === '') return `${by}${[...text].map((char) => char + by).join('')}`;
  // By hand: for the short texts of policies half of what `split` and `join` or the method of strings take.
  let result = '';
  let last = 0;
  for (let at = text.indexOf(old); at !== -1; at = text.indexOf(old, last)) {
    result += text.slice(last, at) + by;
    last = at + old.length;
  }
  return last === 0 ? text : result + text.slice(last);
}

function split(context: BuiltinContext, text: string, delimiter: string): string[] {
  const parts = delimiter === '' ? [...text] : text.split(delimiter);
  if (parts.length > 64) context.spend(parts.length);
  return parts;
}

/** The first `count` parts, all but the last `-count` when it is negative. */
function splitN(context: BuiltinContext, text: string, delimiter: string, count: number): string[] {
  const parts = split(context, text, delimiter);
  return count < 0 ? parts.slice(count) : parts.slice(0, count);
}

/** `strings.Replacer`: at each position the first pattern in order that matches there; an empty one matches everywhere. */
function replaceMany(
  context: BuiltinContext,
  name: string,
  patterns: readonly (readonly [string, string])[],
  text: string,
) {
  const byFirst = new Map<string, (readonly [string, string])[]>();
  const empty = patterns.find(([old]) => old === '')?.[1];
  for (const pattern of patterns) {
    if (pattern[0] === '') continue;
    const first = pattern[0].charAt(0);
    const same = byFirst.get(first);
    if (same === undefined) byFirst.set(first, [pattern]);
    else same.push(pattern);
  }
  let result = '';
  let last = 0;
  let isAfterEmpty = false;
  for (let at = 0; at <= text.length; ) {
    if (empty !== undefined && !isAfterEmpty && !isLowSurrogateAt(text, at)) {
      result += text.slice(last, at) + empty;
      last = at;
      isAfterEmpty = true;
      checkLengthOf(result);
      continue;
    }
    isAfterEmpty = false;
    const match = byFirst.get(text.charAt(at))?.find(([old]) => text.startsWith(old, at));
    if (match === undefined) {
      at++;
      continue;
    }
    result += text.slice(last, at) + match[1];
    at += match[0].length;
    last = at;
    checkLengthOf(result);
  }
  context.spend((text.length + result.length) >>> 2);
  return result + text.slice(last);

  function checkLengthOf(made: string): void {
    if (made.length > MAX_TEXT) throw builtinFault(name, `result is longer than ${MAX_TEXT} characters`);
  }
}

function isLowSurrogateAt(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

function replaceN(context: BuiltinContext, patterns: Value, text: Value): string {
  const name = 'strings.replace_n';
  const pairs: [string, string][] = [];
  const object = objectOperand(name, 1, patterns);
  const subject = stringOperand(name, 2, text);
  forEachEntry(object, (key, value) => {
    if (typeof key !== 'string') throw typeFault(name, 'operand 1 non-string key found in pattern object');
    if (typeof value !== 'string') throw typeFault(name, 'operand 1 non-string value found in pattern object');
    pairs.push([key, value]);
  });
  pairs.sort((a, b) => compareCodePoints(a[0], b[0]));
  return replaceMany(context, name, pairs, subject);
}

/** Strings of an array or set. */
function stringsOperand(name: string, position: number, value: Value, kinds: readonly ('string' | 'set' | 'array')[]) {
  if (typeof value === 'string' && kinds.includes('string')) return [value];
  const isSet = value instanceof RegoSet;
  if (!isSet && !Array.isArray(value)) throw operandFault(name, position, value, ...kinds);
  const items = isSet ? [...value.values()] : (value as readonly Value[]);
  for (const item of items) {
    if (typeof item === 'string') continue;
    const kind = isSet ? 'set' : 'array';
    throw typeFault(name, `operand ${position} must be ${kind} of strings but got ${kind} containing ${kindOf(item)}`);
  }
  return items as readonly string[];
}

function concat(context: BuiltinContext, delimiter: Value, parts: Value): string {
  const glue = stringOperand('concat', 1, delimiter);
  const items = stringsOperand('concat', 2, parts, ['set', 'array']);
  if (items.length > 16) {
    const length = items.reduce((sum, item) => sum + item.length, glue.length * items.length);
    spendText(context, 'concat', length);
  }
  return (parts instanceof RegoSet ? [...items].sort(compareCodePoints) : items).join(glue);
}

function anyMatch(
  context: BuiltinContext,
  name: string,
  strings: Value,
  affixes: Value,
  matches: (text: string, affix: string) => boolean,
): boolean {
  const texts = stringsOperand(name, 1, strings, ['string', 'set', 'array']);
  const wanted = stringsOperand(name, 2, affixes, ['string', 'set', 'array']);
  context.spend(texts.length * wanted.length);
  return texts.some((text) => wanted.some((affix) => matches(text, affix)));
}

/** Parts are strings and, for each expression, a set of its value; an empty set is undefined. */
function templateString(parts: Value): string {
  const name = 'internal.template_string';
  let text = '';
  for (const part of arrayOperand(name, 1, parts)) {
    if (!(part instanceof RegoSet)) {
      text += typeof part === 'string' ? part : formatValue(part);
      continue;
    }
    if (part.size === 0) text += '<undefined>';
    for (const value of part.values()) text += typeof value === 'string' ? value : formatValue(value);
  }
  return text;
}

function renderTemplate(context: BuiltinContext, template: Value, values: Value): string {
  const name = 'strings.render_template';
  const text = stringOperand(name, 1, template);
  const members = objectOperand(name, 2, values);
  const render = context.outside.renderTemplate;
  if (render === undefined) throw builtinFault(name, 'this evaluation was given no renderer of templates');
  try {
    return render(text, members);
  } catch (error) {
    throw error instanceof Error ? builtinFault(name, error.message) : error;
  }
}

const affixType = anyOf(stringType, arrayOf(stringType), setOf(stringType));
const textToText = fn([stringType], stringType);
const twoTextsToText = fn([stringType, stringType], stringType);
const twoTextsToBoolean = fn([stringType, stringType], booleanType);

/** A built-in of strings only, whose operands are checked here. */
function ofStrings(
  name: string,
  type: FunctionType,
  evaluate: (context: BuiltinContext, a: string, b: string, c: string) => Value,
): Builtin {
  const arity = type.args.length;
  return {
    name,
    type,
    evaluate: (context, a, b, c) => {
      if (typeof a !== 'string') throw operandFault(name, 1, a as Value, 'string');
      if (arity > 1 && typeof b !== 'string') throw operandFault(name, 2, b as Value, 'string');
      if (arity > 2 && typeof c !== 'string') throw operandFault(name, 3, c as Value, 'string');
      return evaluate(context, a, b as string, c as string);
    },
  };
}

export const STRING_BUILTINS: readonly Builtin[] = [
  {
    name: 'concat',
    type: fn([stringType, anyOf(arrayOf(stringType), setOf(stringType))], stringType),
    evaluate: (context, delimiter, parts) => concat(context, delimiter as Value, parts as Value),
  },
  ofStrings('contains', twoTextsToBoolean, (_, text, search) => text.includes(search)),
  ofStrings('startswith', twoTextsToBoolean, (_, text, search) => text.startsWith(search)),
  ofStrings('endswith', twoTextsToBoolean, (_, text, search) => text.endsWith(search)),
  ofStrings('lower', textToText, (_, text) => toLower(text)),
  ofStrings('upper', textToText, (_, text) => toUpper(text)),
  ofStrings('indexof', fn([stringType, stringType], numberType), (_, text, search) => {
    if (search === '') throw builtinFault('indexof', 'empty search character');
    return codePointIndex(text, text.indexOf(search));
  }),
  ofStrings('indexof_n', fn([stringType, stringType], arrayOf(numberType)), (context, text, search) => {
    if (search === '') throw builtinFault('indexof_n', 'empty search character');
    return indexOfAll(context, text, search);
  }),
  ofStrings('replace', fn([stringType, stringType, stringType], stringType), (context, text, old, by) =>
    replaceAll(context, 'replace', text, old, by),
  ),
  ofStrings('split', fn([stringType, stringType], arrayOf(stringType)), split),
  {
    name: 'strings.split_n',
    type: fn([stringType, stringType, numberType], arrayOf(stringType)),
    evaluate: (context, text, delimiter, count) =>
      splitN(
        context,
        stringOperand('strings.split_n', 1, text as Value),
        stringOperand('strings.split_n', 2, delimiter as Value),
        integerOperand('strings.split_n', 3, count as Value),
      ),
  },
  {
    name: 'substring',
    type: fn([stringType, numberType, numberType], stringType),
    evaluate: (_, text, offset, length) => {
      const subject = stringOperand('substring', 1, text as Value);
      const start = integerOperand('substring', 2, offset as Value);
      const count = integerOperand('substring', 3, length as Value);
      if (start < 0) throw builtinFault('substring', 'negative offset');
      return substring(subject, start, count);
    },
  },
  ofStrings('trim', twoTextsToText, (_, text, cutset) => trimCutset(text, cutset, true, true)),
  ofStrings('trim_left', twoTextsToText, (_, text, cutset) => trimCutset(text, cutset, true, false)),
  ofStrings('trim_right', twoTextsToText, (_, text, cutset) => trimCutset(text, cutset, false, true)),
  ofStrings('trim_prefix', twoTextsToText, (_, text, prefix) =>
    text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  ofStrings('trim_suffix', twoTextsToText, (_, text, suffix) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  ofStrings('trim_space', textToText, (_, text) => trimSpaceEnd(trimSpaceStart(text))),
  ofStrings('strings.count', fn([stringType, stringType], numberType), (_, text, search) => countOf(text, search)),
  ofStrings('strings.reverse', textToText, (_, text) => [...text].reverse().join('')),
  {
    name: 'strings.replace_n',
    type: fn([objectOf(stringType, stringType), stringType], stringType),
    evaluate: (context, patterns, text) => replaceN(context, patterns as Value, text as Value),
  },
  {
    name: 'strings.any_prefix_match',
    type: fn([affixType, affixType], booleanType),
    evaluate: (context, strings, prefixes) =>
      anyMatch(context, 'strings.any_prefix_match', strings as Value, prefixes as Value, (text, affix) =>
        text.startsWith(affix),
      ),
  },
  {
    name: 'strings.any_suffix_match',
    type: fn([affixType, affixType], booleanType),
    evaluate: (context, strings, suffixes) =>
      anyMatch(context, 'strings.any_suffix_match', strings as Value, suffixes as Value, (text, affix) =>
        text.endsWith(affix),
      ),
  },
  {
    name: 'strings.render_template',
    type: fn([stringType, objectOf(stringType, anyType)], stringType),
    nondeterministic: true,
    evaluate: (context, template, values) => renderTemplate(context, template as Value, values as Value),
  },
  {
    name: 'internal.template_string',
    type: fn([arrayOf(anyType)], stringType),
    evaluate: (_, parts) => templateString(parts as Value),
  },
];
