import { int64 } from '@sekisho/gotemplate';
import type { Values } from '../chart/chart.ts';
import { isTable } from '../chart/yaml.ts';

/** A fault of the grammar, with Helm's text. */
export class SetSyntaxError extends Error {}

export interface SetGrammar {
  /** What a text behind `=`, or between `{` and `}`, stands for. */
  readonly value: (text: string) => unknown;
  /** `--set-json`: what stands behind `=` is JSON. */
  readonly json?: boolean;
  /** `--set-literal`: one key; everything behind `=` is its value. */
  readonly literal?: boolean;
}

const MAX_INDEX = 65_536;
const MAX_NESTING = 30;

/** The values that `--set` knows: booleans, null, whole numbers (int64), and text. */
export function setValue(text: string): unknown {
  const folded = text.toLowerCase();
  if (folded === 'true' || folded === 'false') return folded === 'true';
  if (folded === 'null') return null;
  if (text === '0') return int64(0n);
  if (!/^[+-]?[0-9]+$/.test(text) || text.startsWith('0') || text.length > 21) return text;
  const number = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, number) === number ? int64(number) : text;
}

/**
 * Reads `a.b=1,c[0]={x,y}` into `values`, which is changed.
 *
 * @throws SetSyntaxError
 */
export function parseSet(text: string, values: Values, grammar: SetGrammar): void {
  new SetParser(text, grammar).run(values);
}

/** Where the text ended; what was read before it stays. */
const END = Symbol('end');
type Ended = typeof END | undefined;

class SetParser {
  readonly #chars: readonly string[];
  readonly #grammar: SetGrammar;
  #at = 0;

  constructor(text: string, grammar: SetGrammar) {
    this.#chars = Array.from(text);
    this.#grammar = grammar;
  }

  run(values: Values): void {
    while (this.#key(values, 0) !== END);
  }

  #key(data: Values, nesting: number): Ended {
    const { text: name, stop } = this.#until(this.#grammar.literal === true ? '=[.' : '=[,.');
    switch (stop) {
      case undefined:
        if (name === '') return END;
        throw new SetSyntaxError(`key ${JSON.stringify(name)} has no value`);
      case '[': {
        const index = this.#index();
        if (index === undefined) return END;
        const known = Object.hasOwn(data, name) ? data[name] : undefined;
        const list: unknown[] = Array.isArray(known) ? [...known] : [];
        const ended = this.#item(list, index, nesting);
        put(data, name, list);
        return ended;
      }
      case '=':
        put(data, name, this.#value());
        return undefined;
      case ',':
        throw new SetSyntaxError(`key ${JSON.stringify(name)} has no value (cannot end with ,)`);
      default: {
        if (nesting + 1 > MAX_NESTING) {
          throw new SetSyntaxError(
            `value name nested level is greater than maximum supported nested level of ${MAX_NESTING}`,
          );
        }
        const known = Object.hasOwn(data, name) ? data[name] : undefined;
        const inner: Values = isTable(known) ? { ...known } : {};
        const ended = this.#key(inner, nesting + 1);
        if (ended === END) return END;
        if (Object.keys(inner).length === 0) throw new SetSyntaxError(`key map ${JSON.stringify(name)} has no value`);
        put(data, name, inner);
        return undefined;
      }
    }
  }

  /** What stands behind the `]` of `list[index]`. */
  #item(list: unknown[], index: number, nesting: number): Ended {
    if (index < 0) throw new SetSyntaxError(`negative ${index} index not allowed`);
    const { text, stop } = this.#until('[.=');
    if (text !== '')
      throw new SetSyntaxError(
        `unexpected data at end of array index: [${Array.from(text, (char) => `'${char}'`).join(' ')}]`,
      );
    if (stop === undefined) return END;
    const known = list[index];
    let value: unknown;
    if (stop === '=') {
      value = this.#value();
    } else if (stop === '[') {
      const next = this.#index();
      if (next === undefined) return END;
      if (nesting + 1 > MAX_NESTING) {
        throw new SetSyntaxError(
          `value name nested level is greater than maximum supported nested level of ${MAX_NESTING}`,
        );
      }
      const inner: unknown[] = Array.isArray(known) ? [...known] : [];
      if (this.#item(inner, next, nesting + 1) === END) return END;
      value = inner;
    } else {
      const inner: Values = isTable(known) ? { ...known } : {};
      if (this.#key(inner, nesting + 1) === END) return END;
      value = inner;
    }
    if (index > MAX_INDEX)
      throw new SetSyntaxError(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`);
    while (list.length < index) list.push(null);
    list[index] = value;
    return undefined;
  }

  #index(): number | undefined {
    const { text, stop } = this.#until(']');
    if (stop === undefined) return undefined;
    if (!/^[+-]?[0-9]+$/.test(text))
      throw new SetSyntaxError(`error parsing index: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }

  #value(): unknown {
    const { json, literal, value } = this.#grammar;
    if (json === true) return this.#json();
    if (literal === true) {
      const rest = this.#chars.slice(this.#at).join('');
      this.#at = this.#chars.length;
      return value(rest);
    }
    if (this.#chars[this.#at] !== '{') {
      return this.#at >= this.#chars.length ? '' : value(this.#until(',').text);
    }
    this.#at++;
    const list: unknown[] = [];
    for (;;) {
      const { text, stop } = this.#until(',}');
      if (stop === undefined) throw new SetSyntaxError("list must terminate with '}'");
      list.push(value(text));
      if (stop === ',') continue;
      if (this.#chars[this.#at] === ',') this.#at++;
      return list;
    }
  }

  /** One JSON value, and the `,` behind it. */
  #json(): unknown {
    const from = this.#at;
    let depth = 0;
    for (; this.#at < this.#chars.length; this.#at++) {
      const char = this.#chars[this.#at] ?? '';
      if (char === '"') this.#skipText();
      else if (char === '{' || char === '[') depth++;
      else if (char === '}' || char === ']') depth--;
      else if (char === ',' && depth <= 0) break;
    }
    const text = this.#chars.slice(from, this.#at).join('');
    this.#at++;
    if (text.trim() === '') return null;
    try {
      return JSON.parse(text);
    } catch {
      throw new SetSyntaxError('invalid JSON');
    }
  }

  #skipText(): void {
    for (this.#at++; this.#at < this.#chars.length && this.#chars[this.#at] !== '"'; this.#at++) {
      if (this.#chars[this.#at] === '\\') this.#at++;
    }
  }

  /** The text before the next of `stops`, which is consumed; `\` takes the next character as it is. */
  #until(stops: string): { readonly text: string; readonly stop: string | undefined } {
    let text = '';
    while (this.#at < this.#chars.length) {
      const char = this.#chars[this.#at++] ?? '';
      if (stops.includes(char)) return { text, stop: char };
      if (char === '\\' && this.#grammar.literal !== true) text += this.#chars[this.#at++] ?? '';
      else text += char;
    }
    return { text, stop: undefined };
  }
}

/** A key without a name is left out, as in Helm. */
function put(data: Values, name: string, value: unknown): void {
  if (name === '') return;
  Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true });
}
