import type { BuiltinContext } from '../builtin.ts';
import { builtinFault } from '../operand.ts';
import { ANY, areDisjoint, type CharSet, unionOf } from './char-set.ts';

const NAME = 'regex.globs_match';

/** A character, a class or any, once or with `+` or `*`. */
interface Token {
  readonly set: CharSet;
  flag: '' | '+' | '*';
}

/**
 * Whether some text matches both patterns, of characters, `.`, `[a-z]`, `+` and `*` only. As the original: stars are tried
 * one side at a time, so that a text that only mixed repetitions on both sides allow (`a*b*` and `b*a*`) is not found.
 */
export function globsIntersect(context: BuiltinContext, a: string, b: string): boolean {
  const left = tokenize(a);
  const right = tokenize(b);
  context.spend(left.length + right.length);
  return new Intersection(context, left, right).between(0, 0);
}

class Intersection {
  readonly #context: BuiltinContext;
  readonly #left: readonly Token[];
  readonly #right: readonly Token[];
  /** Answers for the rests that begin at two positions. */
  readonly #known = new Map<number, boolean>();

  constructor(context: BuiltinContext, left: readonly Token[], right: readonly Token[]) {
    this.#context = context;
    this.#left = left;
    this.#right = right;
  }

  /** Whether the rest of the left from `i` and the rest of the right from `j` share a text. */
  between(i: number, j: number): boolean {
    const key = i * (this.#right.length + 1) + j;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#compute(i, j);
      this.#known.set(key, known);
    }
    return known;
  }

  #compute(startI: number, startJ: number): boolean {
    let i = startI;
    let j = startJ;
    for (; ; i++, j++) {
      this.#context.spend(1);
      const left = this.#left[i];
      const right = this.#right[j];
      if (left === undefined || right === undefined) return left === right;
      if (left.flag !== '') return this.#repeated(this.#left, i, this.#right, j, (x, y) => this.between(x, y));
      if (right.flag !== '') return this.#repeated(this.#right, j, this.#left, i, (x, y) => this.between(y, x));
      if (areDisjoint(left.set, right.set)) return false;
    }
  }

  /** A repeated token against the other side: it takes tokens until the next one of its side fits as well. */
  #repeated(
    own: readonly Token[],
    at: number,
    other: readonly Token[],
    otherAt: number,
    between: (own: number, other: number) => boolean,
  ): boolean {
    const token = own[at] as Token;
    const next = own[at + 1];
    let position = otherAt;
    if (token.flag === '+') {
      const first = other[position++];
      if (first === undefined || areDisjoint(token.set, first.set)) return false;
    }
    for (; position < other.length; position++) {
      this.#context.spend(1);
      const { set } = other[position] as Token;
      if (next !== undefined && !areDisjoint(next.set, set) && between(at + 1, position)) return true;
      if (areDisjoint(token.set, set)) return false;
    }
    return next === undefined;
  }
}

function tokenize(text: string): Token[] {
  const chars = [...text];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    if (char === '*' || char === '+') {
      const last = tokens.at(-1);
      if (last === undefined || last.flag !== '')
        throw fault(text, at + 1, `flag '${char}' must be preceded by a non-flag`);
      last.flag = char;
    } else if (char === ']') {
      throw fault(text, at + 1, "set-close ']' with no preceding '['");
    } else if (char === '[') {
      const [set, end] = readSet(text, chars, at + 1);
      tokens.push({ set, flag: '' });
      at = end;
    } else if (char === '\\') {
      tokens.push({ set: pointSet(escapedAt(text, chars, ++at)), flag: '' });
    } else tokens.push({ set: char === '.' ? ANY : pointSet(char), flag: '' });
  }
  return tokens;
}

/** The set that begins at `from`, and the position of its `]`. */
function readSet(text: string, chars: readonly string[], from: number): [CharSet, number] {
  const sets: CharSet[] = [];
  let previous: string | undefined;
  for (let at = from; at < chars.length; at++) {
    let char = chars[at] as string;
    if (char === ']') return [unionOf(...sets), at];
    if (char === '-') {
      if (previous === undefined) {
        throw fault(text, at + 1, "range character '-' must be preceded by a Unicode character");
      }
      at++;
      let end = chars[at];
      if (end === undefined || end === ']' || end === '-') {
        throw fault(text, at, "range character '-' must be followed by a Unicode character");
      }
      if (end === '\\') end = escapedAt(text, chars, ++at);
      if (pointOf(end) < pointOf(previous)) {
        throw fault(text, at + 1, `range is out of order: '${end}' comes before '${previous}' in Unicode`);
      }
      sets.push([pointOf(previous), pointOf(end)]);
      previous = undefined;
      continue;
    }
    if (char === '\\') char = escapedAt(text, chars, ++at);
    sets.push(pointSet(char));
    previous = char;
  }
  throw fault(text, chars.length, 'found [ without matching ]');
}

function escapedAt(text: string, chars: readonly string[], at: number): string {
  const char = chars[at];
  if (char === undefined) throw fault(text, at - 1, 'input ends with a \\ (escape) character');
  return char;
}

function pointOf(char: string): number {
  return char.codePointAt(0) as number;
}

function pointSet(char: string): CharSet {
  return [pointOf(char), pointOf(char)];
}

function fault(text: string, position: number, problem: string) {
  return builtinFault(NAME, `input:${text}, pos:${position}, ${problem}: the input provided is invalid`);
}
