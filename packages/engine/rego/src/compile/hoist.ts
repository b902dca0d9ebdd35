import type { Expr, RefTerm, Term } from '../syntax/ast.ts';
import { equationOf } from './expr-vars.ts';
import { operatorName } from './operator.ts';
import { equation, type LocalNames, termExpr } from './state.ts';
import { isClosure, mapChildren, mapExpr, type TermMapper } from './traverse.ts';

/**
 * Moves calls in terms of an expression into equations before it: `not f(g(x))` is `l = g(x)` and `not f(l)`. The call that
 * the expression is stays.
 */
export function hoistCalls(expr: Expr, names: LocalNames): readonly Expr[] {
  return hoist(expr, (before) => {
    const mapper: TermMapper = {
      term: (term) => {
        if (isClosure(term)) return term;
        const mapped = mapChildren(term, mapper);
        return mapped.kind === 'call' ? moved(mapped, before, expr, names) : mapped;
      },
      body: (body) => body,
    };
    const value: TermMapper = {
      term: (term) => (term.kind === 'call' ? mapChildren(term, mapper) : mapper.term(term)),
      body: (body) => body,
    };
    return {
      term: (term) => (isOutput(term) ? mapChildren(term, value) : value.term(term)),
      body: (body) => body,
    };
  });
}

/**
 * Moves refs for which `moves` says so into equations before the expression. Of a negated expression the ref that it is or
 * that is an operand of its equation stays, and only those inside of it are moved: as OPA evaluates `not input.a == input.b`.
 */
export function hoistRefs(expr: Expr, names: LocalNames, moves: (ref: RefTerm) => boolean): readonly Expr[] {
  return hoist(expr, (before) => {
    const mapper: TermMapper = {
      term: (term) => {
        if (isClosure(term)) return term;
        const mapped = mapChildren(term, mapper);
        return mapped.kind === 'ref' && moves(mapped) ? moved(mapped, before, expr, names) : mapped;
      },
      body: (body) => body,
    };
    if (!expr.negated) return mapper;
    const operand: TermMapper = {
      term: (term) => (term.kind === 'ref' ? mapChildren(term, mapper) : mapper.term(term)),
      body: (body) => body,
    };
    return {
      term: (term) => (isEquality(term) ? mapChildren(term, operand) : operand.term(term)),
      body: (body) => body,
    };
  });
}

/** `y = count(x)` that was written `count(x, y)`. */
function isOutput(term: Term): boolean {
  return equationOf(term) !== undefined && term.kind === 'call' && term.infix !== true;
}

function isEquality(term: Term): boolean {
  if (term.kind !== 'call') return false;
  const name = operatorName(term.operator);
  return name === 'eq' || name === 'equal';
}

/** Maps the term of an expression; values of `with` and bodies are left alone. */
function hoist(expr: Expr, mapperFor: (before: Expr[]) => TermMapper): readonly Expr[] {
  const before: Expr[] = [];
  const { what } = expr;
  if (what.kind === 'some') return [expr];
  const mapped = mapExpr({ ...expr, with: [] }, mapperFor(before));
  return before.length === 0 ? [expr] : [...before, { ...mapped, with: expr.with }];
}

function moved(term: Term, before: Expr[], from: Expr, names: LocalNames): Term {
  const local = names.variable(term.location);
  before.push(termExpr(equation(local, term, term.location), from));
  return local;
}
