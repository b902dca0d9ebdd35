import { type Builtin, type BuiltinContext, BuiltinFault, type OutsideWorld } from '../builtins/builtin.ts';
import type { Location } from '../syntax/location.ts';
import { mapKeyOf, type RegoSet, type Value } from '../value/value.ts';
import { RegoEvaluationError } from './error.ts';
import { printText } from './print.ts';

/** What an evaluation may use and how much of it. */
export interface EvaluationLimits {
  /** Loop rounds, rule calls and work of built-ins; default unlimited. */
  readonly steps?: number;
  /** Evaluation is cancelled once `clock()` is past `at`; both in the caller's unit. */
  readonly deadline?: { readonly clock: () => number; readonly at: number };
  /** Members added to arrays, sets and objects while evaluating; default 10 million. */
  readonly members?: number;
}

export interface EvaluationSettings {
  readonly limits?: EvaluationLimits;
  readonly signal?: AbortSignal;
  /** Errors of built-ins stop the evaluation; they make the expression undefined otherwise. */
  readonly strictBuiltinErrors?: boolean;
  /** The time that `time.now_ns` gives; without it the built-in fails. */
  readonly nowNs?: bigint;
  readonly randomBytes?: (count: number) => Uint8Array;
  readonly outside?: OutsideWorld;
  readonly print?: (text: string, location: Location) => void;
}

interface Suspended {
  readonly steps: number;
  readonly members: number;
  readonly memo: Map<string, unknown>;
  readonly outside: OutsideWorld;
  readonly left: number;
  readonly settings: EvaluationSettings;
}

/** Steps between two looks at the clock and the signal. */
const SLICE = 8192;
const DEFAULT_MEMBERS = 10_000_000;
const SHUT: OutsideWorld = {};

/** One evaluation's budget and doors to the outside; what built-ins get as their context. */
export class Evaluation implements BuiltinContext {
  /** Steps until the next look: counted down by generated code. */
  steps = 0;
  members = 0;
  memo = new Map<string, unknown>();
  outside: OutsideWorld = SHUT;
  #left = 0;
  #settings: EvaluationSettings = {};
  #isRunning = false;

  /** Gives what `end` needs to go on with the evaluation that was running, if one was: a built-in may evaluate, too. */
  begin(settings: EvaluationSettings): Suspended | undefined {
    const suspended: Suspended | undefined = this.#isRunning
      ? {
          steps: this.steps,
          members: this.members,
          memo: this.memo,
          outside: this.outside,
          left: this.#left,
          settings: this.#settings,
        }
      : undefined;
    const limits = settings.limits;
    this.#settings = settings;
    this.#left = limits?.steps ?? Number.POSITIVE_INFINITY;
    this.members = limits?.members ?? DEFAULT_MEMBERS;
    this.outside = settings.outside ?? SHUT;
    if (suspended !== undefined || this.memo.size > 0) this.memo = new Map();
    this.steps = 0;
    this.#isRunning = true;
    return suspended;
  }

  end(suspended: Suspended | undefined): void {
    this.#isRunning = suspended !== undefined;
    if (suspended === undefined) return;
    this.steps = suspended.steps;
    this.members = suspended.members;
    this.memo = suspended.memo;
    this.outside = suspended.outside;
    this.#left = suspended.left;
    this.#settings = suspended.settings;
  }

  /** Errors of built-ins stop the evaluation: what a function gives is not all that calling it does. */
  get isStrict(): boolean {
    return this.#settings.strictBuiltinErrors === true;
  }

  /** The slice of steps is used up, or the evaluation begins. */
  tick(): void {
    this.#check();
  }

  #check(): void {
    const { signal, limits } = this.#settings;
    if (signal?.aborted === true)
      throw new RegoEvaluationError('eval_cancel_error', 'caller cancelled query execution');
    if (limits?.deadline !== undefined && limits.deadline.clock() > limits.deadline.at)
      throw new RegoEvaluationError('eval_cancel_error', 'query execution took longer than its deadline');
    if (this.#left <= 0)
      throw new RegoEvaluationError('eval_budget_error', `query needs more than ${limits?.steps} steps`);
    this.steps = Math.min(SLICE, this.#left);
    this.#left -= this.steps;
  }

  spend(cost: number): void {
    this.steps -= cost;
    if (this.steps >= 0) return;
    this.#left += this.steps;
    this.#check();
  }

  outOfMembers(): never {
    const limit = this.#settings.limits?.members ?? DEFAULT_MEMBERS;
    throw new RegoEvaluationError('eval_budget_error', `query builds more than ${limit} members`);
  }

  nowNs(): bigint {
    const { nowNs } = this.#settings;
    if (nowNs === undefined) throw new BuiltinFault('eval_builtin_error', 'time.now_ns: no time was given');
    return nowNs;
  }

  randomBytes(count: number): Uint8Array {
    const { randomBytes } = this.#settings;
    if (randomBytes === undefined)
      throw new BuiltinFault('eval_builtin_error', 'rand: no source of randomness was given');
    return randomBytes(count);
  }

  /** A call of a built-in that may give something else the next time: once per evaluation and arguments. */
  callOnce(builtin: Builtin, args: readonly Value[]): Value | undefined {
    const key = `call ${builtin.name} ${mapKeyOf(args)}`;
    if (this.memo.has(key)) return this.memo.get(key) as Value | undefined;
    const value = builtin.evaluate?.(this, ...args);
    this.memo.set(key, value);
    return value;
  }

  /** Of what a built-in threw only its own faults make the call undefined. */
  fault(thrown: unknown, location: Location): void {
    if (!(thrown instanceof BuiltinFault)) throw thrown;
    if (this.isStrict) throw new RegoEvaluationError(thrown.code, thrown.message, location);
  }

  /** Operands of `print` as sets of all their values; one line per combination. */
  print(operands: readonly RegoSet[], location: Location): void {
    const { print } = this.#settings;
    if (print === undefined) return;
    for (const text of printText(operands)) print(text, location);
  }
}
