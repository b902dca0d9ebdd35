import type { RegoFault, RegoFaultCode } from '../fault.ts';
import type { Expr, Module, Rule, Term, VarTerm } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import type { InferredTypes } from '../types/infer.ts';
import type { AnnotatedPath, CompiledRule, CompileOptions, RuleGroup, RuleNode, WithTargets } from './compiled.ts';

/** Makes names of generated locals, unique in one run of the compiler. */
export class LocalNames {
  #next = 0;
  readonly #prefix: string;

  /** @param prefix  `__local`, or `__localq` for queries */
  constructor(prefix = '__local') {
    this.#prefix = prefix;
  }

  next(): string {
    return `${this.#prefix}${this.#next++}__`;
  }

  variable(location: Location): VarTerm {
    return { kind: 'var', name: this.next(), location };
  }
}

/** Made by the compiler: neither written by the user nor standing for a written variable. */
export function isGenerated(name: string): boolean {
  return name.startsWith('__local');
}

export function isWildcard(name: string): boolean {
  return name.startsWith('$');
}

/** A rule on its way through the stages, which replace `rule`. */
export interface WorkingRule extends CompiledRule {
  rule: Rule;
  headSuffix: readonly Term[];
  readonly originalNames: Map<string, string>;
}

export interface WorkingModule {
  /** As it was written. */
  readonly module: Module;
  rules: WorkingRule[];
  /** Names of imports that some term used. */
  usedImports: ReadonlySet<string>;
}

export interface WorkingNode extends RuleNode {
  readonly children: Map<string, WorkingNode>;
  group?: WorkingGroup;
}

export interface WorkingGroup extends RuleGroup {
  kind: RuleGroup['kind'];
  arity?: number;
  readonly clauses: WorkingRule[];
  default?: WorkingRule;
  /** Clauses and defaults, also those too many, in order. */
  readonly all: WorkingRule[];
}

/** What the stages work on. */
export interface CompileState {
  readonly options: CompileOptions;
  readonly modules: WorkingModule[];
  readonly names: LocalNames;
  tree: WorkingNode;
  annotations: readonly AnnotatedPath[];
  withTargets: WithTargets;
  /** Groups in the order in which they depend on each other: set once nothing is recursive. */
  order: readonly WorkingGroup[];
  types: InferredTypes | undefined;
  /** Faults that keep no later stage from being run: unused names, shadowed names, wrong types. */
  readonly tolerated: RegoFault[];
}

export function fault(code: RegoFaultCode, message: string, location: Location | undefined): RegoFault {
  return { code, message, location };
}

export function stringTerm(value: string, location: Location): Term {
  return { kind: 'string', value, location };
}

export function termExpr(term: Term, like?: Pick<Expr, 'with'>): Expr {
  return {
    location: term.location,
    negated: false,
    what: { kind: 'term', term },
    with: like?.with ?? [],
    generated: true,
  };
}

/** `left = right`, as written between operands unless told otherwise. */
export function equation(left: Term, right: Term, location: Location, infix = true): Term {
  const operator: VarTerm = { kind: 'var', name: 'eq', location };
  return { kind: 'call', operator, args: [left, right], ...(infix ? { infix } : {}), location };
}
