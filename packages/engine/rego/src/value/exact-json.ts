import { isSekishoError, SekishoError } from '@sekisho/base';
import { setOwn } from './entries.ts';
import { parseNumber } from './number.ts';
import type { Value } from './value.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Reads JSON number by number, with an explicit stack. Slower than JSON.parse, which rounds numbers.
 *
 * @throws SekishoError REGO_JSON_SYNTAX
 */
export function readExactJson(text: string): Value {
  return new Reader(text).read();
}

type Frame =
  | { readonly kind: 'array'; readonly items: Value[] }
  | { readonly kind: 'object'; readonly members: Record<string, Value>; key: string };

class Reader {
  readonly #text: string;
  #at = 0;
  readonly #stack: Frame[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): Value {
    this.#skipSpace();
    for (;;) {
      let value = this.#open();
      // A value is complete: it goes into what is around it, which may be complete then.
      while (value !== undefined) {
        const frame = this.#stack.at(-1);
        this.#skipSpace();
        if (frame === undefined) {
          if (this.#at < this.#text.length) throw this.#trailing();
          return value;
        }
        if (frame.kind === 'array') frame.items.push(value);
        else setOwn(frame.members, frame.key, value);
        value = this.#next(frame);
      }
    }
  }

  /** Reads a scalar or an empty collection; a collection with something in it is pushed and undefined returned. */
  #open(): Value | undefined {
    const unit = this.#text.charCodeAt(this.#at);
    if (unit === 0x5b) return this.#openArray();
    if (unit === 0x7b) return this.#openObject();
    if (unit === 0x22) return this.#string();
    if (unit === 0x74) return this.#literal('true', true);
    if (unit === 0x66) return this.#literal('false', false);
    if (unit === 0x6e) return this.#literal('null', null);
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    const value = match === null ? undefined : parseNumber(match[0]);
    if (value === undefined) throw this.#numberFault();
    this.#at = NUMBER.lastIndex;
    const next = this.#text.charAt(this.#at);
    if (next === '.' || next === 'e' || next === 'E') throw this.#numberFault();
    return value;
  }

  /** Words faults of numbers: `1.`, `-a`, `1e`. The reader stands anywhere in the number. */
  #numberFault(): SekishoError {
    const text = this.#text;
    if (text.charAt(this.#at) === '-') {
      this.#at += 1;
      return this.#fault('in numeric literal');
    }
    const isFraction = text.charAt(this.#at) === '.';
    if (!isFraction && !/[eE]/.test(text.charAt(this.#at))) return this.#fault('looking for beginning of value');
    this.#at += 1;
    if (isFraction) return this.#fault('after decimal point in numeric literal');
    if (/[-+]/.test(text.charAt(this.#at))) this.#at += 1;
    return this.#fault('in exponent of numeric literal');
  }

  /** What follows the value: a fault of its own, or another value. */
  #trailing(): SekishoError {
    const char = this.#text.charAt(this.#at);
    try {
      this.#open();
    } catch (error) {
      if (isSekishoError(error)) return error;
      throw error;
    }
    return new SekishoError('REGO_JSON_SYNTAX', `error: invalid character '${char}' after top-level value`);
  }

  #openArray(): Value | undefined {
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(0x5d)) return [];
    this.#stack.push({ kind: 'array', items: [] });
    return undefined;
  }

  #openObject(): Value | undefined {
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(0x7d)) return {};
    this.#stack.push({ kind: 'object', members: {}, key: this.#key() });
    return undefined;
  }

  /** After a member: the finished collection, or undefined when another member follows. */
  #next(frame: Frame): Value | undefined {
    if (this.#take(0x2c)) {
      this.#skipSpace();
      if (frame.kind === 'object') frame.key = this.#key();
      return undefined;
    }
    if (!this.#take(frame.kind === 'array' ? 0x5d : 0x7d))
      throw this.#fault(frame.kind === 'array' ? 'after array element' : 'after object key:value pair');
    this.#stack.pop();
    return frame.kind === 'array' ? frame.items : frame.members;
  }

  #key(): string {
    if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#fault('looking for beginning of object key string');
    const key = this.#string();
    this.#skipSpace();
    if (!this.#take(0x3a)) throw this.#fault('after object key');
    this.#skipSpace();
    return key;
  }

  #string(): string {
    const end = endOfString(this.#text, this.#at);
    try {
      const text = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
      this.#at = end + 1;
      return text;
    } catch {
      throw this.#stringFault();
    }
  }

  #stringFault(): SekishoError {
    const text = this.#text;
    for (let i = this.#at + 1; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit === 0x22) break;
      if (unit < 0x20) {
        this.#at = i;
        return this.#fault('in string literal');
      }
      if (unit !== 0x5c) continue;
      i += 1;
      if (!'"\\/bfnrtu'.includes(text.charAt(i))) {
        this.#at = i;
        return this.#fault('in string escape code');
      }
    }
    this.#at = text.length;
    return this.#fault('in string literal');
  }

  #literal(word: string, value: boolean | null): boolean | null {
    for (const expected of word) {
      if (this.#text.charAt(this.#at) !== expected) throw this.#fault(`in literal ${word} (expecting '${expected}')`);
      this.#at += 1;
    }
    return value;
  }

  #take(unit: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== unit) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  /** Worded as Go's reader does, which policies' messages quote. */
  #fault(where: string): SekishoError {
    const char = this.#text.slice(this.#at, this.#at + 1);
    if (char === '') {
      const message = this.#text.trim() === '' ? 'EOF' : 'unexpected EOF';
      return new SekishoError('REGO_JSON_SYNTAX', message);
    }
    const shown = char < ' ' ? JSON.stringify(char).slice(1, -1) : char === "'" ? "\\'" : char;
    return new SekishoError('REGO_JSON_SYNTAX', `invalid character '${shown}' ${where}`);
  }
}

/** Offset of the quote that closes the string which begins at `start`; -1 when there is none. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}
