import { ConfigFault, type ParseTask } from '../parse-task.ts';
import type { CueClause, CueComprehension, CueDeclaration, CueExpression, CueItem } from './syntax.ts';

const NAME = /[#_]?[\p{L}_$#][\p{L}\p{N}_$]*|_/uy;
const NUMBER = /0x[0-9a-fA-F_]+|0b[01_]+|0o[0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?:[KMGTP]i?)?/y;
const OPERATORS: readonly (readonly string[])[] = [
  ['|'],
  ['&'],
  ['||'],
  ['&&'],
  ['==', '!=', '<=', '>=', '=~', '!~', '<', '>'],
  ['+', '-'],
  ['*', '/'],
];
const PREFIXES = ['>=', '<=', '!=', '=~', '!~', '+', '-', '!', '*', '<', '>'];
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '/': '/',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const MULTIPLIERS = 'KMGTP';

/** Reads the text of a CUE file into declarations. Imports and attributes are refused: their packages are not here. */
export class CueParser {
  readonly #task: ParseTask;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#text = task.text;
  }

  file(): CueExpression {
    this.#skip(true);
    if (/^package\s+\w/.test(this.#text.slice(this.#at, this.#at + 40))) {
      this.#at += 'package'.length;
      this.#skip(false);
      this.#match(NAME);
      this.#endOfDeclaration('');
    }
    this.#skip(true);
    if (/^import\b/.test(this.#text.slice(this.#at, this.#at + 8)))
      throw new ConfigFault(
        this.#at,
        'imports of CUE are not followed',
        'CONFIG_UNSUPPORTED',
        'Export the file with "cue export" first.',
      );
    return { kind: 'struct', declarations: this.#declarations(''), offset: 0 };
  }

  #declarations(close: string): CueDeclaration[] {
    const open = this.#at;
    const declarations: CueDeclaration[] = [];
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#text.length) {
        if (close !== '') throw new ConfigFault(open, `the struct is not closed with "${close}"`);
        return declarations;
      }
      if (close !== '' && this.#take(close)) return declarations;
      if (this.#take('...')) {
        this.#endOfDeclaration(close);
        continue;
      }
      declarations.push(this.#declaration());
      this.#endOfDeclaration(close);
    }
  }

  #endOfDeclaration(close: string): void {
    this.#skip(false);
    const char = this.#text[this.#at];
    if (char === ',' || char === '\n') this.#at++;
    else if (char !== undefined && char !== close) throw this.#unexpected('a comma or the end of the line');
  }

  #declaration(): CueDeclaration {
    const offset = this.#at;
    const word = this.#peekWord();
    if (
      (word === 'if' || word === 'for') &&
      !/^\s*[:?!]/.test(this.#text.slice(offset + word.length, offset + word.length + 20))
    )
      return this.#comprehension();
    if (word === 'let' && /^let\s+[\w#$]+\s*=/.test(this.#text.slice(offset, offset + 200))) {
      this.#at += 3;
      const { name, value } = this.#let();
      return { kind: 'let', name, value, offset };
    }
    if (this.#text[offset] === '@') throw this.#unsupported('attributes');
    return this.#field() ?? { kind: 'embedding', value: this.#expression(), offset };
  }

  #let(): { name: string; value: CueExpression } {
    this.#skip(false);
    const name = this.#match(NAME);
    if (name === undefined) throw this.#unexpected('a name');
    this.#skip(false);
    if (!this.#take('=')) throw this.#unexpected('"="');
    return { name, value: this.#expression() };
  }

  /** `label: value`, also `a: b: value`; undefined when no label stands here. */
  #field(): CueDeclaration | undefined {
    const offset = this.#at;
    let label: string | CueExpression | undefined;
    let pattern: CueExpression | undefined;
    const char = this.#text[offset];
    if (char === '"') {
      const text = this.#string();
      label = text;
    } else if (char === '(') {
      this.#at++;
      label = this.#expression();
      this.#skip(true);
      if (!this.#take(')')) throw this.#unexpected('")"');
    } else if (char === '[') {
      const end = this.#text.indexOf(']', offset);
      if (end < 0 || !/^\s*:/.test(this.#text.slice(end + 1, end + 20))) return undefined;
      this.#at++;
      pattern = this.#expression();
      this.#skip(true);
      if (!this.#take(']')) throw this.#unexpected('"]"');
    } else label = this.#match(NAME) ?? (/\d/.test(char ?? '') ? this.#match(NUMBER) : undefined);
    this.#skip(false);
    const isOptional = this.#take('?');
    if (!isOptional && !this.#text.startsWith('!=', this.#at)) this.#take('!');
    this.#skip(false);
    if (this.#text[this.#at] !== ':' || (label === undefined && pattern === undefined)) {
      this.#at = offset;
      return undefined;
    }
    this.#at++;
    this.#skip(false);
    const value = this.#nest(() => this.#fieldValue());
    if (pattern !== undefined) return { kind: 'pattern', pattern, value, offset };
    return label === undefined ? undefined : { kind: 'field', label, isOptional, value, offset };
  }

  #fieldValue(): CueExpression {
    const offset = this.#at;
    if (
      /^(?:"(?:[^"\\\n]|\\.)*"|[#_]?[\p{L}_$#][\p{L}\p{N}_$]*|\[[^\]\n]*\])[?!]?\s*:/u.test(
        this.#text.slice(offset, offset + 500),
      )
    ) {
      const inner = this.#field();
      if (inner !== undefined) return { kind: 'struct', declarations: [inner], offset };
    }
    return this.#expression();
  }

  #comprehension(): CueComprehension {
    const offset = this.#at;
    const clauses: CueClause[] = [];
    for (;;) {
      this.#skip(true);
      const word = this.#peekWord();
      if (word === 'if') {
        this.#at += 2;
        clauses.push({ kind: 'if', condition: this.#expression() });
      } else if (word === 'for') {
        this.#at += 3;
        const names: string[] = [];
        do {
          this.#skip(false);
          names.push(this.#match(NAME) ?? '');
          this.#skip(false);
        } while (names.length < 2 && this.#take(','));
        if (this.#peekWord() !== 'in') throw this.#unexpected('"in"');
        this.#at += 2;
        clauses.push({ kind: 'for', names, source: this.#expression() });
      } else if (word === 'let') {
        this.#at += 3;
        clauses.push({ kind: 'let', ...this.#let() });
      } else break;
      this.#skip(false);
      this.#take(',');
    }
    this.#skip(false);
    if (this.#text[this.#at] !== '{') throw this.#unexpected('"{"');
    return { kind: 'comprehension', clauses, body: this.#primary(), offset };
  }

  #expression(): CueExpression {
    return this.#nest(() => this.#binary(0));
  }

  #binary(level: number): CueExpression {
    const operators = OPERATORS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const end = this.#at;
      this.#skip(false);
      const operator = operators.find((each) => this.#text.startsWith(each, this.#at) && !this.#isLonger(each));
      if (operator === undefined) {
        this.#at = end;
        return left;
      }
      this.#at += operator.length;
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1), offset: left.offset };
    }
  }

  #isLonger(operator: string): boolean {
    const next = this.#text[this.#at + operator.length] ?? '';
    return (operator === '|' && next === '|') || (operator === '&' && next === '&');
  }

  #unary(): CueExpression {
    this.#skip(true);
    const offset = this.#at;
    const operator = PREFIXES.find((each) => this.#text.startsWith(each, offset));
    if (operator === undefined) return this.#postfix();
    this.#at += operator.length;
    return { kind: 'unary', operator, operand: this.#nest(() => this.#unary()), offset };
  }

  #postfix(): CueExpression {
    let operand = this.#primary();
    for (;;) {
      const { offset } = operand;
      if (this.#text[this.#at] === '.' && !this.#text.startsWith('...', this.#at)) {
        this.#at++;
        const text = this.#text[this.#at] === '"' ? this.#string() : undefined;
        const name = text?.kind === 'value' ? String(text.value) : this.#match(NAME);
        if (name === undefined) throw this.#unexpected('a name');
        operand = { kind: 'selector', operand, name, offset };
      } else if (this.#text[this.#at] === '[') {
        this.#at++;
        const index = this.#expression();
        this.#skip(true);
        if (!this.#take(']')) throw this.#unexpected('"]"');
        operand = { kind: 'index', operand, index, offset };
      } else if (this.#text[this.#at] === '(') throw this.#unsupported('functions');
      else return operand;
    }
  }

  #primary(): CueExpression {
    this.#skip(true);
    const offset = this.#at;
    const char = this.#text[offset];
    if (char === '{') {
      this.#at++;
      return { kind: 'struct', declarations: this.#nest(() => this.#declarations('}')), offset };
    }
    if (char === '[') return this.#list(offset);
    if (char === '(') {
      this.#at++;
      const inner = this.#expression();
      this.#skip(true);
      if (!this.#take(')')) throw this.#unexpected('")"');
      return inner;
    }
    if (char === '"' || char === "'" || /^#+["']/.test(this.#text.slice(offset, offset + 8))) return this.#string();
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: plainNumber(number), offset };
    const name = this.#match(NAME);
    if (name === undefined) throw this.#unexpected('a value');
    if (name === 'true' || name === 'false') return { kind: 'value', value: name === 'true', offset };
    if (name === 'null') return { kind: 'value', value: null, offset };
    return { kind: 'name', name, offset };
  }

  #list(offset: number): CueExpression {
    this.#at++;
    const items: CueItem[] = [];
    let isOpen = false;
    for (;;) {
      this.#skip(true);
      if (this.#take(']')) break;
      if (this.#take('...')) {
        isOpen = true;
        this.#skip(true);
        if (!/[,\]]/.test(this.#text[this.#at] ?? '')) this.#expression();
      } else {
        const word = this.#peekWord();
        items.push(word === 'for' || word === 'if' ? this.#comprehension() : this.#expression());
      }
      this.#skip(true);
      if (this.#take(']')) break;
      if (!this.#take(',')) throw this.#unexpected('"," or "]"');
    }
    return { kind: 'list', items, isOpen, offset };
  }

  #string(): CueExpression {
    const offset = this.#at;
    const hashes = this.#match(/#+/y) ?? '';
    const char = this.#text[this.#at] ?? '"';
    const isMulti = this.#text.startsWith(char.repeat(3), this.#at);
    const close = (isMulti ? char.repeat(3) : char) + hashes;
    this.#at += isMulti ? 3 : 1;
    if (isMulti && this.#match(/\r?\n/y) === undefined) throw this.#unexpected('a new line');
    const introducer = `\\${hashes}`;
    const parts: (string | CueExpression)[] = [];
    let text = '';
    for (;;) {
      if (this.#text.startsWith(close, this.#at)) break;
      const next = this.#text[this.#at];
      if (next === undefined || (next === '\n' && !isMulti)) throw new ConfigFault(offset, 'the string is not closed');
      if (!this.#text.startsWith(introducer, this.#at)) {
        text += next;
        this.#at++;
      } else if (this.#text[this.#at + introducer.length] === '(') {
        this.#at += introducer.length + 1;
        parts.push(text, this.#expression());
        text = '';
        this.#skip(true);
        if (!this.#take(')')) throw this.#unexpected('")"');
      } else text += this.#escape(introducer);
    }
    this.#at += close.length;
    parts.push(text);
    const shown = isMulti ? withoutIndent(parts) : parts;
    const only = shown.length === 1 ? shown[0] : undefined;
    if (typeof only !== 'string') return { kind: 'interpolation', parts: shown, offset };
    return char === "'" ? { kind: 'bytes', text: only, offset } : { kind: 'value', value: only, offset };
  }

  #escape(introducer: string): string {
    const start = this.#at;
    const char = this.#text[start + introducer.length] ?? '';
    const digits = char === 'u' ? 4 : char === 'U' ? 8 : 0;
    this.#at += introducer.length + 1 + digits;
    if (digits > 0) {
      const hex = this.#text.slice(start + introducer.length + 1, this.#at);
      const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
      if (code < 0 || code > 0x10ffff) throw new ConfigFault(start, 'the escape names no character');
      return String.fromCodePoint(code);
    }
    const plain = ESCAPES[char];
    if (plain === undefined) throw new ConfigFault(start, `"\\${char}" is no escape`);
    return plain;
  }

  #peekWord(): string | undefined {
    const before = this.#at;
    const word = this.#match(NAME);
    this.#at = before;
    return word;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found === '' ? undefined : found;
  }

  #take(part: string): boolean {
    if (!this.#text.startsWith(part, this.#at)) return false;
    this.#at += part.length;
    return true;
  }

  #skip(newlines: boolean): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === ' ' || char === '\t' || char === '\r' || (newlines && char === '\n')) this.#at++;
      else if (char === '/' && text[this.#at + 1] === '/') {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else return;
    }
  }

  #nest<T>(read: () => T): T {
    this.#task.checkDepth(++this.#depth, this.#at);
    const result = read();
    this.#depth--;
    return result;
  }

  #unsupported(what: string): ConfigFault {
    return new ConfigFault(
      this.#at,
      `${what} of CUE are not read`,
      'CONFIG_UNSUPPORTED',
      'Export the file with "cue export" first.',
    );
  }

  #unexpected(wanted: string): ConfigFault {
    const char = this.#text[this.#at];
    const seen =
      char === undefined ? 'the end of the file' : char === '\n' ? 'the end of the line' : JSON.stringify(char);
    return new ConfigFault(this.#at, `expected ${wanted}, found ${seen}`);
  }
}

/** A number without underscores and multipliers (`10K`, `1Ki`). */
function plainNumber(text: string): string {
  const digits = text.replaceAll('_', '');
  const match = /^(.*?)([KMGTP])(i?)$/.exec(digits);
  if (/^0[xbo]/.test(digits)) return String(Number(digits));
  if (match === null) return digits;
  const power = MULTIPLIERS.indexOf(match[2] ?? 'K') + 1;
  return String(Number(match[1]) * (match[3] === 'i' ? 1024 : 1000) ** power);
}

/** A text in three quotes loses the blanks before its closing quotes from each line, and its last line end. */
function withoutIndent(parts: readonly (string | CueExpression)[]): (string | CueExpression)[] {
  const last = parts.at(-1);
  const indent = typeof last === 'string' ? (/(?:^|\n)([ \t]*)$/.exec(last)?.[1] ?? '') : '';
  return parts.map((part, index) => {
    if (typeof part !== 'string') return part;
    const ended = index === parts.length - 1 ? part.replace(/\r?\n?[ \t]*$/, '') : part;
    const first = index === 0 && ended.startsWith(indent) ? ended.slice(indent.length) : ended;
    return first.replaceAll(`\n${indent}`, '\n');
  });
}
