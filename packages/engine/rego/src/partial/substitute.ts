import { BUILTINS } from '../builtins/registry.ts';
import { operatorName } from '../compile/operator.ts';
import { isClosure, mapChildren, mapExpr, type TermMapper } from '../compile/traverse.ts';
import type { Body, Expr, Term, VarTerm, With } from '../syntax/ast.ts';
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

  expr(written: Expr): Expr {
    const expr = this.#withoutFunctions(written);
    const mapped = this.#mapped(expr);
    if (expr === written) return mapped;
    return {
      ...mapped,
      with: written.with.map((item, i) => (this.#isFunction(item.value) ? item : (mapped.with[i] ?? item))),
    };
  }

  /** What replaces a function may be the name of another, which is no variable. */
  #isFunction(value: Term): boolean {
    const name = operatorName(value);
    return name !== undefined && BUILTINS.has(name) && !this.#frame.bindings.has(name.split('.')[0] ?? '');
  }

  #withoutFunctions(expr: Expr): Expr {
    if (!expr.with.some(({ value }) => this.#isFunction(value))) return expr;
    const nothing = (item: With): With => ({ ...item, value: { kind: 'null', location: item.location } });
    return { ...expr, with: expr.with.map((item) => (this.#isFunction(item.value) ? nothing(item) : item)) };
  }

  #mapped(expr: Expr): Expr {
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
