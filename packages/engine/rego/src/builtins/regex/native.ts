import { areDisjoint, type CharSet, foldCase, unionOf } from './char-set.ts';
import { type PlainRegex, parsePlainRegex, type RegexNode } from './parse.ts';

/** How many ways of matching the rest may be tried at one position of the text, times their length. */
const MAX_WORK = 512;
const MAX_WORK_ANCHORED = 8192;

/** A pattern for V8. */
export interface NativeRegex {
  readonly source: string;
  /** `u`, with `i` where the pattern says so. */
  readonly flags: string;
  readonly groupCount: number;
  /** Numbers of named groups. */
  readonly names: Readonly<Record<string, number>>;
}

/**
 * The pattern as a RegExp of V8, which is many times faster than the linear engine.
 *
 * Only of patterns on which V8's backtracking provably stays linear in the text, whatever the text is:
 * - matching at one position takes a bounded number of steps when nothing repeats without bound, or only the very end of
 *   the pattern does, which takes what it can and succeeds;
 * - of patterns that begin with `^`, only one position is tried. There single classes may repeat without bound: those
 *   whose characters can not begin what follows (giving a character back fails at once), and besides them one, when
 *   nothing that repeats without bound comes after it.
 *
 * @returns undefined when that can't be shown; the pattern may be faulty then
 */
export function nativeRegex(pattern: string): NativeRegex | undefined {
  const regex = parsePlainRegex(pattern);
  if (regex === undefined || !isLinear(regex)) return undefined;
  const captures: (string | undefined)[] = [];
  collectCaptures(regex.root, captures);
  const names: Record<string, number> = {};
  for (const [index, name] of captures.entries()) if (name !== undefined) names[name] = index + 1;
  const flags = regex.ignoresCase ? 'iu' : 'u';
  return { source: print(regex.root), flags, groupCount: captures.length, names };
}

function isLinear({ root, ignoresCase }: PlainRegex): boolean {
  const isAnchored = startsAnchored(root);
  const check = new LinearCheck(isAnchored, ignoresCase);
  const cost = check.visit(root, { first: [], isNullable: true, isEnd: true, repeats: false });
  return check.isFine && cost.paths * (cost.length + 1) <= (isAnchored ? MAX_WORK_ANCHORED : MAX_WORK);
}

/** What comes after a node. */
interface Rest {
  /** Characters that may come next. */
  readonly first: CharSet;
  readonly isNullable: boolean;
  /** Nothing at all comes after it. */
  readonly isEnd: boolean;
  /** Something that repeats without bound comes after it. */
  readonly repeats: boolean;
}

/** Ways to match a node, and characters it takes, without what repeats without bound. */
interface Cost {
  readonly paths: number;
  readonly length: number;
}

class LinearCheck {
  readonly #isAnchored: boolean;
  readonly #ignoresCase: boolean;
  isFine = true;

  constructor(isAnchored: boolean, ignoresCase: boolean) {
    this.#isAnchored = isAnchored;
    this.#ignoresCase = ignoresCase;
  }

  visit(node: RegexNode, rest: Rest): Cost {
    switch (node.kind) {
      case 'set':
        // How negation and case play together differs between engines.
        if (node.set.length === 0 || (this.#ignoresCase && node.isNegated)) this.isFine = false;
        return { paths: 1, length: 1 };
      case 'sequence':
        return this.#sequence(node.items, rest);
      case 'alternation': {
        const costs = node.items.map((item) => this.visit(item, rest));
        const paths = costs.reduce((sum, cost) => sum + cost.paths, 0);
        return { paths, length: Math.max(...costs.map((cost) => cost.length)) };
      }
      case 'group':
        return this.visit(node.body, rest);
      case 'repeat':
        return this.#repeat(node, rest);
      case 'start':
      case 'end':
        return { paths: 1, length: 0 };
      default:
        if (this.#ignoresCase) this.isFine = false;
        return { paths: 1, length: 0 };
    }
  }

  #sequence(items: readonly RegexNode[], rest: Rest): Cost {
    let after = rest;
    let paths = 1;
    let length = 0;
    for (let index = items.length - 1; index >= 0; index--) {
      const item = items[index] as RegexNode;
      const cost = this.visit(item, after);
      paths *= cost.paths;
      length += cost.length;
      after = this.#before(item, after);
    }
    return { paths, length };
  }

  /** What comes after the node that stands before `node`. */
  #before(node: RegexNode, rest: Rest): Rest {
    const isNullable = canBeEmpty(node);
    const first = this.#first(node);
    return {
      first: isNullable ? unionOf(first, rest.first) : first,
      isNullable: isNullable && rest.isNullable,
      isEnd: false,
      repeats: rest.repeats || repeatsWithoutBound(node),
    };
  }

  #first(node: RegexNode): CharSet {
    const set = firstOf(node);
    return this.#ignoresCase ? foldCase(set) : set;
  }

  #repeat(node: RegexNode & { kind: 'repeat' }, rest: Rest): Cost {
    const { body, min, max } = node;
    const isClass = body.kind === 'set';
    // Engines differ in what a group inside a loop holds, and in how loops of nothing end.
    if (!isClass && (canBeEmpty(body) || (max > 1 && hasCapture(body)))) this.isFine = false;
    if (max === Number.POSITIVE_INFINITY) {
      if (!isClass) this.isFine = false;
      const isDeterministic = areDisjoint(this.#first(body), rest.first);
      if (!rest.isEnd && !(this.#isAnchored && (isDeterministic || !rest.repeats))) this.isFine = false;
      this.visit(body, rest);
      return { paths: 1, length: min };
    }
    const inner = this.visit(
      body,
      max > 1 ? { ...this.#before(body, rest), first: unionOf(this.#first(body), rest.first) } : rest,
    );
    const isDeterministic = isClass && areDisjoint(this.#first(body), rest.first);
    const ways = isDeterministic ? 1 : max - min + 1;
    return { paths: Math.min(ways * inner.paths ** max, 1e9), length: inner.length * max };
  }
}

function startsAnchored(node: RegexNode): boolean {
  if (node.kind === 'start') return true;
  if (node.kind === 'group') return startsAnchored(node.body);
  if (node.kind === 'alternation') return node.items.every(startsAnchored);
  return node.kind === 'sequence' && node.items[0] !== undefined && startsAnchored(node.items[0]);
}

function canBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'sequence':
      return node.items.every(canBeEmpty);
    case 'alternation':
      return node.items.some(canBeEmpty);
    case 'group':
      return canBeEmpty(node.body);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body);
    default:
      return true;
  }
}

function firstOf(node: RegexNode): CharSet {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'alternation':
      return unionOf(...node.items.map(firstOf));
    case 'group':
    case 'repeat':
      return firstOf(node.body);
    case 'sequence': {
      const sets: CharSet[] = [];
      for (const item of node.items) {
        sets.push(firstOf(item));
        if (!canBeEmpty(item)) break;
      }
      return unionOf(...sets);
    }
    default:
      return [];
  }
}

function repeatsWithoutBound(node: RegexNode): boolean {
  if (node.kind === 'repeat') return node.max === Number.POSITIVE_INFINITY || repeatsWithoutBound(node.body);
  if (node.kind === 'group') return repeatsWithoutBound(node.body);
  return (node.kind === 'sequence' || node.kind === 'alternation') && node.items.some(repeatsWithoutBound);
}

function hasCapture(node: RegexNode): boolean {
  const captures: (string | undefined)[] = [];
  collectCaptures(node, captures);
  return captures.length > 0;
}

/** Names of groups that capture, in the order of their numbers. */
function collectCaptures(node: RegexNode, into: (string | undefined)[]): void {
  if (node.kind === 'group' && node.isCapture) into.push(node.name);
  if (node.kind === 'group' || node.kind === 'repeat') collectCaptures(node.body, into);
  else if (node.kind === 'sequence' || node.kind === 'alternation') {
    for (const item of node.items) collectCaptures(item, into);
  }
}

function print(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return printSet(node.set);
    case 'sequence':
      return node.items.map((item) => (item.kind === 'alternation' ? `(?:${print(item)})` : print(item))).join('');
    case 'alternation':
      return node.items.map(print).join('|');
    case 'group': {
      const open = !node.isCapture ? '(?:' : node.name === undefined ? '(' : `(?<${node.name}>`;
      return `${open}${print(node.body)})`;
    }
    case 'repeat': {
      const max = node.max === Number.POSITIVE_INFINITY ? '' : node.max;
      return `${print(node.body)}{${node.min},${max}}${node.isLazy ? '?' : ''}`;
    }
    case 'start':
      return '^';
    case 'end':
      return '$';
    default:
      return '\\b';
  }
}

function printSet(set: CharSet): string {
  if (set.length === 2 && set[0] === set[1]) return printPoint(set[0] as number);
  let ranges = '';
  for (let i = 0; i < set.length; i += 2) {
    const lo = set[i] as number;
    const hi = set[i + 1] as number;
    ranges += lo === hi ? printPoint(lo) : `${printPoint(lo)}-${printPoint(hi)}`;
  }
  return `[${ranges}]`;
}

function printPoint(point: number): string {
  const char = String.fromCodePoint(point);
  return /^[A-Za-z0-9]$/.test(char) ? char : `\\u{${point.toString(16)}}`;
}
