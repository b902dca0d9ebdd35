import { compileQuery } from '../compile/compile-query.ts';
import type { Compiled, CompiledQuery } from '../compile/compiled.ts';
import { equation } from '../compile/state.ts';
import type { RegoFault } from '../fault.ts';
import { RegoEvaluationError } from '../runtime/error.ts';
import { Evaluation, type EvaluationSettings } from '../runtime/evaluation.ts';
import type { Body, Expr, Module, RegoVersion, Term } from '../syntax/ast.ts';
import { parseQuery } from '../syntax/parser.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { createDependency } from './depends.ts';
import { PartialEvaluator } from './evaluator.ts';
import { createFrame, type Frame } from './frame.ts';
import { isKnown, termOf, variable } from './reduced.ts';
import { simplify } from './simplify.ts';
import { Support } from './support.ts';

export interface PartialOptions extends EvaluationSettings {
  /** What is not known yet: `['input']`, `['data', 'bindings']`. Default `input`. */
  readonly unknowns?: readonly (readonly string[])[];
  /** Rules that stay references: `['data', 'authz', 'helper']`. */
  readonly disableInlining?: readonly (readonly string[])[];
  /** Package of the rules that are made: default `partial`. */
  readonly namespace?: string;
  readonly input?: Value;
  /** Syntax of the query, default `v1`. */
  readonly version?: RegoVersion;
}

export interface PartialResult {
  /** Any of them holds when the query would have. No query: it never holds; one without expressions: it always does. */
  readonly queries: readonly Body[];
  /** Rules that the queries refer to, beside those of the policy. */
  readonly support: readonly Module[];
}

/** The part of a policy that partial evaluation needs. */
export interface PartialPolicy {
  readonly compiled: Compiled;
  readonly data: PlainObject;
  entrypoint(path: readonly string[]): { evaluate(options: EvaluationSettings): Value | undefined } | undefined;
}

/**
 * Evaluates what can be evaluated while something is unknown. Sound, not minimal: with the unknowns given, the queries and
 * the support rules (beside the policy) give what the query itself would. Rules with `else` and expressions with `with` are
 * left as they are. Values of complete rules that would conflict are not told.
 */
export function evaluatePartially(
  policy: PartialPolicy,
  text: string,
  options: PartialOptions = {},
): { result?: PartialResult; faults: readonly RegoFault[] } {
  const { body, faults } = parseQuery(text, { version: options.version ?? 'v1' });
  if (body === undefined || faults.length > 0) return { faults };
  const { query, faults: refused } = compileQuery(body, { compiled: policy.compiled });
  if (query === undefined) return { faults: refused };
  try {
    return { result: evaluateQuery(policy, query, options), faults: [] };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new RegoEvaluationError('eval_budget_error', 'partial evaluation needs a deeper stack than there is');
  }
}

function evaluateQuery(policy: PartialPolicy, query: CompiledQuery, options: PartialOptions): PartialResult {
  const { compiled, data } = policy;
  const unknowns = options.unknowns ?? [['input']];
  const support = new Support(options.namespace ?? 'partial');
  const context = new Evaluation();
  context.begin(options);
  const evaluator = new PartialEvaluator(
    {
      compiled,
      builtins: compiled.options.builtins,
      data,
      input: options.input,
      unknowns,
      opaque: options.disableInlining ?? [],
      dependsOnUnknown: createDependency(compiled, unknowns),
      valueOf: (group) => policy.entrypoint(group.path)?.evaluate(options),
      context,
    },
    support,
  );
  const frame = createFrame(0);
  const queries: Body[] = [];
  evaluator.rule(query.body, [], frame, (_, remaining) => {
    const results = [...query.localOf].flatMap(([name, local]) => resultOf(query, frame, name, local));
    queries.push(simplify([...remaining, ...results], new Set(query.vars)));
  });
  return { queries, support: support.modules() };
}

/** `x = value` for a variable that the query reports, unless what remains binds it. */
function resultOf(query: CompiledQuery, frame: Frame, name: string, local: string): Expr[] {
  const reduced = frame.bindings.get(local);
  const location = query.body[0]?.location;
  if (reduced === undefined || location === undefined) return [];
  if (!isKnown(reduced) && reduced.term.kind === 'var' && reduced.term.name === name) return [];
  const term: Term = equation(variable(name, location), termOf(reduced, location), location);
  return [{ negated: false, what: { kind: 'term', term }, with: [], location }];
}
