import { Uint } from '../value/uint.ts';
import type { CelValue } from '../value/value.ts';
import { readBytes, readString } from './literal.ts';
import { CelSyntaxError } from './syntax-error.ts';

export interface Token {
  /** `quoted` is a name between backticks. */
  readonly type: 'identifier' | 'quoted' | 'literal' | 'symbol' | 'end';
  /** The name, or the symbol. */
  readonly text: string;
  readonly at: number;
  readonly value?: CelValue;
  /** An integer as written, whose sign isn't known yet: `9223372036854775808` is one only behind a minus. */
  readonly magnitude?: bigint;
}

const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y;
const IDENTIFIER = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const QUOTED = /`([a-zA-Z0-9_.\-/ ]+)`/y;
const DOUBLE = /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y;
const INTEGER = /(?:0x[0-9a-fA-F]+|[0-9]+)([uU]?)/y;
const STRING_START = /([bB]?[rR]?|[rR][bB])("""|'''|"|')/y;
const SYMBOL = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y;
const MAX_UINT = 2n ** 64n - 1n;

/** All tokens of a text, the last of which is `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    at += match(SPACE)?.[0].length ?? 0;
    if (at >= text.length) break;
    const string = match(STRING_START);
    if (string !== null) {
      const [token, end] = readStringToken(text, at, string[1] ?? '', string[2] ?? '');
      tokens.push(token);
      at = end;
      continue;
    }
    const token = readToken(at, match);
    if (token === undefined) {
      const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
      throw new CelSyntaxError(`unexpected character ${JSON.stringify(char)}`, at);
    }
    tokens.push(token[0]);
    at += token[1];
  }
  tokens.push({ type: 'end', text: '', at });
  return tokens;
}

function readToken(
  at: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): [token: Token, length: number] | undefined {
  let found = match(IDENTIFIER);
  if (found !== null) return [{ type: 'identifier', text: found[0], at }, found[0].length];
  found = match(DOUBLE);
  if (found !== null) return [{ type: 'literal', text: found[0], at, value: Number(found[0]) }, found[0].length];
  found = match(INTEGER);
  if (found !== null) return [integerToken(found, at), found[0].length];
  found = match(QUOTED);
  if (found !== null) return [{ type: 'quoted', text: found[1] ?? '', at }, found[0].length];
  found = match(SYMBOL);
  if (found !== null) return [{ type: 'symbol', text: found[0], at }, found[0].length];
  return undefined;
}

function integerToken(found: RegExpExecArray, at: number): Token {
  const text = found[0];
  // A number of a thousand digits is out of range all the same, and costs nothing.
  const digits = found[1] === '' ? text : text.slice(0, -1);
  const magnitude = digits.length > 80 ? MAX_UINT + 1n : BigInt(digits);
  if (found[1] === '') return { type: 'literal', text, at, magnitude };
  if (magnitude > MAX_UINT) throw new CelSyntaxError('invalid uint literal: beyond 64 bits', at);
  return { type: 'literal', text, at, value: new Uint(magnitude) };
}

function readStringToken(text: string, at: number, prefix: string, quote: string): [token: Token, end: number] {
  const isRaw = /r/i.test(prefix);
  const start = at + prefix.length + quote.length;
  let end = start;
  for (;;) {
    if (end >= text.length) throw new CelSyntaxError('the string has no end', at);
    if (text.startsWith(quote, end)) break;
    const char = text[end];
    if (quote.length === 1 && (char === '\n' || char === '\r'))
      throw new CelSyntaxError('a line ends inside the string: write \\n, or use three quotes', end);
    end += char === '\\' && !isRaw ? 2 : 1;
  }
  const body = text.slice(start, end);
  const value = /b/i.test(prefix) ? readBytes(body, start, isRaw) : readString(body, start, isRaw);
  return [{ type: 'literal', text: body, at, value }, end + quote.length];
}
