import type { Body, CallTerm, Expr, Head, Rule, StringTerm, Term } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { hoistCalls } from './hoist.ts';
import { operatorName } from './operator.ts';
import { equation, type LocalNames, termExpr } from './state.ts';
import { isClosure, mapChain, mapChildren, mapExpr, type TermMapper, walkTerm } from './traverse.ts';

/** The term that a call without arguments stands for. */
export type Metadata = (name: string, location: Location, inElse: boolean) => Term | undefined;

export interface ExpandOptions {
  readonly names: LocalNames;
  readonly enablePrint: boolean;
  /** Number of parameters of a function or built-in. */
  readonly arityOf: (operator: CallTerm['operator']) => number | undefined;
}

/**
 * Rewrites what only looks like a term: template strings (calls of `internal.template_string`), `print`, calls with their
 * result as last argument (`count(x, y)` is `y = count(x)`), calls in negated expressions (evaluated before the negation), and
 * whatever must be evaluated in heads of rules and comprehensions (moved to the end of the body).
 */
export class Expander {
  readonly #options: ExpandOptions;
  #metadata: Metadata = noMetadata;
  #inElse = false;

  constructor(options: ExpandOptions) {
    this.#options = options;
  }

  /** @param metadata  what stands for calls of `rego.metadata.rule` and `rego.metadata.chain` */
  rule(rule: Rule, metadata: Metadata = noMetadata): Rule {
    this.#metadata = metadata;
    return mapChain(rule, (link) => {
      this.#inElse = link !== rule;
      return link.isDefault ? link : this.#link(link);
    });
  }

  body(body: Body): Body {
    const result: Expr[] = [];
    for (const expr of body) {
      if (!this.#options.enablePrint && isPrint(expr)) continue;
      result.push(...this.#expr(expr));
    }
    const [first] = body;
    if (result.length === 0 && first !== undefined) {
      result.push({ ...termExpr({ kind: 'boolean', value: true, location: first.location }) });
    }
    return result;
  }

  #link(rule: Rule): Rule {
    const moved: Expr[] = [];
    const move = (term: Term, always = false) => this.#moveIfEvaluated(term, moved, always);
    const body = this.body(rule.body);
    const { head } = rule;
    const mapped: Head = {
      ...head,
      ref: head.ref.kind === 'ref' ? { ...head.ref, args: head.ref.args.map((arg) => move(arg, true)) } : head.ref,
      ...(head.args === undefined ? {} : { args: head.args.map((arg) => move(arg)) }),
      ...(head.key === undefined ? {} : { key: move(head.key) }),
      ...(head.value === undefined ? {} : { value: move(head.value) }),
    };
    if (moved.length === 0) return { ...rule, head: mapped, body };
    const [only] = body;
    const empty = body.length === 1 && only?.generated === true && isTrue(only);
    return { ...rule, head: mapped, body: empty ? moved : [...body, ...moved] };
  }

  #expr(expr: Expr): readonly Expr[] {
    const { names } = this.#options;
    const mapped = mapExpr(isPrint(expr) ? this.#print(expr) : expr, this.#mapper);
    const hoisted = mapped.negated ? hoistCalls(mapped, names) : [mapped];
    const last = hoisted.at(-1);
    if (last === undefined) return hoisted;
    const output = this.#outputArgument(last);
    return output === last ? hoisted : [...hoisted.slice(0, -1), output];
  }

  /** `count(x, y)` as `y = count(x)`. */
  #outputArgument(expr: Expr): Expr {
    if (expr.what.kind !== 'term' || expr.what.term.kind !== 'call') return expr;
    const call = expr.what.term;
    const arity = this.#options.arityOf(call.operator);
    const output = call.args.at(-1);
    if (arity === undefined || output === undefined || call.args.length !== arity + 1) return expr;
    const value: Term = { ...call, args: call.args.slice(0, -1) };
    return { ...expr, what: { kind: 'term', term: equation(output, value, call.location, false) } };
  }

  readonly #mapper: TermMapper = {
    term: (term) => {
      if (term.kind === 'templateString') return this.#templateString(term);
      if (term.kind === 'call' && term.args.length === 0) {
        const name = operatorName(term.operator);
        const known = name === undefined ? undefined : this.#metadata(name, term.location, this.#inElse);
        if (known !== undefined) return known;
      }
      const mapped = mapChildren(term, this.#mapper);
      return isClosure(mapped) ? this.#closure(mapped) : mapped;
    },
    body: (body) => this.body(body),
  };

  #closure(term: Extract<Term, { body: Body }>): Term {
    const moved: Expr[] = [];
    if (term.kind === 'objectComprehension') {
      const key = this.#moveIfEvaluated(term.key, moved);
      const value = this.#moveIfEvaluated(term.value, moved);
      return moved.length === 0 ? term : { ...term, key, value, body: [...term.body, ...moved] };
    }
    const item = this.#moveIfEvaluated(term.term, moved);
    return moved.length === 0 ? term : { ...term, term: item, body: [...term.body, ...moved] };
  }

  #moveIfEvaluated(term: Term, moved: Expr[], composite = false): Term {
    const mapped = this.#mapper.term(term);
    const simple = mapped.kind === 'var' || isConstant(mapped) || !(composite || isEvaluated(mapped));
    if (simple) return mapped;
    const local = this.#options.names.variable(term.location);
    moved.push(termExpr(equation(local, mapped, term.location)));
    return local;
  }

  #templateString(term: Extract<Term, { kind: 'templateString' }>): Term {
    const { location } = term;
    const items = term.parts.map((part) => ('kind' in part ? part : this.#part(part)));
    return {
      kind: 'call',
      operator: internalOperator('template_string', location),
      args: [{ kind: 'array', items, location }],
      location,
    };
  }

  /** A set with the value of the expression, empty when that is undefined. Constants stand for themselves. */
  #part(part: Expr): Term {
    if (part.what.kind !== 'term') return { kind: 'set', items: [], location: part.location };
    const { term } = part.what;
    const mapped = this.#mapper.term(term);
    if (part.with.length === 0 && isConstant(mapped)) return mapped;
    return this.#setOf(mapped, part);
  }

  #setOf(term: Term, from: Expr): Term {
    const local = this.#options.names.variable(term.location);
    const body = [termExpr(equation(local, term, term.location), from)];
    return { kind: 'setComprehension', term: local, body, location: term.location };
  }

  /** `print(x, y)` as `internal.print([{l | l = x}, {l | l = y}])`: undefined arguments don't make it undefined. */
  #print(expr: Expr): Expr {
    if (expr.what.kind !== 'term' || expr.what.term.kind !== 'call') return expr;
    const { args, location } = expr.what.term;
    const items = args.map((arg) => this.#setOf(arg, { ...expr, with: [] }));
    const term: Term = {
      kind: 'call',
      operator: internalOperator('print', location),
      args: [{ kind: 'array', items, location }],
      location,
    };
    return { ...expr, what: { kind: 'term', term } };
  }
}

/** Outside of rules there is none. */
function noMetadata(name: string, location: Location): Term | undefined {
  if (name === 'rego.metadata.rule') return { kind: 'object', entries: [], location };
  return name === 'rego.metadata.chain' ? { kind: 'array', items: [], location } : undefined;
}

function internalOperator(name: string, location: Term['location']): CallTerm['operator'] {
  const arg: StringTerm = { kind: 'string', value: name, location };
  return { kind: 'ref', head: { kind: 'var', name: 'internal', location }, args: [arg], location };
}

function isPrint({ what }: Expr): boolean {
  return what.kind === 'term' && what.term.kind === 'call' && operatorName(what.term.operator) === 'print';
}

function isTrue({ what }: Expr): boolean {
  return what.kind === 'term' && what.term.kind === 'boolean' && what.term.value;
}

function isConstant(term: Term): boolean {
  return term.kind === 'null' || term.kind === 'boolean' || term.kind === 'number' || term.kind === 'string';
}

/** Something in it must be evaluated: a ref, a call, a comprehension. */
function isEvaluated(term: Term): boolean {
  let found = false;
  walkTerm(term, (item) => {
    if (item.kind === 'ref' || item.kind === 'call' || isClosure(item)) found = true;
    return !found;
  });
  return found;
}
