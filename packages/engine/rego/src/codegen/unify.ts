import type { ObjectTerm, Term } from '../syntax/ast.ts';
import { constantValue } from './constants.ts';
import type { Emitter } from './emitter.ts';
import { equality } from './equality.ts';
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
    if (a.items.length !== b.items.length) neverEqual(emitter, a, b);
    else for (const [index, item] of a.items.entries()) pairs.push([item, b.items[index] as Term]);
  } else if (a.kind === 'object' && b.kind === 'object' && pairEntries(a, b, pairs)) {
    // Their values are solved one by one.
  } else if (isReady(emitter, b) && (isPattern(emitter, a) || !isReady(emitter, a))) {
    unifyValue(emitter, a, emitter.term(b));
  } else if (isReady(emitter, a)) {
    // Going through references of one side may bind what the other needs.
    unifyValue(emitter, b, emitter.term(a));
  } else neverEqual(emitter, a, b);
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
  if (term.kind === 'var' && isPattern(emitter, term)) emitter.bind(term.name, value);
  else if (term.kind === 'array' && constantValue(term) === undefined) {
    emitter.require(`Array.isArray(${value}) && ${value}.length === ${term.items.length}`);
    const parts = term.items.map((item, index): [Term, () => string] => [item, () => `${value}[${index}]`]);
    unifyParts(emitter, parts);
  } else if (term.kind === 'object' && isPattern(emitter, term)) {
    emitter.require(`R_sizeOfObject(${value}) === ${term.entries.length}`);
    const parts = term.entries.map(([key, item]): [Term, () => string] => [item, () => member(emitter, value, key)]);
    unifyParts(emitter, parts);
  } else emitter.require(equality(emitter.term(term), value, term));
}

function member(emitter: Emitter, object: string, key: Term): string {
  const value = emitter.keep(`R_get(${object}, ${emitter.term(key)})`);
  emitter.failIf(`${value} === undefined`);
  return value;
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
