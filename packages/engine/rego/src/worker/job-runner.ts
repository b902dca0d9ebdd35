import { isSekishoError, messageOf } from '@sekisho/base';
import type { RegoFault } from '../fault.ts';
import { compilePolicy, type EvaluateOptions, type Policy, type PolicyModule, type QueryResult } from '../policy.ts';
import { RegoEvaluationError } from '../runtime/error.ts';
import type { RegoVersion } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { type PackedValue, packValue, unpackValue } from './packed-value.ts';

/** Policies and evaluations as messages, for threads. What is in them survives the structured clone. */
export type Job =
  /** Compiles a policy and keeps it under a name. Answered with the faults, if there are any. */
  | {
      readonly kind: 'load';
      readonly name: string;
      readonly modules: readonly PolicyModule[];
      readonly data: PackedValue;
      readonly version: RegoVersion;
      readonly strict: boolean;
    }
  | { readonly kind: 'forget'; readonly name: string }
  | {
      readonly kind: 'evaluate';
      /** Of a policy that was loaded. */
      readonly name: string;
      readonly ask: EvaluationRequest;
      readonly input: PackedValue | undefined;
      readonly nowNs: bigint | undefined;
      readonly steps: number | undefined;
      readonly members: number | undefined;
      readonly strictBuiltinErrors: boolean;
    };

/** What is asked of a policy: the value of a rule or package (`['authz', 'allow']`), or the solutions of a query. */
export type EvaluationRequest = { readonly entrypoint: readonly string[] } | { readonly query: string };

export type JobAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'faults'; readonly faults: readonly RegoFault[] }
  /** Undefined: so is the rule. */
  | { readonly kind: 'value'; readonly value: PackedValue | undefined }
  | { readonly kind: 'results'; readonly results: PackedValue }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly message: string;
      readonly location: Location | undefined;
    };

/** What the thread gives evaluations beside a job. */
export interface JobSurroundings {
  readonly randomBytes: (count: number) => Uint8Array;
  /** Looked at while evaluating: whether the answer is still wanted. */
  readonly isCancelled: () => boolean;
}

/** Does jobs one after the other. Never throws. */
export class JobRunner {
  readonly #policies = new Map<string, Policy>();
  readonly #surroundings: Pick<EvaluateOptions, 'randomBytes' | 'signal'>;

  constructor({ randomBytes, isCancelled }: JobSurroundings) {
    const signal = {
      get aborted() {
        return isCancelled();
      },
    };
    // Evaluations only look whether it is aborted: events do not come to a thread that computes.
    this.#surroundings = { randomBytes, signal: signal as AbortSignal };
  }

  run(job: Job): JobAnswer {
    try {
      if (job.kind === 'load') return this.#load(job);
      if (job.kind === 'evaluate') return this.#evaluate(job);
      this.#policies.delete(job.name);
      return { kind: 'done' };
    } catch (error) {
      return errorAnswer(error);
    }
  }

  #load({ name, modules, data, version, strict }: Extract<Job, { kind: 'load' }>): JobAnswer {
    const { policy, faults } = compilePolicy({ modules, data: unpackValue(data) as PlainObject, version, strict });
    if (policy === undefined) return { kind: 'faults', faults };
    this.#policies.set(name, policy);
    return { kind: 'done' };
  }

  #evaluate(job: Extract<Job, { kind: 'evaluate' }>): JobAnswer {
    const policy = this.#policies.get(job.name);
    if (policy === undefined) throw new RegoEvaluationError('eval_type_error', `policy ${job.name} is not loaded`);
    const { ask, input, nowNs, steps, members, strictBuiltinErrors } = job;
    const options: EvaluateOptions = {
      ...this.#surroundings,
      strictBuiltinErrors,
      limits: { ...(steps !== undefined && { steps }), ...(members !== undefined && { members }) },
      ...(input !== undefined && { input: unpackValue(input) }),
      ...(nowNs !== undefined && { nowNs }),
    };
    if ('entrypoint' in ask) {
      const value = policy.entrypoint(ask.entrypoint)?.evaluate(options);
      return { kind: 'value', value: value === undefined ? undefined : packValue(value) };
    }
    const { query, faults } = policy.prepareQuery(ask.query);
    if (query === undefined) return { kind: 'faults', faults };
    return { kind: 'results', results: packValue(query.evaluate(options) as unknown as Value) };
  }
}

function errorAnswer(error: unknown): JobAnswer {
  const location = error instanceof RegoEvaluationError ? error.location : undefined;
  return { kind: 'error', code: isSekishoError(error) ? error.code : '', message: messageOf(error), location };
}

/** The results of a query, as {@link JobRunner} has packed them. */
export function unpackResults(results: PackedValue): readonly QueryResult[] {
  return unpackValue(results) as unknown as readonly QueryResult[];
}
