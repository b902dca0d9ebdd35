import type { Term } from '../syntax/ast.ts';
import type { Emitter } from './emitter.ts';

/**
 * Whether the term has variables that unification must bind: it is such a variable, or an array or object with one. Variables
 * inside of references are bound by going through what they refer to.
 */
export function isPattern(emitter: Emitter, term: Term): boolean {
  switch (term.kind) {
    case 'var':
      return isFree(emitter, term.name);
    case 'array':
      return term.items.some((item) => isPattern(emitter, item));
    case 'object':
      return term.entries.some(([, value]) => isPattern(emitter, value));
    default:
      return false;
  }
}

function isFree(emitter: Emitter, name: string): boolean {
  return name !== 'input' && name !== 'data' && !emitter.isBound(name);
}

/**
 * Whether the value of a term can be computed now: all that must have a value has one. Arguments of references may be free,
 * they are gone through. Closures are taken to be ready: the compiler put what they need before them.
 */
export function isReady(emitter: Emitter, term: Term): boolean {
  switch (term.kind) {
    case 'var':
      return !isFree(emitter, term.name);
    case 'array':
    case 'set':
      return term.items.every((item) => isReady(emitter, item));
    case 'object':
      return term.entries.every(([key, value]) => isReady(emitter, key) && isReady(emitter, value));
    case 'call':
      return term.args.every((arg) => isReady(emitter, arg));
    case 'ref':
      return isReady(emitter, term.head) && term.args.every((arg) => isPattern(emitter, arg) || isReady(emitter, arg));
    default:
      return true;
  }
}

/** Free variables at the places where unification binds them. */
export function freeVariables(emitter: Emitter, term: Term): readonly string[] {
  if (term.kind === 'var') return isFree(emitter, term.name) ? [term.name] : [];
  if (term.kind === 'array') return term.items.flatMap((item) => freeVariables(emitter, item));
  if (term.kind === 'object') return term.entries.flatMap(([, value]) => freeVariables(emitter, value));
  return [];
}
