import type { Expr, RefTerm, Term, With } from '../syntax/ast.ts';
import { closureTerms, isClosure, walkBody, walkTerm } from './traverse.ts';

/** How an expression uses variables, whatever is bound before it. Variables of closures stand apart. */
export interface ExprVars {
  /** All outside closures. */
  readonly all: ReadonlySet<string>;
  /** Must be bound before the expression, by its refs at the latest: arguments of calls, members of sets, keys of objects. */
  readonly needed: ReadonlySet<string>;
  /** Those of them that stand in arguments of calls. */
  readonly arguments: ReadonlySet<string>;
  /** In places that an equation can bind. */
  readonly patterns: ReadonlySet<string>;
  /** Refs, inner ones first; those in closures left out. */
  readonly refs: readonly RefUse[];
  /** In comprehensions and `every`, bound there or not. */
  readonly closures: ReadonlySet<string>;
  /** In values of `with`. */
  readonly withs: ReadonlySet<string>;
  /** Operands of an equation. */
  readonly equation: readonly [Term, Term] | undefined;
}

export interface RefUse {
  readonly ref: RefTerm;
  /** Must be bound for the ref to bind anything: its head. */
  readonly heads: ReadonlySet<string>;
  /** What it binds: variables in its arguments. */
  readonly outputs: ReadonlySet<string>;
  readonly hasCall: boolean;
}

type Place = 'pattern' | 'needed' | 'argument' | 'index';

/** Not variables: they are always there. */
export function isRootName(name: string): boolean {
  return name === 'data' || name === 'input';
}

/** @param isName  tells of a `with` that its value is a name of a function, not a term */
export function exprVars(expr: Expr, isName?: (item: With) => boolean): ExprVars {
  const collector = new Collector();
  const { what } = expr;
  let equation: readonly [Term, Term] | undefined;
  if (what.kind === 'every') {
    collector.visit(what.domain, 'needed');
    collector.name(what.value.name, collector.closures);
    if (what.key !== undefined) collector.name(what.key.name, collector.closures);
    walkBody(what.body, collector.inClosure);
  } else if (what.kind === 'term') {
    equation = equationOf(what.term);
    if (equation !== undefined) for (const operand of equation) collector.visit(operand, 'pattern');
    else collector.visit(what.term, 'needed');
  }
  const withs = new Set<string>();
  for (const item of expr.with) {
    if (isName?.(item) === true) continue;
    const inner = new Collector();
    inner.visit(item.value, 'needed');
    for (const name of inner.all) {
      withs.add(name);
      collector.all.add(name);
    }
    for (const name of inner.closures) collector.closures.add(name);
  }
  const { all, needed, patterns, refs, closures } = collector;
  return { all, needed, arguments: collector.arguments, patterns, refs, closures, withs, equation };
}

/** Operands of `a = b`. */
export function equationOf(term: Term): readonly [Term, Term] | undefined {
  if (term.kind !== 'call' || term.operator.kind !== 'var' || term.operator.name !== 'eq') return undefined;
  const [left, right] = term.args;
  return left === undefined || right === undefined || term.args.length !== 2 ? undefined : [left, right];
}

/** Variables of a term outside closures. */
export function termVars(term: Term): ReadonlySet<string> {
  const collector = new Collector();
  collector.visit(term, 'needed');
  return collector.all;
}

/** Where nothing can be bound, also not by a pattern around it. */
function inner(place: Place): Place {
  return place === 'argument' ? place : 'needed';
}

class Collector {
  readonly all = new Set<string>();
  readonly needed = new Set<string>();
  readonly arguments = new Set<string>();
  readonly patterns = new Set<string>();
  readonly closures = new Set<string>();
  readonly refs: RefUse[] = [];
  /** Sets of the refs around. */
  #outputs: Set<string> | undefined;
  #calls = 0;
  /** Variables of the head around. */
  #heads: Set<string> | undefined;

  name(name: string, into: Set<string>): void {
    if (!isRootName(name)) into.add(name);
  }

  visit(term: Term, place: Place): void {
    switch (term.kind) {
      case 'var':
        if (isRootName(term.name)) return;
        this.all.add(term.name);
        this.#heads?.add(term.name);
        if (place === 'argument') this.arguments.add(term.name);
        if (place === 'needed' || place === 'argument') this.needed.add(term.name);
        else if (place === 'pattern') this.patterns.add(term.name);
        else this.#outputs?.add(term.name);
        return;
      case 'ref':
        this.#ref(term);
        return;
      case 'array':
        for (const item of term.items) this.visit(item, place);
        return;
      case 'set':
        for (const item of term.items) this.visit(item, inner(place));
        return;
      case 'object':
        for (const [key, value] of term.entries) {
          this.visit(key, inner(place));
          this.visit(value, place);
        }
        return;
      case 'call':
        this.#calls++;
        for (const arg of term.args) this.visit(arg, 'argument');
        return;
      default:
        if (isClosure(term)) {
          for (const item of closureTerms(term)) walkTerm(item, this.inClosure);
          walkBody(term.body, this.inClosure);
        }
    }
  }

  #ref(ref: RefTerm): void {
    const outer = this.#outputs;
    const calls = this.#calls;
    const outputs = new Set<string>();
    const heads = new Set<string>();
    this.#outputs = outputs;
    if (ref.head.kind === 'var') {
      if (!isRootName(ref.head.name)) {
        this.all.add(ref.head.name);
        this.#heads?.add(ref.head.name);
        heads.add(ref.head.name);
      }
    } else {
      const around = this.#heads;
      this.#heads = heads;
      this.visit(ref.head, 'needed');
      this.#heads = around;
      for (const name of heads) around?.add(name);
    }
    for (const arg of ref.args) this.visit(arg, 'index');
    this.#outputs = outer;
    this.refs.push({ ref, heads, outputs, hasCall: this.#calls > calls });
  }

  readonly inClosure = (term: Term): boolean | undefined => {
    if (term.kind === 'var') this.name(term.name, this.closures);
    else if (term.kind === 'call') {
      for (const arg of term.args) walkTerm(arg, this.inClosure);
      return false;
    }
    return undefined;
  };
}
