import { anyOf, arrayOf, booleanType, fn, nullType, stringType } from '../types/construct.ts';
import { kindOf } from '../value/kind.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, operandFault, stringOperand, typeFault } from './operand.ts';
import { compileRegex, type Regex, RegexSyntaxError } from './regex/engine.ts';

const NAME = 'glob.match';
const MAX_CACHED = 512;
const MAX_DEPTH = 100;
const SPECIAL = /[\\.+*?()|[\]{}^$\-,]/;

/** Compiled patterns by pattern and delimiters. */
const cache = new Map<string, Regex>();

function globMatch(context: BuiltinContext, pattern: Value, delimiters: Value, text: Value): boolean {
  const glob = stringOperand(NAME, 1, pattern);
  const separators = readDelimiters(delimiters);
  const subject = stringOperand(NAME, 3, text);
  context.spend(1 + (subject.length >>> 4));
  const key = `${separators.length} ${separators}${glob}`;
  let regex = cache.get(key);
  if (regex === undefined) {
    context.spend(glob.length);
    regex = compileGlob(glob, separators);
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value as string);
    cache.set(key, regex);
  }
  return regex.test(subject);
}

/** No delimiters for null, a dot for none. */
function readDelimiters(value: Value): string {
  if (value === null) return '';
  if (!Array.isArray(value)) throw operandFault(NAME, 2, value, 'array', 'null');
  let delimiters = '';
  for (const item of value as readonly Value[]) {
    if (typeof item !== 'string') {
      throw typeFault(NAME, `operand 2 must be array of strings but got array containing ${kindOf(item)}`);
    }
    if ([...item].length !== 1)
      throw typeFault(NAME, 'operand 2 must be array of runes but got array containing string');
    delimiters += item;
  }
  return delimiters === '' ? '.' : delimiters;
}

/** As a regular expression, whose engine is linear in the text. */
function compileGlob(glob: string, delimiters: string): Regex {
  const pattern = `(?s)^(?:${new GlobTranslator(glob, delimiters).translate()})$`;
  try {
    return compileRegex(pattern);
  } catch (error) {
    throw error instanceof RegexSyntaxError ? builtinFault(NAME, error.message) : error;
  }
}

class GlobTranslator {
  readonly #chars: readonly string[];
  /** What `*` and `?` match. */
  readonly #one: string;
  #at = 0;
  #depth = 0;

  constructor(glob: string, delimiters: string) {
    this.#chars = [...glob];
    this.#one = delimiters === '' ? '.' : `[^${[...delimiters].map(quote).join('')}]`;
  }

  translate(): string {
    return this.#sequence();
  }

  /** Up to the end, or inside `{…}` to the next comma or brace. */
  #sequence(): string {
    let pattern = '';
    for (; this.#at < this.#chars.length; this.#at++) {
      const char = this.#chars[this.#at] as string;
      if (this.#depth > 0 && (char === ',' || char === '}')) break;
      if (char === '*') {
        const isSuper = this.#chars[this.#at + 1] === '*';
        while (this.#chars[this.#at + 1] === '*') this.#at++;
        pattern += isSuper ? '.*' : `${this.#one}*`;
      } else if (char === '?') pattern += this.#one;
      else if (char === '[') pattern += this.#range();
      else if (char === '{') pattern += this.#alternatives();
      else if (char === '\\') pattern += quote(this.#escaped());
      else pattern += quote(char);
    }
    return pattern;
  }

  #escaped(): string {
    const char = this.#chars[++this.#at];
    if (char === undefined) throw this.#fault('trailing backslash', this.#chars.length);
    return char;
  }

  #alternatives(): string {
    if (++this.#depth > MAX_DEPTH) throw this.#fault('too many nested lists', this.#at);
    const parts: string[] = [];
    do {
      this.#at++;
      parts.push(this.#sequence());
    } while (this.#chars[this.#at] === ',');
    if (this.#chars[this.#at] !== '}') throw this.#fault('unclosed `{`', this.#chars.length);
    this.#depth--;
    return `(?:${parts.join('|')})`;
  }

  /** `[a-c]` is a range; anything else between brackets a list of characters, dashes too. Leaves off at the `]`. */
  #range(): string {
    let from = this.#at + 1;
    const not = this.#chars[from] === '!' ? '^' : '';
    if (not !== '') from++;
    const chars: string[] = [];
    let isRange = false;
    this.#at = from;
    for (; ; this.#at++) {
      const char = this.#chars[this.#at];
      if (char === undefined) throw this.#fault('unexpected end of input', this.#chars.length);
      if (char === ']') break;
      if (chars.length === 3 && isRange) throw this.#fault('expected close range character', this.#at + 1);
      const isEscaped = char === '\\';
      chars.push(isEscaped ? this.#escaped() : char);
      if (chars.length === 2 && !isEscaped && char === '-' && this.#chars[this.#at + 1] !== ']') isRange = true;
    }
    if (chars.length === 0) throw this.#fault('could not parse range', this.#at + 1);
    if (!isRange) return `[${not}${chars.map(quote).join('')}]`;
    const [lo = '', , hi = ''] = chars;
    if ((hi.codePointAt(0) ?? 0) < (lo.codePointAt(0) ?? 0)) {
      throw this.#fault('range hi character is less than lo', this.#at + 1);
    }
    return `[${not}${quote(lo)}-${quote(hi)}]`;
  }

  #fault(problem: string, position: number) {
    return builtinFault(NAME, `glob: syntax error at ${position}: ${problem}`);
  }
}

function quote(char: string): string {
  return SPECIAL.test(char) ? `\\${char}` : char;
}

export const GLOB_BUILTINS: readonly Builtin[] = [
  {
    name: NAME,
    type: fn([stringType, anyOf(nullType, arrayOf(stringType)), stringType], booleanType),
    evaluate: (context, pattern, delimiters, text) =>
      globMatch(context, pattern as Value, delimiters as Value, text as Value),
  },
  {
    name: 'glob.quote_meta',
    type: fn([stringType], stringType),
    evaluate: (_, text) => stringOperand('glob.quote_meta', 1, text as Value).replace(/[*?\\[\]{}]/g, '\\$&'),
  },
];
