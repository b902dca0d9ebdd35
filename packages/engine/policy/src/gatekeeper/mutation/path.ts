/** A step of a location: a field of an object, or the elements of a list that have a value under a key. */
export type PathNode =
  | { readonly type: 'object'; readonly name: string }
  /** `value` undefined: all elements. */
  | { readonly type: 'list'; readonly key: string; readonly value: string | number | undefined };

export type MutationPath = readonly PathNode[];

export interface PathFault {
  readonly message: string;
  /** From 1, in the text. */
  readonly column: number;
}

const MAX_LENGTH = 4096;
/** What ends a name that is not quoted. */
const NAME = /[^\s.[\]:"']+/y;
const BLANK = /\s*/y;

/**
 * Reads `spec.containers[name: *].image`. Names with dots, brackets or blanks stand in quotes, of either kind; an element's key is
 * compared with text, with a number when it is written as one, or with anything (`*` without quotes).
 */
export function parsePath(text: string): { path: MutationPath } | { fault: PathFault } {
  if (text.length > MAX_LENGTH) return { fault: { message: `is longer than ${MAX_LENGTH} characters`, column: 1 } };
  try {
    return { path: new Parser(text).parse() };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: { message: error.message, column: error.column } };
    throw error;
  }
}

class Unreadable extends Error {
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

class Parser {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): MutationPath {
    const nodes: PathNode[] = [];
    if (this.#skipBlanks() === undefined) throw this.#fault('is empty');
    nodes.push(this.#object());
    while (this.#skipBlanks() !== undefined) {
      const isAfterList = nodes.at(-1)?.type === 'list';
      if (this.#take('.')) nodes.push(this.#object());
      else if (!isAfterList && this.#take('[')) nodes.push(this.#list());
      else throw this.#fault(isAfterList ? 'needs a `.` here' : 'needs a `.` or a `[` here');
    }
    return nodes;
  }

  #object(): PathNode {
    return { type: 'object', name: this.#name('the name of a field').text };
  }

  #list(): PathNode {
    const key = this.#name('the key of the elements').text;
    this.#expect(':', 'between key and value');
    const { text, isQuoted } = this.#name('a value, or * for all elements');
    this.#expect(']', 'after the value');
    if (isQuoted) return { type: 'list', key, value: text };
    if (text === '*') return { type: 'list', key, value: undefined };
    return { type: 'list', key, value: /^-?\d{1,15}$/.test(text) ? Number(text) : text };
  }

  #name(what: string): { text: string; isQuoted: boolean } {
    const quote = this.#skipBlanks();
    if (quote === '"' || quote === "'") return { text: this.#quoted(quote), isQuoted: true };
    NAME.lastIndex = this.#offset;
    const text = NAME.exec(this.#text)?.[0];
    if (text === undefined) throw this.#fault(`needs ${what} here`);
    this.#offset += text.length;
    return { text, isQuoted: false };
  }

  #quoted(quote: string): string {
    const start = this.#offset;
    let text = '';
    for (let i = start + 1; i < this.#text.length; i++) {
      const char = this.#text[i] as string;
      if (char === quote) {
        this.#offset = i + 1;
        return text;
      }
      if (char === '\\' && (this.#text[i + 1] === quote || this.#text[i + 1] === '\\')) text += this.#text[++i];
      else text += char;
    }
    throw this.#fault(`has a ${quote} here that is not closed`);
  }

  #expect(char: string, where: string): void {
    this.#skipBlanks();
    if (!this.#take(char)) throw this.#fault(`needs a \`${char}\` ${where}`);
  }

  #take(char: string): boolean {
    if (this.#text[this.#offset] !== char) return false;
    this.#offset++;
    return true;
  }

  /** Gives the next character. */
  #skipBlanks(): string | undefined {
    BLANK.lastIndex = this.#offset;
    this.#offset += BLANK.exec(this.#text)?.[0].length ?? 0;
    return this.#text[this.#offset];
  }

  #fault(message: string): Unreadable {
    return new Unreadable(message, this.#offset + 1);
  }
}

export function isSameNode(a: PathNode | undefined, b: PathNode | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.type === 'object') return b.type === 'object' && a.name === b.name;
  return b.type === 'list' && a.key === b.key && a.value === b.value;
}

/** Written as it would be read. */
export function formatPath(path: MutationPath): string {
  let text = '';
  for (const node of path) {
    if (node.type === 'object') text += `${text === '' ? '' : '.'}${quoted(node.name)}`;
    else text += `[${quoted(node.key)}: ${node.value === undefined ? '*' : valueText(node.value)}]`;
  }
  return text;
}

function valueText(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return value === '*' || /^-?\d{1,15}$/.test(value) ? JSON.stringify(value) : quoted(value);
}

function quoted(name: string): string {
  return /^[^\s.[\]:"'\\]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}
