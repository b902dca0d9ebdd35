import { parentPort, workerData } from 'node:worker_threads';
import { awaitMailbox, createMailbox } from './mailbox.ts';
import {
  type FromThread,
  type PackedOutcome,
  packError,
  type Question,
  READY,
  type ToThread,
  unpack,
} from './messages.ts';

/** What a job in a thread gets besides its message. */
export interface ThreadContext {
  /** Whether nobody waits for the answer any more. Sees it in the middle of work, too. */
  isCancelled(): boolean;
  /** Aborts when nobody waits any more; needs a turn of the thread's event loop to notice. */
  readonly signal: AbortSignal;
  /** Asks the job's owner in the other thread. Questions of one turn travel together. @throws what the owner throws */
  ask(question: unknown): Promise<unknown>;
  /**
   * As `ask`, for work that can't wait: the thread sleeps until the answer is there. Answers are JSON, of up to 1 MiB.
   * @throws what the owner throws, and an Error when there is no answer in time
   */
  askNow(question: unknown, timeoutMs: number): unknown;
}

/**
 * Makes this thread one of a pool: it runs one job at a time until the pool ends it.
 *
 * @param learn takes what the thread is told before a job, part by part; what it throws ends the thread
 */
export function serveThread(
  run: (message: never, context: ThreadContext) => unknown,
  learn: (part: never) => void = () => undefined,
): void {
  if (parentPort === null) throw new Error('this is no thread');
  const port = parentPort;
  const cancelled = new Int32Array((workerData as { cancelled: SharedArrayBuffer }).cancelled);
  const post = (message: FromThread) => port.postMessage(message);
  let running: Running | undefined;

  async function start(id: number, message: unknown): Promise<void> {
    running = new Running(id, cancelled, post);
    let outcome: PackedOutcome;
    try {
      outcome = { value: await run(message as never, running) };
    } catch (error) {
      outcome = packError(error);
    }
    running = undefined;
    try {
      post({ kind: 'answer', id, outcome });
    } catch (error) {
      // A value that no message can carry.
      post({ kind: 'answer', id, outcome: packError(error) });
    }
  }

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'prelude':
        learn(message.part as never);
        break;
      case 'sync':
        post({ kind: 'answer', id: message.id, outcome: DONE });
        break;
      case 'job':
        void start(message.id, message.message);
        break;
      case 'cancel':
        if (running?.id === message.id) running.cancel();
        break;
      case 'replies':
        if (running?.id === message.id)
          for (const { number, outcome } of message.replies) running.reply(number, outcome);
        break;
      default:
        message satisfies never;
    }
  });
  post({ kind: 'answer', id: READY, outcome: DONE });
}

const DONE: PackedOutcome = { value: undefined };

class Running implements ThreadContext {
  readonly id: number;
  readonly #cancelled: Int32Array;
  readonly #post: (message: FromThread) => void;
  /** Most jobs never look. */
  #stop: AbortController | undefined;
  readonly #open = new Map<number, Waiting>();
  #queued: Question[] = [];
  #lastNumber = 0;

  constructor(id: number, cancelled: Int32Array, post: (message: FromThread) => void) {
    this.id = id;
    this.#cancelled = cancelled;
    this.#post = post;
  }

  get signal(): AbortSignal {
    this.#stop ??= new AbortController();
    return this.#stop.signal;
  }

  isCancelled(): boolean {
    return Atomics.load(this.#cancelled, 0) === this.id;
  }

  ask(question: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = ++this.#lastNumber;
      this.#open.set(number, { resolve, reject });
      if (this.#queued.length === 0) afterThisTurn(() => this.#flush());
      this.#queued.push({ number, question });
    });
  }

  askNow(question: unknown, timeoutMs: number): unknown {
    const mailbox = createMailbox();
    this.#post({ kind: 'questions', id: this.id, questions: [{ number: ++this.#lastNumber, question, mailbox }] });
    return awaitMailbox(mailbox, timeoutMs);
  }

  #flush(): void {
    const questions = this.#queued;
    this.#queued = [];
    this.#post({ kind: 'questions', id: this.id, questions });
  }

  reply(number: number, outcome: PackedOutcome): void {
    const waiting = this.#open.get(number);
    this.#open.delete(number);
    try {
      waiting?.resolve(unpack(outcome));
    } catch (error) {
      waiting?.reject(error);
    }
  }

  cancel(): void {
    const reason = new Error('nobody waits for it any more');
    this.#stop ??= new AbortController();
    this.#stop.abort(reason);
    for (const { reject } of this.#open.values()) reject(reason);
    this.#open.clear();
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** After what runs now, and what it awaits that is there already. */
function afterThisTurn(flush: () => void): void {
  queueMicrotask(() => queueMicrotask(flush));
}
