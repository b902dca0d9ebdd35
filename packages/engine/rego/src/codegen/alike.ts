import { isUserFunction, operatorName } from '../compile/operator.ts';
import type { CallTerm, Expr, Rule, VarTerm } from '../syntax/ast.ts';

/** A clause of which the first expressions were written: its variables that are bound by now. */
export interface BegunClause {
  readonly rule: Rule;
  readonly vars: ReadonlyMap<string, string>;
}

/**
 * What the variables of `other` are called in `first` when the next expressions of both are the same one but for the names of
 * variables; undefined when they aren't.
 */
export function alike(first: BegunClause, other: BegunClause, at: number): ReadonlyMap<string, string> | undefined {
  const comparison = new Comparison(first.vars, other.vars);
  const [a, b] = [first.rule.body[at], other.rule.body[at]];
  return a !== undefined && b !== undefined && comparison.areSame(a, b) ? comparison.names : undefined;
}

/** Where a term stands says nothing about its value. */
const PLACE = 'location';

class Comparison {
  /** Names in the first expression by names in the other one, of variables that neither has bound yet. */
  readonly names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #firstVars: ReadonlyMap<string, string>;
  readonly #otherVars: ReadonlyMap<string, string>;

  constructor(firstVars: ReadonlyMap<string, string>, otherVars: ReadonlyMap<string, string>) {
    this.#firstVars = firstVars;
    this.#otherVars = otherVars;
  }

  /** `with` evaluates in a world of its own, which is not shared. */
  areSame(a: Expr, b: Expr): boolean {
    return a.with.length === 0 && b.with.length === 0 && this.#same(a, b);
  }

  #same(a: unknown, b: unknown): boolean {
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
    if (Array.isArray(a))
      return Array.isArray(b) && a.length === b.length && a.every((item, index) => this.#same(item, b[index]));
    if (isVariable(a)) return isVariable(b) && this.#sameVariable(a.name, b.name);
    if (isCall(a)) return isCall(b) && nameOf(a) === nameOf(b) && this.#same(a.args, b.args);
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => key === PLACE || (Object.hasOwn(b, key) && this.#same(memberOf(a, key), memberOf(b, key))))
    );
  }

  #sameVariable(a: string, b: string): boolean {
    const bound = this.#firstVars.get(a);
    const other = this.#otherVars.get(b);
    if (bound !== undefined || other !== undefined) return bound === other;
    // Documents have names that mean something, and nobody reads what a wildcard is bound to.
    if (isDocument(a) || isDocument(b)) return a === b;
    if (a.startsWith('$') !== b.startsWith('$')) return false;
    const known = this.names.get(b);
    if (known !== undefined) return known === a;
    if (this.#taken.has(a)) return false;
    this.#taken.add(a);
    this.names.set(b, a);
    return true;
  }
}

function isVariable(value: object): value is VarTerm {
  return 'kind' in value && value.kind === 'var';
}

function isCall(value: object): value is CallTerm {
  return 'kind' in value && value.kind === 'call';
}

/** Functions are compared by their names, which are no variables. */
function nameOf({ operator }: CallTerm): string | undefined {
  if (!isUserFunction(operator)) return operatorName(operator);
  return JSON.stringify(operator.args.map((arg) => (arg.kind === 'string' ? arg.value : undefined)));
}

function isDocument(name: string): boolean {
  return name === 'input' || name === 'data';
}

function memberOf(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
