import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Link } from './link.ts';
import { type PackedOutcome, type Question, READY, unpack } from './messages.ts';
import { Replies } from './replies.ts';

/** For starting a thread, on a busy machine. */
const START_MS = 60_000;
/** For what a thread is told before a job, when that is long. */
const PRELUDE_MS = 120_000;
/** So long parts of a prelude are copied without a pause: others wait for the event loop, too. */
const TURN_MS = 10;
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
  readonly prelude: ((state: State) => Iterable<unknown>) | undefined;
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
  #link: Promise<Link> | undefined;
  #starts = 0;
  #state: State;
  #cancelled = new Int32Array(new SharedArrayBuffer(4));
  #idle: NodeJS.Timeout | undefined;
  #lastId = READY;

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
    return this.#link !== undefined;
  }

  /** @returns once the thread is free again, or ended */
  async run(task: ThreadTask<State>): Promise<Outcome> {
    clearTimeout(this.#idle);
    try {
      this.#link ??= this.#start();
      const link = await this.#link;
      if (isGone(task)) return { error: task.signal?.reason };
      // The pool was closed meanwhile.
      if (this.#link === undefined) return { error: this.#faults.failed(undefined) };
      const state = this.#state;
      if (task.prelude !== undefined) await this.#tell(link, task.prelude(state));
      if (isGone(task)) return { error: task.signal?.reason };
      return this.#outcomeOf(task, state, await this.#ask(link, task, state));
    } catch (error) {
      await this.stop();
      return { error };
    } finally {
      const { idleMs, mayEnd } = this.#limits;
      const onIdle = () => {
        if (mayEnd()) void this.stop();
      };
      if (idleMs !== undefined && this.isStarted) this.#idle = setTimeout(onIdle, idleMs).unref();
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const ending = this.#link;
    this.#forget();
    await (await ending?.catch(() => undefined))?.terminate();
  }

  #forget(): void {
    this.#link = undefined;
    this.#state = this.#createState();
  }

  async #start(): Promise<Link> {
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
    const link = new Link(worker, () => {
      // Another one may have been started while it was ending.
      if (start === this.#starts) this.#forget();
    });
    try {
      await this.#inTime(link, READY, START_MS, new Error(`not ready in ${START_MS} ms`));
    } catch (error) {
      await link.terminate();
      throw error;
    }
    return link;
  }

  /** A prelude of one part travels with the job; a longer one is told bit by bit, and has its own time. */
  async #tell(link: Link, parts: Iterable<unknown>): Promise<void> {
    let count = 0;
    let turn = performance.now();
    for (const part of parts) {
      count++;
      link.post({ kind: 'prelude', part });
      if (performance.now() - turn < TURN_MS) continue;
      await nextTurn();
      turn = performance.now();
    }
    if (count <= 1) return;
    const id = ++this.#lastId;
    link.post({ kind: 'sync', id });
    await this.#inTime(link, id, PRELUDE_MS, this.#faults.timeout(PRELUDE_MS));
  }

  /** The caller is answered when time is up or it cancels; the thread is given a moment to notice, and is ended then. */
  async #ask(link: Link, task: ThreadTask<State>, state: State): Promise<PackedOutcome> {
    const { timeoutMs, signal } = task;
    const id = ++this.#lastId;
    let grace: NodeJS.Timeout | undefined;
    let isOver = false;
    const giveUp = (error: unknown) => {
      task.settle({ error });
      Atomics.store(this.#cancelled, 0, id);
      link.post({ kind: 'cancel', id });
      grace ??= setTimeout(() => void link.terminate(), GRACE_MS);
    };
    const onAbort = () => giveUp(signal?.reason);
    // An answer that has come by then counts, even if nobody had time to look.
    const onTime = () => {
      if (!isOver) giveUp(this.#faults.timeout(timeoutMs));
    };
    const timer = setTimeout(() => setImmediate(onTime), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      link.post({ kind: 'job', id, message: task.message(state) });
      let replies: Replies | undefined;
      return await this.#answer(link, id, (questions) => {
        replies ??= new Replies(link, id, task.onQuestion);
        replies.answer(questions);
      });
    } finally {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #outcomeOf({ onAnswer }: ThreadTask<State>, state: State, packed: PackedOutcome): Outcome {
    try {
      const value = unpack(packed);
      onAnswer?.(value, state);
      return { value };
    } catch (error) {
      const isKnown = 'thrown' in packed && packed.thrown.code !== undefined;
      return { error: isKnown ? error : this.#faults.failed(error) };
    }
  }

  /** @throws `late` when there is no answer in time, and a fault when the thread ends before */
  async #inTime(link: Link, id: number, ms: number, late: Error): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(late), ms);
    });
    try {
      await Promise.race([this.#answer(link, id), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(
    link: Link,
    id: number,
    onQuestions?: (questions: readonly Question[]) => void,
  ): Promise<PackedOutcome> {
    try {
      return await link.answer(id, onQuestions);
    } catch (cause) {
      const isMemory = (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
      throw isMemory ? this.#faults.memory() : this.#faults.failed(cause);
    }
  }
}

/** Whether its caller is. */
function isGone({ signal }: ThreadTask<never>): boolean {
  return signal?.aborted === true;
}
