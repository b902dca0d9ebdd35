import { compareValues } from '../value/compare.ts';
import type { Body, ExprKind, Term, VarTerm } from './ast.ts';

/** Kinds in OPA's order of terms: values first, then what must be evaluated. */
const KIND_ORDER: Readonly<Record<Term['kind'], number>> = {
  null: 0,
  boolean: 1,
  number: 2,
  string: 3,
  templateString: 4,
  var: 5,
  ref: 6,
  array: 7,
  object: 8,
  set: 9,
  arrayComprehension: 10,
  objectComprehension: 11,
  setComprehension: 12,
  call: 13,
};

/** Orders terms as OPA prints the members of sets and the keys of objects. Places don't count. */
export function compareTerms(left: Term, right: Term): number {
  const byKind = KIND_ORDER[kindOf(left)] - KIND_ORDER[kindOf(right)];
  if (byKind !== 0) return byKind;
  if (left.kind === 'boolean' && right.kind === 'boolean') return Number(left.value) - Number(right.value);
  if (left.kind === 'number' && right.kind === 'number') return compareValues(left.value, right.value);
  if (left.kind === 'string' && right.kind === 'string') return compareValues(left.value, right.value);
  return compareLists(partsOf(left), partsOf(right));
}

/** Members of a set as OPA keeps them: sorted, equal ones once. */
export function sortedMembers(items: readonly Term[]): readonly Term[] {
  return [...items].sort(compareTerms).filter((item, index, all) => {
    const before = all[index - 1];
    return before === undefined || compareTerms(before, item) !== 0;
  });
}

/** Entries of an object as OPA prints them: sorted by key; equal keys stay, in their order. */
export function sortedEntries(entries: readonly (readonly [Term, Term])[]): readonly (readonly [Term, Term])[] {
  return [...entries].sort(([left], [right]) => compareTerms(left, right));
}

function kindOf(term: Term): Term['kind'] {
  return isDocument(term) ? 'ref' : term.kind;
}

/** `input` and `data` alone are refs. */
function isDocument(term: Term): boolean {
  return term.kind === 'var' && (term.name === 'input' || term.name === 'data');
}

function compareLists(left: readonly Term[], right: readonly Term[]): number {
  for (let index = 0; ; index++) {
    const mine = left[index];
    const other = right[index];
    if (mine === undefined || other === undefined) return Number(mine !== undefined) - Number(other !== undefined);
    const order = compareTerms(mine, other);
    if (order !== 0) return order;
  }
}

function partsOf(term: Term): readonly Term[] {
  switch (term.kind) {
    case 'var':
      return [nameOf(term)];
    case 'ref':
      return [term.head.kind === 'var' ? nameOf(term.head) : term.head, ...term.args];
    case 'array':
      return term.items;
    case 'set':
      return sortedMembers(term.items);
    case 'object': {
      const entries = sortedEntries(term.entries);
      return [...entries.map(([key]) => key), ...entries.map(([, value]) => value)];
    }
    case 'call':
      return [term.operator, ...term.args];
    case 'arrayComprehension':
    case 'setComprehension':
      return [term.term, ...exprTerms(term.body)];
    case 'objectComprehension':
      return [term.key, term.value, ...exprTerms(term.body)];
    case 'templateString':
      return term.parts.flatMap((part) => ('kind' in part ? [part] : exprTerms([part])));
    default:
      return [];
  }
}

/** The head of a ref is compared by its name, whatever it names. */
function nameOf({ location, name }: VarTerm): Term {
  return { kind: 'string', location, value: name };
}

/** Expressions as terms, to compare them by. */
function exprTerms(body: Body): readonly Term[] {
  return body.flatMap(({ location, negated, what, with: modifiers }) => {
    const marker: Term = { kind: 'string', location, value: `${negated ? 'not ' : ''}${what.kind}` };
    return [marker, ...whatTerms(what), ...modifiers.flatMap(({ target, value }): Term[] => [target, value])];
  });
}

function whatTerms(what: ExprKind): readonly Term[] {
  switch (what.kind) {
    case 'term':
      return [what.term];
    case 'some':
      return what.symbols;
    case 'every':
      return [...(what.key === undefined ? [] : [what.key]), what.value, what.domain, ...exprTerms(what.body)];
  }
}

/** The first variable, reference or call in a term; those in comprehensions don't count. */
export function notConstant(term: Term): Term | undefined {
  switch (term.kind) {
    case 'var':
    case 'ref':
    case 'call':
      return term;
    case 'array':
    case 'set':
      return firstNotConstant(term.items);
    case 'object':
      return firstNotConstant(term.entries.flat());
    default:
      return undefined;
  }
}

function firstNotConstant(terms: readonly Term[]): Term | undefined {
  for (const term of terms) {
    const found = notConstant(term);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** No variable, reference, call or comprehension in it. */
export function isConstant(term: Term): boolean {
  switch (term.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return true;
    case 'array':
    case 'set':
      return term.items.every(isConstant);
    case 'object':
      return term.entries.every(([key, value]) => isConstant(key) && isConstant(value));
    default:
      return false;
  }
}
