import type { Comment } from './ast.ts';
import type { Location } from './location.ts';

/** A punctuation token is its own kind; keywords are `ident` (which of them are reserved depends on version and imports). */
export type TokenKind =
  | 'ident'
  | 'number'
  | 'string'
  | 'templateBegin'
  | 'templateText'
  | 'templateEnd'
  | 'eof'
  | 'error'
  | Punctuation;

export type Punctuation =
  | '{'
  | '}'
  | '['
  | ']'
  | '('
  | ')'
  | ','
  | ';'
  | ':'
  | '.'
  | ':='
  | '='
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '&'
  | '|';

export interface Token {
  readonly kind: TokenKind;
  /** Of a name, number: as written. Of a string or text of a template: its value. Of an error: what is wrong. */
  readonly text: string;
  readonly location: Location;
  /** Row of the last character. */
  readonly endRow: number;
  /** Blank or comment stands before it: `f (x)` is no call, `a .b` no ref. */
  readonly spaceBefore: boolean;
  /** Of strings and templates: written in backticks. */
  readonly raw: boolean;
}

const TWO_CHARACTERS: ReadonlySet<string> = new Set([':=', '==', '!=', '<=', '>=']);
const ONE_CHARACTER: ReadonlySet<string> = new Set('{}[]().,;:=<>+-*/%&|');
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Splits a module, query or term into tokens; comments come apart. What is no token becomes an `error` token with a message
 * as OPA words it, so that a parser reports it only when it gets there, and goes on behind it. The last token is `eof`.
 */
export function tokenize(text: string, file: string): { tokens: Token[]; comments: Comment[] } {
  return new Lexer(text, file).run();
}

class Lexer {
  readonly #text: string;
  readonly #file: string;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  /** Open template strings around this place: how many braces are open in the expression of each. */
  readonly #templates: { depth: number; readonly raw: boolean; readonly location: Location }[] = [];
  #at = 0;
  #row = 1;
  #col = 1;
  /** Up to where `#row` and `#col` have counted. */
  #counted = 0;
  #spaceBefore = true;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    if (text.charCodeAt(0) === 0xfeff) this.#at = this.#counted = 1;
  }

  run(): { tokens: Token[]; comments: Comment[] } {
    while (this.#at < this.#text.length) this.#next();
    const end = this.#location(this.#text.length, this.#text.length);
    this.#tokens.push({
      kind: 'eof',
      text: '',
      location: { ...end, col: end.col - 1 },
      endRow: end.row,
      spaceBefore: true,
      raw: false,
    });
    return { tokens: this.#tokens, comments: this.#comments };
  }

  #next(): void {
    const char = this.#text.charAt(this.#at);
    if (char === ' ' || char === '\t' || char === '\n' || char === '\r') {
      this.#at++;
      this.#spaceBefore = true;
    } else if (char === '#') this.#comment();
    else if (isLetter(char)) this.#ident();
    else if (isDigit(char)) this.#number();
    else if (char === '"') this.#string();
    else if (char === '`') this.#rawString();
    else if (char === '$' && (this.#text[this.#at + 1] === '"' || this.#text[this.#at + 1] === '`')) {
      const raw = this.#text[this.#at + 1] === '`';
      const location = this.#location(this.#at, this.#at + 2);
      this.#push('templateBegin', '', this.#at, this.#at + 2, raw);
      this.#templates.push({ depth: 0, raw, location });
      this.#templateText(raw);
    } else this.#punctuation(char);
  }

  #comment(): void {
    const start = this.#at;
    let end = this.#text.indexOf('\n', start);
    if (end < 0) end = this.#text.length;
    const text = this.#text.slice(start + 1, this.#text[end - 1] === '\r' ? end - 1 : end);
    this.#comments.push({ text, location: this.#location(start, start + 1 + text.length) });
    this.#at = end;
    this.#spaceBefore = true;
  }

  #ident(): void {
    let end = this.#at + 1;
    while (end < this.#text.length && (isLetter(this.#text.charAt(end)) || isDigit(this.#text.charAt(end)))) end++;
    this.#push('ident', this.#text.slice(this.#at, end), this.#at, end);
  }

  #number(): void {
    const start = this.#at;
    let end = this.#digits(start);
    let fault: string | undefined;
    if (this.#text[start] === '0' && end > start + 1)
      fault = 'unexpected number token: expected number without leading zero';
    if (this.#text[end] === '.') {
      const after = this.#digits(end + 1);
      if (after === end + 1) fault ??= 'expected fraction';
      end = after;
    }
    if (this.#text[end] === 'e' || this.#text[end] === 'E') {
      const sign = this.#text[end + 1] === '+' || this.#text[end + 1] === '-' ? 2 : 1;
      const after = this.#digits(end + sign);
      if (after === end + sign) fault ??= 'expected exponent';
      end = after;
    }
    const letter = this.#text.charAt(end);
    if (fault === undefined && isLetter(letter)) fault = 'illegal number format';
    this.#push(fault === undefined ? 'number' : 'error', fault ?? this.#text.slice(start, end), start, end);
  }

  #digits(from: number): number {
    let end = from;
    while (end < this.#text.length && isDigit(this.#text.charAt(end))) end++;
    return end;
  }

  #string(): void {
    const start = this.#at;
    const { value, end, stop, fault } = this.#quoted(start + 1, false);
    if (stop === '"' && fault === undefined) this.#push('string', value, start, end + 1);
    else if (stop === '"') this.#push('error', fault ?? '', start, end + 1);
    else this.#push('error', 'non-terminated string', start, end);
  }

  /** Text with escapes up to a quote or, of a template, an open brace; it may not go beyond its line. */
  #quoted(
    from: number,
    template: boolean,
  ): { value: string; end: number; stop: '"' | '{' | undefined; fault: string | undefined } {
    let value = '';
    let at = from;
    let fault: string | undefined;
    while (at < this.#text.length) {
      const char = this.#text.charAt(at);
      if (char === '"' || (template && char === '{')) return { value, end: at, stop: char, fault };
      if (char === '\n') break;
      if (char === '\\') {
        const next = this.#text.charAt(at + 1);
        const escaped = template && next === '{' ? '{' : Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined;
        const hex = next === 'u' ? /^[0-9a-fA-F]{4}$/.exec(this.#text.slice(at + 2, at + 6))?.[0] : undefined;
        if (escaped !== undefined) value += escaped;
        else if (hex !== undefined) value += String.fromCharCode(Number.parseInt(hex, 16));
        else fault ??= 'illegal escape sequence';
        at += hex !== undefined ? 6 : next === '' || next === '\n' ? 1 : 2;
      } else {
        value += char;
        at++;
      }
    }
    return { value, end: at, stop: undefined, fault };
  }

  #rawString(): void {
    const start = this.#at;
    const end = this.#text.indexOf('`', start + 1);
    if (end < 0) this.#push('error', 'non-terminated string', start, this.#text.length);
    else this.#push('string', this.#text.slice(start + 1, end), start, end + 1, true);
  }

  /** The text of a template from here to its next expression or end. */
  #templateText(raw: boolean): void {
    const start = this.#at;
    let value: string;
    let end: number;
    let stop: string | undefined;
    let fault: string | undefined;
    if (raw) {
      end = start;
      value = '';
      while (end < this.#text.length && this.#text[end] !== '`' && this.#text[end] !== '{') {
        if (this.#text[end] === '\\' && this.#text[end + 1] === '{') end++;
        value += this.#text.charAt(end++);
      }
      stop = this.#text[end];
    } else ({ value, end, stop, fault } = this.#quoted(start, true));
    if (stop === undefined || fault !== undefined) {
      const opened = this.#templates.pop()?.location;
      const after = stop === '"' ? end + 1 : end;
      this.#push('error', stop === undefined ? 'non-terminated string' : (fault ?? ''), start, after, raw, opened);
      return;
    }
    if (value !== '') this.#push('templateText', value, start, end, raw);
    if (stop === '{') this.#push('{', '{', end, end + 1);
    else {
      this.#templates.pop();
      this.#push('templateEnd', '', end, end + 1, raw);
    }
  }

  #punctuation(char: string): void {
    const start = this.#at;
    const two = this.#text.slice(start, start + 2);
    const template = this.#templates.at(-1);
    if (TWO_CHARACTERS.has(two)) this.#push(two as Punctuation, two, start, start + 2);
    else if (ONE_CHARACTER.has(char)) {
      this.#push(char as Punctuation, char, start, start + 1);
      if (template === undefined) return;
      if (char === '{') template.depth++;
      else if (char === '}' && template.depth-- === 0) {
        template.depth = 0;
        this.#templateText(template.raw);
      }
    } else this.#illegal(char);
  }

  #illegal(char: string): void {
    const start = this.#at;
    const code = this.#text.codePointAt(start) ?? 0;
    const message =
      char === '!' || char === '$'
        ? `illegal ${char} character`
        : code === 0
          ? 'illegal null character'
          : code >= 0xd800 && code <= 0xdfff
            ? 'illegal utf-8 character'
            : code === 0xfeff
              ? 'illegal byte-order mark'
              : 'illegal token';
    this.#push('error', message, start, start + (code > 0xffff ? 2 : 1));
  }

  #push(kind: TokenKind, text: string, start: number, end: number, raw = false, place?: Location): void {
    const location = place ?? this.#location(start, end);
    this.#count(end);
    this.#tokens.push({
      kind,
      text: kind === 'string' || kind === 'templateText' ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text,
      location,
      endRow: this.#row,
      spaceBefore: this.#spaceBefore,
      raw,
    });
    this.#spaceBefore = false;
    this.#at = end;
  }

  #location(offset: number, end: number): Location {
    this.#count(offset);
    return { file: this.#file, row: this.#row, col: this.#col, offset, end };
  }

  #count(to: number): void {
    for (let at = this.#counted; at < to; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 10) {
        this.#row++;
        this.#col = 1;
      } else if (code < 0xdc00 || code > 0xdfff) this.#col++;
    }
    if (to > this.#counted) this.#counted = to;
  }
}

function isLetter(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_';
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}
