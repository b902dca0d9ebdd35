import type { ConfigDocument, Members } from '../document.ts';
import { memberOf } from '../document.ts';
import { Cursor } from '../hcl2/cursor.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

const NUMBER = /-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
const NAME = /[\p{L}_][\p{L}\p{N}_.-]*/uy;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  a: '\x07',
  b: '\b',
};

/** HCL 1: every object that a key holds is an item of a list, labels are keys of such objects; `${…}` stays text. */
export function parseHcl1(task: ParseTask): readonly ConfigDocument[] {
  return [task.document(new Hcl1Reader(task).file())];
}

class Hcl1Reader {
  readonly #task: ParseTask;
  readonly #cursor: Cursor;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#cursor = new Cursor(task.text);
  }

  file(): Members {
    const cursor = this.#cursor;
    cursor.skip(true);
    const isJson = cursor.take('{');
    const members = this.#members(0, isJson ? '}' : '');
    cursor.skip(true);
    if (cursor.char !== '') throw cursor.unexpected('the end of the file');
    return members;
  }

  /** Items up to `close`, which is taken; '' is the end of the file. */
  #members(depth: number, close: '' | '}'): Members {
    const cursor = this.#cursor;
    this.#task.checkDepth(depth, cursor.at);
    const open = cursor.at;
    const members: Members = {};
    for (;;) {
      cursor.skip(true);
      while (cursor.take(',')) cursor.skip(true);
      if (cursor.char === '') {
        if (close === '') return members;
        throw new ConfigFault(open, 'the object is not closed with "}"');
      }
      if (close !== '' && cursor.take(close)) return members;
      try {
        this.#item(members, depth);
      } catch (error) {
        if (!(error instanceof ConfigFault) || error.code === 'CONFIG_TOO_DEEP' || cursor.char === '') throw error;
        this.#task.report(error);
        const next = cursor.text.indexOf('\n', Math.max(cursor.at, error.offset));
        cursor.at = next < 0 ? cursor.text.length : next + 1;
      }
    }
  }

  #item(members: Members, depth: number): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    const keys: string[] = [];
    for (;;) {
      cursor.skip(false);
      const key = cursor.char === '"' ? this.#string() : cursor.match(NAME);
      if (key === undefined) break;
      keys.push(key);
    }
    const name = keys[0];
    if (name === undefined) throw cursor.unexpected('a key');
    const isAssignment = cursor.char === '=' || (cursor.char === ':' && cursor.text[start] === '"');
    if (isAssignment) {
      if (keys.length > 1) throw new ConfigFault(start, 'a key with labels holds an object, without "="');
      cursor.at++;
      cursor.skip(true);
    } else if (cursor.char !== '{') throw cursor.unexpected(keys.length > 1 ? '"{"' : '"=" or "{"');
    const isObject = cursor.char === '{';
    const value = this.#value(depth + keys.length);
    if (!isObject) {
      this.#task.set(members, name, value, start);
      return;
    }
    let inner: unknown = value;
    for (const label of keys.slice(1).reverse()) {
      const wrapper: Members = {};
      this.#task.set(wrapper, label, this.#list(inner, start), start);
      inner = wrapper;
    }
    const known = memberOf(members, name);
    if (Array.isArray(known)) this.#task.push(known, inner, start);
    else if (known === undefined) this.#task.set(members, name, this.#list(inner, start), start);
    else throw new ConfigFault(start, `"${name}" is a value and an object`);
  }

  #list(item: unknown, offset: number): unknown[] {
    const items: unknown[] = [];
    this.#task.push(items, item, offset);
    return items;
  }

  #value(depth: number): unknown {
    const cursor = this.#cursor;
    this.#task.checkDepth(depth, cursor.at);
    if (cursor.char === '"') return this.#string();
    if (cursor.take('{')) return this.#members(depth, '}');
    if (cursor.take('[')) return this.#items(depth);
    if (cursor.startsWith('<<')) return this.#heredoc();
    const number = cursor.match(NUMBER);
    if (number !== undefined) return this.#number(number);
    const start = cursor.at;
    const word = cursor.match(NAME);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === undefined) throw cursor.unexpected('a value');
    throw new ConfigFault(start, `"${word}" is no value: texts stand in quotes`);
  }

  #items(depth: number): unknown[] {
    const cursor = this.#cursor;
    const items: unknown[] = [];
    for (;;) {
      cursor.skip(true);
      if (cursor.take(']')) return items;
      const start = cursor.at;
      this.#task.push(items, this.#value(depth + 1), start);
      cursor.skip(true);
      if (cursor.take(']')) return items;
      cursor.expect(',', 'or "]" after an item');
    }
  }

  #number(text: string): unknown {
    const digits = text.replace('-', '');
    const sign = text.startsWith('-') ? -1 : 1;
    if (/^0\d+$/.test(digits)) return sign * Number.parseInt(digits, 8);
    if (/^0x/i.test(digits)) return sign * Number.parseInt(digits, 16);
    return this.#task.number(text);
  }

  /** A string; what stands between `${` and its `}` is taken as it is, quotes included. */
  #string(): string {
    const cursor = this.#cursor;
    const { text } = cursor;
    const start = cursor.at++;
    let value = '';
    let braces = 0;
    for (;;) {
      const char = text[cursor.at];
      if (char === undefined || (char === '\n' && braces === 0))
        throw new ConfigFault(start, 'the string is not closed');
      if (braces === 0 && char === '"') break;
      if (braces === 0 && char === '\\') {
        value += this.#escape();
        continue;
      }
      if (cursor.startsWith('${') && braces === 0) {
        braces = 1;
        value += '${';
        cursor.at += 2;
        continue;
      }
      if (braces > 0 && char === '{') braces++;
      if (braces > 0 && char === '}') braces--;
      value += char;
      cursor.at++;
    }
    cursor.at++;
    return value;
  }

  #escape(): string {
    const cursor = this.#cursor;
    const char = cursor.text[cursor.at + 1] ?? '';
    const digits = char === 'u' ? 4 : char === 'U' ? 8 : 0;
    const hex = cursor.text.slice(cursor.at + 2, cursor.at + 2 + digits);
    if (digits > 0) {
      const code = hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : -1;
      if (code < 0 || code > 0x10ffff)
        throw new ConfigFault(cursor.at, `"\\${char}" wants ${digits} hexadecimal digits`);
      cursor.at += 2 + digits;
      return String.fromCodePoint(code);
    }
    const plain = ESCAPES[char];
    if (plain === undefined) throw new ConfigFault(cursor.at, `"\\${char}" is no escape`);
    cursor.at += 2;
    return plain;
  }

  #heredoc(): string {
    const cursor = this.#cursor;
    const start = cursor.at;
    const head = cursor.match(/<<(-?)([\w.-]+)\r?\n/y);
    if (head === undefined) throw cursor.unexpected('the name of a heredoc');
    const isFlush = head[2] === '-';
    const mark = head.slice(isFlush ? 3 : 2).trim();
    const lines: string[] = [];
    for (;;) {
      if (cursor.char === '') throw new ConfigFault(start, `the heredoc "${mark}" is not closed`);
      const found = cursor.text.indexOf('\n', cursor.at);
      const end = found < 0 ? cursor.text.length : found;
      const line = cursor.text.slice(cursor.at, end).replace(/\r$/, '');
      cursor.at = end;
      if (line.trim() === mark) {
        const indent = line.length - line.trimStart().length;
        const isIndented = isFlush && lines.every((each) => each.slice(0, indent).trim() === '');
        return lines.map((each) => `${isIndented ? each.slice(indent) : each}\n`).join('');
      }
      lines.push(line);
      if (cursor.char !== '') cursor.at++;
    }
  }
}
