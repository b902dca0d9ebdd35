import { CelFault, type CelProgram, type CelValue, ComputedMap } from '@sekisho/cel';
import type { PolicyCode } from './code.ts';

/** What Kubernetes grants. */
export const COST_LIMITS: CostLimits = { expression: 1_000_000, policy: 10_000_000, matchConditions: 2_500_000 };

/** In units of CEL's cost. */
export interface CostLimits {
  /** Of one expression. */
  readonly expression: number;
  /** Of all expressions of a policy about one request. */
  readonly policy: number;
  readonly matchConditions: number;
}

/** The value of an expression, or why there is none. */
export type Outcome =
  | { readonly value: CelValue; readonly fault?: undefined }
  /** `isOver`: the policy's budget is used up, nothing else may be evaluated. */
  | { readonly value?: undefined; readonly fault: string; readonly isOver: boolean };

const OVER_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** Expressions of one policy over one request: variables are computed once, costs are counted together. */
export class PolicyRun {
  readonly #bindings: Readonly<Record<string, CelValue>>;
  readonly #code: PolicyCode;
  readonly #limits: CostLimits;
  #left: number;
  /** Of variables that have no value. */
  #faults: Map<string, CelFault> | undefined;

  /** @param bindings of this run alone; may have getters that throw {@link CelFault} */
  constructor(code: PolicyCode, bindings: Record<string, CelValue>, limits: CostLimits) {
    this.#limits = limits;
    this.#left = limits.policy;
    this.#code = code;
    bindings['variables'] = new ComputedMap(code.variableNames, (name) => this.#variable(name));
    this.#bindings = bindings;
  }

  /** What is left of the policy's budget. */
  get left(): number {
    return this.#left;
  }

  evaluate({ program }: { readonly program: CelProgram }): Outcome {
    if (this.#left <= 0) return { fault: OVER_BUDGET, isOver: true };
    const { value, fault } = this.#spend(program);
    if (this.#left <= 0) return { fault: OVER_BUDGET, isOver: true };
    return fault === undefined ? { value } : { fault: fault.message, isOver: false };
  }

  #spend(program: CelProgram): ReturnType<CelProgram['evaluate']> {
    const costLimit = Math.min(this.#limits.expression, Math.max(this.#left, 0));
    const result = program.evaluate(this.#bindings, { costLimit });
    this.#left -= result.cost;
    return result;
  }

  #variable(name: string): CelValue | undefined {
    const expression = this.#code.variables.get(name);
    if (expression === undefined) return undefined;
    const known = this.#faults?.get(name);
    if (known !== undefined) throw known;
    const { value, fault } = this.#spend(expression.program);
    if (fault === undefined) return value;
    const failure = new CelFault(`composited variable "${name}" fails to evaluate: ${fault.message}`);
    this.#faults ??= new Map();
    this.#faults.set(name, failure);
    throw failure;
  }

  /** Match conditions have a budget of their own. */
  meets({ matchConditions }: PolicyCode): MatchOutcome {
    let left = this.#limits.matchConditions;
    const faults: string[] = [];
    for (const { name, program } of matchConditions) {
      const before = this.#left;
      const { value, fault, cost } = program.evaluate(this.#bindings, {
        costLimit: Math.max(0, Math.min(left, this.#limits.expression)),
      });
      // What variables cost was taken from the policy's budget.
      left -= cost + (before - this.#left);
      if (left <= 0) return { fault: OVER_BUDGET };
      if (fault !== undefined) faults.push(`match condition "${name}": ${fault.message}`);
      else if (value === false) return 'unmet';
      else if (value !== true) faults.push(`match condition "${name}" gives no bool`);
    }
    return faults.length === 0 ? 'met' : { fault: faults.join('; ') };
  }
}

export type MatchOutcome = 'met' | 'unmet' | { readonly fault: string };
