import { Worker } from 'node:worker_threads';
import { SekishoError } from '@sekisho/base';
import type { Job, JobAnswer } from '@sekisho/rego';

/** For starting a thread, on a busy machine. */
const START_MS = 60_000;
/** What a thread has to end its job after nobody wants the answer any more. */
const GRACE_MS = 500;
const DONE: JobAnswer = { kind: 'done' };

interface Message {
  readonly id: number;
  readonly answer?: JobAnswer;
  /** Policy that could not be loaded. */
  readonly refused?: string;
}

/** What became of a job. Callers cancel with any reason: it need not be an Error. */
export type Outcome = { readonly answer: JobAnswer } | { readonly error: unknown };

export interface SlotLimits {
  readonly heapMb: number;
  readonly maxPolicies: number;
}

/** One thread, started when there is work, and one job at a time in it. */
export class Slot {
  readonly #limits: SlotLimits;
  #worker: Promise<Worker> | undefined;
  /** Names of the policies in the thread; the one used last at the end. */
  readonly #loaded = new Set<string>();
  #cancelled = new Int32Array(new SharedArrayBuffer(4));
  #lastId = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  has(policy: string): boolean {
    return this.#loaded.has(policy);
  }

  /**
   * @param load  brings the policy if the thread has it not yet
   * @param job  undefined: only load
   * @param timeoutMs  from when the thread has the job
   * @param settle  told the outcome, once; the thread may go on a little after it
   * @returns once the thread is free again, or ended
   */
  async run(
    load: Extract<Job, { kind: 'load' }>,
    job: Job | undefined,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    settle: (outcome: Outcome) => void,
  ): Promise<void> {
    let worker: Worker;
    try {
      this.#worker ??= this.#start();
      worker = await this.#worker;
    } catch (error) {
      await this.stop();
      settle({ error });
      return;
    }
    if (signal?.aborted === true) return settle({ error: signal.reason });
    // The pool was closed meanwhile.
    if (this.#worker === undefined) return settle({ error: ended(undefined) });
    const jobs = this.#jobsFor(load, job);
    try {
      settle({ answer: await this.#ask(worker, jobs, timeoutMs, signal, settle) });
    } catch (error) {
      await this.stop();
      settle({ error });
    }
  }

  async stop(): Promise<void> {
    const ending = this.#worker;
    this.#worker = undefined;
    this.#loaded.clear();
    await (await ending?.catch(() => undefined))?.terminate();
  }

  async #start(): Promise<Worker> {
    this.#cancelled = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      workerData: { cancelled: this.#cancelled.buffer },
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMb, maxYoungGenerationSizeMb: 32 },
    });
    worker.unref();
    try {
      await answerOf(worker, 0, START_MS);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    // A thread that ends between jobs is not missed before the next one.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      this.#loaded.clear();
      this.#worker = undefined;
    });
    return worker;
  }

  #jobsFor(load: Extract<Job, { kind: 'load' }>, job: Job | undefined): readonly Job[] {
    const jobs: Job[] = this.#loaded.has(load.name) ? [] : [load];
    this.#loaded.delete(load.name);
    this.#loaded.add(load.name);
    for (const name of this.#loaded) {
      if (this.#loaded.size <= this.#limits.maxPolicies) break;
      this.#loaded.delete(name);
      jobs.unshift({ kind: 'forget', name });
    }
    if (job !== undefined) jobs.push(job);
    return jobs;
  }

  /** The caller is answered when time is up or it cancels; the thread is given a moment to notice, and is ended then. */
  async #ask(
    worker: Worker,
    jobs: readonly Job[],
    timeoutMs: number,
    signal: AbortSignal | undefined,
    settle: (outcome: Outcome) => void,
  ): Promise<JobAnswer> {
    const id = ++this.#lastId;
    let grace: NodeJS.Timeout | undefined;
    const giveUp = (error: unknown) => {
      settle({ error });
      Atomics.store(this.#cancelled, 0, id);
      grace ??= setTimeout(() => void worker.terminate(), GRACE_MS);
    };
    const onAbort = () => giveUp(signal?.reason);
    const timer = setTimeout(() => setImmediate(onTime), timeoutMs);
    let isOver = false;
    // An answer that has come by then counts, even if nobody had time to look.
    const onTime = () => {
      if (!isOver) giveUp(timedOut(timeoutMs));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      worker.postMessage({ id, jobs });
      const { answer = DONE, refused } = await answerOf(worker, id);
      if (refused !== undefined) this.#loaded.delete(refused);
      return answer;
    } finally {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

function timedOut(ms: number): SekishoError {
  return new SekishoError('REGO_WORKER_TIMEOUT', `The policy was not evaluated in ${ms} ms.`, {
    hint: 'Look for loops over large collections inside of each other, or give it more time.',
  });
}

function answerOf(worker: Worker, id: number, timeoutMs?: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    const late = () => onEnd(new Error(`not ready in ${timeoutMs} ms`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    const onMessage = (message: Message) => {
      if (message.id !== id) return;
      stop();
      resolve(message);
    };
    function onEnd(cause: unknown): void {
      stop();
      reject(ended(cause));
    }
    function stop(): void {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('error', onEnd);
      worker.off('exit', onEnd);
    }
    worker.on('message', onMessage);
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
  });
}

function ended(cause: unknown): SekishoError {
  if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new SekishoError('REGO_WORKER_MEMORY', 'The policy needs more memory than its thread may have.', {
      hint: 'Look for values that grow with every round, or give the pool more memory.',
    });
  return new SekishoError('REGO_WORKER_FAILED', 'The thread that evaluates policies ended.', {
    cause,
    retryable: true,
  });
}
