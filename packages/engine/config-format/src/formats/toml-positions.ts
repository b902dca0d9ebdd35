import { type Members, memberOf } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';

const KEY = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+/y;
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const SCALAR = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\n#]+/y;

/** Marks where the keys and items of a text stand that a TOML parser has read into `root` without faults. */
export function markToml(task: ParseTask, root: Members): void {
  new TomlMarker(task, root).run();
}

class TomlMarker {
  readonly #task: ParseTask;
  readonly #root: Members;
  /** How many `[[name]]` headers each array has had. */
  readonly #headers = new Map<unknown, number>();
  #at = 0;

  constructor(task: ParseTask, root: Members) {
    this.#task = task;
    this.#root = root;
  }

  run(): void {
    const { text } = this.#task;
    let table: unknown = this.#root;
    for (;;) {
      this.#match(BLANK);
      if (this.#at >= text.length) return;
      const before = this.#at;
      if (text[before] === '[') table = this.#header();
      else {
        const target = this.#keyPath(table, false);
        if (text[this.#at] === '=') this.#at++;
        this.#match(BLANK);
        this.#value(target);
      }
      if (this.#at === before) this.#at++;
    }
  }

  #header(): unknown {
    const { text } = this.#task;
    const isItem = text[this.#at + 1] === '[';
    const start = this.#at;
    this.#at += isItem ? 2 : 1;
    const target = this.#keyPath(this.#root, true, start);
    this.#at += isItem ? 2 : 1;
    if (!isItem || !Array.isArray(target)) return target;
    const index = this.#headers.get(target) ?? 0;
    this.#headers.set(target, index + 1);
    this.#task.positions.mark(target, index, start);
    return target[index];
  }

  /** Reads `a.b.c` and marks each key that isn't yet; returns what the last one holds. */
  #keyPath(from: unknown, inHeader: boolean, offset?: number): unknown {
    const { text, positions } = this.#task;
    let value = from;
    for (;;) {
      this.#spaces();
      const start = this.#at;
      const raw = this.#match(KEY);
      if (raw === '') return undefined;
      const key = keyOf(raw);
      // A key below an array of tables means its last item so far.
      if (Array.isArray(value)) value = value[(this.#headers.get(value) ?? 1) - 1];
      if (typeof value === 'object' && value !== null) {
        if (positions.offsetOf(value, key) === undefined)
          positions.mark(value, key, inHeader ? (offset ?? start) : start);
        value = memberOf(value as Members, key);
      }
      this.#spaces();
      if (text[this.#at] !== '.') return value;
      this.#at++;
    }
  }

  #value(value: unknown): void {
    const { text, positions } = this.#task;
    if (text[this.#at] === '[' && Array.isArray(value)) {
      this.#at++;
      for (let index = 0; index < value.length; index++) {
        this.#match(BLANK);
        positions.mark(value, index, this.#at);
        this.#value(value[index]);
        this.#match(BLANK);
        if (text[this.#at] === ',') this.#at++;
      }
      this.#match(BLANK);
      this.#at++;
    } else if (text[this.#at] === '{') {
      this.#at++;
      this.#match(BLANK);
      while (this.#at < text.length && text[this.#at] !== '}') {
        const before = this.#at;
        const target = this.#keyPath(value, false);
        if (text[this.#at] === '=') this.#at++;
        this.#match(BLANK);
        this.#value(target);
        this.#match(BLANK);
        if (text[this.#at] === ',') this.#at++;
        this.#match(BLANK);
        if (this.#at === before) return;
      }
      this.#at++;
    } else {
      this.#match(SCALAR);
    }
  }

  #spaces(): void {
    const { text } = this.#task;
    while (text[this.#at] === ' ' || text[this.#at] === '\t') this.#at++;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#task.text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

function keyOf(raw: string): string {
  if (raw.startsWith("'")) return raw.slice(1, -1);
  if (!raw.startsWith('"')) return raw;
  return raw
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (_, short?: string, long?: string, char?: string) => {
      const hex = short ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' }[char ?? ''] ?? char ?? '';
    });
}
