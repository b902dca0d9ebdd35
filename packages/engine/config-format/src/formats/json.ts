import type { ConfigDocument, Members } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

/** JSON (RFC 8259). Of equal keys the last one counts, as in Go. */
export function parseJson(task: ParseTask): readonly ConfigDocument[] {
  return new JsonReader(task, false).read();
}

/** JSON with comments and commas after the last item. */
export function parseJsonc(task: ParseTask): readonly ConfigDocument[] {
  return new JsonReader(task, true).read();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const PLAIN = /[^"\\\u0000-\u001f]*/y;
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

class JsonReader {
  readonly #task: ParseTask;
  readonly #text: string;
  readonly #relaxed: boolean;
  #at = 0;

  constructor(task: ParseTask, relaxed: boolean) {
    this.#task = task;
    this.#text = task.text;
    this.#relaxed = relaxed;
  }

  read(): readonly ConfigDocument[] {
    this.#skip();
    const start = this.#at;
    const value = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the file');
    return [this.#task.document(value, start)];
  }

  #value(depth: number): unknown {
    const text = this.#text;
    switch (text[this.#at]) {
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(text);
    if (match === null) throw this.#unexpected('a value');
    this.#at = NUMBER.lastIndex;
    return this.#task.number(match[0]);
  }

  #object(depth: number): Members {
    const task = this.#task;
    task.checkDepth(depth, this.#at);
    const members: Members = {};
    this.#at++;
    for (let first = true; ; first = false) {
      this.#skip();
      if (this.#text[this.#at] === '}' && (first || this.#relaxed)) break;
      const offset = this.#at;
      if (this.#text[offset] !== '"') throw this.#unexpected(first ? 'a key or "}"' : 'a key');
      const key = this.#string();
      this.#skip();
      this.#take(':');
      this.#skip();
      task.set(members, key, this.#value(depth), offset);
      this.#skip();
      if (this.#text[this.#at] === '}') break;
      this.#take(',', '"," or "}"');
    }
    this.#at++;
    return members;
  }

  #array(depth: number): unknown[] {
    const task = this.#task;
    task.checkDepth(depth, this.#at);
    const items: unknown[] = [];
    this.#at++;
    for (let first = true; ; first = false) {
      this.#skip();
      if (this.#text[this.#at] === ']' && (first || this.#relaxed)) break;
      const offset = this.#at;
      task.push(items, this.#value(depth), offset);
      this.#skip();
      if (this.#text[this.#at] === ']') break;
      this.#take(',', '"," or "]"');
    }
    this.#at++;
    return items;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at++;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.#at;
      PLAIN.test(text);
      value += text.slice(this.#at, PLAIN.lastIndex);
      this.#at = PLAIN.lastIndex;
      const char = text[this.#at];
      if (char === '"') break;
      if (char !== '\\') throw new ConfigFault(char === undefined ? start : this.#at, 'the string is not closed');
      value += this.#escape();
    }
    this.#at++;
    return value;
  }

  #escape(): string {
    const text = this.#text;
    const char = text[this.#at + 1] ?? '';
    const hex = text.slice(this.#at + 2, this.#at + 6);
    if (char === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const plain = ESCAPES[char];
    if (plain === undefined) throw new ConfigFault(this.#at, `"\\${char}" is no escape of JSON`);
    this.#at += 2;
    return plain;
  }

  #word(word: string, value: unknown): unknown {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected('a value');
    this.#at += word.length;
    return value;
  }

  #take(char: string, wanted = `"${char}"`): void {
    if (this.#text[this.#at] !== char) throw this.#unexpected(wanted);
    this.#at++;
  }

  #skip(): void {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (code === 32 || code === 10 || code === 13 || code === 9) this.#at++;
      else if (code === 47 && this.#relaxed && text[this.#at + 1] === '/') {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else if (code === 47 && this.#relaxed && text[this.#at + 1] === '*') {
        const end = text.indexOf('*/', this.#at + 2);
        if (end < 0) throw new ConfigFault(this.#at, 'the comment is not closed');
        this.#at = end + 2;
      } else return;
    }
  }

  #unexpected(wanted: string): ConfigFault {
    const char = this.#text[this.#at];
    const seen = char === undefined ? 'the end of the file' : JSON.stringify(char);
    return new ConfigFault(this.#at, `expected ${wanted}, found ${seen}`);
  }
}
