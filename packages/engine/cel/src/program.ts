import { createLineIndex } from '@sekisho/base';
import { Compiler, type MessageTypes } from './compile/compile.ts';
import type { Run } from './compile/emitter.ts';
import { containerPrefixes, Scope } from './compile/scope.ts';
import type { CelDiagnostic } from './diagnostic.ts';
import type { Overload } from './library/function.ts';
import { functionTable } from './library/library.ts';
import { Evaluation } from './runtime/evaluation.ts';
import { CelFault, CostExceeded } from './runtime/fault.ts';
import { parseCel } from './syntax/parser.ts';
import type { CelValue } from './value/value.ts';

export interface CelOptions {
  /** Names that expressions may use; with dots, too. */
  readonly variables: Iterable<string>;
  /** Of variables whose fields are known: any other field of them is a diagnostic. */
  readonly fields?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Types of messages, made as `a.Type{field: value}`: their fields, `any` for one that takes all. Default: there are none. */
  readonly messages?: MessageTypes;
  /** Beside those of the library: made by `globalFunction` and `method`. */
  readonly functions?: readonly Overload[];
  /** `a.b`: names are looked up as `a.b.name`, then `a.name`, then `name`. */
  readonly container?: string;
  /** Unknown names are found when it comes to them, as faults of the evaluation. Default false. */
  readonly unchecked?: boolean;
}

export interface CelCompilation {
  /** Undefined when there are diagnostics. */
  readonly program?: CelProgram;
  readonly diagnostics: readonly CelDiagnostic[];
}

export type CelFaultCode =
  /** The expression gives an error for these values. */
  | 'CEL_EVALUATION'
  /** The cost limit, or the stack, is used up. */
  | 'CEL_COST';

export type CelResult =
  | { readonly value: CelValue; readonly fault?: undefined; readonly cost: number }
  | {
      readonly value?: undefined;
      readonly fault: { readonly code: CelFaultCode; readonly message: string };
      readonly cost: number;
    };

export interface CelProgram {
  /** Never throws for what the expression does; a variable without a binding is a fault. */
  evaluate(bindings: Readonly<Record<string, CelValue>>, options?: { readonly costLimit?: number }): CelResult;
}

/** What Kubernetes grants one expression. */
export const DEFAULT_COST_LIMIT = 1_000_000;

/** Reads, checks and compiles an expression. */
export function compileCel(text: string, options: CelOptions): CelCompilation {
  const { expression, diagnostics } = parseCel(text);
  if (expression === undefined) return { diagnostics };
  const found: CelDiagnostic[] = [];
  const position = createLineIndex(text);
  const compiler = new Compiler(
    functionTable(options.functions),
    (code, message, at) => {
      found.push({ code, message, ...position(at) });
    },
    options,
  );
  const scope = new Scope(new Set(options.variables), containerPrefixes(options.container ?? ''));
  const build = compiler.compile(expression, scope);
  if (found.length > 0 && options.unchecked !== true) return { diagnostics: found };
  return { program: createProgram(build), diagnostics: [] };
}

const OVER_LIMIT = { code: 'CEL_COST', message: new CostExceeded().message } as const;
const TOO_LARGE = { code: 'CEL_COST', message: 'the values are too deep or too large' } as const;

/** Most expressions of a large set are never evaluated: V8 sees the source of those that are. */
function createProgram(compiled: () => Run): CelProgram {
  let run: Run = (evaluation, bindings) => {
    run = compiled();
    return run(evaluation, bindings);
  };
  return {
    evaluate(bindings, { costLimit = DEFAULT_COST_LIMIT } = {}) {
      const evaluation = new Evaluation(costLimit);
      try {
        const value = run(evaluation, bindings);
        const { cost } = evaluation;
        return cost > costLimit ? { fault: OVER_LIMIT, cost } : { value, cost };
      } catch (error) {
        const { cost } = evaluation;
        if (cost > costLimit || error instanceof CostExceeded) return { fault: OVER_LIMIT, cost };
        if (error instanceof RangeError) return { fault: TOO_LARGE, cost };
        if (error instanceof CelFault) return { fault: { code: 'CEL_EVALUATION', message: error.message }, cost };
        throw error;
      }
    },
  };
}
