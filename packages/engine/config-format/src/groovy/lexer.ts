import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { KEYWORDS, OPERAND_ENDS, OPERATORS, type Token } from './token.ts';

const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const NUMBER =
  /0[xX][0-9a-fA-F_]+[lLgGiI]?|0[bB][01_]+[lLgGiI]?|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[lLgGiIdDfF]?/y;
const PATH = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y;

/** Cuts a Groovy text into tokens; strings with expressions become several. */
export class GroovyLexer {
  readonly #task: ParseTask;
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #isFirstOfLine = true;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#text = task.text;
  }

  tokens(): readonly Token[] {
    if (this.#text.startsWith('#!')) this.#at = this.#endOfLine(0);
    this.#run(0);
    if (this.#at < this.#text.length) throw new ConfigFault(this.#at, 'there is no block to close here');
    this.#emit('EOF', this.#at, this.#at);
    return this.#tokens;
  }

  /** To the end of the text, or inside of a string to the `}` of its expression, which is emitted. */
  #run(depth: number): void {
    this.#task.checkDepth(depth, this.#at);
    let braces = 0;
    for (;;) {
      this.#skip();
      const start = this.#at;
      const char = this.#text[start];
      if (char === undefined) {
        if (depth > 0) throw new ConfigFault(start, 'the expression in the string is not closed with "}"');
        return;
      }
      if (char === '"') this.#gstring(depth);
      else if (char === "'") this.#plainString();
      else if (this.#text.startsWith('$/', start)) this.#delimited('DollarSlashyStringLit', '$/', '/$');
      else if (char === '/' && this.#isSlashy()) this.#delimited('SlashyStringLit', '/', '/');
      else if (/\d/.test(char)) this.#number();
      else if (!this.#word()) {
        const operator = this.#operator();
        if (operator === 'LBrace') braces++;
        if (operator === 'RBrace' && braces-- === 0 && depth > 0) return;
      }
    }
  }

  #emit(kind: string, start: number, end: number, path?: readonly Token[]): void {
    const text = this.#text.slice(start, end);
    const token = { kind, text, offset: start, isFirstOfLine: this.#isFirstOfLine };
    this.#tokens.push(path === undefined ? token : { ...token, path });
    this.#isFirstOfLine = false;
    this.#at = end;
  }

  #skip(): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined) return;
      if (char === '\n') {
        this.#isFirstOfLine = true;
        this.#at++;
      } else if (/\s/.test(char)) this.#at++;
      else if (char === '\\' && /^\\\r?\n/.test(text.slice(this.#at, this.#at + 3)))
        this.#at = this.#endOfLine(this.#at) + 1;
      else if (text.startsWith('//', this.#at)) this.#at = this.#endOfLine(this.#at);
      else if (text.startsWith('/*', this.#at)) {
        const end = text.indexOf('*/', this.#at + 2);
        if (end < 0) throw new ConfigFault(this.#at, 'the comment is not closed');
        if (text.slice(this.#at, end).includes('\n')) this.#isFirstOfLine = true;
        this.#at = end + 2;
      } else return;
    }
  }

  #endOfLine(from: number): number {
    const end = this.#text.indexOf('\n', from);
    return end < 0 ? this.#text.length : end;
  }

  #isSlashy(): boolean {
    const last = this.#tokens.at(-1);
    if (last !== undefined && OPERAND_ENDS.has(last.kind) && !this.#isFirstOfLine) return false;
    return this.#text.indexOf('/', this.#at + 1) >= 0;
  }

  #delimited(kind: string, open: string, close: string): void {
    const start = this.#at;
    for (let at = start + open.length; at < this.#text.length; at++) {
      if (close === '/' && this.#text[at] === '\\') at++;
      else if (close === '/$' && this.#text[at] === '$' && /[$/]/.test(this.#text[at + 1] ?? '')) at++;
      else if (this.#text.startsWith(close, at)) {
        this.#emit(kind, start, at + close.length);
        return;
      }
    }
    throw new ConfigFault(start, 'the string is not closed');
  }

  #plainString(): void {
    const start = this.#at;
    const quote = this.#text.startsWith("'''", start) ? "'''" : "'";
    for (let at = start + quote.length; at < this.#text.length; at++) {
      const char = this.#text[at];
      if (char === '\\') at++;
      else if (this.#text.startsWith(quote, at)) {
        this.#emit('StringLiteral', start, at + quote.length);
        return;
      } else if (char === '\n' && quote.length === 1) break;
    }
    throw new ConfigFault(start, 'the string is not closed');
  }

  #gstring(depth: number): void {
    const start = this.#at;
    const quote = this.#text.startsWith('"""', start) ? '"""' : '"';
    let part = start;
    let hasParts = false;
    for (let at = start + quote.length; at < this.#text.length; ) {
      const char = this.#text[at];
      if (char === '\\') at += 2;
      else if (this.#text.startsWith(quote, at)) {
        this.#emit(hasParts ? 'GStringEnd' : 'GStringFull', part, at + quote.length);
        return;
      } else if (char === '\n' && quote.length === 1) break;
      else if (char === '$' && /[A-Za-z_{]/.test(this.#text[at + 1] ?? '')) {
        this.#emit(hasParts ? 'GStringPart' : 'GStringBegin', part, at + 1);
        hasParts = true;
        if (this.#text[this.#at] === '{') {
          this.#emit('LBrace', this.#at, this.#at + 1);
          this.#run(depth + 1);
        } else this.#path();
        this.#isFirstOfLine = false;
        at = this.#at;
        part = at;
      } else at++;
    }
    throw new ConfigFault(start, 'the string is not closed');
  }

  /** `a.b` of `"$a.b"`. */
  #path(): void {
    const start = this.#at;
    PATH.lastIndex = start;
    const names = PATH.exec(this.#text)?.[0] ?? '';
    const path: Token[] = [];
    let offset = start;
    for (const [index, name] of names.split('.').entries()) {
      if (index > 0) path.push({ kind: 'Dot', text: '.', offset: offset++, isFirstOfLine: false });
      path.push({ kind: wordKind(name), text: name, offset, isFirstOfLine: false });
      offset += name.length;
    }
    this.#emit('GStringPath', start, start + names.length, path);
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0] ?? '0';
    const isFloat = !/^0[xX]/.test(text) && /[.eEdDfF]/.test(text);
    this.#emit(isFloat ? 'FloatLiteral' : 'IntLiteral', this.#at, this.#at + text.length);
  }

  #word(): boolean {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) return false;
    this.#emit(wordKind(word), this.#at, this.#at + word.length);
    return true;
  }

  #operator(): string {
    const negated = /!(?:instanceof|in)\b/y;
    negated.lastIndex = this.#at;
    const word = negated.exec(this.#text)?.[0];
    if (word !== undefined) {
      this.#emit(word === '!in' ? 'NotIn' : 'NotInstanceof', this.#at, this.#at + word.length);
      return 'NotIn';
    }
    const found = OPERATORS.find(([text]) => this.#text.startsWith(text, this.#at));
    if (found === undefined) throw new ConfigFault(this.#at, `unexpected ${JSON.stringify(this.#text[this.#at])}`);
    this.#emit(found[1], this.#at, this.#at + found[0].length);
    return found[1];
  }
}

function wordKind(word: string): string {
  if (word === 'true' || word === 'false') return 'BoolLiteral';
  if (word === 'null') return 'NullLiteral';
  if (KEYWORDS.has(word)) return `Kw${word[0]?.toUpperCase()}${word.slice(1)}`;
  return /^\p{Lu}/u.test(word) ? 'CapitalizedIdentifier' : 'Identifier';
}
