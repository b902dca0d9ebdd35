import { ANY, type CharSet, complementOf, DIGIT, NOT_NEWLINE, SPACE, unionOf, WORD } from './char-set.ts';

/** A regular expression of the plain part of RE2's syntax. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet; readonly isNegated: boolean }
  | { readonly kind: 'sequence' | 'alternation'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly body: RegexNode; readonly isCapture: boolean; readonly name: string | undefined }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'start' | 'end' | 'wordBoundary' };

export interface PlainRegex {
  readonly root: RegexNode;
  readonly ignoresCase: boolean;
}

/** Patterns beyond are left to the engine that takes everything. */
const MAX_PATTERN = 2000;
const MAX_DEPTH = 20;
const MAX_REPEAT = 1000;

const CLASS_ESCAPES: Readonly<Record<string, CharSet>> = { d: DIGIT, w: WORD, s: SPACE };
const CHAR_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, v: 11, a: 7 };
const LONE_SURROGATE = /\p{Surrogate}/u;
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;

/** Undefined when the pattern uses anything else, or may be faulty: then it is not for this parser to say why. */
export function parsePlainRegex(pattern: string): PlainRegex | undefined {
  if (pattern.length > MAX_PATTERN || LONE_SURROGATE.test(pattern)) return undefined;
  const flags = /^\(\?([is]+)\)/.exec(pattern);
  const ignoresCase = flags?.[1]?.includes('i') ?? false;
  const parser = new Parser(pattern, flags?.[0].length ?? 0, flags?.[1]?.includes('s') ?? false);
  const root = parser.parse();
  return root === undefined ? undefined : { root, ignoresCase };
}

class Unsupported extends Error {}

class Parser {
  readonly #pattern: string;
  readonly #dot: CharSet;
  readonly #names = new Set<string>();
  #at: number;
  #depth = 0;

  constructor(pattern: string, at: number, dotMatchesNewline: boolean) {
    this.#pattern = pattern;
    this.#at = at;
    this.#dot = dotMatchesNewline ? ANY : NOT_NEWLINE;
  }

  parse(): RegexNode | undefined {
    try {
      const root = this.#alternation();
      return this.#at === this.#pattern.length ? root : undefined;
    } catch (error) {
      if (error instanceof Unsupported) return undefined;
      throw error;
    }
  }

  #alternation(): RegexNode {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return items.length === 1 ? (items[0] as RegexNode) : { kind: 'alternation', items };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.#pattern.length && !this.#isNext('|') && !this.#isNext(')')) items.push(this.#item());
    return items.length === 1 ? (items[0] as RegexNode) : { kind: 'sequence', items };
  }

  #item(): RegexNode {
    const atom = this.#atom();
    const repeat = this.#repeat(atom);
    if (repeat === undefined) return atom;
    if (atom.kind === 'start' || atom.kind === 'end' || atom.kind === 'wordBoundary' || false) {
      throw new Unsupported();
    }
    // `a**` is a fault.
    if (this.#repeat(repeat) !== undefined) throw new Unsupported();
    return repeat;
  }

  #repeat(body: RegexNode): RegexNode | undefined {
    const make = (min: number, max: number): RegexNode => ({ kind: 'repeat', body, min, max, isLazy: this.#take('?') });
    if (this.#take('*')) return make(0, Number.POSITIVE_INFINITY);
    if (this.#take('+')) return make(1, Number.POSITIVE_INFINITY);
    if (this.#take('?')) return make(0, 1);
    const counts = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#pattern.slice(this.#at, this.#at + 12));
    if (counts === null) return undefined;
    this.#at += counts[0].length;
    const min = Number(counts[1]);
    const max = counts[2] === undefined ? min : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3]);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY) || max < min)
      throw new Unsupported();
    return make(min, max);
  }

  #atom(): RegexNode {
    const char = this.#next();
    switch (char) {
      case '.':
        return { kind: 'set', set: this.#dot, isNegated: false };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new Unsupported();
      default:
        // A brace that begins no count stands for itself; whether this one does is left to the other engine.
        if (char === '{' && /^\d/.test(this.#pattern.slice(this.#at))) throw new Unsupported();
        return literal(char);
    }
  }

  #group(): RegexNode {
    let name: string | undefined;
    const isCapture = !this.#take('?:');
    if (isCapture && this.#isNext('?')) {
      const named = /^\?P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(this.#pattern.slice(this.#at, this.#at + 100));
      name = named?.[1];
      if (named === null || name === undefined || this.#names.has(name)) throw new Unsupported();
      this.#names.add(name);
      this.#at += named[0].length;
    }
    if (++this.#depth > MAX_DEPTH) throw new Unsupported();
    const body = this.#alternation();
    this.#depth--;
    if (!this.#take(')')) throw new Unsupported();
    return { kind: 'group', body, isCapture, name };
  }

  #escape(): RegexNode {
    const char = this.#next();
    // Not \B: V8 also finds it between the two halves of a surrogate pair.
    if (char === 'b') return { kind: 'wordBoundary' };
    if (char === 'A') return { kind: 'start' };
    if (char === 'z') return { kind: 'end' };
    const positive = CLASS_ESCAPES[char.toLowerCase()];
    if (positive !== undefined) {
      const isNegated = char !== char.toLowerCase();
      return { kind: 'set', set: isNegated ? complementOf(positive) : positive, isNegated };
    }
    return { kind: 'set', set: [this.#escaped(char), this.#escaped(char)], isNegated: false };
  }

  #escaped(char: string): number {
    const point = CHAR_ESCAPES[char];
    if (point !== undefined) return point;
    if (PUNCTUATION.test(char)) return char.charCodeAt(0);
    throw new Unsupported();
  }

  #class(): RegexNode {
    const isNegated = this.#take('^');
    const sets: CharSet[] = [];
    let hasNegation = isNegated;
    do {
      const char = this.#next();
      if (char === '[') throw new Unsupported();
      if (char === '\\' && /^[dwsDWS]/.test(this.#pattern.charAt(this.#at))) {
        const name = this.#next();
        const positive = CLASS_ESCAPES[name.toLowerCase()] as CharSet;
        hasNegation ||= name !== name.toLowerCase();
        sets.push(name === name.toLowerCase() ? positive : complementOf(positive));
        if (this.#isNext('-') && this.#pattern.charAt(this.#at + 1) !== ']') throw new Unsupported();
        continue;
      }
      const lo = this.#classPoint(char, sets.length === 0);
      let hi = lo;
      if (this.#isNext('-') && this.#pattern.charAt(this.#at + 1) !== ']') {
        this.#at++;
        const end = this.#next();
        if (end === '[' || (end === '\\' && /^[dwsDWS]/.test(this.#pattern.charAt(this.#at)))) throw new Unsupported();
        hi = this.#classPoint(end, false);
        if (hi < lo) throw new Unsupported();
      }
      sets.push([lo, hi]);
    } while (!this.#take(']'));
    const set = unionOf(...sets);
    return { kind: 'set', set: isNegated ? complementOf(set) : set, isNegated: hasNegation };
  }

  #classPoint(char: string, isFirst: boolean): number {
    if (char === '\\') return this.#escaped(this.#next());
    // A dash stands for itself only at the ends, where RE2 takes it.
    if (char === '-' && !isFirst && !this.#isNext(']')) throw new Unsupported();
    return char.codePointAt(0) as number;
  }

  #next(): string {
    const point = this.#pattern.codePointAt(this.#at);
    if (point === undefined) throw new Unsupported();
    const char = String.fromCodePoint(point);
    this.#at += char.length;
    return char;
  }

  #isNext(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#isNext(text)) return false;
    this.#at += text.length;
    return true;
  }
}

function literal(char: string): RegexNode {
  const point = char.codePointAt(0) as number;
  return { kind: 'set', set: [point, point], isNegated: false };
}
