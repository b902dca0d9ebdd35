import type { Builtin, BuiltinContext } from '../builtins/builtin.ts';
import type { Compiled, CompiledRule, RuleGroup } from '../compile/compiled.ts';
import type { Body, Expr, Term } from '../syntax/ast.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import type { Reduced } from './reduced.ts';
import type { RuleReducer, Support } from './support.ts';

export interface Environment {
  readonly compiled: Compiled;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly data: PlainObject;
  /** Undefined: input is not given, and everything that reads it fails, unless it is unknown. */
  readonly input: Value | undefined;
  /** Paths that are not known yet, `['input']` or `['data', 'x']`. */
  readonly unknowns: readonly (readonly string[])[];
  /** Rules that stay refs: paths with `data` in front. */
  readonly opaque: readonly (readonly string[])[];
  /** Whether a group reads, by itself or through others, anything unknown. */
  dependsOnUnknown(group: RuleGroup): boolean;
  /** The document of a group that doesn't. */
  valueOf(group: RuleGroup): Value | undefined;
  readonly context: BuiltinContext;
}

export type Next = () => void;
export type Give = (reduced: Reduced) => void;

/** What the parts of the evaluator need of each other. Whoever is given something calls `next` or `give` once per way to go on. */
export interface Machine extends RuleReducer {
  readonly environment: Environment;
  readonly support: Support;
  freshName(): string;
  save(expr: Expr, next: Next): void;
  bind(frame: Frame, name: string, value: Reduced, next: Next): void;
  body(body: Body, from: number, frame: Frame, next: Next): void;
  term(term: Term, frame: Frame, give: Give): void;
  match(pattern: Term, reduced: Reduced, frame: Frame, next: Next): void;
  equal(a: Reduced, b: Reduced, at: Term, next: Next): void;
  clauseValue(clause: CompiledRule, frame: Frame, give: Give): void;
}
