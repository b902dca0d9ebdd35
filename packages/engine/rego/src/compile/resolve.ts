import type { Body, Expr, Import, Module, RefTerm, Rule, Term, VarTerm } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { mapAll, mapChain, mapChildren, mapExpr, mapTerms, type TermMapper, walkTerm } from './traverse.ts';

/** What a name of a module stands for: a path below `data` or `input`, or one of them itself. */
export interface Global {
  readonly root: string;
  readonly path: readonly string[];
  readonly imported: boolean;
}
export type Globals = ReadonlyMap<string, Global>;

/** Name that an import gives to its path; undefined for `rego.v1` and `future.keywords`, which name nothing. */
export function importName(item: Import): string | undefined {
  const target = importTarget(item);
  if (target === undefined) return undefined;
  return item.alias ?? target.path.at(-1) ?? target.root;
}

function importTarget({ path }: Import): Global | undefined {
  if (path.kind === 'var') return isRoot(path.name) ? { root: path.name, path: [], imported: true } : undefined;
  if (path.head.kind !== 'var' || !isRoot(path.head.name)) return undefined;
  const names: string[] = [];
  for (const arg of path.args) if (arg.kind === 'string') names.push(arg.value);
  return { root: path.head.name, path: names, imported: true };
}

function isRoot(name: string): boolean {
  return name === 'data' || name === 'input';
}

/** Names of a package's rules, and of a module's imports, which win. */
export function globalsOf(packagePath: readonly string[], ruleNames: Iterable<string>, imports: readonly Import[]) {
  const globals = new Map<string, Global>();
  for (const name of ruleNames) globals.set(name, { root: 'data', path: [...packagePath, name], imported: false });
  for (const item of imports) {
    const target = importTarget(item);
    const name = importName(item);
    if (target !== undefined && name !== undefined) globals.set(name, target);
  }
  return globals;
}

/** First name of a rule's head ref: the name that the package knows. */
export function exportedName(rule: Rule): string | undefined {
  const { ref } = rule.head;
  if (ref.kind === 'var') return ref.name;
  return ref.head.kind === 'var' ? ref.head.name : undefined;
}

/** Names that hide imports and rules, innermost first. */
interface Hidden {
  readonly names: ReadonlySet<string>;
  readonly outer: Hidden | undefined;
}

/** Replaces names of imports and rules by absolute refs, except where a declared variable hides them. */
export class Resolver {
  readonly used = new Set<string>();
  readonly #globals: Globals;

  constructor(globals: Globals) {
    this.#globals = globals;
  }

  module(module: Module): readonly Rule[] {
    return module.rules.map((rule) => mapChain(rule, (link) => this.#rule(link)));
  }

  body(body: Body): Body {
    return this.#body(body, undefined);
  }

  #rule(rule: Rule): Rule {
    const { head } = rule;
    const names = new Set<string>();
    for (const arg of head.args ?? []) collectPatternVars(arg, names);
    const hidden: Hidden = { names: declaredNames(rule.body, names), outer: undefined };
    const mapper = this.#mapper(hidden);
    return {
      ...rule,
      head: {
        ...head,
        ref: head.ref.kind === 'ref' ? { ...head.ref, args: mapTerms(head.ref.args, mapper) } : head.ref,
        ...(head.args === undefined ? {} : { args: mapTerms(head.args, mapper) }),
        ...(head.key === undefined ? {} : { key: mapper.term(head.key) }),
        ...(head.value === undefined ? {} : { value: mapper.term(head.value) }),
      },
      body: this.#body(rule.body, hidden),
    };
  }

  #body(body: Body, outer: Hidden | undefined): Body {
    const declared = declaredNames(body, new Set());
    const hidden = declared.size === 0 ? outer : { names: declared, outer };
    return mapAll(body, (expr) => this.#expr(expr, hidden));
  }

  #expr(expr: Expr, hidden: Hidden | undefined): Expr {
    const mapper = this.#mapper(hidden);
    const { what } = expr;
    let mapped = expr;
    if (what.kind === 'every') {
      const names = new Set([what.value.name]);
      if (what.key !== undefined) names.add(what.key.name);
      const inner = this.#body(what.body, { names, outer: hidden });
      const domain = mapper.term(what.domain);
      if (inner !== what.body || domain !== what.domain) mapped = { ...expr, what: { ...what, domain, body: inner } };
      mapped = this.#withValues(mapped, mapper);
    } else mapped = mapExpr(expr, mapper);
    const withs = mapAll(mapped.with, (item) => {
      const target = mapper.term(item.target);
      return target === item.target || (target.kind !== 'var' && target.kind !== 'ref') ? item : { ...item, target };
    });
    return withs === mapped.with ? mapped : { ...mapped, with: withs };
  }

  #withValues(expr: Expr, mapper: TermMapper): Expr {
    const withs = mapAll(expr.with, (item) => {
      const value = mapper.term(item.value);
      return value === item.value ? item : { ...item, value };
    });
    return withs === expr.with ? expr : { ...expr, with: withs };
  }

  #mapper(hidden: Hidden | undefined): TermMapper {
    const mapper: TermMapper = {
      term: (term) => {
        switch (term.kind) {
          case 'var':
            return this.#lookup(term.name, hidden, term.location) ?? term;
          case 'ref': {
            const head =
              term.head.kind === 'var' ? this.#lookup(term.head.name, hidden, term.head.location) : undefined;
            if (head === undefined) return mapChildren(term, mapper);
            const args = mapTerms(term.args, mapper);
            if (head.kind === 'var') return { ...term, head, args };
            return { ...term, head: head.head, args: [...head.args, ...args] };
          }
          case 'call': {
            const operator = mapper.term(term.operator);
            const args = mapTerms(term.args, mapper);
            if (operator === term.operator && args === term.args) return term;
            if (operator.kind !== 'var' && operator.kind !== 'ref') return term;
            return { ...term, operator, args };
          }
          case 'arrayComprehension':
          case 'setComprehension':
          case 'objectComprehension': {
            const names = declaredNames(term.body, new Set());
            const inner = names.size === 0 ? hidden : { names, outer: hidden };
            return mapChildren(term, this.#mapper(inner));
          }
          default:
            return mapChildren(term, mapper);
        }
      },
      body: (body) => this.#body(body, hidden),
    };
    return mapper;
  }

  #lookup(name: string, hidden: Hidden | undefined, location: Location): VarTerm | RefTerm | undefined {
    const global = this.#globals.get(name);
    if (global === undefined) return undefined;
    for (let scope = hidden; scope !== undefined; scope = scope.outer) if (scope.names.has(name)) return undefined;
    this.used.add(name);
    const head: VarTerm = { kind: 'var', name: global.root, location };
    if (global.path.length === 0) return head;
    const args = global.path.map((value) => ({ kind: 'string', value, location }) as const);
    return { kind: 'ref', head, args, location };
  }
}

/** Adds the names that a body declares at its own level: `:=` and `some`. */
function declaredNames(body: Body, names: Set<string>): Set<string> {
  for (const { what } of body) {
    if (what.kind === 'some') {
      for (const symbol of what.symbols) {
        if (symbol.kind === 'call') for (const arg of symbol.args.slice(0, -1)) collectPatternVars(arg, names);
        else collectPatternVars(symbol, names);
      }
    } else if (what.kind === 'term' && isAssignment(what.term)) {
      const [target] = what.term.args;
      if (target !== undefined) collectPatternVars(target, names);
    }
  }
  return names;
}

export function isAssignment(term: Term): term is Extract<Term, { kind: 'call' }> {
  return (
    term.kind === 'call' && term.operator.kind === 'var' && term.operator.name === 'assign' && term.args.length === 2
  );
}

/** Variables of a pattern: items of arrays, values of objects. */
function collectPatternVars(pattern: Term, names: Set<string>): void {
  walkTerm(pattern, (term) => {
    if (term.kind === 'var') names.add(term.name);
    else if (term.kind === 'object') {
      for (const [, value] of term.entries) collectPatternVars(value, names);
      return false;
    }
    return term.kind === 'array' || term.kind === 'set';
  });
}
