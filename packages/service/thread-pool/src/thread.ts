import { Worker } from 'node:worker_threads';
import { fillMailbox } from './mailbox.ts';
import { type FromThread, type PackedOutcome, packError, type Question, type Reply, unpack } from './messages.ts';

/** For starting a thread, on a busy machine. */
const START_MS = 60_000;
/** What a thread has to end its job after nobody wants the answer any more. */
const GRACE_MS = 500;

/** Errors in the words of whoever owns the pool. */
export interface ThreadFaults {
  readonly timeout: (ms: number) => Error;
  /** A thread needed more memory than it may have. */
  readonly memory: () => Error;
  /** A thread ended, or a job threw something that is no SekishoError. */
  readonly failed: (cause: unknown) => Error;
  readonly busy: (maxWaiting: number) => Error;
  readonly closed: () => Error;
}

export interface ThreadLimits {
  readonly heapMb: number;
  /** A thread without work for so long is ended. Undefined: it is kept. */
  readonly idleMs: number | undefined;
  /** Asked before a thread without work is ended. */
  readonly mayEnd: () => boolean;
}

/** What became of a job. Callers cancel with any reason: it need not be an Error. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

export interface ThreadTask<State> {
  /** Made when a thread has the job. */
  readonly message: (state: State) => unknown;
  readonly onQuestion: ((question: unknown) => Promise<unknown>) | undefined;
  readonly onAnswer: ((answer: unknown, state: State) => void) | undefined;
  /** From when a thread has the job. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Tells the caller the outcome; only the first counts. The thread may go on a little after it. */
  readonly settle: (outcome: Outcome) => void;
}

/** One thread, started when there is work, and one job at a time in it. */
export class Thread<State> {
  readonly #entry: URL;
  readonly #limits: ThreadLimits;
  readonly #faults: ThreadFaults;
  readonly #createState: () => State;
  #worker: Promise<Worker> | undefined;
  #starts = 0;
  #state: State;
  #cancelled = new Int32Array(new SharedArrayBuffer(4));
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(entry: URL, limits: ThreadLimits, faults: ThreadFaults, createState: () => State) {
    this.#entry = entry;
    this.#limits = limits;
    this.#faults = faults;
    this.#createState = createState;
    this.#state = createState();
  }

  /** What its owner noted about the thread that runs; made anew with each thread. */
  get state(): State {
    return this.#state;
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** @returns once the thread is free again, or ended */
  async run(task: ThreadTask<State>): Promise<Outcome> {
    clearTimeout(this.#idle);
    let worker: Worker;
    try {
      this.#worker ??= this.#start();
      worker = await this.#worker;
    } catch (error) {
      await this.stop();
      return { error };
    }
    if (task.signal?.aborted === true) return { error: task.signal.reason };
    // The pool was closed meanwhile.
    if (this.#worker === undefined) return { error: this.#faults.failed(undefined) };
    const outcome = await this.#ask(worker, task);
    const { idleMs, mayEnd } = this.#limits;
    const onIdle = () => {
      if (mayEnd()) void this.stop();
    };
    if (idleMs !== undefined) this.#idle = setTimeout(onIdle, idleMs).unref();
    return outcome;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const ending = this.#worker;
    this.#forget();
    await (await ending?.catch(() => undefined))?.terminate();
  }

  #forget(): void {
    this.#worker = undefined;
    this.#state = this.#createState();
  }

  async #start(): Promise<Worker> {
    const start = ++this.#starts;
    this.#cancelled = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(this.#entry, {
      workerData: { cancelled: this.#cancelled.buffer },
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMb, maxYoungGenerationSizeMb: 32 },
    });
    worker.unref();
    try {
      await this.#until(worker, ({ kind }) => kind === 'ready', START_MS);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    // A thread that ends between jobs is not missed before the next one.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      // Another one may have been started while it was ending.
      if (start === this.#starts) this.#forget();
    });
    return worker;
  }

  /** The caller is answered when time is up or it cancels; the thread is given a moment to notice, and is ended then. */
  async #ask(worker: Worker, task: ThreadTask<State>): Promise<Outcome> {
    const { timeoutMs, signal } = task;
    const state = this.#state;
    const id = ++this.#lastId;
    let grace: NodeJS.Timeout | undefined;
    let isOver = false;
    const giveUp = (error: unknown) => {
      task.settle({ error });
      Atomics.store(this.#cancelled, 0, id);
      worker.postMessage({ kind: 'cancel', id });
      grace ??= setTimeout(() => void worker.terminate(), GRACE_MS);
    };
    const onAbort = () => giveUp(signal?.reason);
    // An answer that has come by then counts, even if nobody had time to look.
    const onTime = () => {
      if (!isOver) giveUp(this.#faults.timeout(timeoutMs));
    };
    const timer = setTimeout(() => setImmediate(onTime), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      worker.postMessage({ kind: 'job', id, message: task.message(state) });
      const replies = new Replies(worker, id, task.onQuestion);
      let outcome: PackedOutcome | undefined;
      await this.#until(worker, (message) => {
        if (message.kind === 'ready' || message.id !== id) return false;
        if (message.kind === 'questions') replies.answer(message.questions);
        else outcome = message.outcome;
        return message.kind === 'answer';
      });
      return this.#outcomeOf(task, state, outcome);
    } catch (error) {
      await this.stop();
      return { error };
    } finally {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #outcomeOf({ onAnswer }: ThreadTask<State>, state: State, packed: PackedOutcome = { value: undefined }): Outcome {
    try {
      const value = unpack(packed);
      onAnswer?.(value, state);
      return { value };
    } catch (error) {
      const isKnown = 'thrown' in packed && packed.thrown.code !== undefined;
      return { error: isKnown ? error : this.#faults.failed(error) };
    }
  }

  /** Hands messages over until `isLast` says so. @throws when the thread ends before */
  #until(worker: Worker, isLast: (message: FromThread) => boolean, timeoutMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => onEnd(new Error(`not ready in ${timeoutMs} ms`));
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
      const onMessage = (message: FromThread) => {
        if (!isLast(message)) return;
        stop();
        resolve();
      };
      const onEnd = (cause: unknown) => {
        stop();
        const isMemory = (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
        reject(isMemory ? this.#faults.memory() : this.#faults.failed(cause));
      };
      const stop = () => {
        clearTimeout(timer);
        worker.off('message', onMessage);
        worker.off('error', onEnd);
        worker.off('exit', onEnd);
      };
      worker.on('message', onMessage);
      worker.on('error', onEnd);
      worker.on('exit', onEnd);
    });
  }
}

/** Answers what a job asks; answers that are there together travel together. */
class Replies {
  readonly #worker: Worker;
  readonly #id: number;
  readonly #onQuestion: ThreadTask<unknown>['onQuestion'];
  #queued: Reply[] = [];

  constructor(worker: Worker, id: number, onQuestion: ThreadTask<unknown>['onQuestion']) {
    this.#worker = worker;
    this.#id = id;
    this.#onQuestion = onQuestion;
  }

  answer(questions: readonly Question[]): void {
    for (const question of questions) void this.#answer(question);
  }

  async #answer({ number, question, mailbox }: Question): Promise<void> {
    let outcome: PackedOutcome;
    try {
      if (this.#onQuestion === undefined) throw new Error('nobody answers questions of this job');
      outcome = { value: await this.#onQuestion(question) };
    } catch (error) {
      outcome = packError(error);
    }
    if (mailbox !== undefined) return fillMailbox(mailbox, outcome);
    if (this.#queued.length === 0) queueMicrotask(() => queueMicrotask(() => this.#flush()));
    this.#queued.push({ number, outcome });
  }

  #flush(): void {
    const queued = this.#queued;
    this.#queued = [];
    const post = (replies: readonly Reply[]) => this.#worker.postMessage({ kind: 'replies', id: this.#id, replies });
    try {
      post(queued);
    } catch (error) {
      // A value that no message can carry.
      post(queued.map(({ number }) => ({ number, outcome: packError(error) })));
    }
  }
}
