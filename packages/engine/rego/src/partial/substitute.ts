import { isClosure, mapChildren, mapExpr, type TermMapper } from '../compile/traverse.ts';
import type { Body, Expr, Term, VarTerm } from '../syntax/ast.ts';
import type { Frame } from './frame.ts';
import { refOf, termOf, variable } from './reduced.ts';

export interface Substituted {
  readonly expr: Expr;
  /** Variables that nothing has bound and that stand outside of closures: the expression binds them. */
  readonly free: readonly string[];
}

/** An expression with what a frame knows filled in; all other variables get the names they have in what remains. */
export function substitute(expr: Expr, frame: Frame): Substituted {
  const free = new Set<string>();
  return { expr: new Substitution(frame, free).expr(expr), free: [...free] };
}

export function substituteTerm(term: Term, frame: Frame): Term {
  return new Substitution(frame, new Set()).term(term);
}

class Substitution implements TermMapper {
  readonly #frame: Frame;
  readonly #free: Set<string>;
  #closures = 0;

  constructor(frame: Frame, free: Set<string>) {
    this.#frame = frame;
    this.#free = free;
  }

  expr(expr: Expr): Expr {
    if (expr.negated) return this.#inside(() => mapExpr(expr, this));
    const { what } = expr;
    const mapped = mapExpr(expr, this);
    if (what.kind !== 'every' || mapped.what.kind !== 'every') return mapped;
    const key = what.key === undefined ? undefined : this.#local(what.key);
    return { ...mapped, what: { ...mapped.what, key, value: this.#local(what.value) } };
  }

  body(body: Body): Body {
    return this.#inside(() => body.map((expr) => this.expr(expr)));
  }

  term(term: Term): Term {
    if (term.kind === 'var') return this.#variable(term);
    if (isClosure(term)) return this.#inside(() => mapChildren(term, this));
    if (term.kind !== 'ref') return mapChildren(term, this);
    const args = term.args.map((arg) => this.term(arg));
    return refOf(this.term(term.head), args, term.location);
  }

  #inside<T>(work: () => T): T {
    this.#closures += 1;
    try {
      return work();
    } finally {
      this.#closures -= 1;
    }
  }

  #local(term: VarTerm): VarTerm {
    return variable(this.#frame.nameOf(term.name), term.location);
  }

  #variable(term: VarTerm): Term {
    const bound = this.#frame.bindings.get(term.name);
    if (bound !== undefined) return termOf(bound, term.location);
    if (term.name === 'input' || term.name === 'data') return term;
    if (this.#closures === 0) this.#free.add(term.name);
    return this.#local(term);
  }
}
