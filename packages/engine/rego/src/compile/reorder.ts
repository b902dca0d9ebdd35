import type { RegoFault } from '../fault.ts';
import type { Body, Expr, RefTerm, With } from '../syntax/ast.ts';
import { type ExprVars, exprVars, termVars } from './expr-vars.ts';
import { hoistCalls, hoistRefs } from './hoist.ts';
import { ReadyQueue } from './ready-queue.ts';
import { equation, fault, isGenerated, isWildcard, type LocalNames, termExpr } from './state.ts';
import { closureTerms, isClosure, mapChildren, mapExpr, type TermMapper } from './traverse.ts';
import { unifiedVars } from './unify.ts';

/** Names that are bound: those of the body, then those of the bodies around it. */
class Bound {
  readonly #own = new Set<string>();
  readonly #outer: Bound | undefined;

  constructor(outer?: Bound) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    return this.#own.has(name) || (this.#outer?.has(name) ?? false);
  }

  add(name: string): void {
    this.#own.add(name);
  }
}

/** Tells of a `with` that its value is the name of a function. */
export type IsFunctionName = (item: With) => boolean;

interface Unsafe {
  readonly expr: Expr;
  readonly names: ReadonlySet<string>;
}

/** Expressions that wait to be placed. */
interface Waiting {
  readonly expr: Expr;
  readonly vars: ExprVars;
}

export interface Reordered {
  readonly body: Body;
  readonly faults: readonly RegoFault[];
}

/**
 * Orders a body so that whatever an expression needs is bound by those before it, and the bodies in it likewise: the first
 * expression that can be evaluated comes first. Variables that nothing binds are faults.
 *
 * @param bound          names that are bound before the body: arguments
 * @param originalNames  written names by the names of locals
 */
export function reorderBody(
  body: Body,
  bound: Iterable<string>,
  names: LocalNames,
  originalNames: ReadonlyMap<string, string>,
  isName: IsFunctionName,
): Reordered {
  const reorderer = new Reorderer(names, isName);
  const globals = new Bound();
  for (const name of bound) globals.add(name);
  const result = reorderer.body(body, globals);
  return { body: result, faults: unsafeFaults(reorderer.unsafe, originalNames) };
}

class Reorderer {
  readonly unsafe: Unsafe[] = [];
  readonly #names: LocalNames;
  readonly #isName: IsFunctionName;

  constructor(names: LocalNames, isName: IsFunctionName) {
    this.#names = names;
    this.#isName = isName;
  }

  body(body: Body, outer: Bound): Body {
    const bound = new Bound(outer);
    const placed: Expr[] = [];
    let waiting: readonly Waiting[] = body.map((expr) => ({ expr, vars: exprVars(expr, this.#isName) }));
    const bodyVars = new Set<string>();
    for (const { vars } of waiting) for (const name of vars.all) bodyVars.add(name);
    waiting = this.#place(waiting, bodyVars, bound, placed);
    if (waiting.length > 0) {
      // Calls whose arguments their own expression binds are safe once they stand alone.
      const expanded = waiting.flatMap(({ expr }) => this.#expanded(expr));
      if (expanded.length > waiting.length) {
        waiting = expanded.map((expr) => ({ expr, vars: exprVars(expr, this.#isName) }));
        for (const { vars } of waiting) for (const name of vars.all) bodyVars.add(name);
        waiting = this.#place(waiting, bodyVars, bound, placed);
      }
    }
    for (const { expr, vars } of waiting) {
      this.unsafe.push({ expr, names: missingNames(expr, vars, bodyVars, bound) });
      placed.push(expr);
    }
    return placed;
  }

  #expanded(expr: Expr): readonly Expr[] {
    const { what } = expr;
    if (what.kind === 'every') return this.#withDomainBefore(expr, what);
    return hoistCalls(expr, this.#names);
  }

  #withDomainBefore(expr: Expr, what: Extract<Expr['what'], { kind: 'every' }>): readonly Expr[] {
    const { location } = what.domain;
    const local = this.#names.variable(location);
    const before = termExpr(equation(local, what.domain, location), expr);
    return [before, { ...expr, what: { ...what, domain: local } }];
  }

  /** Places what can be placed, and gives back the rest. */
  #place(waiting: readonly Waiting[], bodyVars: ReadonlySet<string>, bound: Bound, placed: Expr[]) {
    const waitingFor = new Map<string, number[]>();
    for (const [index, { vars }] of waiting.entries()) {
      for (const name of vars.all) addTo(waitingFor, name, index);
      for (const name of vars.closures) if (bodyVars.has(name)) addTo(waitingFor, name, index);
    }
    const done = new Uint8Array(waiting.length);
    const queue = new ReadyQueue(waiting.length);
    for (let index = queue.next(); index !== undefined; index = queue.next()) {
      const item = waiting[index];
      if (item === undefined || done[index] === 1) continue;
      const outputs = outputsWhenReady(item.expr, item.vars, bodyVars, bound);
      if (outputs === undefined) continue;
      done[index] = 1;
      for (const expr of this.#linear(item, bound)) placed.push(this.#closures(expr, bound));
      for (const name of outputs) {
        if (bound.has(name)) continue;
        bound.add(name);
        for (const other of waitingFor.get(name) ?? []) if (done[other] === 0) queue.add(other);
      }
    }
    return waiting.filter((_, index) => done[index] === 0);
  }

  /**
   * The expression, with refs moved into equations before it where it needs what they bind: left to right, arguments of calls
   * are then bound, and what isn't stands in refs only or in patterns only.
   */
  #linear({ expr, vars }: Waiting, bound: Bound): readonly Expr[] {
    if (expr.negated) return hoistRefs(expr, this.#names, () => true);
    const open = new Set<string>();
    for (const { outputs } of vars.refs) for (const name of outputs) if (!bound.has(name)) open.add(name);
    if (open.size === 0) return [expr];
    const { what } = expr;
    if (what.kind === 'every') return this.#withDomainBefore(expr, what);
    let mixed = false;
    for (const name of open) if (vars.needed.has(name) || vars.patterns.has(name)) mixed = true;
    if (!mixed) return [expr];
    return hoistRefs(expr, this.#names, (ref) => bindsAny(ref, open));
  }

  /** Orders the bodies inside of an expression. */
  #closures(expr: Expr, bound: Bound): Expr {
    const { what } = expr;
    const mapper: TermMapper = {
      term: (term) => {
        if (!isClosure(term)) return mapChildren(term, mapper);
        const inner = new Bound(bound);
        const body = this.body(term.body, inner);
        const names = new Set<string>();
        for (const item of closureTerms(term)) for (const name of termVars(item)) names.add(name);
        if (names.size > 0) {
          const bodyNames = namesOf(body);
          const open = [...names].filter((name) => !bodyNames.has(name) && !bound.has(name));
          if (open.length > 0) this.unsafe.push({ expr, names: new Set(open) });
        }
        return { ...term, body };
      },
      body: (body) => body,
    };
    if (what.kind !== 'every') return mapExpr(expr, mapper);
    const inner = new Bound(bound);
    inner.add(what.value.name);
    if (what.key !== undefined) inner.add(what.key.name);
    const body = this.body(what.body, inner);
    return mapExpr({ ...expr, what: { ...what, body } }, mapper);
  }
}

function namesOf(body: Body): ReadonlySet<string> {
  const names = new Set<string>();
  for (const expr of body) for (const name of exprVars(expr).all) names.add(name);
  return names;
}

function bindsAny(ref: RefTerm, open: ReadonlySet<string>): boolean {
  for (const arg of ref.args) for (const name of termVars(arg)) if (open.has(name)) return true;
  return false;
}

function addTo(map: Map<string, number[]>, name: string, index: number): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [index]);
  else list.push(index);
}

/** What the expression binds, or undefined when something that it needs isn't bound yet. */
function outputsWhenReady(
  expr: Expr,
  vars: ExprVars,
  bodyVars: ReadonlySet<string>,
  bound: Bound,
): ReadonlySet<string> | undefined {
  for (const name of vars.withs) if (!bound.has(name)) return undefined;
  for (const name of vars.closures) if (bodyVars.has(name) && !bound.has(name)) return undefined;
  const outputs = possibleOutputs(expr, vars, bound);
  if (vars.needed.size > 0) {
    const early = refOutputs(vars, bound, false);
    for (const name of vars.needed) if (!bound.has(name) && !early.has(name)) return undefined;
  }
  for (const name of vars.all) if (!bound.has(name) && !outputs.has(name)) return undefined;
  return outputs;
}

/** What the expression binds if all it needs were bound. */
function possibleOutputs(expr: Expr, vars: ExprVars, bound: Bound): ReadonlySet<string> {
  if (expr.negated) return new Set();
  const outputs = refOutputs(vars, bound, false);
  for (const name of vars.arguments) if (!bound.has(name) && !outputs.has(name)) return new Set();
  for (const name of vars.withs) if (!bound.has(name)) return new Set();
  for (const name of refOutputs(vars, bound, true)) outputs.add(name);
  if (vars.equation !== undefined) {
    const [left, right] = vars.equation;
    for (const name of unifiedVars(left, right, (item) => bound.has(item) || outputs.has(item))) outputs.add(name);
  }
  return outputs;
}

function refOutputs({ refs }: ExprVars, bound: Bound, withCalls: boolean): Set<string> {
  const outputs = new Set<string>();
  for (const { heads, outputs: own, hasCall } of refs) {
    if (hasCall && !withCalls) continue;
    let ready = true;
    for (const name of heads) if (!bound.has(name) && !outputs.has(name)) ready = false;
    if (ready) for (const name of own) outputs.add(name);
  }
  return outputs;
}

function missingNames(expr: Expr, vars: ExprVars, bodyVars: ReadonlySet<string>, bound: Bound): ReadonlySet<string> {
  const missing = new Set<string>();
  const outputs = possibleOutputs(expr, vars, bound);
  for (const name of vars.all) if (!bound.has(name) && !outputs.has(name)) missing.add(name);
  for (const name of vars.withs) if (!bound.has(name)) missing.add(name);
  for (const name of vars.closures) if (bodyVars.has(name) && !bound.has(name)) missing.add(name);
  return missing;
}

/** Words that are variables only because their keyword isn't imported (v0). */
const FUTURE_KEYWORDS: ReadonlySet<string> = new Set(['in', 'every', 'contains', 'if']);

function unsafeFaults(unsafe: readonly Unsafe[], originalNames: ReadonlyMap<string, string>): readonly RegoFault[] {
  const first = new Map<string, Expr>();
  for (const { expr, names } of unsafe) {
    for (const name of names) {
      const before = first.get(name);
      if (before === undefined || isBefore(expr, before)) first.set(name, expr);
    }
  }
  const pairs = [...first].map(([name, expr]) => ({ name: originalNames.get(name) ?? name, expr }));
  pairs.sort((a, b) => compare(a.expr, b.expr) || (a.name < b.name ? -1 : 1));
  const faults: RegoFault[] = [];
  for (const { name, expr } of pairs) {
    if (isGenerated(name)) continue;
    const written = isWildcard(name) ? '_' : name;
    const hint = FUTURE_KEYWORDS.has(name)
      ? ` (hint: \`import future.keywords.${name}\` to import a future keyword)`
      : '';
    faults.push(fault('rego_unsafe_var_error', `var ${written} is unsafe${hint}`, expr.location));
  }
  if (faults.length > 0 || unsafe.length === 0) return faults;
  return [...new Set(unsafe.map(({ expr }) => expr))]
    .sort(compare)
    .map((expr) => fault('rego_unsafe_var_error', 'expression is unsafe', expr.location));
}

function compare(a: Expr, b: Expr): number {
  return a.location.row - b.location.row || a.location.col - b.location.col;
}

function isBefore(a: Expr, b: Expr): boolean {
  return compare(a, b) < 0;
}
