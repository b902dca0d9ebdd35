import { type Clock, isSekishoError, type Logger, systemClock } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { ExternalDataRequest, ExternalDataResponse } from '@sekisho/policy';
import {
  type AdmissionDecision,
  type AdmissionRequest,
  type ConcernQuestion,
  concernsIn,
  decideValidation,
  type ExemptionOptions,
  type Explanation,
  type Gate,
  type GateMutation,
  type GateRequest,
  type GateVerdict,
  gateRequestOf,
  type PolicyDocument,
  type PolicySources,
  undecidedVerdict,
} from '@sekisho/policy/asking';
import { createThreadPool, type ThreadJob, type ThreadPool } from '@sekisho/thread-pool';
import { admittedReview } from './admitted-review.ts';
import { Batches } from './batches.ts';
import { FAULTS, MEMORY, TIMEOUT } from './faults.ts';
import type {
  AdmissionAnswer,
  AdmissionQuestion,
  AdmittedReview,
  Answers,
  Job,
  JobPlace,
  PlainDocument,
  PlainSources,
  PolicySetInfo,
  PreludePart,
  Step,
} from './job.ts';
import { requestsPrelude, sourcesPrelude, surroundingsPrelude } from './prelude.ts';
import { SurroundingsLog, type SurroundingsReader } from './surroundings-log.ts';

export interface PolicyWorkerOptions {
  /**
   * At most; each starts when it is needed. Default 1. One more is there while many objects are judged together, and for a
   * minute after.
   */
  readonly threads?: number;
  /** Memory of one thread. Default 512. */
  readonly heapMb?: number;
  /** For one question, from when a thread has it. Default 2,000. A batch has five times as much, and 10 ms for each object. */
  readonly timeoutMs?: number;
  /** Questions that may wait. Default 10,000. */
  readonly maxWaiting?: number;
  /** Sekisho's own: what is in it is not judged, and Waivers in it count everywhere. */
  readonly controlNamespace: string;
  /** Not judged either. Default `kube-system`. */
  readonly exemptNamespaces?: readonly string[];
  /** Asks a Provider of external data. Default: none can be asked. */
  readonly externalData?: (request: ExternalDataRequest) => Promise<ExternalDataResponse>;
  readonly clock?: Clock;
  readonly logger: Logger;
}

/** Where a question is asked. */
export interface Place {
  readonly gate: Gate;
  /** Whose surroundings count. Default the empty name. */
  readonly cluster?: string;
  /** Only these, by id. Default: all. */
  readonly policies?: Iterable<string>;
  /** Objects of the kind Waiver that count besides those of the set. */
  readonly waivers?: readonly PolicyDocument[];
  readonly signal?: AbortSignal;
}

/**
 * One set of policies, compiled and asked in threads of its own. A policy that takes too long or too much memory gives an
 * undecided verdict that names it; the thread is replaced.
 *
 * All answers may throw SekishoError POLICY_WORKER_FAILED (the thread ended: try again), POLICY_WORKER_BUSY,
 * POLICY_WORKER_CLOSED, and the signal's reason.
 */
export interface PolicyWorker {
  /**
   * Compiles policies; until that is done those before answer. Of several calls the last counts.
   * @throws SekishoError POLICY_WORKER_TIMEOUT | POLICY_WORKER_MEMORY: those before stay
   */
  load(sources: PolicySources): Promise<PolicySetInfo>;
  /** What was loaded last; undefined before. */
  readonly info: PolicySetInfo | undefined;
  /** No: certainly no policy has a word about such objects. Yes before the first load. */
  concerns(question: ConcernQuestion): boolean;
  /** What surrounds the objects of a cluster changed: Namespaces, and the kinds that `info.needs`. */
  surround(
    cluster: string,
    change: {
      readonly put?: readonly KubeObject[];
      readonly remove?: readonly Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>[];
    },
  ): void;
  judge(request: GateRequest, place: Place): Promise<readonly GateVerdict[]>;
  /** Each by itself; one message for all. */
  judgeMany(requests: readonly GateRequest[], place: Place): Promise<readonly (readonly GateVerdict[])[]>;
  /** Objects that belong together, like those of an application. Other questions do not wait for more than 50. */
  judgeTogether(requests: readonly GateRequest[], place: Place): Promise<readonly GateVerdict[]>;
  mutate(request: GateRequest, place: Place): Promise<GateMutation>;
  explain(verdict: GateVerdict, request: GateRequest, place: Place): Promise<Explanation | undefined>;
  decide(request: AdmissionRequest, place: AdmissionPlace): Promise<AdmissionDecision>;
  /** As `decide`, for the bytes of an AdmissionReview: nothing is parsed in the caller's thread. */
  admit(body: Uint8Array, place: AdmissionPlace): Promise<AdmittedReview>;
  /** Ends the threads; what waits is rejected. */
  close(): Promise<void>;
}

export interface AdmissionPlace extends Pick<Place, 'cluster' | 'signal'> {
  readonly step: Step;
}

/** For compiling a set, which takes milliseconds for each policy. */
const LOAD_MS = 120_000;
const BATCH_FACTOR = 5;
/** Admission requests that are answered together: few enough for the first not to wait long for the last. */
const MAX_BATCH = 8;
/** More objects that are judged together would keep others waiting: they have a thread of their own. */
const LARGE_SET = 50;
/** For another large set to come; then the memory of their thread is given back. */
const LARGE_SET_IDLE_MS = 60_000;
/** For each object of a batch: many policies take a millisecond together. */
const OBJECT_MS = 10;

export function createPolicyWorker(options: PolicyWorkerOptions): PolicyWorker {
  return new Worker(options);
}

/** What is known of a thread. */
interface ThreadState {
  /** Of the sources that it has compiled. */
  version: number;
  readonly progress: Int32Array;
  /** Undefined before it was told anything. */
  surroundings?: SurroundingsReader;
}

interface Loaded {
  readonly version: number;
  readonly sources: PlainSources;
  readonly info: PolicySetInfo;
}

class Worker implements PolicyWorker {
  readonly #threads: ThreadPool<ThreadState>;
  /** For what takes long, so that nobody waits behind it. */
  readonly #largeSets: ThreadPool<ThreadState>;
  readonly #timeoutMs: number;
  readonly #exempt: ExemptionOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #externalData: PolicyWorkerOptions['externalData'];
  readonly #surroundings = new SurroundingsLog();
  readonly #admission: Batches<AdmissionQuestion, AdmissionAnswer | Overrun>;
  #versions = 0;
  #loaded: Loaded | undefined;

  constructor(options: PolicyWorkerOptions) {
    const { threads = 1, heapMb = 512, timeoutMs = 2_000, maxWaiting = 10_000, clock = systemClock, logger } = options;
    this.#timeoutMs = timeoutMs;
    this.#exempt = {
      controlNamespace: options.controlNamespace,
      ...(options.exemptNamespaces === undefined ? {} : { exemptNamespaces: options.exemptNamespaces }),
    };
    this.#clock = clock;
    this.#logger = logger;
    this.#externalData = options.externalData;
    this.#admission = new Batches({
      parallel: threads,
      maxBatch: MAX_BATCH,
      maxWaiting,
      busy: FAULTS.busy,
      ask: (questions) => this.#askAdmission(questions),
    });
    const pool = {
      entry: new URL('./worker.mjs', import.meta.url),
      heapMb,
      maxWaiting,
      faults: FAULTS,
      createState: (): ThreadState => ({ version: 0, progress: new Int32Array(new SharedArrayBuffer(4)) }),
    };
    this.#threads = createThreadPool({ ...pool, threads });
    this.#largeSets = createThreadPool({ ...pool, threads: 1, idleMs: LARGE_SET_IDLE_MS });
  }

  get info(): PolicySetInfo | undefined {
    return this.#loaded?.info;
  }

  async load({ documents, bundles = [] }: PolicySources): Promise<PolicySetInfo> {
    const version = ++this.#versions;
    const sources = { documents: documents.map(withoutFunctions), bundles };
    return this.#threads.run<PolicySetInfo>({
      prelude: (state) => this.#prelude(state, { version, sources }),
      message: () => ({ kind: 'load' }) satisfies Job,
      // Before another job is given to the thread. Of two calls the later one counts, whichever ends first.
      onAnswer: (info) => {
        if (this.#loaded === undefined || this.#loaded.version < version) this.#loaded = { version, sources, info };
      },
      timeoutMs: LOAD_MS,
    });
  }

  concerns(question: ConcernQuestion): boolean {
    const { info } = this;
    return info === undefined || concernsIn(info.concernTable, question);
  }

  surround(cluster: string, { put = [], remove = [] }: Parameters<PolicyWorker['surround']>[1]): void {
    this.#surroundings.change(cluster, put, remove);
  }

  async judge(request: GateRequest, place: Place): Promise<readonly GateVerdict[]> {
    const outcome = await this.#ask({ kind: 'judge', place: this.#placeOf(place), requests: [request] }, place.signal);
    return 'answer' in outcome ? (outcome.answer[0] ?? []) : [this.#undecided(outcome, request)];
  }

  async judgeMany(requests: readonly GateRequest[], place: Place): Promise<readonly (readonly GateVerdict[])[]> {
    if (requests.length === 0) return [];
    const job = { kind: 'judge', place: this.#placeOf(place), requests } as const;
    const outcome = await this.#ask(job, place.signal, this.#batchMs(requests));
    if ('answer' in outcome) return outcome.answer;
    // One of them is at fault: the others need not suffer.
    const answers: (readonly GateVerdict[])[] = [];
    for (const request of requests) answers.push(await this.judge(request, place));
    return answers;
  }

  async judgeTogether(requests: readonly GateRequest[], place: Place): Promise<readonly GateVerdict[]> {
    const [first] = requests;
    if (first === undefined) return [];
    const job = { kind: 'judgeTogether', place: this.#placeOf(place) } as const;
    const threads = requests.length > LARGE_SET ? this.#largeSets : this.#threads;
    const outcome = await this.#ask(job, place.signal, this.#batchMs(requests), requestsPrelude(requests), threads);
    return 'answer' in outcome ? outcome.answer : [this.#undecided(outcome, first)];
  }

  async mutate(request: GateRequest, place: Place): Promise<GateMutation> {
    const outcome = await this.#ask({ kind: 'mutate', place: this.#placeOf(place), request }, place.signal);
    if ('answer' in outcome) return outcome.answer;
    const { object } = request;
    if (object === undefined) throw outcome.error;
    return { object, changedBy: [], error: this.#undecided(outcome, request).message };
  }

  async explain(verdict: GateVerdict, request: GateRequest, place: Place): Promise<Explanation | undefined> {
    const job = { kind: 'explain', place: this.#placeOf(place), request, verdict } as const;
    const outcome = await this.#ask(job, place.signal);
    return 'answer' in outcome ? outcome.answer : undefined;
  }

  async decide(request: AdmissionRequest, { step, cluster, signal }: AdmissionPlace): Promise<AdmissionDecision> {
    const place = this.#placeOf({ gate: 'admission', ...(cluster === undefined ? {} : { cluster }) });
    const outcome = await this.#admission.ask({ kind: 'decide', place, step, request }, signal);
    return 'policyId' in outcome
      ? this.#undecidedDecision(outcome, request)
      : (this.#answerOf(outcome) as AdmissionDecision);
  }

  async admit(body: Uint8Array, { step, cluster, signal }: AdmissionPlace): Promise<AdmittedReview> {
    const place = this.#placeOf({ gate: 'admission', ...(cluster === undefined ? {} : { cluster }) });
    const outcome = await this.#admission.ask({ kind: 'admit', place, step, body }, signal);
    if (!('policyId' in outcome)) return this.#answerOf(outcome) as AdmittedReview;
    // The thread that could have read it is gone.
    const { request } = JSON.parse(new TextDecoder().decode(body)) as { request: AdmissionRequest };
    return admittedReview(request, this.#undecidedDecision(outcome, request));
  }

  /** @throws SekishoError POLICY_WORKER_FAILED */
  #answerOf(outcome: AdmissionAnswer) {
    if ('fault' in outcome) throw FAULTS.failed(new Error(outcome.fault));
    return outcome.answer;
  }

  /** Answers all, or says of each which policy took all its time: when there are several, each is then asked alone. */
  async #askAdmission(questions: readonly AdmissionQuestion[]): Promise<readonly (AdmissionAnswer | Overrun)[]> {
    const outcome = await this.#ask({ kind: 'admission', questions }, undefined);
    if ('answer' in outcome) return outcome.answer;
    if (questions.length === 1) return [outcome];
    const answers: (AdmissionAnswer | Overrun)[] = [];
    for (const question of questions) answers.push(...(await this.#askAdmission([question])));
    return answers;
  }

  async close(): Promise<void> {
    await Promise.all([this.#threads.close(), this.#largeSets.close()]);
  }

  #batchMs({ length }: readonly GateRequest[]): number {
    return this.#timeoutMs * BATCH_FACTOR + length * OBJECT_MS;
  }

  #placeOf({ gate, cluster = '', policies, waivers }: Place): JobPlace {
    return {
      gate,
      cluster,
      now: this.#clock.now(),
      ...(policies === undefined ? {} : { policies: [...policies] }),
      ...(waivers === undefined ? {} : { waivers: waivers.map(withoutFunctions) }),
    };
  }

  /** The answer, or the policy that took all time or memory. */
  async #ask<J extends Job>(
    job: J,
    signal: AbortSignal | undefined,
    timeoutMs = this.#timeoutMs,
    own?: Iterable<PreludePart>,
    threads = this.#threads,
  ): Promise<{ readonly answer: Answers[J['kind']] } | Overrun> {
    let state: ThreadState | undefined;
    try {
      const answer = await threads.run<Answers[J['kind']]>({
        prelude: (current) => {
          state = current;
          return this.#prelude(current, this.#loaded, own);
        },
        message: () => job,
        ...this.#answers(),
        timeoutMs,
        signal,
      });
      return { answer };
    } catch (error) {
      if (!isSekishoError(error, TIMEOUT) && !isSekishoError(error, MEMORY)) throw error;
      const number = state === undefined ? 0 : Atomics.load(state.progress, 0);
      const policyId = this.info?.policies[number - 1]?.id;
      this.#logger.warn({ policy: policyId, code: error.code }, 'a policy gave no answer');
      return { error, policyId };
    }
  }

  /** Of a job that asks for external data. */
  #answers(): Pick<ThreadJob<ThreadState, unknown>, 'onQuestion'> {
    const ask = this.#externalData;
    return ask === undefined ? {} : { onQuestion: (request) => ask(request as ExternalDataRequest) };
  }

  /** What a thread does not know yet. */
  *#prelude(
    state: ThreadState,
    loaded: Pick<Loaded, 'version' | 'sources'> | undefined,
    own: Iterable<PreludePart> = [],
  ): Iterable<PreludePart> {
    if (state.surroundings === undefined) {
      state.surroundings = this.#surroundings.reader();
      yield { kind: 'settings', progress: state.progress.buffer as SharedArrayBuffer, exempt: this.#exempt };
    }
    if (loaded !== undefined && state.version !== loaded.version) {
      state.version = loaded.version;
      yield* sourcesPrelude(loaded.sources);
    }
    yield* surroundingsPrelude(state.surroundings);
    yield* own;
  }

  #undecided({ error, policyId }: Overrun, request: GateRequest): GateVerdict {
    const summary = this.info?.policies.find(({ id }) => id === policyId);
    return undecidedVerdict(policyId, summary, request, error.message);
  }

  #undecidedDecision(overrun: Overrun, request: AdmissionRequest): AdmissionDecision {
    const asked = gateRequestOf(request);
    return decideValidation([this.#undecided(overrun, asked)], asked);
  }
}

interface Overrun {
  readonly error: Error;
  readonly policyId: string | undefined;
}

function withoutFunctions({ object, origin }: PolicyDocument): PlainDocument {
  return origin === undefined ? { object } : { object, origin };
}
