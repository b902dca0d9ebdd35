import type { Builtin, BuiltinContext } from '../builtins/builtin.ts';
import type { Compiled, CompiledQuery, RuleGroup } from '../compile/compiled.ts';
import { equation } from '../compile/state.ts';
import type { Body, Expr, Module, Term } from '../syntax/ast.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { createDependency } from './depends.ts';
import { PartialEvaluator } from './evaluator.ts';
import { createFrame } from './frame.ts';
import { isKnown, termOf, variable } from './reduced.ts';
import { simplify } from './simplify.ts';
import { Support } from './support.ts';

export interface PartialOptions {
  /** What is not known yet: `['input']`, `['data', 'bindings']`. Default `input`. */
  readonly unknowns?: readonly (readonly string[])[];
  /** Rules that stay references: `['data', 'authz', 'helper']`. */
  readonly disableInlining?: readonly (readonly string[])[];
  /** Package of the rules that are made: default `partial`. */
  readonly namespace?: string;
  readonly input?: Value;
}

export interface PartialResult {
  /** Any of them holds when the query would have. No query: it never holds; one without expressions: it always does. */
  readonly queries: readonly Body[];
  /** Rules that the queries refer to, beside those of the policy. */
  readonly support: readonly Module[];
}

export interface PartialProgram {
  readonly compiled: Compiled;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly data: PlainObject;
  readonly context: BuiltinContext;
  valueOf(group: RuleGroup): Value | undefined;
}

/**
 * Evaluates what can be evaluated while something is unknown. Sound, not minimal: with the unknowns given, the queries and
 * the support rules (beside the policy) give what the query itself would. Rules with `else` and expressions with `with` are
 * left as they are. Values of complete rules that would conflict are not told.
 */
export function evaluatePartially(
  program: PartialProgram,
  query: CompiledQuery,
  options: PartialOptions = {},
): PartialResult {
  const unknowns = options.unknowns ?? [['input']];
  const support = new Support(options.namespace ?? 'partial');
  const evaluator = new PartialEvaluator(
    {
      compiled: program.compiled,
      builtins: program.builtins,
      data: program.data,
      input: options.input,
      unknowns,
      opaque: options.disableInlining ?? [],
      dependsOnUnknown: createDependency(program.compiled, unknowns),
      valueOf: (group) => program.valueOf(group),
      context: program.context,
    },
    support,
  );
  const frame = createFrame(0);
  const queries: Body[] = [];
  evaluator.rule(query.body, [], frame, (_, remaining) => {
    const results = [...query.localOf].flatMap(([name, local]) => resultOf(name, local));
    const asked = new Set(query.vars);
    queries.push(simplify([...remaining, ...results], asked));
  });
  return { queries, support: support.modules() };

  /** `x = value` for a variable that the query reports, unless what remains binds it. */
  function resultOf(name: string, local: string): Expr[] {
    const reduced = frame.bindings.get(local);
    const location = query.body[0]?.location;
    if (reduced === undefined || location === undefined) return [];
    if (!isKnown(reduced) && reduced.term.kind === 'var' && reduced.term.name === name) return [];
    const term: Term = equation(variable(name, location), termOf(reduced, location), location);
    return [{ negated: false, what: { kind: 'term', term }, with: [], location }];
  }
}
