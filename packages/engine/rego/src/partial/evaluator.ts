import { BuiltinFault } from '../builtins/builtin.ts';
import type { CompiledRule } from '../compile/compiled.ts';
import { isUserFunction, operatorName } from '../compile/operator.ts';
import type { Body, CallTerm, Expr, RefTerm, Term } from '../syntax/ast.ts';
import { equalValues } from '../value/equals.ts';
import { isObject } from '../value/kind.ts';
import { ObjectBuilder, sortedKeys, valueAt } from '../value/object.ts';
import type { Value } from '../value/value.ts';
import { createFrame, type Frame } from './frame.ts';
import type { Environment, Give, Machine, Next } from './machine.ts';
import { membersOf, setOf } from './members.ts';
import { call, canInline, exprOf, findGroup, isPattern, isUnbound, partsOf } from './pattern.ts';
import { isKnown, type Reduced, reducedArray, reducedObject, reducedSet, termOf, variable } from './reduced.ts';
import { References } from './references.ts';
import { simplify, variablesOf } from './simplify.ts';
import { substitute, substituteTerm } from './substitute.ts';
import type { Support } from './support.ts';

/**
 * Evaluates bodies of which some parts are unknown. A solution is what `saved` holds when `next` is called: the expressions
 * that remain. Source: OPA's documentation of partial evaluation.
 */
export class PartialEvaluator implements Machine {
  readonly environment: Environment;
  readonly support: Support;
  /** What is saved so far, of the bodies around the one at work too: innermost last. */
  #scopes: Expr[][] = [[]];
  #frames = 0;
  #fresh = 0;
  readonly #references = new References(this);

  constructor(environment: Environment, support: Support) {
    this.environment = environment;
    this.support = support;
  }

  /** Calls `give` with the parts and what remains of each solution of a body that stands by itself: of a query, of a rule. */
  rule(
    body: Body,
    parts: readonly Term[],
    frame: Frame,
    give: (parts: readonly Reduced[], remaining: Body) => void,
  ): void {
    const outer = this.#scopes;
    this.#scopes = [];
    this.#inScope((saved) =>
      this.body(body, 0, frame, () => this.#terms(parts, frame, (reduced) => give(reduced, [...saved]))),
    );
    this.#scopes = outer;
  }

  /** What remains of each solution of a body inside of another. */
  #branches(body: Body, frame: Frame): Body[] {
    const branches: Body[] = [];
    this.#inScope((saved) => this.body(body, 0, frame, () => branches.push([...saved])));
    return branches;
  }

  freshName(): string {
    this.#fresh += 1;
    return `__found${this.#fresh}__`;
  }

  #inScope(work: (saved: readonly Expr[]) => void): void {
    const saved: Expr[] = [];
    this.#scopes.push(saved);
    work(saved);
    this.#scopes.pop();
  }

  newFrame(): Frame {
    this.#frames += 1;
    return createFrame(this.#frames);
  }

  save(expr: Expr, next: Next): void {
    const saved = this.#scopes.at(-1);
    saved?.push(expr);
    next();
    saved?.pop();
  }

  #saveAll(exprs: readonly Expr[], next: Next): void {
    const [expr, ...rest] = exprs;
    if (expr === undefined) next();
    else this.save(expr, () => this.#saveAll(rest, next));
  }

  bind(frame: Frame, name: string, value: Reduced, next: Next): void {
    frame.bindings.set(name, value);
    next();
    frame.bindings.delete(name);
  }

  body(body: Body, from: number, frame: Frame, next: Next): void {
    const expr = body[from];
    if (expr === undefined) {
      next();
      return;
    }
    this.environment.context.spend(1);
    this.#expr(expr, frame, () => this.body(body, from + 1, frame, next));
  }

  #expr(expr: Expr, frame: Frame, next: Next): void {
    if (expr.with.length > 0) this.#keep(expr, frame, next);
    else if (expr.negated) this.#not(expr, frame, next);
    else if (expr.what.kind === 'every') this.#every(expr, frame, next);
    else if (expr.what.kind === 'some') next();
    else this.#statement(expr, expr.what.term, frame, next);
  }

  /** The expression as it is, with the variables that are known filled in; those that it binds remain variables. */
  #keep(expr: Expr, frame: Frame, next: Next): void {
    const kept = substitute(expr, frame);
    this.#saveBinding(kept.expr, kept.free, frame, next);
  }

  /** Saves an expression that binds variables of the frame: from here on they stand for themselves. */
  #saveBinding(expr: Expr, free: readonly string[], frame: Frame, next: Next): void {
    for (const name of free) frame.bindings.set(name, { term: variable(frame.nameOf(name), expr.location) });
    this.save(expr, next);
    for (const name of free) frame.bindings.delete(name);
  }

  #statement(expr: Expr, term: Term, frame: Frame, next: Next): void {
    if (term.kind === 'call' && operatorName(term.operator) === 'eq') {
      const [left, right] = term.args as [Term, Term];
      this.#unify(left, right, frame, next);
      return;
    }
    this.term(term, frame, (reduced) => {
      if (!isKnown(reduced)) this.save(exprOf(reduced.term, expr), next);
      else if (reduced.known !== false) next();
    });
  }

  /** Each branch of the negated expression must fail; one that leaves several expressions becomes a rule of its own. */
  #not(expr: Expr, frame: Frame, next: Next): void {
    const positive: Expr = { ...expr, negated: false };
    const branches = this.#branches([positive], frame);
    if (branches.some((branch) => branch.length === 0)) return;
    const outside = this.#variablesOutside();
    const kept = branches.map((branch) => this.#negation(simplify(branch, outside), expr, outside));
    this.#saveAll(kept, next);
  }

  #negation(branch: Body, expr: Expr, outside: ReadonlySet<string>): Expr {
    const [only] = branch;
    const simple = branch.length === 1 && only !== undefined && !only.negated && only.what.kind === 'term';
    if (simple && [...variablesOf(branch)].every((name) => outside.has(name))) return { ...only, negated: true };
    return { ...exprOf(this.support.helper([branch], outside, expr.location), expr), negated: true };
  }

  /** Variables that what is saved around here binds. */
  #variablesOutside(): Set<string> {
    return variablesOf(this.#scopes.flat());
  }

  #every(expr: Expr, frame: Frame, next: Next): void {
    if (expr.what.kind !== 'every') return;
    const { key, value, domain, body } = expr.what;
    this.term(domain, frame, (reduced) => {
      const members = isKnown(reduced) ? membersOf(reduced.known) : undefined;
      if (members === undefined) {
        const { what } = substitute(expr, frame).expr;
        if (isKnown(reduced) || what.kind !== 'every') return;
        this.save({ ...expr, what: { ...what, domain: reduced.term } }, next);
        return;
      }
      const remaining: Expr[] = [];
      for (const [memberKey, member] of members) {
        if (key !== undefined) frame.bindings.set(key.name, { known: memberKey });
        frame.bindings.set(value.name, { known: member });
        const branches = this.#branches(body, frame);
        if (key !== undefined) frame.bindings.delete(key.name);
        frame.bindings.delete(value.name);
        if (branches.length === 0) return;
        if (branches.some((branch) => branch.length === 0)) continue;
        remaining.push(exprOf(this.support.helper(branches, this.#variablesOutside(), expr.location), expr));
      }
      this.#saveAll(remaining, next);
    });
  }

  #unify(left: Term, right: Term, frame: Frame, next: Next): void {
    if (isPattern(left, frame)) {
      if (isPattern(right, frame) && right.kind === left.kind && this.#unifyParts(left, right, frame, next)) return;
      this.term(right, frame, (reduced) => this.match(left, reduced, frame, next));
    } else {
      this.term(left, frame, (reduced) => this.match(right, reduced, frame, next));
    }
  }

  /** `[x, 1] = [2, y]`: both have unbound variables. Parts that are ready come first. */
  #unifyParts(left: Term, right: Term, frame: Frame, next: Next): boolean {
    if (left.kind !== 'array' || right.kind !== 'array') return false;
    if (left.items.length !== right.items.length) return true;
    const pairs = left.items.map((item, i) => [item, right.items[i] as Term] as const);
    const step = (rest: typeof pairs): void => {
      if (rest.length === 0) {
        next();
        return;
      }
      const ready = Math.max(
        0,
        rest.findIndex(([a, b]) => !isPattern(a, frame) || !isPattern(b, frame)),
      );
      const [a, b] = rest[ready] as readonly [Term, Term];
      this.#unify(a, b, frame, () => step(rest.filter((_, i) => i !== ready)));
    };
    step(pairs);
    return true;
  }

  /** A pattern, which may have unbound variables, against what is reduced already. */
  match(pattern: Term, reduced: Reduced, frame: Frame, next: Next): void {
    if (pattern.kind === 'var' && isUnbound(pattern, frame)) {
      if (isKnown(reduced) || reduced.term.kind === 'var') this.bind(frame, pattern.name, reduced, next);
      else {
        // Saved, since the term may turn out to be undefined; `simplify` takes it away where something else needs the term.
        const remaining = variable(frame.nameOf(pattern.name), pattern.location);
        const expr = exprOf(call('eq', [remaining, reduced.term], pattern), pattern);
        this.save(expr, () => this.bind(frame, pattern.name, { term: remaining }, next));
      }
      return;
    }
    if (pattern.kind === 'array' && isPattern(pattern, frame)) {
      const parts = partsOf(reduced);
      if (parts !== undefined) {
        if (parts.length === pattern.items.length) this.#matchAll(pattern.items, parts, 0, frame, next);
        return;
      }
      if (isKnown(reduced)) return;
    } else if (pattern.kind === 'object' && isPattern(pattern, frame)) {
      if (isKnown(reduced)) {
        this.#matchObject(pattern.entries, reduced.known, 0, frame, next);
        return;
      }
    } else {
      this.term(pattern, frame, (other) => this.equal(other, reduced, pattern, next));
      return;
    }
    // A pattern over something unknown: its variables remain variables.
    const kept = substitute(exprOf(pattern, pattern), frame);
    if (kept.expr.what.kind !== 'term') return;
    this.#saveBinding(
      exprOf(call('eq', [kept.expr.what.term, reduced.term], pattern), pattern),
      kept.free,
      frame,
      next,
    );
  }

  #matchAll(patterns: readonly Term[], parts: readonly Reduced[], from: number, frame: Frame, next: Next): void {
    const pattern = patterns[from];
    if (pattern === undefined) next();
    else
      this.match(pattern, parts[from] as Reduced, frame, () => this.#matchAll(patterns, parts, from + 1, frame, next));
  }

  #matchObject(
    entries: readonly (readonly [Term, Term])[],
    value: Value,
    from: number,
    frame: Frame,
    next: Next,
  ): void {
    if (!isObject(value)) return;
    if (from === 0 && sortedKeys(value).length !== entries.length) return;
    const entry = entries[from];
    if (entry === undefined) {
      next();
      return;
    }
    this.term(entry[0], frame, (key) => {
      const item = isKnown(key) ? valueAt(value, key.known) : undefined;
      if (item === undefined) return;
      this.match(entry[1], { known: item }, frame, () => this.#matchObject(entries, value, from + 1, frame, next));
    });
  }

  equal(a: Reduced, b: Reduced, at: Term, next: Next): void {
    if (isKnown(a) && isKnown(b)) {
      if (equalValues(a.known, b.known)) next();
      return;
    }
    const left = partsOf(a);
    const right = partsOf(b);
    if (left !== undefined && right !== undefined) {
      if (left.length !== right.length) return;
      const step = (i: number): void => {
        if (i === left.length) next();
        else this.equal(left[i] as Reduced, right[i] as Reduced, at, () => step(i + 1));
      };
      step(0);
      return;
    }
    const [first, second] = isKnown(a) ? [b, a] : [a, b];
    const terms = [termOf(first, at.location), termOf(second, at.location)];
    this.save(exprOf(call('eq', terms, at), at), next);
  }

  term(term: Term, frame: Frame, give: Give): void {
    switch (term.kind) {
      case 'null':
        give({ known: null });
        return;
      case 'boolean':
      case 'number':
      case 'string':
        give({ known: term.value });
        return;
      case 'var':
        this.#variable(term.name, term, frame, give);
        return;
      case 'array':
        this.#terms(term.items, frame, (items) => give(reducedArray(items, term.location)));
        return;
      case 'set':
        this.#terms(term.items, frame, (items) => give(reducedSet(items, term.location)));
        return;
      case 'object':
        this.#terms(term.entries.flat(), frame, (parts) => {
          const entries = term.entries.map((_, i) => [parts[2 * i] as Reduced, parts[2 * i + 1] as Reduced] as const);
          give(reducedObject(entries, term.location));
        });
        return;
      case 'call':
        this.#call(term, frame, give);
        return;
      case 'ref':
        this.#references.ref(term, frame, give);
        return;
      case 'templateString':
        give({ term: substituteTerm(term, frame) });
        return;
      default:
        this.#comprehension(term, frame, give);
    }
  }

  #terms(terms: readonly Term[], frame: Frame, give: (reduced: readonly Reduced[]) => void): void {
    const found: Reduced[] = [];
    const step = (i: number): void => {
      const term = terms[i];
      if (term === undefined) {
        give([...found]);
        return;
      }
      this.term(term, frame, (reduced) => {
        found[i] = reduced;
        found.length = i + 1;
        step(i + 1);
      });
    };
    step(0);
  }

  #variable(name: string, term: Term, frame: Frame, give: Give): void {
    const bound = frame.bindings.get(name);
    if (bound !== undefined) give(bound);
    else if (name === 'input' && this.#references.isUnknown(['input'])) give({ term });
    else if (name === 'input') {
      if (this.environment.input !== undefined) give({ known: this.environment.input });
    } else if (name === 'data')
      this.#references.walk(this.environment.compiled.tree, this.environment.data, [], 0, [], frame, give);
    // Only what a residual expression binds is unbound here.
    else
      this.bind(frame, name, { term: variable(frame.nameOf(name), term.location) }, () =>
        give(frame.bindings.get(name) as Reduced),
      );
  }

  #call(term: CallTerm, frame: Frame, give: Give): void {
    this.#terms(term.args, frame, (args) => {
      if (isUserFunction(term.operator)) this.#callFunction(term.operator, args, term, give);
      else this.#callBuiltin(term, args, give);
    });
  }

  #callBuiltin(term: CallTerm, args: readonly Reduced[], give: Give): void {
    const name = operatorName(term.operator) ?? '';
    const builtin = this.environment.builtins.get(name);
    const remaining: Reduced = { term: { ...term, args: args.map((arg) => termOf(arg, term.location)) } };
    if (name === 'eq' && args.every(isKnown)) {
      give({ known: equalValues((args[0] as { known: Value }).known, (args[1] as { known: Value }).known) });
      return;
    }
    if (builtin?.evaluate === undefined || builtin.nondeterministic === true || !args.every(isKnown)) {
      give(remaining);
      return;
    }
    let result: Value | undefined;
    try {
      result = builtin.evaluate(this.environment.context, ...args.map((arg) => arg.known));
    } catch (fault) {
      if (!(fault instanceof BuiltinFault)) throw fault;
    }
    if (result === undefined) return;
    if (builtin.relation === true) for (const one of result as readonly Value[]) give({ known: one });
    else give({ known: result });
  }

  #callFunction(operator: RefTerm, args: readonly Reduced[], term: CallTerm, give: Give): void {
    const path = operator.args.map((arg) => (arg.kind === 'string' ? arg.value : ''));
    const group = findGroup(this.environment.compiled.tree, path);
    const kept: Reduced = { term: { ...term, args: args.map((arg) => termOf(arg, term.location)) } };
    if (group === undefined || this.#references.isOpaque(path) || !canInline(group)) {
      give(kept);
      return;
    }
    for (const clause of group.clauses) {
      const frame = this.newFrame();
      this.#matchAll(clause.rule.head.args ?? [], args, 0, frame, () => this.clauseValue(clause, frame, give));
    }
  }

  clauseValue(clause: CompiledRule, frame: Frame, give: Give): void {
    const { body, head } = clause.rule;
    this.body(body, 0, frame, () => {
      if (head.value !== undefined) this.term(head.value, frame, give);
    });
  }

  #comprehension(
    term: Extract<Term, { kind: 'arrayComprehension' | 'setComprehension' | 'objectComprehension' }>,
    frame: Frame,
    give: Give,
  ): void {
    const values: Value[] = [];
    const entries = new ObjectBuilder();
    let unknown = false;
    this.#inScope((saved) =>
      this.body(term.body, 0, frame, () => {
        const parts = term.kind === 'objectComprehension' ? [term.key, term.value] : [term.term];
        this.#terms(parts, frame, ([first, second]) => {
          if (
            saved.length > 0 ||
            first === undefined ||
            !isKnown(first) ||
            (second !== undefined && !isKnown(second))
          ) {
            unknown = true;
          } else if (second === undefined) values.push(first.known);
          else entries.set(first.known, second.known);
        });
      }),
    );
    if (unknown) give({ term: substituteTerm(term, frame) });
    else if (term.kind === 'arrayComprehension') give({ known: values });
    else if (term.kind === 'objectComprehension') give({ known: entries.build() });
    else give({ known: setOf(values) });
  }
}
