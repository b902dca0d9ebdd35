import type { ObjectTerm, Term } from '../syntax/ast.ts';
import { constantValue } from './constants.ts';
import type { Emitter } from './emitter.ts';
import { emitTerm } from './term.ts';
import { freeVariables, isPattern, isReady } from './variables.ts';

/** Writes `left = right`: goes on where they are equal, with all variables of both bound. */
export function emitUnify(emitter: Emitter, left: Term, right: Term): void {
  const pairs: [Term, Term][] = [[left, right]];
  // What can be computed comes first; it binds what the others need.
  while (pairs.length > 0) {
    const index = Math.max(
      0,
      pairs.findIndex(([a, b]) => isSolvable(emitter, a, b)),
    );
    const [[a, b]] = pairs.splice(index, 1) as [[Term, Term]];
    unifyPair(emitter, a, b, pairs);
  }
}

function isSolvable(emitter: Emitter, a: Term, b: Term): boolean {
  return (
    isReady(emitter, a) || isReady(emitter, b) || (a.kind === b.kind && (a.kind === 'array' || a.kind === 'object'))
  );
}

function unifyPair(emitter: Emitter, a: Term, b: Term, pairs: [Term, Term][]): void {
  if (a.kind === 'array' && b.kind === 'array') {
    if (a.items.length !== b.items.length) return neverEqual(emitter, a, b);
    a.items.forEach((item, index) => pairs.push([item, b.items[index] as Term]));
    return;
  }
  if (a.kind === 'object' && b.kind === 'object' && pairEntries(a, b, pairs)) return;
  if (isPattern(emitter, a) && isReady(emitter, b)) return unifyValue(emitter, a, emitTerm(emitter, b));
  if (isPattern(emitter, b) && isReady(emitter, a)) return unifyValue(emitter, b, emitTerm(emitter, a));
  // One side may bind by going through references what the other needs.
  if (isReady(emitter, a)) return unifyValue(emitter, b, emitTerm(emitter, a));
  if (isReady(emitter, b)) return unifyValue(emitter, a, emitTerm(emitter, b));
  return neverEqual(emitter, a, b);
}

/** Patterns that no values fit: what follows is never reached, but has to be written. */
function neverEqual(emitter: Emitter, ...terms: readonly Term[]): void {
  emitter.failIf('true');
  for (const name of terms.flatMap((term) => freeVariables(emitter, term))) emitter.bind(name, 'null');
}

/** Pairs the values of two objects with constant keys; false when some key isn't constant. */
function pairEntries(a: ObjectTerm, b: ObjectTerm, pairs: [Term, Term][]): boolean {
  const keys = new Map<string, Term>();
  for (const [key, value] of b.entries) {
    if (key.kind !== 'string') return false;
    keys.set(key.value, value);
  }
  if (a.entries.length !== keys.size) return false;
  const found: [Term, Term][] = [];
  for (const [key, value] of a.entries) {
    const other = key.kind === 'string' ? keys.get(key.value) : undefined;
    if (other === undefined) return false;
    found.push([value, other]);
  }
  pairs.push(...found);
  return true;
}

/** Writes the unification of a term with a value that is there already. */
export function unifyValue(emitter: Emitter, term: Term, value: string): void {
  if (term.kind === 'var' && isPattern(emitter, term)) return emitter.bind(term.name, value);
  if (term.kind === 'array' && constantValue(term) === undefined) {
    emitter.require(`Array.isArray(${value}) && ${value}.length === ${term.items.length}`);
    return unifyParts(
      emitter,
      term.items.map((item, index) => [item, () => `${value}[${index}]`]),
    );
  }
  if (term.kind === 'object' && isPattern(emitter, term)) {
    emitter.require(`R_sizeOfObject(${value}) === ${term.entries.length}`);
    return unifyParts(
      emitter,
      term.entries.map(([key, item]) => [
        item,
        () => {
          const part = emitter.keep(`R_get(${value}, ${emitTerm(emitter, key)})`);
          emitter.failIf(`${part} === undefined`);
          return part;
        },
      ]),
    );
  }
  emitter.require(equality(emitTerm(emitter, term), value, term));
}

/** Patterns first: they bind what computed parts need. */
function unifyParts(emitter: Emitter, parts: [Term, () => string][]): void {
  const waiting = [...parts];
  while (waiting.length > 0) {
    const index = Math.max(
      0,
      waiting.findIndex(([term]) => isPattern(emitter, term) || isReady(emitter, term)),
    );
    const [[term, read]] = waiting.splice(index, 1) as [[Term, () => string]];
    if (term.kind === 'var' && term.name.startsWith('$')) continue;
    const value = read();
    unifyValue(emitter, term, /^[\w$]+$/.test(value) ? value : emitter.keep(value));
  }
}

/** Expression that compares two values; `term` is one of them as it is written. */
export function equality(a: string, b: string, ...terms: readonly Term[]): string {
  return terms.some(isScalar) ? `${a} === ${b}` : `R_equal(${a}, ${b})`;
}

/** Values of these are equal only when they are identical. */
function isScalar(term: Term): boolean {
  return (
    term.kind === 'null' ||
    term.kind === 'boolean' ||
    term.kind === 'string' ||
    (term.kind === 'number' && typeof term.value === 'number')
  );
}
