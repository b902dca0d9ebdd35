import type { Worker } from 'node:worker_threads';
import type { FromThread, PackedOutcome, Question, ToThread } from './messages.ts';

interface Awaited {
  readonly id: number;
  readonly onQuestions: ((questions: readonly Question[]) => void) | undefined;
  readonly resolve: (outcome: PackedOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread that was started: what goes to it, and the one answer that is waited for. */
export class Link {
  readonly #worker: Worker;
  #awaited: Awaited | undefined;
  #end: { readonly cause: unknown } | undefined;

  /** @param onEnd told once, when the thread is gone */
  constructor(worker: Worker, onEnd: () => void) {
    this.#worker = worker;
    // Kept for all jobs: listeners that come and go with each would cost more than the message.
    worker.on('message', (message: FromThread) => this.#take(message));
    worker.on('error', (error) => this.#close(error));
    worker.once('exit', (code) => {
      this.#close(new Error(`the thread ended with code ${code}`));
      onEnd();
    });
  }

  post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** The answer of this number; at most one is waited for at a time. @throws why the thread ended before */
  answer(id: number, onQuestions?: (questions: readonly Question[]) => void): Promise<PackedOutcome> {
    return new Promise((resolve, reject) => {
      if (this.#end === undefined) this.#awaited = { id, onQuestions, resolve, reject };
      else reject(this.#end.cause);
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(message: FromThread): void {
    const awaited = this.#awaited;
    if (awaited === undefined || message.id !== awaited.id) return;
    if (message.kind === 'questions') {
      awaited.onQuestions?.(message.questions);
      return;
    }
    this.#awaited = undefined;
    awaited.resolve(message.outcome);
  }

  #close(cause: unknown): void {
    this.#end ??= { cause };
    this.#awaited?.reject(this.#end.cause);
    this.#awaited = undefined;
  }
}
