import type { Position } from './node.ts';

export type TokenType =
  | 'text'
  | 'open'
  | 'close'
  | 'word' // identifier or keyword
  | 'field' // .Name
  | 'variable' // $ or $name
  | 'string'
  | 'number'
  | 'char'
  | 'symbol' // | ( ) , := = .
  | 'space'
  | 'end';

export interface Token {
  readonly type: TokenType;
  /** What it means: of a string its content, of a field its name. */
  readonly value: string;
  readonly at: Position;
}

/** A fault of the template's text. */
export class TemplateSyntaxError extends Error {
  readonly at: Position;
  constructor(message: string, at: Position) {
    super(message);
    this.at = at;
  }
}

const SPACE = /[ \t\r\n]+/y;
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const FIELD = /\.([\p{L}_][\p{L}\p{Nd}_]*)/uy;
const VARIABLE = /\$(?:[\p{L}_][\p{L}\p{Nd}_]*)?/uy;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"/y;
const RAW = /`[^`]*`/y;
const CHAR = /'(?:[^'\\\n]|\\[^\n])+'/y;
const COMMENT = /\/\*[\s\S]*?\*\//y;

/** @throws TemplateSyntaxError */
export function tokenize(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #lines: number[] = [0];
  #here = 0;

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
  }

  run(): Token[] {
    let trimStart = false;
    while (this.#here < this.#text.length) {
      const open = this.#text.indexOf('{{', this.#here);
      let piece = this.#text.slice(this.#here, open === -1 ? undefined : open);
      const from = this.#here;
      if (trimStart) piece = piece.replace(/^[ \t\r\n]+/, '');
      if (open === -1) {
        this.#push('text', piece, from);
        break;
      }
      const trimsBefore = this.#text[open + 2] === '-' && /[ \t\r\n]/.test(this.#text[open + 3] ?? '');
      if (trimsBefore) piece = piece.replace(/[ \t\r\n]+$/, '');
      this.#push('text', piece, from);
      this.#here = open + (trimsBefore ? 3 : 2);
      trimStart = this.#action(open);
    }
    this.#push('end', '', this.#text.length);
    return this.#tokens.filter(({ type, value }) => type !== 'text' || value !== '');
  }

  /** Reads up to and over `}}`; true when the text after it loses its leading space. */
  #action(open: number): boolean {
    const comment = this.#match(COMMENT, this.#skipSpace());
    if (comment !== undefined) {
      const end = this.#closing();
      if (end === undefined) throw this.#error('a comment must be all of an action', open);
      return end;
    }
    this.#push('open', '', open);
    while (true) {
      const closed = this.#closing();
      if (closed !== undefined) {
        this.#push('close', '', this.#here);
        return closed;
      }
      if (this.#here >= this.#text.length) throw this.#error('unclosed action', open);
      this.#token();
    }
  }

  #skipSpace(): number {
    const found = /[ \t\r\n]*/y;
    found.lastIndex = this.#here;
    return this.#here + (found.exec(this.#text)?.[0].length ?? 0);
  }

  /** At `}}` or ` -}}`: moves over it. */
  #closing(): boolean | undefined {
    const found = /[ \t\r\n]*(?:[ \t\r\n]-)?\}\}/y;
    found.lastIndex = this.#here;
    const match = found.exec(this.#text);
    if (match === null) return undefined;
    this.#here += match[0].length;
    return match[0].includes('-');
  }

  #token(): undefined {
    const from = this.#here;
    const take = (pattern: RegExp) => this.#match(pattern, from);
    let found = take(SPACE);
    if (found !== undefined) return this.#push('space', ' ', from);
    found = take(STRING);
    if (found !== undefined) return this.#push('string', this.#unquote(found, from), from);
    found = take(RAW);
    if (found !== undefined) return this.#push('string', found.slice(1, -1).replaceAll('\r', ''), from);
    found = take(CHAR);
    if (found !== undefined) return this.#push('char', this.#unquote(`"${found.slice(1, -1)}"`, from), from);
    if (!/^\.[^\d]/.test(this.#text.slice(from, from + 2))) {
      found = take(NUMBER);
      if (found !== undefined) {
        if (/[\p{L}\p{Nd}_]/u.test(this.#text[this.#here] ?? ''))
          throw this.#error(`bad number syntax: "${found}${this.#text[this.#here]}"`, from);
        return this.#push('number', found, from);
      }
    }
    found = take(FIELD);
    if (found !== undefined) return this.#push('field', found.slice(1), from);
    found = take(VARIABLE);
    if (found !== undefined) return this.#push('variable', found, from);
    found = take(WORD);
    if (found !== undefined) return this.#push('word', found, from);
    for (const symbol of [':=', '|', '(', ')', ',', '=', '.']) {
      if (this.#text.startsWith(symbol, from)) {
        this.#here += symbol.length;
        return this.#push('symbol', symbol, from);
      }
    }
    throw this.#error(
      `unexpected ${JSON.stringify(String.fromCodePoint(this.#text.codePointAt(from) ?? 0))} in an action`,
      from,
    );
  }

  #match(pattern: RegExp, from: number): string | undefined {
    pattern.lastIndex = from;
    const match = pattern.exec(this.#text);
    if (match === null || match[0] === '') return undefined;
    this.#here = from + match[0].length;
    return match[0];
  }

  /** Go's escapes: those of JSON, and `\a \v \x41 \101 \U0001F600 \'`. */
  #unquote(quoted: string, from: number): string {
    return quoted
      .slice(1, -1)
      .replace(
        /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
        (_all, x, u, long, octal, simple) => {
          if (simple !== undefined) {
            const known = SIMPLE[simple as string];
            if (known === undefined) throw this.#error(`unknown escape \\${simple}`, from);
            return known;
          }
          const code = octal === undefined ? Number.parseInt(x ?? u ?? long, 16) : Number.parseInt(octal, 8);
          if (code > 0x10ffff) throw this.#error('an escape is no character', from);
          return String.fromCodePoint(code);
        },
      );
  }

  #push(type: TokenType, value: string, from: number): undefined {
    this.#tokens.push({ type, value, at: this.#position(from) });
    return undefined;
  }

  #position(offset: number): Position {
    let [low, high] = [0, this.#lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lines[low] ?? 0) + 1 };
  }

  #error(message: string, offset: number): TemplateSyntaxError {
    return new TemplateSyntaxError(message, this.#position(offset));
  }
}

const SIMPLE: Readonly<Record<string, string>> = {
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
