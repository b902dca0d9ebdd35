import { ConfigFault } from '../parse-task.ts';

export interface ProtoField {
  readonly name: string;
  readonly type: string;
  readonly isRepeated: boolean;
  /** Types of key and value of a map. */
  readonly map?: readonly [key: string, value: string];
}

export interface ProtoMessage {
  readonly name: string;
  readonly fields: ReadonlyMap<string, ProtoField>;
}

/** Messages and enums of `.proto` files, by full name. */
export interface ProtoSchema {
  readonly messages: ReadonlyMap<string, ProtoMessage>;
  readonly enums: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_.][\w.]*|[-+]?\d[\w.]*|[^\s\w])/y;

/** Reads what textproto needs of `.proto` files: names, types and labels of fields. Options and services are skipped. */
export function readProtoSchema(files: readonly { readonly file: string; readonly text: string }[]): ProtoSchema {
  const messages = new Map<string, ProtoMessage>();
  const enums = new Map<string, ReadonlyMap<string, number>>();
  for (const { file, text } of files) new ProtoReader(file, text, messages, enums).read();
  return { messages, enums };
}

/** The full name that `type` means inside of `scope`: the innermost one that exists. */
export function resolveType(known: { has(name: string): boolean }, type: string, scope: string): string | undefined {
  if (type.startsWith('.')) return known.has(type.slice(1)) ? type.slice(1) : undefined;
  for (let prefix = scope; ; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
    const name = prefix === '' ? type : `${prefix}.${type}`;
    if (known.has(name)) return name;
    if (prefix === '') return undefined;
  }
}

class ProtoReader {
  readonly #file: string;
  readonly #tokens: string[] = [];
  readonly #messages: Map<string, ProtoMessage>;
  readonly #enums: Map<string, ReadonlyMap<string, number>>;
  #next = 0;

  constructor(
    file: string,
    text: string,
    messages: Map<string, ProtoMessage>,
    enums: Map<string, ReadonlyMap<string, number>>,
  ) {
    this.#file = file;
    this.#messages = messages;
    this.#enums = enums;
    for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const token = TOKEN.exec(text);
      if (token === null) throw this.#fault();
      if (token[1] !== undefined) this.#tokens.push(token[1]);
    }
  }

  read(): void {
    let scope = '';
    while (this.#next < this.#tokens.length) {
      const word = this.#take();
      if (word === 'package') {
        scope = this.#take();
        this.#skipStatement();
      } else if (word === 'message') this.#message(scope, 0);
      else if (word === 'enum') this.#enum(scope);
      else if (word !== ';') this.#skipStatement();
    }
  }

  #message(scope: string, depth: number): void {
    if (depth > 100) throw this.#fault();
    const name = join(scope, this.#take());
    const fields = new Map<string, ProtoField>();
    this.#messages.set(name, { name, fields });
    this.#expect('{');
    this.#fields(name, fields, depth);
  }

  #fields(name: string, fields: Map<string, ProtoField>, depth: number): void {
    for (;;) {
      let word = this.#take();
      if (word === '}') return;
      if (word === ';') continue;
      if (word === 'message') this.#message(name, depth + 1);
      else if (word === 'enum') this.#enum(name);
      else if (word === 'oneof') {
        this.#take();
        this.#expect('{');
        if (depth > 100) throw this.#fault();
        this.#fields(name, fields, depth + 1);
      } else if (/^(?:option|reserved|extensions|extend|group)$/.test(word)) this.#skipStatement();
      else {
        const isRepeated = word === 'repeated';
        if (/^(?:repeated|optional|required)$/.test(word)) word = this.#take();
        const isMap = word === 'map' && this.#tokens[this.#next] === '<';
        const map = isMap ? this.#mapTypes() : undefined;
        const field = this.#take();
        fields.set(field, { name: field, type: word, isRepeated, ...(map === undefined ? {} : { map }) });
        this.#skipStatement();
      }
    }
  }

  #mapTypes(): readonly [string, string] {
    this.#expect('<');
    const key = this.#take();
    this.#expect(',');
    const value = this.#take();
    this.#expect('>');
    return [key, value];
  }

  #enum(scope: string): void {
    const values = new Map<string, number>();
    this.#enums.set(join(scope, this.#take()), values);
    this.#expect('{');
    for (;;) {
      const word = this.#take();
      if (word === '}') return;
      if (word === ';') continue;
      if (word !== 'option' && word !== 'reserved' && this.#tokens[this.#next] === '=') {
        this.#take();
        const sign = this.#tokens[this.#next] === '-' ? this.#take() : '';
        values.set(word, Number(sign + this.#take()));
      }
      this.#skipStatement();
    }
  }

  /** To the ";" of a statement or the "}" of its block. */
  #skipStatement(): void {
    for (let braces = 0; this.#next < this.#tokens.length; ) {
      const word = this.#take();
      if (word === '{') braces++;
      else if (word === '}' && --braces === 0) return;
      else if (word === ';' && braces === 0) return;
    }
  }

  #expect(word: string): void {
    if (this.#take() !== word) throw this.#fault();
  }

  #take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.#fault();
    return token;
  }

  #fault(): ConfigFault {
    return new ConfigFault(0, `the schema ${this.#file} can't be read`, 'CONFIG_REFERENCE');
  }
}

function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
