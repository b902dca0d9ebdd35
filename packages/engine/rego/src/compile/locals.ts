import type { RegoFault } from '../fault.ts';
import type { Body, Expr, Head, Rule, Term, VarTerm } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import type { Location } from '../syntax/location.ts';
import { isAssignment } from './resolve.ts';
import { equation, fault, isWildcard, type LocalNames, type WorkingRule } from './state.ts';
import { mapAll, mapChildren, mapExpr, mapTerms, type TermMapper, walkTerm } from './traverse.ts';

type Occurrence = 'argument' | 'seen' | 'assigned' | 'declared';

interface Declaration {
  readonly written: string;
  readonly name: string;
  readonly how: 'assigned' | 'declared';
  readonly location: Location;
}

/** Variables of a body, or of a rule's arguments. */
class Scope {
  readonly outer: Scope | undefined;
  readonly names = new Map<string, string>();
  readonly occurrences = new Map<string, Occurrence>();
  readonly declarations: Declaration[] = [];

  constructor(outer: Scope | undefined) {
    this.outer = outer;
  }

  lookup(name: string): string | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.outer) {
      const found = scope.names.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

export interface LocalsOptions {
  readonly names: LocalNames;
  /** Also assigned variables and arguments must be used. */
  readonly strict: boolean;
}

/**
 * Gives declared variables (`:=`, `some`, arguments, `every`) names of their own, and turns declarations into equations:
 * `:=` into `eq`, `some x in xs` into `eq(x, xs[$n])`. Faults are those of one rule or query.
 */
export class LocalsRewriter {
  readonly faults: RegoFault[] = [];
  /** Faults that only say that a variable isn't used. */
  readonly unused: RegoFault[] = [];
  /** Written names of arguments that something but the arguments uses. */
  readonly usedArguments = new Set<string>();
  /** Written names by new names. */
  readonly originalNames: Map<string, string>;
  readonly #names: LocalNames;
  readonly #strict: boolean;
  readonly #used = new Set<string>();
  /** New names of arguments. */
  readonly #arguments = new Set<string>();
  #scope = new Scope(undefined);

  constructor(options: LocalsOptions, originalNames = new Map<string, string>()) {
    this.#names = options.names;
    this.#strict = options.strict;
    this.originalNames = originalNames;
  }

  /** A rule without its `else` branches. */
  rule(rule: Rule): Rule {
    const { head } = rule;
    const args = head.args === undefined ? undefined : this.#declareArguments(head.args);
    const body = this.#statements(rule.body);
    const mapped: Head = {
      ...head,
      ref: head.ref.kind === 'ref' ? { ...head.ref, args: this.#terms(head.ref.args) } : head.ref,
      ...(args === undefined ? {} : { args }),
      ...(head.key === undefined ? {} : { key: this.#term(head.key) }),
      ...(head.value === undefined ? {} : { value: this.#term(head.value) }),
    };
    this.#checkUnused(this.#scope);
    return { ...rule, head: mapped, body };
  }

  /** The body of a query; its declared variables are the rewriter's original names. */
  query(body: Body): Body {
    const result = this.#statements(body);
    this.#checkUnused(this.#scope, true);
    return result;
  }

  /** New name of a variable that the outermost scope declares. */
  nameOf(written: string): string | undefined {
    return this.#scope.names.get(written);
  }

  #declareArguments(args: readonly Term[]): readonly Term[] {
    const mapper: TermMapper = {
      term: (term) => {
        if (term.kind === 'var') {
          let name = this.#scope.names.get(term.name);
          if (name === undefined) {
            name = this.#declareName(term.name);
            this.#arguments.add(name);
            this.#scope.occurrences.set(term.name, 'argument');
          }
          return { ...term, name };
        }
        if (term.kind === 'object') {
          return {
            ...term,
            entries: mapAll(term.entries, ([key, value]) => [key, mapper.term(value)] as const),
          };
        }
        if (term.kind === 'array') return mapChildren(term, mapper);
        if (term.kind === 'call') this.#fault('rule arguments cannot contain calls', term.location);
        return term;
      },
      body: (body) => body,
    };
    const patterns = mapTerms(args, mapper);
    // What no pattern can match, refs and comprehensions, is evaluated: names of other arguments may stand in it.
    const rest: TermMapper = {
      term: (term) => {
        if (term.kind === 'var' || isConstant(term)) return term;
        if (term.kind === 'array') return mapChildren(term, rest);
        if (term.kind === 'object') {
          return {
            ...term,
            entries: mapAll(term.entries, ([key, value]) => [this.#term(key), rest.term(value)] as const),
          };
        }
        return this.#term(term);
      },
      body: (body) => body,
    };
    return mapTerms(patterns, rest);
  }

  #statements(body: Body): Body {
    const result: Expr[] = [];
    for (const expr of body) {
      const mapped = this.#statement(expr);
      if (mapped !== undefined) result.push(mapped);
    }
    const first = body[0];
    if (result.length > 0 || first === undefined) return result;
    const term = { kind: 'boolean', value: true, location: first.location } as const;
    return [{ location: first.location, negated: false, what: { kind: 'term', term }, with: [], generated: true }];
  }

  #statement(expr: Expr): Expr | undefined {
    const { what } = expr;
    if (what.kind === 'some') return this.#some(expr, what.symbols);
    if (what.kind === 'every') return this.#every(expr, what);
    if (isAssignment(what.term)) return this.#assignment(expr, what.term);
    // A call that is the expression may have a hidden name: it is then an undefined function.
    const top: TermMapper = {
      ...this.#mapper,
      term: (term) => (term === what.term && term.kind === 'call' ? mapChildren(term, this.#mapper) : this.#term(term)),
    };
    return mapExpr(expr, top);
  }

  #assignment(expr: Expr, call: Extract<Term, { kind: 'call' }>): Expr {
    const [target, value] = call.args;
    if (target === undefined || value === undefined) return expr;
    if (expr.negated) {
      this.#fault('cannot assign vars inside negated expression', expr.location);
      return expr;
    }
    const right = this.#term(value);
    const withs = mapExpr({ ...expr, what: { kind: 'some', symbols: [] } }, this.#mapper).with;
    const left = this.#target(target, expr.location);
    const operator: VarTerm = { kind: 'var', name: 'eq', location: call.operator.location };
    return { ...expr, what: { kind: 'term', term: { ...call, operator, args: [left, right] } }, with: withs };
  }

  /** Left side of `:=`. */
  #target(target: Term, statement: Location): Term {
    if (target.kind === 'var') return this.#declare(target, 'assigned', target.location, statement);
    if (target.kind === 'array') {
      return { ...target, items: mapAll(target.items, (item) => this.#target(item, statement)) };
    }
    if (target.kind === 'object') {
      return {
        ...target,
        entries: mapAll(target.entries, ([key, value]) => [key, this.#target(value, statement)] as const),
      };
    }
    this.#fault(`cannot assign to ${target.kind.toLowerCase()}`, target.location);
    return target;
  }

  #some(expr: Expr, symbols: readonly Term[]): Expr | undefined {
    const [call] = symbols;
    if (call?.kind !== 'call') {
      for (const symbol of symbols) if (symbol.kind === 'var') this.#declare(symbol, 'declared', expr.location);
      return undefined;
    }
    const container = call.args.at(-1);
    const [first, second] = call.args;
    if (container === undefined || first === undefined || second === undefined) return expr;
    const domain = this.#term(container);
    const withs = mapExpr({ ...expr, what: { kind: 'some', symbols: [] } }, this.#mapper).with;
    const key = call.args.length === 3 ? this.#pattern(first, expr.location) : this.#names.variable(first.location);
    const value = this.#pattern(call.args.length === 3 ? second : first, expr.location);
    const ref: Term =
      domain.kind === 'ref'
        ? { ...domain, args: [...domain.args, key] }
        : { kind: 'ref', head: domain, args: [key], location: container.location };
    return { ...expr, what: { kind: 'term', term: equation(value, ref, call.location) }, with: withs };
  }

  /** Key or value of `some … in`: its variables are declared. */
  #pattern(pattern: Term, location: Location): Term {
    const mapper: TermMapper = {
      term: (term) => {
        if (term.kind === 'var') {
          const declared = this.#declare(term, 'declared', location);
          this.#used.add(declared.name);
          return declared;
        }
        if (term.kind === 'object') {
          return {
            ...term,
            entries: mapAll(term.entries, ([key, value]) => [this.#term(key), mapper.term(value)] as const),
          };
        }
        return term.kind === 'array' || term.kind === 'set' ? mapChildren(term, mapper) : this.#term(term);
      },
      body: (body) => body,
    };
    return mapper.term(pattern);
  }

  #every(expr: Expr, what: Extract<Expr['what'], { kind: 'every' }>): Expr {
    const domain = this.#term(what.domain);
    const withs = mapExpr({ ...expr, what: { kind: 'some', symbols: [] } }, this.#mapper).with;
    const outer = this.#scope;
    this.#scope = new Scope(outer);
    const location = what.body[0]?.location ?? expr.location;
    const key = what.key === undefined ? undefined : this.#declare(what.key, 'declared', location);
    const value = this.#declare(what.value, 'declared', location);
    const body = this.#statements(what.body);
    this.#checkUnused(this.#scope);
    this.#scope = outer;
    return { ...expr, what: { kind: 'every', key, value, domain, body }, with: withs };
  }

  #term(term: Term): Term {
    return this.#mapper.term(term);
  }

  #terms(terms: readonly Term[]): readonly Term[] {
    return mapTerms(terms, this.#mapper);
  }

  readonly #mapper: TermMapper = {
    term: (term) => {
      switch (term.kind) {
        case 'var':
          return this.#use(term);
        case 'call':
          this.#checkOperator(term);
          return mapChildren(term, this.#mapper);
        case 'arrayComprehension':
        case 'setComprehension':
        case 'objectComprehension': {
          const outer = this.#scope;
          this.#scope = new Scope(outer);
          const mapped = mapChildren(term, this.#mapper);
          this.#checkUnused(this.#scope);
          this.#scope = outer;
          return mapped;
        }
        default:
          return mapChildren(term, this.#mapper);
      }
    },
    head: (term) => this.#use(term),
    body: (body) => this.#statements(body),
  };

  #use(term: VarTerm): VarTerm {
    const name = this.#scope.lookup(term.name);
    if (name !== undefined) {
      this.#used.add(name);
      if (this.#arguments.has(name)) this.usedArguments.add(term.name);
      return { ...term, name };
    }
    if (!this.#scope.occurrences.has(term.name)) this.#scope.occurrences.set(term.name, 'seen');
    return term;
  }

  #checkOperator(call: Extract<Term, { kind: 'call' }>): void {
    const { operator } = call;
    const head = operator.kind === 'var' ? operator : operator.head;
    if (head.kind === 'var' && this.#scope.lookup(head.name) !== undefined) {
      this.#fault(`called function ${formatTerm(operator)} shadowed`, call.location);
    }
  }

  /**
   * @param location   where it is told that the name is taken
   * @param statement  where it is told that it isn't used
   */
  #declare(term: VarTerm, how: 'assigned' | 'declared', location: Location, statement = location): VarTerm {
    const before = this.#scope.occurrences.get(term.name);
    if (before !== undefined && !isWildcard(term.name)) {
      this.#fault(clash(term.name, before), location);
      return term;
    }
    const name = this.#declareName(term.name);
    this.#scope.occurrences.set(term.name, how);
    this.#scope.declarations.push({ written: term.name, name, how, location: statement });
    return { ...term, name };
  }

  #declareName(written: string): string {
    const name = this.#names.next();
    this.#scope.names.set(written, name);
    if (!isWildcard(written)) this.originalNames.set(name, written);
    return name;
  }

  #checkUnused(scope: Scope, query = false): void {
    if (this.faults.length > 0 || this.unused.length > 0) return;
    for (const how of ['assigned', 'declared'] as const) {
      if (how === 'assigned' && (!this.#strict || query)) continue;
      const unused = scope.declarations.filter(
        (item) => item.how === how && !isWildcard(item.written) && !this.#used.has(item.name),
      );
      for (const { written, location } of unused) {
        this.unused.push(fault('rego_compile_error', `${how} var ${written} unused`, location));
      }
      if (unused.length > 0) return;
    }
  }

  #fault(message: string, location: Location): void {
    this.faults.push(fault('rego_compile_error', message, location));
  }
}

function clash(name: string, before: Occurrence): string {
  if (before === 'argument') return `arg ${name} redeclared`;
  if (before === 'seen') return `var ${name} referenced above`;
  return `var ${name} ${before} above`;
}

function isConstant(term: Term): boolean {
  return term.kind === 'null' || term.kind === 'boolean' || term.kind === 'number' || term.kind === 'string';
}

/** Arguments that neither a rule nor its `else` branches use. */
export function unusedArguments({ rule, originalNames }: WorkingRule, used: ReadonlySet<string>): readonly RegoFault[] {
  if (rule.isDefault) return [];
  const names = new Set<string>();
  for (const arg of rule.head.args ?? []) {
    walkTerm(arg, (term) => {
      const written = term.kind === 'var' ? originalNames.get(term.name) : undefined;
      if (written !== undefined && !used.has(written)) names.add(written);
    });
  }
  return [...names].map((name) => {
    const message = `unused argument ${name}. (hint: use _ (wildcard variable) instead)`;
    return fault('rego_compile_error', message, rule.location);
  });
}
