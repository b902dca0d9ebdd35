import type { ConfigDocument, Members } from '../document.ts';
import { memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { type ProtoField, type ProtoMessage, type ProtoSchema, readProtoSchema, resolveType } from './proto-schema.ts';

const NAME = /[A-Za-z_][\w.]*/y;
const NUMBER = /-?\s*(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?|inf(?:inity)?\b|nan\b)/iy;
const BLANK = /(?:\s|#[^\n]*)*/y;
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
/** Integers of 64 bits are texts in JSON. */
const LONG = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64']);

/**
 * Protocol Buffers' text format, in the JSON form of messages with the names of the schema. The message is what a comment
 * `# proto-message: full.Name` says; its schema comes from the option `protoFiles`.
 */
export function parseTextproto(task: ParseTask): readonly ConfigDocument[] {
  const found = /^\s*#\s*proto-message:\s*(\S+)/m.exec(task.text);
  const hint = 'Write "# proto-message: package.Message" at the top of the file.';
  if (found === null) throw new ConfigFault(0, 'no comment names the message of this file', 'CONFIG_SYNTAX', hint);
  const schema = readProtoSchema(task.options.protoFiles ?? []);
  const message = schema.messages.get(found[1] ?? '');
  if (message === undefined) {
    const text = `look up message type "${found[1]}": none of the .proto files has it`;
    throw new ConfigFault(found.index, text, 'CONFIG_REFERENCE', 'Name the folder of the .proto files.');
  }
  const reader = new TextprotoReader(task, schema);
  return [task.document(reader.message(message, '', 0))];
}

class TextprotoReader {
  readonly #task: ParseTask;
  readonly #schema: ProtoSchema;
  readonly #text: string;
  #at = 0;

  constructor(task: ParseTask, schema: ProtoSchema) {
    this.#task = task;
    this.#schema = schema;
    this.#text = task.text;
  }

  /** Fields up to `close`, which is taken; '' is the end of the file. */
  message(message: ProtoMessage, close: string, depth: number): Members {
    this.#task.checkDepth(depth, this.#at);
    const open = this.#at;
    const members: Members = {};
    for (;;) {
      this.#skip();
      const offset = this.#at;
      if (offset >= this.#text.length) {
        if (close !== '') throw new ConfigFault(open, `the message is not closed with "${close}"`);
        return members;
      }
      if (close !== '' && this.#take(close)) return members;
      if (this.#take(',') || this.#take(';')) continue;
      const name = this.#match(NAME);
      if (name === undefined) throw this.#unexpected('the name of a field');
      const field = message.fields.get(name);
      if (field === undefined) throw new ConfigFault(offset, `${message.name} has no field "${name}"`);
      this.#skip();
      const hasColon = this.#take(':');
      this.#skip();
      if (!hasColon && !/[{<[]/.test(this.#text[this.#at] ?? '')) throw this.#unexpected('":"');
      this.#field(members, message, field, offset, depth);
    }
  }

  #field(members: Members, message: ProtoMessage, field: ProtoField, offset: number, depth: number): void {
    const read = () => this.#value(message, field, depth + 1);
    if (!field.isRepeated && field.map === undefined) {
      if (Object.hasOwn(members, field.name))
        throw new ConfigFault(offset, `the field "${field.name}" is set twice`, 'CONFIG_DUPLICATE_KEY');
      this.#task.set(members, field.name, read(), offset);
      return;
    }
    const values: { value: unknown; at: number }[] = [];
    if (this.#take('[')) {
      for (this.#skip(); !this.#take(']'); this.#skip()) {
        values.push({ value: read(), at: this.#at });
        this.#skip();
        if (this.#take(']')) break;
        if (!this.#take(',')) throw this.#unexpected('"," or "]"');
      }
    } else values.push({ value: read(), at: offset });
    const known = memberOf(members, field.name);
    if (field.map !== undefined) {
      const entries = (known ?? {}) as Members;
      if (known === undefined) this.#task.set(members, field.name, entries, offset);
      for (const { value, at } of values) {
        const entry = value as Members;
        this.#task.set(entries, String(entry['key'] ?? ''), entry['value'], at);
      }
      return;
    }
    const items = Array.isArray(known) ? known : [];
    if (known === undefined) this.#task.set(members, field.name, items, offset);
    for (const { value, at } of values) this.#task.push(items, value, at);
  }

  #value(message: ProtoMessage, field: ProtoField, depth: number): unknown {
    const char = this.#text[this.#at];
    const offset = this.#at;
    if (char === '{' || char === '<') {
      this.#at++;
      return this.message(this.#messageType(message, field, offset), char === '{' ? '}' : '>', depth);
    }
    const { type } = field;
    if (char === '"' || char === "'") return this.#string(type === 'bytes');
    const number = this.#match(NUMBER);
    if (number !== undefined) return scalar(number, type);
    const word = this.#match(NAME);
    if (word === undefined) throw this.#unexpected('a value');
    if (type === 'bool') {
      if (/^(?:true|t|True)$/.test(word)) return true;
      if (/^(?:false|f|False)$/.test(word)) return false;
    }
    const name = resolveType(this.#schema.enums, type, message.name);
    if (name === undefined || !this.#schema.enums.get(name)?.has(word))
      throw new ConfigFault(offset, `"${word}" is no value of the type ${type}`);
    return word;
  }

  #messageType(message: ProtoMessage, field: ProtoField, offset: number): ProtoMessage {
    if (field.map !== undefined) {
      const [key, value] = field.map;
      const fields = new Map([
        ['key', { name: 'key', type: key, isRepeated: false }],
        ['value', { name: 'value', type: value, isRepeated: false }],
      ]);
      return { name: message.name, fields };
    }
    const name = resolveType(this.#schema.messages, field.type, message.name);
    const found = name === undefined ? undefined : this.#schema.messages.get(name);
    if (found === undefined) throw new ConfigFault(offset, `"${field.name}" is of the type ${field.type}, no message`);
    return found;
  }

  /** Neighbouring strings are one. Bytes become base64. */
  #string(isBytes: boolean): string {
    const chunks: Buffer[] = [];
    do {
      chunks.push(this.#bytes());
      this.#skip();
    } while (/["']/.test(this.#text[this.#at] ?? ''));
    return Buffer.concat(chunks).toString(isBytes ? 'base64' : 'utf8');
  }

  #bytes(): Buffer {
    const start = this.#at;
    const quote = this.#text[this.#at++];
    const chunks: Buffer[] = [];
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === '\n') throw new ConfigFault(start, 'the string is not closed');
      if (char === quote) break;
      if (char !== '\\') {
        const end = this.#text.slice(this.#at).search(/["'\\\n]/);
        const stop = end <= 0 ? this.#at + 1 : this.#at + end;
        chunks.push(Buffer.from(this.#text.slice(this.#at, stop)));
        this.#at = stop;
        continue;
      }
      const rest = this.#text.slice(this.#at + 1, this.#at + 10);
      const match = /^(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/.exec(rest);
      const [whole = '', hex, octal, short, long, plain = ''] = match ?? [];
      this.#at += 1 + whole.length;
      const code = Number.parseInt(short ?? long ?? '', 16);
      if (code > 0x10ffff) throw new ConfigFault(this.#at, 'the escape is beyond Unicode');
      if (hex !== undefined) chunks.push(Buffer.from([Number.parseInt(hex, 16)]));
      else if (octal !== undefined) chunks.push(Buffer.from([Number.parseInt(octal, 8) & 255]));
      else if (!Number.isNaN(code)) chunks.push(Buffer.from(String.fromCodePoint(code)));
      else chunks.push(ESCAPES[plain] === undefined ? Buffer.from(plain) : Buffer.from([ESCAPES[plain]]));
    }
    this.#at++;
    return Buffer.concat(chunks);
  }

  #skip(): void {
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)?.[0].length ?? 0;
  }

  #take(char: string): boolean {
    if (!this.#text.startsWith(char, this.#at)) return false;
    this.#at += char.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unexpected(wanted: string): ConfigFault {
    const char = this.#text[this.#at];
    const seen = char === undefined ? 'the end of the file' : JSON.stringify(char);
    return new ConfigFault(this.#at, `expected ${wanted}, found ${seen}`);
  }
}

function scalar(text: string, type: string): unknown {
  const digits = text.replace(/\s/g, '');
  if (/inf/i.test(digits)) return digits.startsWith('-') ? '-Infinity' : 'Infinity';
  if (/nan/i.test(digits)) return 'NaN';
  if (type === 'bool') return Number(digits) !== 0;
  const isHex = /^-?0[xX]/.test(digits);
  if (LONG.has(type) && /^-?\w+$/.test(digits)) {
    const magnitude = BigInt(digits.replace('-', ''));
    return String(digits.startsWith('-') ? -magnitude : magnitude);
  }
  const magnitude = isHex ? Number.parseInt(digits.replace('-', ''), 16) : Number.parseFloat(digits.replace('-', ''));
  return digits.startsWith('-') ? -magnitude : magnitude;
}
