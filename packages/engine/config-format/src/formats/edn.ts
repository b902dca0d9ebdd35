import type { ConfigDocument, Members } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { goFloatText, goSetText, goTimeText, goValueText } from './go-text.ts';

const ATOM = /[^\s,;"()[\]{}]+/y;
const INTEGER = /^[+-]?\d+N?$/;
const DECIMAL = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/;
const SYMBOL = /^:?[^\d:#\\"'`@^~][^#"\\@^~`]*$/;
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
  backspace: '\b',
  formfeed: '\f',
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\' };

/**
 * EDN as Conftest shows it: maps and sequences, everything else a text in Go's printing: `nil` is `<nil>`, a set is
 * `map[x:true]`, keywords keep their colon, a tagged value is `#tag value`.
 */
export function parseEdn(task: ParseTask): readonly ConfigDocument[] {
  const reader = new EdnReader(task);
  return [task.document(reader.root(), reader.start)];
}

class EdnReader {
  readonly #task: ParseTask;
  readonly #text: string;
  #at = 0;
  start = 0;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#text = task.text;
  }

  root(): unknown {
    this.#skip(0);
    this.start = this.#at;
    return this.#value(0);
  }

  #value(depth: number): unknown {
    this.#task.checkDepth(depth, this.#at);
    const start = this.#at;
    const char = this.#text[start];
    switch (char) {
      case '{':
        return this.#map(depth);
      case '[':
        return this.#sequence(']', depth);
      case '(':
        return this.#sequence(')', depth);
      case '"':
        return this.#string();
      case '\\':
        return this.#character();
      case '#':
        return this.#dispatch(depth);
      case undefined:
        throw new ConfigFault(start, 'expected a value, found the end of the file');
      default:
        return this.#atom();
    }
  }

  #map(depth: number): Members {
    const open = this.#at++;
    const members: Members = {};
    for (;;) {
      this.#skip(depth);
      if (this.#take('}')) return members;
      this.#checkOpen(open, '}');
      const offset = this.#at;
      const key = this.#value(depth + 1);
      this.#skip(depth);
      this.#checkOpen(open, '}');
      if (this.#text[this.#at] === '}') throw new ConfigFault(offset, 'the last key of the map has no value');
      this.#task.set(members, typeof key === 'string' ? key : goValueText(key), this.#value(depth + 1), offset);
    }
  }

  #sequence(close: string, depth: number): unknown[] {
    const open = this.#at++;
    const items: unknown[] = [];
    for (;;) {
      this.#skip(depth);
      if (this.#take(close)) return items;
      this.#checkOpen(open, close);
      const offset = this.#at;
      this.#task.push(items, this.#value(depth + 1), offset);
    }
  }

  #checkOpen(open: number, close: string): void {
    const char = this.#text[this.#at];
    if (char === undefined) throw new ConfigFault(open, `there is no "${close}" that closes this`);
    if (char !== close && (char === '}' || char === ']' || char === ')'))
      throw new ConfigFault(this.#at, `expected "${close}", found "${char}"`);
  }

  #dispatch(depth: number): unknown {
    const start = this.#at++;
    if (this.#text[this.#at] === '{') {
      const items = this.#sequence('}', depth);
      return goSetText(items.map(goValueText));
    }
    ATOM.lastIndex = this.#at;
    const tag = ATOM.exec(this.#text)?.[0];
    if (tag === undefined) throw new ConfigFault(start, 'expected a tag after "#"');
    this.#at += tag.length;
    this.#skip(depth);
    const offset = this.#at;
    const value = this.#value(depth + 1);
    if (tag !== 'inst') return `#${tag} ${goValueText(value)}`;
    const time = typeof value === 'string' ? goTimeText(value) : undefined;
    if (time === undefined) throw new ConfigFault(offset, '#inst wants a text with an RFC 3339 time');
    return time;
  }

  #string(): string {
    const start = this.#at++;
    let value = '';
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw new ConfigFault(start, 'the string is not closed');
      if (char === '"') return value;
      if (char !== '\\') {
        value += char;
        continue;
      }
      const next = this.#text[this.#at++] ?? '';
      const hex = this.#text.slice(this.#at, this.#at + 4);
      if (next === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
        value += String.fromCharCode(Number.parseInt(hex, 16));
        this.#at += 4;
      } else if (ESCAPES[next] !== undefined) value += ESCAPES[next];
      else throw new ConfigFault(this.#at - 2, `"\\${next}" is no escape`);
    }
  }

  /** A character is the text of its code point's number. */
  #character(): string {
    const start = this.#at++;
    const first = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += first.length;
    ATOM.lastIndex = this.#at;
    const name = first + (/[A-Za-z]/.test(first) ? (ATOM.exec(this.#text)?.[0] ?? '') : '');
    this.#at += name.length - first.length;
    if (name === first) return String(first.codePointAt(0));
    const hex = /^u([0-9a-fA-F]{4})$/.exec(name)?.[1];
    const character = hex === undefined ? CHARACTERS[name] : String.fromCharCode(Number.parseInt(hex, 16));
    if (character === undefined) throw new ConfigFault(start, `"\\${name}" is no character`);
    return String(character.codePointAt(0));
  }

  #atom(): string {
    const start = this.#at;
    ATOM.lastIndex = start;
    const atom = ATOM.exec(this.#text)?.[0];
    if (atom === undefined) throw new ConfigFault(start, `unexpected ${JSON.stringify(this.#text[start])}`);
    this.#at += atom.length;
    if (atom === 'nil') return '<nil>';
    if (INTEGER.test(atom)) return BigInt(atom.replace(/^\+|N$/g, '')).toString();
    if (DECIMAL.test(atom)) {
      const number = Number(atom.replace(/M$/, ''));
      if (!Number.isFinite(number)) throw new ConfigFault(start, `the number ${atom} is too large`);
      return goFloatText(number);
    }
    if (!SYMBOL.test(atom)) throw new ConfigFault(start, `${JSON.stringify(atom)} is no number, symbol or keyword`);
    return atom;
  }

  /** Blanks, commas, comments and `#_` with the value that it drops. */
  #skip(depth: number): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined) return;
      if (char === ',' || /\s/.test(char)) this.#at++;
      else if (char === ';') {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else if (char === '#' && text[this.#at + 1] === '_') {
        this.#task.checkDepth(depth, this.#at);
        this.#at += 2;
        this.#skip(depth + 1);
        this.#value(depth + 1);
      } else return;
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}
