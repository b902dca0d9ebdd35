import { createHash } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import {
  type EvaluationErrorCode,
  type EvaluationRequest,
  type Job,
  type JobAnswer,
  type PlainObject,
  type PolicyModule,
  packValue,
  type QueryResult,
  RegoEvaluationError,
  type RegoFault,
  type RegoVersion,
  toJson,
  unpackResults,
  unpackValue,
  type Value,
} from '@sekisho/rego';
import { createThreadPool, type ThreadPool } from '@sekisho/thread-pool';
import { FAULTS } from './faults.ts';

export interface RegoWorkerPoolOptions {
  /** Threads at most; each starts when it is needed. Default 2. */
  readonly workers?: number;
  /** For one evaluation, or compiling one policy. Default 5,000. */
  readonly timeoutMs?: number;
  /** Memory of one thread, default 256. */
  readonly heapMb?: number;
  /** Policies that a thread keeps compiled; the one used longest ago goes. Default 100. */
  readonly maxPolicies?: number;
  /** Evaluations that may wait, default 10,000. */
  readonly maxWaiting?: number;
}

export interface WorkerPolicySource {
  readonly modules: readonly PolicyModule[];
  readonly data?: PlainObject;
  /** Syntax of the modules, default `v1`. */
  readonly version?: RegoVersion;
  readonly strict?: boolean;
}

/** A policy that compiles; threads that don't have it are given it. */
export interface LoadedPolicy {
  /** Of its modules, data and settings. */
  readonly hash: string;
}

export interface WorkerEvaluation {
  readonly input?: Value;
  /** Default: the pool's. Counts from when a thread has the evaluation. */
  readonly timeoutMs?: number;
  /** Rejects with its reason; the evaluation is stopped. */
  readonly signal?: AbortSignal;
  /** Default unlimited: the time is the limit. */
  readonly steps?: number;
  /** Members of collections that may be made, default 10 million. */
  readonly members?: number;
  readonly strictBuiltinErrors?: boolean;
  /** What `time.now_ns` gives; without it the built-in fails. */
  readonly nowNs?: bigint;
}

export interface RegoWorkerPool {
  /**
   * Compiles a policy in a thread. The same policy again costs nothing.
   *
   * @returns the policy, or the faults of its modules
   * @throws SekishoError REGO_WORKER_TIMEOUT | REGO_WORKER_MEMORY | REGO_WORKER_FAILED | REGO_WORKER_BUSY | REGO_WORKER_CLOSED
   */
  load(
    source: WorkerPolicySource,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ policy?: LoadedPolicy; faults: readonly RegoFault[] }>;
  /**
   * The value of a rule or package; undefined when it has none.
   *
   * @throws RegoEvaluationError as evaluation does
   * @throws SekishoError as `load` does
   */
  evaluate(policy: LoadedPolicy, entrypoint: readonly string[], options?: WorkerEvaluation): Promise<Value | undefined>;
  /** All solutions of a query, or its faults. Throws as `evaluate` does. */
  query(
    policy: LoadedPolicy,
    query: string,
    options?: WorkerEvaluation,
  ): Promise<{ results?: readonly QueryResult[]; faults: readonly RegoFault[] }>;
  /** Ends all threads; what waits or runs is rejected with REGO_WORKER_CLOSED. */
  close(): Promise<void>;
}

type LoadJob = Extract<Job, { kind: 'load' }>;

const DONE: JobAnswer = { kind: 'done' };

/** What a thread answers to its jobs: the last one's answer, or the first that failed. */
interface ThreadAnswer {
  readonly answer?: JobAnswer;
  /** Policy that could not be loaded. */
  readonly refused?: string;
}

/** Evaluates policies in threads, so that one that never ends, or asks for all memory, takes nothing with it but its thread. */
export function createRegoWorkerPool(options: RegoWorkerPoolOptions = {}): RegoWorkerPool {
  return new Pool(options);
}

class Pool implements RegoWorkerPool {
  readonly #timeoutMs: number;
  readonly #maxPolicies: number;
  /** Of each thread the names of its policies; the one used last at the end. */
  readonly #threads: ThreadPool<Set<string>>;
  readonly #loads = new WeakMap<LoadedPolicy, LoadJob>();
  readonly #policies = new Map<string, WeakRef<LoadedPolicy>>();
  #isClosed = false;

  constructor(options: RegoWorkerPoolOptions) {
    const { workers = 2, timeoutMs = 5_000, heapMb = 256, maxPolicies = 100, maxWaiting = 10_000 } = options;
    this.#timeoutMs = timeoutMs;
    this.#maxPolicies = maxPolicies;
    this.#threads = createThreadPool({
      entry: new URL('./worker.mjs', import.meta.url),
      threads: workers,
      heapMb,
      maxWaiting,
      faults: FAULTS,
      createState: () => new Set<string>(),
    });
  }

  async load(source: WorkerPolicySource, { signal }: { readonly signal?: AbortSignal } = {}) {
    const { modules, data = {}, version = 'v1', strict = false } = source;
    const hash = createHash('sha256')
      .update(JSON.stringify([version, strict, modules.map(({ file, text, version: own }) => [file, text, own])]))
      .update(toJson(data))
      .digest('hex');
    const known = this.#policies.get(hash)?.deref();
    if (known !== undefined && !this.#isClosed) return { policy: known, faults: [] };
    const load: LoadJob = { kind: 'load', name: hash, modules, data: packValue(data), version, strict };
    const answer = await this.#submit(load, undefined, this.#timeoutMs, signal);
    if (answer.kind === 'faults') return { faults: answer.faults };
    const policy: LoadedPolicy = Object.freeze({ hash });
    this.#loads.set(policy, load);
    this.#policies.set(hash, new WeakRef(policy));
    for (const [name, reference] of this.#policies) if (reference.deref() === undefined) this.#policies.delete(name);
    return { policy, faults: [] };
  }

  async evaluate(policy: LoadedPolicy, entrypoint: readonly string[], options: WorkerEvaluation = {}) {
    const answer = await this.#evaluate(policy, { entrypoint }, options);
    return answer.kind === 'value' && answer.value !== undefined ? unpackValue(answer.value) : undefined;
  }

  async query(policy: LoadedPolicy, query: string, options: WorkerEvaluation = {}) {
    const answer = await this.#evaluate(policy, { query }, options);
    if (answer.kind === 'faults') return { faults: answer.faults };
    return { results: answer.kind === 'results' ? unpackResults(answer.results) : [], faults: [] };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#threads.close();
  }

  #evaluate(policy: LoadedPolicy, ask: EvaluationRequest, options: WorkerEvaluation): Promise<JobAnswer> {
    const load = this.#loads.get(policy);
    if (load === undefined) throw new SekishoError('REGO_WORKER_FAILED', 'The policy is not one of this pool.');
    const { input, timeoutMs = this.#timeoutMs, signal, steps, members, strictBuiltinErrors = false, nowNs } = options;
    const job: Job = {
      kind: 'evaluate',
      name: load.name,
      ask,
      input: input === undefined ? undefined : packValue(input),
      nowNs,
      steps,
      members,
      strictBuiltinErrors,
    };
    return this.#submit(load, job, timeoutMs, signal);
  }

  async #submit(
    load: LoadJob,
    job: Job | undefined,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<JobAnswer> {
    const { answer = DONE } = await this.#threads.run<ThreadAnswer>({
      prefers: (loaded) => loaded.has(load.name),
      message: (loaded) => ({ jobs: this.#jobsFor(loaded, load, job) }),
      onAnswer: ({ refused }, loaded) => {
        if (refused !== undefined) loaded.delete(refused);
      },
      timeoutMs,
      signal,
    });
    if (answer.kind === 'error') throw errorOf(answer);
    return answer;
  }

  /** The job, and before it what its thread needs for it. */
  #jobsFor(loaded: Set<string>, load: LoadJob, job: Job | undefined): readonly Job[] {
    const jobs: Job[] = loaded.has(load.name) ? [] : [load];
    loaded.delete(load.name);
    loaded.add(load.name);
    for (const name of loaded) {
      if (loaded.size <= this.#maxPolicies) break;
      loaded.delete(name);
      jobs.unshift({ kind: 'forget', name });
    }
    if (job !== undefined) jobs.push(job);
    return jobs;
  }
}

function errorOf({ code, message, location }: Extract<JobAnswer, { kind: 'error' }>): Error {
  if (code.startsWith('eval_')) return new RegoEvaluationError(code as EvaluationErrorCode, message, location);
  return new SekishoError(code === '' ? 'REGO_WORKER_FAILED' : code, message);
}
