import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { nativeRegex } from './native.ts';

/** Patterns compiled lately; policies have few, but input may bring any number. */
const MAX_CACHED = 512;
const MAX_PATTERN = 1 << 16;

/** A match: positions in UTF-16 units, and the texts of its groups, `''` of those that took no part. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** Group 0 is the whole match. */
  group(index: number): string;
}

/** A compiled pattern of RE2's syntax; every search takes time linear in the text. */
export interface Regex {
  readonly groupCount: number;
  /** Numbers of named groups. */
  readonly names: Readonly<Record<string, number>>;
  test(text: string): boolean;
  /** A search for the first match at or after a position. */
  search(text: string): (from: number) => RegexMatch | undefined;
}

/** A pattern is no regular expression of RE2; the message is Go's: `error parsing regexp: missing closing ]: \`[\``. */
export class RegexSyntaxError extends Error {}

const cache = new Map<string, Regex | RegexSyntaxError>();

/** @throws RegexSyntaxError */
export function compileRegex(pattern: string): Regex {
  let regex = cache.get(pattern);
  if (regex === undefined) {
    regex = compile(pattern);
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value as string);
    cache.set(pattern, regex);
  }
  if (regex instanceof RegexSyntaxError) throw regex;
  return regex;
}

function compile(pattern: string): Regex | RegexSyntaxError {
  if (pattern.length > MAX_PATTERN) {
    return new RegexSyntaxError(`error parsing regexp: expression is longer than ${MAX_PATTERN} characters`);
  }
  return compileNative(pattern) ?? compileLinear(pattern);
}

/** With V8's own engine; undefined where that may take more than linear time. */
export function compileNative(pattern: string): Regex | undefined {
  const native = nativeRegex(pattern);
  if (native === undefined) return undefined;
  const tester = new RegExp(native.source, native.flags);
  let finder: RegExp | undefined;
  return {
    groupCount: native.groupCount,
    names: native.names,
    test: (text) => tester.test(text),
    search: (text) => {
      finder ??= new RegExp(native.source, `g${native.flags}`);
      const expression = finder;
      return (from) => {
        expression.lastIndex = from;
        const found = expression.exec(text);
        if (found === null) return undefined;
        return {
          start: found.index,
          end: found.index + found[0].length,
          group: (index) => found[index] ?? '',
        };
      };
    },
  };
}

/** With the engine that takes all of RE2's syntax. */
export function compileLinear(pattern: string): Regex | RegexSyntaxError {
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) {
      const part = error.getPattern();
      const where = part === null || part === '' ? '' : `: \`${part}\``;
      return new RegexSyntaxError(`error parsing regexp: ${error.getDescription()}${where}`);
    }
    // A pattern nested so deep that the stack ends, or one whose program grows beyond its bound.
    if (error instanceof RangeError || error instanceof RE2JSException) {
      return new RegexSyntaxError('error parsing regexp: expression nests too deeply');
    }
    throw error;
  }
  return {
    groupCount: expression.groupCount(),
    names: expression.namedGroups(),
    test: (text) => expression.test(text),
    search: (text) => {
      const matcher = expression.matcher(text);
      return (from) =>
        matcher.find(from)
          ? { start: matcher.start(), end: matcher.end(), group: (index) => matcher.group(index) ?? '' }
          : undefined;
    },
  };
}
