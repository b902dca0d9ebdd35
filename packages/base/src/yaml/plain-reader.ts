import { keyOfPlain, resolvePlain, type ScalarValue } from './scalar.ts';
import { setKey } from './values.ts';

/**
 * A reader for the plain YAML that nearly all manifests are written in: block maps and lists, one-line scalars, literal
 * and folded blocks, flow collections, comments. It is some twenty times as fast as the full parser, because it makes
 * values without tokens and nodes in between.
 *
 * It never guesses: at anything else (anchors, tags, tabs, text over several lines, equal keys, and every fault) it gives
 * up, and the full parser reads the document. What it returns is what the full parser would: the tests and the fuzzer
 * compare the two.
 *
 * @param text one document, `\n` for line ends, maybe with its `---` line
 * @param maxDepth deepest nesting of collections
 * @param make what maps and plain scalars become; lists are arrays, other text is strings. Default: values of JSON.
 * @returns the value and the offset of its first character; undefined when the full parser has to read it
 */
export function readPlainDocument(
  text: string,
  maxDepth: number,
  make: PlainMaker<unknown> = jsonMaker as PlainMaker<unknown>,
): { value: unknown; offset: number } | undefined {
  try {
    return new PlainReader(text, maxDepth, make).document();
  } catch (error) {
    if (error === GIVE_UP) return undefined;
    throw error;
  }
}

/** How {@link readPlainDocument} makes its values. */
export interface PlainMaker<Map> {
  /** Of a key or an item without a value. */
  readonly missing: unknown;
  /** Of a scalar without quotes; undefined leaves the document to the full parser. */
  scalar(text: string): unknown;
  /** The text of a key without quotes; undefined leaves the document to the full parser. */
  key(text: string): string | undefined;
  map(): Map;
  has(map: Map, key: string): boolean;
  set(map: Map, key: string, value: unknown): void;
}

const jsonMaker: PlainMaker<Record<string, unknown>> = {
  missing: null,
  scalar: plainValue,
  key: keyOfPlain,
  map: () => ({}),
  has: (map, key) => Object.hasOwn(map, key),
  set: setKey,
};

const GIVE_UP = Symbol('not plain');

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const HASH = 35;
const SINGLE_QUOTE = 39;
const COMMA = 44;
const DASH = 45;
const COLON = 58;
const GREATER = 62;
const QUESTION = 63;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const PIPE = 124;
const CLOSE_MAP = 125;

/** Characters that begin something else than a plain scalar. */
const INDICATORS = new Set([...',[]{}#&*!|>\'"%@`'].map((char) => char.charCodeAt(0)));
/** Characters that begin a plain scalar only when more of it follows. */
const MARKS = new Set([DASH, QUESTION, COLON]);
const LONGEST_KEY = 1000;
/** A longer number may not fit into a double: the full parser warns of it. */
const LONGEST_NUMBER = 15;

class PlainReader<Map> {
  readonly #make: PlainMaker<Map>;
  readonly #text: string;
  readonly #end: number;
  readonly #maxDepth: number;
  /** Next character to read. Between entries it stands at the first character of a line's content. */
  #at = 0;
  /** Column of the content at `#at`; -1 at the end of the document. */
  #indent = -1;
  #depth = 0;

  constructor(text: string, maxDepth: number, make: PlainMaker<Map>) {
    this.#make = make;
    this.#text = text;
    this.#end = text.length;
    this.#maxDepth = maxDepth;
  }

  document(): { value: unknown; offset: number } | undefined {
    if (this.#text.startsWith('---')) {
      this.#at = 3;
      this.#endOfLine();
    }
    this.#nextContent();
    if (this.#indent < 0) return undefined;
    const offset = this.#at;
    const value = this.#block(-1);
    if (this.#indent >= 0) throw GIVE_UP;
    return { value, offset };
  }

  /** Goes to the next line with content; expects to be at the start of a line. */
  #nextContent(): void {
    const text = this.#text;
    for (let lineStart = this.#at; lineStart < this.#end; ) {
      let at = lineStart;
      while (text.charCodeAt(at) === SPACE) at++;
      const char = text.charCodeAt(at);
      if (char === TAB) throw GIVE_UP;
      if (at < this.#end && char !== NEWLINE && char !== HASH) {
        this.#at = at;
        this.#indent = at - lineStart;
        return;
      }
      const newline = text.indexOf('\n', at);
      lineStart = newline < 0 ? this.#end : newline + 1;
    }
    this.#at = this.#end;
    this.#indent = -1;
  }

  /** Passes spaces and a comment up to the next line. */
  #endOfLine(): void {
    const text = this.#text;
    const from = this.#at;
    let at = from;
    while (text.charCodeAt(at) === SPACE) at++;
    if (text.charCodeAt(at) === HASH && at > from) {
      const newline = text.indexOf('\n', at);
      at = newline < 0 ? this.#end : newline;
    }
    if (at < this.#end && text.charCodeAt(at) !== NEWLINE) throw GIVE_UP;
    this.#at = Math.min(at + 1, this.#end);
  }

  /** The collection or flow collection whose first line is the current one. */
  #block(parentIndent: number): unknown {
    const char = this.#text.charCodeAt(this.#at);
    if (this.#isDash(this.#at)) return this.#list(this.#indent);
    if (char === OPEN_MAP || char === OPEN_LIST) {
      const value = this.#flow(parentIndent);
      this.#endOfLine();
      this.#nextContent();
      return value;
    }
    return this.#map(this.#indent);
  }

  #enter(): void {
    if (++this.#depth > this.#maxDepth) throw GIVE_UP;
  }

  /** Entries of a list stand at the column `indent`; the first one is current. */
  #list(indent: number): unknown[] {
    this.#enter();
    const items: unknown[] = [];
    while (this.#indent === indent && this.#isDash(this.#at)) {
      this.#at++;
      items.push(this.#item(indent));
    }
    if (this.#indent > indent) throw GIVE_UP;
    this.#depth--;
    return items;
  }

  /** What stands behind a dash. */
  #item(indent: number): unknown {
    const text = this.#text;
    const dash = this.#at - 1;
    let at = this.#at;
    while (text.charCodeAt(at) === SPACE) at++;
    const char = text.charCodeAt(at);
    if (at >= this.#end || char === NEWLINE || char === HASH) {
      this.#endOfLine();
      this.#nextContent();
      return this.#indent > indent ? this.#block(indent) : this.#make.missing;
    }
    const column = indent + (at - dash);
    if (this.#isDash(at)) {
      this.#at = at;
      this.#indent = column;
      return this.#list(column);
    }
    this.#at = at;
    if (this.#isKeyLine(at)) {
      this.#indent = column;
      return this.#map(column);
    }
    return this.#inlineValue(indent);
  }

  /** Whether the line from `at` on has a `: ` that makes it an entry of a map. Only a guess for quotes: #map decides. */
  #isKeyLine(at: number): boolean {
    const text = this.#text;
    const char = text.charCodeAt(at);
    if (char === OPEN_MAP || char === OPEN_LIST || char === PIPE || char === GREATER) return false;
    if (char === DOUBLE_QUOTE || char === SINGLE_QUOTE) {
      const close = this.#quoteEnd(at);
      return text.charCodeAt(close + 1) === COLON;
    }
    return this.#keyEnd(at) >= 0;
  }

  #map(indent: number): Map {
    this.#enter();
    const make = this.#make;
    const map = make.map();
    while (this.#indent === indent) {
      const key = this.#key();
      if (make.has(map, key)) throw GIVE_UP;
      make.set(map, key, this.#entryValue(indent));
    }
    if (this.#indent > indent) throw GIVE_UP;
    this.#depth--;
    return map;
  }

  /** Reads a key and its colon. */
  #key(): string {
    const text = this.#text;
    const start = this.#at;
    const char = text.charCodeAt(start);
    if (char === DOUBLE_QUOTE || char === SINGLE_QUOTE) {
      const key = this.#quoted();
      const after = text.charCodeAt(this.#at + 1);
      if (text.charCodeAt(this.#at) !== COLON || this.#at - start > LONGEST_KEY) throw GIVE_UP;
      if (this.#at + 1 < this.#end && after !== SPACE && after !== NEWLINE) throw GIVE_UP;
      this.#at++;
      return key;
    }
    if (!this.#startsPlain(start)) throw GIVE_UP;
    const end = this.#keyEnd(start);
    if (end < 0 || end - start > LONGEST_KEY || text.charCodeAt(end - 1) === SPACE) throw GIVE_UP;
    this.#at = end + 1;
    return this.#plainKey(text.slice(start, end));
  }

  /** The colon that ends a plain key; -1 when the line has none before a comment or its end. */
  #keyEnd(start: number): number {
    const text = this.#text;
    for (let at = start; at < this.#end; at++) {
      const char = text.charCodeAt(at);
      if (char === NEWLINE) return -1;
      if (char === TAB) throw GIVE_UP;
      if (char === HASH && text.charCodeAt(at - 1) === SPACE) return -1;
      if (char === COLON) {
        const next = text.charCodeAt(at + 1);
        if (at + 1 >= this.#end || next === SPACE || next === NEWLINE) return at;
        if (next === TAB) throw GIVE_UP;
      }
    }
    return -1;
  }

  /** What stands behind a key's colon, in a map at the column `indent`. */
  #entryValue(indent: number): unknown {
    const text = this.#text;
    let at = this.#at;
    while (text.charCodeAt(at) === SPACE) at++;
    const char = text.charCodeAt(at);
    if (at >= this.#end || char === NEWLINE || (char === HASH && at > this.#at)) {
      this.#endOfLine();
      this.#nextContent();
      if (this.#indent > indent) return this.#block(indent);
      // A list may stand at the column of its key.
      if (this.#indent === indent && this.#isDash(this.#at)) return this.#list(indent);
      return this.#make.missing;
    }
    this.#at = at;
    return this.#inlineValue(indent);
  }

  /** A scalar or flow collection that begins on the current line, below a parent at the column `indent`. */
  #inlineValue(indent: number): unknown {
    const char = this.#text.charCodeAt(this.#at);
    let value: unknown;
    if (char === PIPE || char === GREATER) value = this.#blockScalar(indent, char === GREATER);
    else {
      if (char === OPEN_MAP || char === OPEN_LIST) value = this.#flow(indent);
      else if (char === DOUBLE_QUOTE || char === SINGLE_QUOTE) value = this.#quoted();
      else value = this.#plainToEndOfLine();
      this.#endOfLine();
    }
    this.#nextContent();
    // Deeper content would belong to a scalar over several lines, or be a fault.
    if (this.#indent > indent) throw GIVE_UP;
    return value;
  }

  #plainToEndOfLine(): unknown {
    const text = this.#text;
    const start = this.#at;
    if (!this.#startsPlain(start)) throw GIVE_UP;
    let end = text.indexOf('\n', start);
    if (end < 0) end = this.#end;
    let last = start;
    for (let at = start; at < end; at++) {
      const char = text.charCodeAt(at);
      if (char === SPACE) continue;
      if (char === TAB) throw GIVE_UP;
      if (char === HASH && text.charCodeAt(at - 1) === SPACE) break;
      if (char === COLON && (at + 1 === end || text.charCodeAt(at + 1) === SPACE)) throw GIVE_UP;
      last = at;
    }
    this.#at = last + 1;
    return this.#plainValue(text.slice(start, last + 1));
  }

  #startsPlain(at: number): boolean {
    const char = this.#text.charCodeAt(at);
    if (INDICATORS.has(char)) return false;
    if (!MARKS.has(char)) return true;
    const next = this.#text.charCodeAt(at + 1);
    return at + 1 < this.#end && next !== SPACE && next !== NEWLINE && next !== TAB;
  }

  #isDash(at: number): boolean {
    if (this.#text.charCodeAt(at) !== DASH) return false;
    const next = this.#text.charCodeAt(at + 1);
    return at + 1 >= this.#end || next === SPACE || next === NEWLINE;
  }

  /** The closing quote of a string on one line. */
  #quoteEnd(open: number): number {
    const text = this.#text;
    const quote = text.charCodeAt(open);
    for (let at = open + 1; at < this.#end; at++) {
      const char = text.charCodeAt(at);
      if (char === NEWLINE) break;
      if (char === BACKSLASH && quote === DOUBLE_QUOTE) at++;
      else if (char === quote) {
        if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== quote) return at;
        at++;
      }
    }
    throw GIVE_UP;
  }

  #quoted(): string {
    const open = this.#at;
    const close = this.#quoteEnd(open);
    this.#at = close + 1;
    const inner = this.#text.slice(open + 1, close);
    if (this.#text.charCodeAt(open) === SINGLE_QUOTE) return inner.includes("'") ? inner.replaceAll("''", "'") : inner;
    if (!inner.includes('\\')) return inner;
    // JSON's escapes mean the same in YAML; the others are rare.
    if (/\\[^"\\/bfnrtu]|\\u(?![0-9A-Fa-f]{4})|\t/.test(inner)) throw GIVE_UP;
    return JSON.parse(`"${inner}"`) as string;
  }

  /** A literal (`|`) or folded (`>`) block without an explicit indentation. */
  #blockScalar(parentIndent: number, folded: boolean): string {
    const text = this.#text;
    this.#at++;
    const mark = text[this.#at];
    const chomp = mark === '-' || mark === '+' ? mark : '';
    if (chomp !== '') this.#at++;
    this.#endOfLine();

    const lines: string[] = [];
    let column = -1;
    let trailing = 0;
    while (this.#at < this.#end) {
      const lineStart = this.#at;
      const found = text.indexOf('\n', lineStart);
      // A last line counts as ended, unless it is blank: that is for the full parser to say.
      const newline = found < 0 ? this.#end : found;
      let content = lineStart;
      while (text.charCodeAt(content) === SPACE) content++;
      const indent = content - lineStart;
      if (content === newline) {
        if (found < 0) throw GIVE_UP;
        if (column < 0 ? indent > 0 : indent > column) throw GIVE_UP;
        lines.push('');
        trailing++;
      } else {
        if (text.charCodeAt(content) === TAB) throw GIVE_UP;
        if (column < 0) {
          if (indent <= parentIndent) throw GIVE_UP;
          column = indent;
        } else if (indent < column) break;
        lines.push(text.slice(lineStart + column, newline));
        trailing = 0;
      }
      this.#at = Math.min(newline + 1, this.#end);
    }
    if (column < 0) throw GIVE_UP;
    const kept = lines.slice(0, lines.length - trailing);
    const body = folded ? fold(kept) : kept.join('\n');
    return body + (chomp === '-' ? '' : chomp === '+' ? '\n'.repeat(trailing + 1) : '\n');
  }

  /** A flow collection; its lines must be deeper than the column `parentIndent`. */
  #flow(parentIndent: number): unknown {
    this.#enter();
    const isMap = this.#text.charCodeAt(this.#at) === OPEN_MAP;
    this.#at++;
    const value = isMap ? this.#flowMap(parentIndent) : this.#flowList(parentIndent);
    this.#depth--;
    return value;
  }

  #flowList(parentIndent: number): unknown[] {
    const items: unknown[] = [];
    for (;;) {
      this.#flowSpace(parentIndent);
      if (this.#take(CLOSE_LIST)) return items;
      items.push(this.#flowValue(parentIndent));
      this.#flowSpace(parentIndent);
      if (this.#take(COMMA)) continue;
      if (this.#take(CLOSE_LIST)) return items;
      throw GIVE_UP;
    }
  }

  #flowMap(parentIndent: number): Map {
    const make = this.#make;
    const map = make.map();
    for (;;) {
      this.#flowSpace(parentIndent);
      if (this.#take(CLOSE_MAP)) return map;
      const start = this.#at;
      const char = this.#text.charCodeAt(start);
      const isQuoted = char === DOUBLE_QUOTE || char === SINGLE_QUOTE;
      const key = isQuoted ? this.#quoted() : this.#plainKey(this.#flowPlainText());
      if (this.#at - start > LONGEST_KEY || !this.#take(COLON)) throw GIVE_UP;
      if (make.has(map, key)) throw GIVE_UP;
      this.#flowSpace(parentIndent);
      make.set(map, key, this.#flowValue(parentIndent));
      this.#flowSpace(parentIndent);
      if (this.#take(COMMA)) continue;
      if (this.#take(CLOSE_MAP)) return map;
      throw GIVE_UP;
    }
  }

  #flowValue(parentIndent: number): unknown {
    const char = this.#text.charCodeAt(this.#at);
    if (char === OPEN_MAP || char === OPEN_LIST) return this.#flow(parentIndent);
    if (char === DOUBLE_QUOTE || char === SINGLE_QUOTE) return this.#quoted();
    return this.#plainValue(this.#flowPlainText());
  }

  /** A plain scalar inside a flow collection: ends at a comma, a bracket, a colon with a space, the end of the line. */
  #flowPlainText(): string {
    const text = this.#text;
    const start = this.#at;
    if (!this.#startsPlain(start)) throw GIVE_UP;
    let last = start - 1;
    let at = start;
    for (; at < this.#end; at++) {
      const char = text.charCodeAt(at);
      if (char === SPACE) continue;
      if (char === NEWLINE || char === COMMA || char === CLOSE_LIST || char === CLOSE_MAP) break;
      if (char === TAB || char === OPEN_LIST || char === OPEN_MAP || char === HASH) throw GIVE_UP;
      if (char === COLON) {
        const next = text.charCodeAt(at + 1);
        if (next === SPACE || next === NEWLINE) break;
        if (INDICATORS.has(next) || at + 1 >= this.#end || next === TAB) throw GIVE_UP;
      }
      last = at;
    }
    // A dash, question mark or colon alone (`[-]`) is the mark of a block there, and a fault.
    if (last < start || (last === start && MARKS.has(text.charCodeAt(start)))) throw GIVE_UP;
    // `{a : 1}` and the like are left to the full parser.
    if (text.charCodeAt(at) === COLON && last !== at - 1) throw GIVE_UP;
    this.#at = last + 1;
    return text.slice(start, last + 1);
  }

  /** Spaces and line ends between the parts of a flow collection. */
  #flowSpace(parentIndent: number): void {
    const text = this.#text;
    let at = this.#at;
    let lineStart = -1;
    for (; at < this.#end; at++) {
      const char = text.charCodeAt(at);
      if (char === NEWLINE) lineStart = at + 1;
      else if (char === TAB) {
        // JSON that is indented with tabs; below a block parent tabs are a fault.
        if (parentIndent >= 0) throw GIVE_UP;
      } else if (char !== SPACE) break;
    }
    if (lineStart >= 0 && at - lineStart <= parentIndent) throw GIVE_UP;
    this.#at = at;
  }

  #plainValue(text: string): unknown {
    const value = this.#make.scalar(text);
    if (value === undefined) throw GIVE_UP;
    return value;
  }

  #plainKey(text: string): string {
    const key = text === '<<' ? undefined : this.#make.key(text);
    if (key === undefined) throw GIVE_UP;
    return key;
  }

  #take(char: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== char) return false;
    this.#at++;
    return true;
  }
}

function plainValue(text: string): ScalarValue | undefined {
  const value = resolvePlain(text);
  return typeof value === 'number' && (text.length > LONGEST_NUMBER || !Number.isFinite(value)) ? undefined : value;
}

/** One line break becomes a space, more of them one less. Indented lines would be kept as they are: not here. */
function fold(lines: readonly string[]): string {
  let result = '';
  let breaks = 0;
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      breaks++;
      continue;
    }
    const first = line.charCodeAt(0);
    const last = line.charCodeAt(line.length - 1);
    if (first === SPACE || first === TAB || last === SPACE || last === TAB) throw GIVE_UP;
    // Empty lines before the first text stand for themselves.
    result += result === '' && index === breaks ? '\n'.repeat(breaks) : breaks === 0 ? ' ' : '\n'.repeat(breaks);
    result += line;
    breaks = 0;
  }
  return result;
}
