import type { Term } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import { childrenOf } from './traverse.ts';

/** Variables that `left = right` binds when those for which `isBound` says so are. */
export function unifiedVars(left: Term, right: Term, isBound: (name: string) => boolean): ReadonlySet<string> {
  const unifier = new Unifier(isBound);
  unifier.unify(left, right);
  return unifier.unified;
}

class Unifier {
  readonly unified = new Set<string>();
  readonly #isBound: (name: string) => boolean;
  /** Variables by the variables that they wait for, and the other way round. */
  readonly #waitsFor = new Map<string, Set<string>>();
  readonly #waiting = new Map<string, Set<string>>();
  /** Variables that are bound as soon as one other is. */
  readonly #parts = new Map<string, Set<string>>();

  constructor(isBound: (name: string) => boolean) {
    this.#isBound = isBound;
  }

  unify(left: Term, right: Term): void {
    if (left.kind === 'var') this.#variable(left.name, right);
    else if (right.kind === 'var') this.#variable(right.name, left);
    else if (left.kind === 'array' && right.kind === 'array') this.#arrays(left.items, right.items);
    else if (left.kind === 'object' && right.kind === 'object') this.#objects(left.entries, right.entries);
    else if (isPattern(left)) this.#whole(left, right);
    else if (isPattern(right)) this.#whole(right, left);
  }

  #variable(name: string, other: Term): void {
    if (other.kind === 'var') {
      if (this.#bound(other.name)) this.#bind(name);
      else if (this.#bound(name)) this.#bind(other.name);
      else {
        this.#link(name, [other.name]);
        this.#link(other.name, [name]);
      }
    } else if (isPattern(other)) {
      const names = new Set<string>();
      patternVars(other, names);
      if (this.#bound(name)) for (const part of names) this.#bind(part);
      else {
        const open = [...names].filter((part) => !this.#bound(part));
        if (open.length === 0) this.#bind(name);
        else this.#link(name, open);
        const parts = this.#parts.get(name) ?? new Set();
        for (const part of open) parts.add(part);
        this.#parts.set(name, parts);
      }
    } else if (this.#isThere(other)) this.#bind(name);
  }

  /** A ref has a value only once its head is bound. */
  #isThere(value: Term): boolean {
    return value.kind !== 'ref' || value.head.kind !== 'var' || this.#bound(value.head.name);
  }

  #arrays(left: readonly Term[], right: readonly Term[]): void {
    if (left.length !== right.length) return;
    for (const [index, item] of left.entries()) {
      const other = right[index];
      if (other !== undefined) this.unify(item, other);
    }
  }

  #objects(left: readonly (readonly [Term, Term])[], right: readonly (readonly [Term, Term])[]): void {
    if (left.length !== right.length) return;
    const byKey = new Map(right.map(([key, value]) => [formatTerm(key), value]));
    for (const [key, value] of left) {
      const other = byKey.get(formatTerm(key));
      if (other !== undefined) this.unify(value, other);
    }
  }

  /** A pattern against a value that is there as a whole: a ref, a call, a comprehension. */
  #whole(pattern: Term, value: Term): void {
    if (value.kind !== 'ref' && value.kind !== 'call' && !value.kind.endsWith('Comprehension')) return;
    if (!this.#isThere(value)) return;
    const names = new Set<string>();
    patternVars(pattern, names);
    for (const name of names) this.#bind(name);
  }

  #bound(name: string): boolean {
    return name === 'data' || name === 'input' || this.unified.has(name) || this.#isBound(name);
  }

  #link(name: string, on: readonly string[]): void {
    const waits = this.#waitsFor.get(name) ?? new Set();
    for (const other of on) {
      waits.add(other);
      const waiting = this.#waiting.get(other) ?? new Set();
      waiting.add(name);
      this.#waiting.set(other, waiting);
    }
    this.#waitsFor.set(name, waits);
  }

  #bind(first: string): void {
    const queue = [first];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (this.#bound(name)) continue;
      this.unified.add(name);
      queue.push(...(this.#parts.get(name) ?? []));
      for (const other of this.#waiting.get(name) ?? []) {
        const waits = this.#waitsFor.get(other);
        waits?.delete(name);
        if (waits?.size === 0) queue.push(other);
      }
    }
  }
}

function isPattern(term: Term): boolean {
  return term.kind === 'array' || term.kind === 'object';
}

/** Variables that a whole value binds: items of arrays and values of objects, at any depth. */
function patternVars(pattern: Term, names: Set<string>): void {
  if (pattern.kind === 'var') names.add(pattern.name);
  else if (pattern.kind === 'array') for (const item of childrenOf(pattern)) patternVars(item, names);
  else if (pattern.kind === 'object') for (const [, value] of pattern.entries) patternVars(value, names);
}
