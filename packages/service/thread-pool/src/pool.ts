import { type Outcome, Thread, type ThreadFaults, type ThreadTask } from './thread.ts';

export interface ThreadPoolOptions<State> {
  /** Module that calls `serveThread`: plain JavaScript, so that it runs unbuilt as well. */
  readonly entry: URL;
  /** At most; each starts when it is needed. At least 1. */
  readonly threads: number;
  /** Memory of one thread. */
  readonly heapMb: number;
  /** Jobs that may wait. */
  readonly maxWaiting: number;
  /** A thread without work for so long is ended. Default: it is kept. Threads never keep the process alive. */
  readonly idleMs?: number;
  /** So many threads are kept, once they were needed, however long they are without work. Default 0. */
  readonly keptThreads?: number;
  readonly faults: ThreadFaults;
  /** What is to be known of a thread; called for each that starts. */
  readonly createState: () => State;
}

/** One job. Its caller is answered once; the thread is told to stop when nobody waits any more, and ended when it does not. */
export interface ThreadJob<State, Answer> {
  /**
   * What the thread must learn before, in parts; made when a thread has the job. Each part is copied at once, the event loop
   * turns between them. A thread is told to the end, also when the caller is gone.
   */
  readonly prelude?: (state: State) => Iterable<unknown>;
  /** What `serveThread` gets, made when a thread has the job: it may depend on what that thread knows. */
  readonly message: (state: State) => unknown;
  /** Whether a thread suits better than others. */
  readonly prefers?: (state: State) => boolean;
  /** Answers what the job asks. What it throws is thrown in the job. */
  readonly onQuestion?: (question: unknown) => Promise<unknown>;
  /** Called with each answer, also when its caller is gone. */
  readonly onAnswer?: (answer: Answer, state: State) => void;
  /** From when a thread has the job, and has learnt what comes before it. */
  readonly timeoutMs: number;
  /** Rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ThreadPool<State> {
  /** @throws what the job throws if that is a SekishoError; else one of the pool's faults */
  run<Answer>(job: ThreadJob<State, Answer>): Promise<Answer>;
  /** Ends all threads; what waits or runs is rejected. */
  close(): Promise<void>;
}

export function createThreadPool<State>(options: ThreadPoolOptions<State>): ThreadPool<State> {
  return new Pool(options);
}

interface Waiting<State> extends ThreadTask<State> {
  readonly prefers: ((state: State) => boolean) | undefined;
}

class Pool<State> implements ThreadPool<State> {
  readonly #options: ThreadPoolOptions<State>;
  readonly #threads: readonly Thread<State>[];
  readonly #idle: Thread<State>[];
  /** In the order of coming: a Set gives up its first and any other member at once. */
  readonly #waiting = new Set<Waiting<State>>();
  readonly #running = new Set<Waiting<State>>();
  #isClosed = false;

  constructor(options: ThreadPoolOptions<State>) {
    this.#options = options;
    const { entry, heapMb, idleMs, keptThreads = 0, faults, createState } = options;
    const mayEnd = () => this.#threads.filter(({ isStarted }) => isStarted).length > keptThreads;
    const limits = { heapMb, idleMs, mayEnd };
    this.#threads = Array.from(
      { length: Math.max(1, options.threads) },
      () => new Thread(entry, limits, faults, createState),
    );
    this.#idle = [...this.#threads];
  }

  run<Answer>(job: ThreadJob<State, Answer>): Promise<Answer> {
    const { faults, maxWaiting } = this.#options;
    const { prelude, message, prefers, onQuestion, onAnswer, timeoutMs, signal } = job;
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(faults.closed());
      if (signal?.aborted === true) return reject(signal.reason);
      if (this.#waiting.size >= maxWaiting) return reject(faults.busy(maxWaiting));
      const onAbort = () => {
        this.#waiting.delete(waiting);
        settle({ error: signal?.reason });
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = (outcome: Outcome) => {
        signal?.removeEventListener('abort', onAbort);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.value as Answer);
      };
      const waiting: Waiting<State> = {
        prelude,
        message,
        prefers,
        onQuestion,
        onAnswer: onAnswer as ThreadTask<State>['onAnswer'],
        timeoutMs,
        signal,
        settle,
      };
      this.#waiting.add(waiting);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { settle } of [...this.#waiting, ...this.#running]) settle({ error: this.#options.faults.closed() });
    this.#waiting.clear();
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  #dispatch(): void {
    for (const next of this.#waiting) {
      const thread = this.#takeThread(next);
      if (thread === undefined) return;
      this.#waiting.delete(next);
      this.#running.add(next);
      // Its next job may come at once, and prefer the same thread.
      void thread.run(next).then((outcome) => {
        this.#running.delete(next);
        this.#idle.push(thread);
        next.settle(outcome);
        this.#dispatch();
      });
    }
  }

  /** One that the job prefers, else one that runs, else a new one. */
  #takeThread({ prefers }: Waiting<State>): Thread<State> | undefined {
    let index = prefers === undefined ? -1 : this.#idle.findLastIndex(({ state }) => prefers(state));
    if (index < 0) index = this.#idle.findLastIndex(({ isStarted }) => isStarted);
    return index < 0 ? this.#idle.pop() : this.#idle.splice(index, 1)[0];
  }
}
