import { quote } from './quote.ts';

export type TokenType =
  | 'text'
  | 'open'
  | 'close'
  | 'identifier'
  | 'keyword'
  | 'bool'
  | 'nil'
  | 'field' // .Name
  | 'variable' // $ or $name
  | 'string'
  | 'number'
  | 'character constant'
  | 'dot'
  | 'declare' // :=
  | 'assign' // =
  | 'pipe'
  | 'left paren'
  | 'right paren'
  | 'space'
  | 'char' // any other
  | 'error'
  | 'end';

export interface Token {
  readonly type: TokenType;
  /** As it was written; of an error the message. */
  readonly text: string;
  readonly at: number;
  readonly line: number;
}

const KEYWORDS = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
]);

const ALPHANUMERIC = /[\p{L}\p{Nd}_]/u;
const WORD = /[\p{L}\p{Nd}_]*/uy;
const TRIMMED_START = /[ \t\r\n]+/y;
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;

/**
 * The tokens of a template, ending with 'end' or with the 'error' that nothing can be read after.
 *
 * @see the documentation of Go's package text/template, "Actions", "Text and spaces"
 */
export function tokenize(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #here = 0;
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    const text = this.#text;
    while (this.#here < text.length) {
      const open = text.indexOf('{{', this.#here);
      const end = open === -1 ? text.length : open;
      const trims = open !== -1 && text[open + 2] === '-' && isSpace(text[open + 3]);
      let shown = end;
      if (trims) while (shown > this.#here && isSpace(text[shown - 1])) shown--;
      if (shown > this.#here) this.#push('text', this.#here, shown);
      this.#here = end;
      if (open === -1) break;
      if (!this.#action(open, trims)) return this.#tokens;
    }
    this.#push('end', text.length, text.length);
    return this.#tokens;
  }

  /** From `{{` over `}}` and the space that it takes away. False when it could not be read. */
  #action(open: number, trims: boolean): boolean {
    const text = this.#text;
    const inside = open + 2 + (trims ? 2 : 0);
    if (text.startsWith('/*', inside)) return this.#comment(inside);
    this.#push('open', open, open + 2);
    this.#here = inside;
    let parens = 0;
    while (true) {
      const close = this.#closes(this.#here);
      if (close !== undefined) {
        if (parens > 0) return this.#fail('unclosed left paren', this.#here);
        const from = this.#here;
        this.#push('close', from + close - 2, from + close);
        this.#leave(from, close);
        return true;
      }
      if (this.#here >= text.length) return this.#fail('unclosed action', this.#here);
      const last = this.#tokens.length;
      if (!this.#token()) return false;
      const { type } = this.#tokens[last] ?? { type: 'space' };
      if (type === 'left paren') parens++;
      else if (type === 'right paren' && --parens < 0) {
        const paren = this.#tokens.pop();
        return this.#fail('unexpected right paren', paren?.at ?? this.#here);
      }
    }
  }

  #comment(from: number): boolean {
    const end = this.#text.indexOf('*/', from + 2);
    if (end === -1) return this.#fail('unclosed comment', from);
    this.#here = end + 2;
    const close = this.#closes(this.#here);
    if (close === undefined) return this.#fail('comment ends before closing delimiter', from);
    this.#leave(this.#here, close);
    return true;
  }

  /** Length of `}}` or ` -}}` here. */
  #closes(at: number): number | undefined {
    if (this.#text.startsWith('}}', at)) return 2;
    return isSpace(this.#text[at]) && this.#text.startsWith('-}}', at + 1) ? 4 : undefined;
  }

  /** Goes on behind `}}`, and behind the space that `-}}` takes away. */
  #leave(from: number, length: number): void {
    this.#here = from + length;
    if (length === 4) this.#here += this.#match(TRIMMED_START, this.#here);
  }

  #token(): boolean {
    const text = this.#text;
    const from = this.#here;
    const char = text[from] ?? '';
    if (isSpace(char)) {
      let end = from;
      // The space before `-}}` belongs to it.
      while (isSpace(text[end]) && !text.startsWith('-}}', end + 1)) end++;
      return this.#push('space', from, end);
    }
    switch (char) {
      case '=':
        return this.#push('assign', from, from + 1);
      case ':':
        if (text[from + 1] !== '=') return this.#fail('expected :=', from);
        return this.#push('declare', from, from + 2);
      case '|':
        return this.#push('pipe', from, from + 1);
      case '(':
        return this.#push('left paren', from, from + 1);
      case ')':
        return this.#push('right paren', from, from + 1);
      case '"':
        return this.#quoted('"', 'string', 'unterminated quoted string');
      case "'":
        return this.#quoted("'", 'character constant', 'unterminated character constant');
      case '`': {
        const end = text.indexOf('`', from + 1);
        if (end === -1) return this.#fail('unterminated raw quoted string', from);
        return this.#push('string', from, end + 1);
      }
      case '$':
        return this.#name('variable', from);
      case '.':
        if (!isDigit(text[from + 1]) && from + 1 < text.length) return this.#name('field', from);
        return this.#number();
    }
    if (char === '+' || char === '-' || isDigit(char)) return this.#number();
    const symbol = String.fromCodePoint(text.codePointAt(from) ?? 0);
    if (ALPHANUMERIC.test(symbol)) return this.#word();
    if (symbol > ' ' && symbol <= '~') return this.#push('char', from, from + 1);
    return this.#fail(`unrecognized character in action: ${unicode(symbol)}`, from);
  }

  #quoted(quote: string, type: TokenType, unterminated: string): boolean {
    let end = this.#here + 1;
    for (; this.#text[end] !== quote; end++) {
      if (this.#text[end] === '\\') end++;
      if (end >= this.#text.length || this.#text[end] === '\n') return this.#fail(unterminated, this.#here);
    }
    return this.#push(type, this.#here, end + 1);
  }

  /** `.name` or `$name`; `.` and `$` alone. */
  #name(type: 'field' | 'variable', from: number): boolean {
    if (this.#terminates(from + 1)) return this.#push(type === 'variable' ? 'variable' : 'dot', from, from + 1);
    const end = from + 1 + this.#match(WORD, from + 1);
    if (!this.#terminates(end)) return this.#badCharacter(end, from);
    return this.#push(type, from, end);
  }

  #word(): boolean {
    const from = this.#here;
    const end = from + this.#match(WORD, from);
    if (!this.#terminates(end)) return this.#badCharacter(end, from);
    const word = this.#text.slice(from, end);
    if (word === 'true' || word === 'false') return this.#push('bool', from, end);
    if (word === 'nil') return this.#push('nil', from, end);
    return this.#push(KEYWORDS.has(word) ? 'keyword' : 'identifier', from, end);
  }

  #number(): boolean {
    const from = this.#here;
    let end = from + this.#match(NUMBER, from);
    const isWhole = () => !this.#isAlphanumeric(end);
    if (!isWhole()) return this.#fail(`bad number syntax: ${quote(this.#text.slice(from, end + 1))}`, from);
    if (this.#text[end] === '+' || this.#text[end] === '-') {
      end += this.#match(NUMBER, end);
      if (!isWhole() || this.#text[end - 1] !== 'i') {
        const shown = this.#text.slice(from, isWhole() ? end : end + 1);
        return this.#fail(`bad number syntax: ${quote(shown)}`, from);
      }
    }
    return this.#push('number', from, end);
  }

  /** What may stand right after a word. */
  #terminates(at: number): boolean {
    const char = this.#text[at];
    return char === undefined || isSpace(char) || '.,|:)('.includes(char) || this.#text.startsWith('}}', at);
  }

  #isAlphanumeric(at: number): boolean {
    const code = this.#text.codePointAt(at);
    return code !== undefined && ALPHANUMERIC.test(String.fromCodePoint(code));
  }

  #badCharacter(at: number, from: number): boolean {
    return this.#fail(`bad character ${unicode(String.fromCodePoint(this.#text.codePointAt(at) ?? 0))}`, from);
  }

  /** How much of the text there is of this pattern. */
  #match(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #push(type: TokenType, from: number, to: number): true {
    this.#tokens.push({ type, text: this.#text.slice(from, to), at: from, line: this.#lineOf(from) });
    this.#here = to;
    return true;
  }

  #fail(message: string, at: number): false {
    this.#tokens.push({ type: 'error', text: message, at, line: this.#lineOf(at) });
    return false;
  }

  #lineOf(at: number): number {
    for (; this.#counted < at; this.#counted++) if (this.#text.charCodeAt(this.#counted) === 10) this.#line++;
    return this.#line;
  }
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n';
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

/** Go's `%#U`. */
function unicode(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char) ? `U+${code} '${char}'` : `U+${code}`;
}
