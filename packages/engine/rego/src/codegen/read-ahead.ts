import { isUserFunction, operatorName } from '../compile/operator.ts';
import type { Body, Expr, RefTerm, Term } from '../syntax/ast.ts';
import type { Emitter } from './emitter.ts';
import { fastPath, isCondition } from './inline.ts';
import { isPattern } from './variables.ts';

/** Whether evaluating the expression goes through members of something. */
export function mayLoop(emitter: Emitter, { what, negated }: Expr): boolean {
  return !negated && what.kind === 'term' && some(what.term, (ref) => ref.args.some((arg) => isPattern(emitter, arg)));
}

/** Expressions that are looked at before each loop. */
const MAX_AHEAD = 16;

/**
 * Reads constant places of the input before a loop, that expressions inside of the loop read in every round: where such a place is
 * undefined, so is the body. Ends at the first expression that could do more than compare, so that errors stay what they are.
 */
export function readAhead(emitter: Emitter, body: Body, from: number): void {
  for (const { what, negated, with: replacements } of body.slice(from, from + MAX_AHEAD)) {
    if (negated || replacements.length > 0 || what.kind !== 'term' || !isHarmless(what.term)) return;
    some(what.term, (ref) => {
      const length = ref.args.findIndex((arg) => arg.kind !== 'string');
      const args = length < 0 ? ref.args : ref.args.slice(0, length);
      if (args.length > 0 && ref.head.kind === 'var' && ref.head.name === 'input') emitter.term({ ...ref, args });
      return false;
    });
  }
}

/** Only comparisons, operations that can't fail, and reading of input, base documents and variables. */
function isHarmless(term: Term): boolean {
  switch (term.kind) {
    case 'call': {
      const name = isUserFunction(term.operator) ? undefined : operatorName(term.operator);
      if (name === undefined) return false;
      const isKnown = name === 'eq' || isCondition(name) || fastPath(name, ['a', 'b']) !== undefined;
      return isKnown && term.args.every(isHarmless);
    }
    case 'ref':
      return term.head.kind === 'var' && term.head.name !== 'data' && term.args.every(isHarmless);
    case 'array':
    case 'set':
      return term.items.every(isHarmless);
    case 'object':
      return term.entries.every(([key, value]) => isHarmless(key) && isHarmless(value));
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
    case 'templateString':
      return false;
    default:
      return true;
  }
}

/** Whether some reference outside of closures satisfies the test. */
function some(term: Term, test: (ref: RefTerm) => boolean): boolean {
  switch (term.kind) {
    case 'ref':
      return test(term) || some(term.head, test) || term.args.some((arg) => some(arg, test));
    case 'call':
      return term.args.some((arg) => some(arg, test));
    case 'array':
    case 'set':
      return term.items.some((item) => some(item, test));
    case 'object':
      return term.entries.some(([key, value]) => some(key, test) || some(value, test));
    default:
      return false;
  }
}
