import { type ConfigDocument, isMembers, type Members, memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

/** Values of one key before references are resolved: they are joined, objects are merged. */
interface Field {
  readonly pieces: Piece[];
  readonly offset: number;
  /** What the key held before, for references of a key to itself and for `+=`. */
  readonly before: Field | undefined;
  readonly isAppend: boolean;
}

interface Node {
  readonly fields: Map<string, Field>;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'object'; readonly node: Node }
  | { readonly kind: 'array'; readonly items: readonly { readonly pieces: Piece[]; readonly offset: number }[] }
  | {
      readonly kind: 'reference';
      readonly path: readonly string[];
      readonly isOptional: boolean;
      readonly offset: number;
    };

const UNQUOTED = /(?:[^\s$"{}[\]:=,+#`^?!@*&\\/]|\/(?!\/))+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
};

/** HOCON by its specification. References see this file only, neither the environment nor included files. */
export function parseHocon(task: ParseTask): readonly ConfigDocument[] {
  const root = new HoconReader(task).file();
  return [task.document(new Resolver(task, root).value())];
}

class HoconReader {
  readonly #task: ParseTask;
  readonly #text: string;
  #at = 0;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#text = task.text;
  }

  file(): Node {
    this.#skip(true);
    const isEnclosed = this.#text[this.#at] === '{';
    const open = this.#at;
    if (isEnclosed) this.#at++;
    const node = this.#object(0, isEnclosed ? open : undefined);
    this.#skip(true);
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the file');
    return node;
  }

  #object(depth: number, open: number | undefined): Node {
    this.#task.checkDepth(depth, this.#at);
    const node: Node = { fields: new Map() };
    for (;;) {
      this.#skip(true);
      const char = this.#text[this.#at];
      if (char === undefined) {
        if (open !== undefined) throw new ConfigFault(open, 'the object is not closed with "}"');
        return node;
      }
      if (char === '}' && open !== undefined) {
        this.#at++;
        return node;
      }
      this.#field(node, depth);
      this.#skip(false);
      if (this.#text[this.#at] === ',') this.#at++;
      else if (!/^[\n}]?$/.test(this.#text[this.#at] ?? '')) throw this.#unexpected('a comma or the end of the line');
    }
  }

  #field(node: Node, depth: number): void {
    const offset = this.#at;
    if (/^include[ \t]+(?:"|file\(|url\(|classpath\(|required\()/.test(this.#text.slice(offset, offset + 40)))
      throw new ConfigFault(
        offset,
        'include is not followed',
        'CONFIG_UNSUPPORTED',
        'Write what it includes into this file.',
      );
    const path = this.#path();
    this.#skip(false);
    let isAppend = false;
    if (this.#text.startsWith('+=', this.#at)) {
      isAppend = true;
      this.#at += 2;
    } else if (this.#text[this.#at] === '=' || this.#text[this.#at] === ':') this.#at++;
    else if (this.#text[this.#at] !== '{') throw this.#unexpected('"=", ":" or "{" after the key');
    this.#skip(true);
    this.#task.checkDepth(depth + path.length, offset);
    const pieces = this.#value(depth + path.length);
    let target = node;
    for (const key of path.slice(0, -1)) target = this.#inner(target, key, offset);
    put(target, path.at(-1) ?? '', { pieces, offset, before: undefined, isAppend });
  }

  #inner(node: Node, key: string, offset: number): Node {
    const known = node.fields.get(key)?.pieces;
    const last = known?.length === 1 ? known[0] : undefined;
    if (last?.kind === 'object') return last.node;
    const inner: Node = { fields: new Map() };
    put(node, key, { pieces: [{ kind: 'object', node: inner }], offset, before: undefined, isAppend: false });
    return inner;
  }

  /** `a.b."c.d" e`: keys between dots; blanks inside a key count. */
  #path(): string[] {
    const keys: string[] = [];
    let key = '';
    let isStarted = false;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === '"') {
        key += this.#quoted();
        isStarted = true;
        continue;
      }
      UNQUOTED.lastIndex = this.#at;
      const word = UNQUOTED.exec(this.#text)?.[0];
      if (word !== undefined) {
        this.#at += word.length;
        const parts = word.split('.');
        key += parts[0] ?? '';
        for (const part of parts.slice(1)) {
          keys.push(key);
          key = part;
        }
        isStarted = true;
        continue;
      }
      const blank = /^[ \t]+(?=[^\s:={+,}\]#])/.exec(this.#text.slice(this.#at, this.#at + 200))?.[0];
      if (blank === undefined || !isStarted || this.#text.startsWith('//', this.#at + blank.length)) break;
      key += blank;
      this.#at += blank.length;
    }
    if (!isStarted) throw this.#unexpected('a key');
    keys.push(key);
    return keys;
  }

  /** The pieces of a value up to the end of the line, a comma or a closing bracket. */
  #value(depth: number): Piece[] {
    this.#task.checkDepth(depth, this.#at);
    const pieces: Piece[] = [];
    for (;;) {
      const blankStart = this.#at;
      while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
      const blank = this.#text.slice(blankStart, this.#at);
      const char = this.#text[this.#at];
      const isEnd = char === undefined || /[\r\n,}\]#]/.test(char) || this.#text.startsWith('//', this.#at);
      if (isEnd) break;
      if (blank !== '' && pieces.length > 0) pieces.push({ kind: 'text', text: blank, isQuoted: false });
      pieces.push(this.#piece(char, depth));
    }
    if (pieces.length === 0) throw this.#unexpected('a value');
    return pieces;
  }

  #piece(char: string, depth: number): Piece {
    const start = this.#at;
    if (char === '{') {
      this.#at++;
      return { kind: 'object', node: this.#object(depth + 1, start) };
    }
    if (char === '[') return this.#array(depth);
    if (char === '"') return { kind: 'text', text: this.#quoted(), isQuoted: true };
    if (char === '$') return this.#reference();
    UNQUOTED.lastIndex = start;
    const word = UNQUOTED.exec(this.#text)?.[0] ?? (/[:+=]/.test(char) ? char : undefined);
    if (word === undefined) throw this.#unexpected('a value');
    this.#at += word.length;
    return { kind: 'text', text: word, isQuoted: false };
  }

  #array(depth: number): Piece {
    const open = this.#at++;
    const items: { pieces: Piece[]; offset: number }[] = [];
    for (;;) {
      this.#skip(true);
      if (this.#text[this.#at] === ']') break;
      if (this.#at >= this.#text.length) throw new ConfigFault(open, 'the array is not closed with "]"');
      const offset = this.#at;
      items.push({ pieces: this.#value(depth + 1), offset });
      this.#skip(false);
      if (this.#text[this.#at] === ',') this.#at++;
    }
    this.#at++;
    return { kind: 'array', items };
  }

  #reference(): Piece {
    const offset = this.#at;
    if (!this.#text.startsWith('${', offset)) throw this.#unexpected('"${"');
    this.#at += 2;
    const isOptional = this.#text[this.#at] === '?';
    if (isOptional) this.#at++;
    this.#skip(false);
    const path = this.#path();
    this.#skip(false);
    if (this.#text[this.#at] !== '}') throw this.#unexpected('"}" after the path of a reference');
    this.#at++;
    return { kind: 'reference', path, isOptional, offset };
  }

  #quoted(): string {
    const text = this.#text;
    const start = this.#at;
    if (text.startsWith('"""', start)) {
      const end = text.indexOf('"""', start + 3);
      if (end < 0) throw new ConfigFault(start, 'the text is not closed with """');
      let stop = end;
      while (text[stop + 3] === '"') stop++;
      this.#at = stop + 3;
      return text.slice(start + 3, stop);
    }
    let value = '';
    for (let at = start + 1; ; at++) {
      const char = text[at];
      if (char === undefined || char === '\n') throw new ConfigFault(start, 'the string is not closed');
      if (char === '"') {
        this.#at = at + 1;
        return value;
      }
      if (char !== '\\') {
        value += char;
        continue;
      }
      const next = text[++at] ?? '';
      const hex = text.slice(at + 1, at + 5);
      if (next === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
        value += String.fromCharCode(Number.parseInt(hex, 16));
        at += 4;
      } else if (ESCAPES[next] !== undefined) value += ESCAPES[next];
      else throw new ConfigFault(at - 1, `"\\${next}" is no escape`);
    }
  }

  #skip(newlines: boolean): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined || (char === '\n' && !newlines)) return;
      if (/\s/.test(char)) this.#at++;
      else if (char === '#' || text.startsWith('//', this.#at)) {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else return;
    }
  }

  #unexpected(wanted: string): ConfigFault {
    const char = this.#text[this.#at];
    const seen =
      char === undefined ? 'the end of the file' : char === '\n' ? 'the end of the line' : JSON.stringify(char);
    return new ConfigFault(this.#at, `expected ${wanted}, found ${seen}`);
  }
}

/** A later object is merged into an earlier one; anything else hides what was there. */
function put(node: Node, key: string, field: Field): void {
  const known = node.fields.get(key);
  const old = known?.pieces.length === 1 ? known.pieces[0] : undefined;
  const added = field.pieces.length === 1 ? field.pieces[0] : undefined;
  if (old?.kind === 'object' && added?.kind === 'object') {
    for (const [name, inner] of added.node.fields) put(old.node, name, inner);
    return;
  }
  node.fields.set(key, { ...field, before: known });
}

const MISSING = Symbol('missing');

class Resolver {
  readonly #task: ParseTask;
  readonly #root: Node;
  readonly #open = new Set<Field>();

  constructor(task: ParseTask, root: Node) {
    this.#task = task;
    this.#root = root;
  }

  value(): Members {
    return this.#members(this.#root, 0);
  }

  #members(node: Node, depth: number): Members {
    const members: Members = {};
    for (const [key, field] of node.fields) {
      const value = this.#field(field, depth);
      if (value !== MISSING) this.#task.set(members, key, value, field.offset);
    }
    return members;
  }

  #field(field: Field, depth: number): unknown {
    this.#task.checkDepth(depth, field.offset);
    this.#task.spend(1, field.offset);
    if (this.#open.has(field)) {
      // A key that refers to itself means what it held before.
      return field.before === undefined ? MISSING : this.#field(field.before, depth + 1);
    }
    this.#open.add(field);
    const value = this.#join(field.pieces, field.offset, depth);
    const before = field.isAppend && field.before !== undefined ? this.#field(field.before, depth + 1) : MISSING;
    this.#open.delete(field);
    if (!field.isAppend)
      return value === MISSING && field.before !== undefined ? this.#field(field.before, depth + 1) : value;
    const items: unknown[] = [];
    for (const item of Array.isArray(before) ? before : []) this.#task.push(items, item, field.offset);
    if (value !== MISSING) this.#task.push(items, value, field.offset);
    return items;
  }

  #join(pieces: readonly Piece[], offset: number, depth: number): unknown {
    const solid = pieces.filter((piece) => piece.kind !== 'text' || piece.isQuoted || piece.text.trim() !== '');
    const only = pieces.length === 1 ? pieces[0] : undefined;
    if (only !== undefined) return this.#single(only, depth);
    const values = solid.map((piece) => this.#single(piece, depth)).filter((value) => value !== MISSING);
    if (values.length === 0) return MISSING;
    if (values.every(Array.isArray)) {
      const items: unknown[] = [];
      for (const item of values.flat(1)) this.#task.push(items, item, offset);
      return items;
    }
    if (values.every(isMembers)) return values.reduce<Members>((all, next) => this.#merge(all, next, offset), {});
    if (values.some((value) => typeof value === 'object' && value !== null))
      throw new ConfigFault(offset, "texts, arrays and objects can't be joined with one another");
    const texts = pieces.map((piece) => {
      if (piece.kind === 'text') return piece.text;
      const value = this.#single(piece, depth);
      return value === MISSING ? '' : String(value);
    });
    const text = texts.join('');
    this.#task.spend(text.length, offset);
    return pieces.some((piece) => piece.kind === 'text' && piece.isQuoted) ? text : text.trim();
  }

  #merge(first: Members, second: Members, offset: number): Members {
    const merged: Members = {};
    const { positions } = this.#task;
    for (const source of [first, second]) {
      for (const [key, value] of Object.entries(source)) {
        this.#task.spend(1, offset);
        const known = memberOf(merged, key);
        const next = isMembers(known) && isMembers(value) ? this.#merge(known, value, offset) : value;
        this.#task.set(merged, key, next, positions.offsetOf(source, key) ?? offset);
      }
    }
    return merged;
  }

  #single(piece: Piece, depth: number): unknown {
    switch (piece.kind) {
      case 'text':
        return piece.isQuoted ? piece.text : scalar(piece.text);
      case 'object':
        return this.#members(piece.node, depth + 1);
      case 'array': {
        const items: unknown[] = [];
        for (const item of piece.items) {
          const value = this.#join(item.pieces, item.offset, depth + 1);
          if (value !== MISSING) this.#task.push(items, value, item.offset);
        }
        return items;
      }
      case 'reference':
        return this.#reference(piece.path, piece.isOptional, piece.offset, depth + 1);
      default:
        return piece satisfies never;
    }
  }

  #reference(path: readonly string[], isOptional: boolean, offset: number, depth: number): unknown {
    this.#task.checkDepth(depth, offset);
    const value = this.#find(path, depth);
    if (value !== MISSING || isOptional) return value;
    throw new ConfigFault(offset, `\${${path.join('.')}} leads to nothing in this file`, 'CONFIG_REFERENCE');
  }

  #find(path: readonly string[], depth: number): unknown {
    let node = this.#root;
    for (const [index, key] of path.entries()) {
      const field = node.fields.get(key);
      if (field === undefined) return MISSING;
      if (index === path.length - 1) return this.#field(field, depth);
      const piece = field.pieces.length === 1 ? field.pieces[0] : undefined;
      if (piece?.kind === 'object') {
        node = piece.node;
        continue;
      }
      let value = this.#field(field, depth);
      for (const rest of path.slice(index + 1))
        value = isMembers(value) && Object.hasOwn(value, rest) ? value[rest] : MISSING;
      return value;
    }
    return MISSING;
  }
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : text;
}
