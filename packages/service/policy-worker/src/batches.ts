/** What became of one question. */
export type Settle<Answer> = (outcome: { readonly answer: Answer } | { readonly error: unknown }) => void;

export interface BatchesOptions<Question, Answer> {
  /** Batches that are asked at a time; questions that come meanwhile make the next ones. */
  readonly parallel: number;
  readonly maxBatch: number;
  /** Questions that may wait. */
  readonly maxWaiting: number;
  readonly busy: (maxWaiting: number) => Error;
  /** Answers questions in their order. */
  readonly ask: (questions: readonly Question[]) => Promise<readonly Answer[]>;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly settle: Settle<Answer>;
}

/**
 * Sends questions that come while others are asked together: to wake a thread costs more than to ask it. A question that
 * comes alone goes at once.
 */
export class Batches<Question, Answer> {
  readonly #options: BatchesOptions<Question, Answer>;
  readonly #waiting = new Set<Waiting<Question, Answer>>();
  #running = 0;

  constructor(options: BatchesOptions<Question, Answer>) {
    this.#options = options;
  }

  ask(question: Question, signal: AbortSignal | undefined): Promise<Answer> {
    const { maxWaiting, busy } = this.#options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      if (this.#waiting.size >= maxWaiting) return reject(busy(maxWaiting));
      const settle: Settle<Answer> = (outcome) => {
        signal?.removeEventListener('abort', onAbort);
        if ('answer' in outcome) resolve(outcome.answer);
        else reject(outcome.error);
      };
      const waiting = { question, settle };
      const onAbort = () => {
        this.#waiting.delete(waiting);
        settle({ error: signal?.reason });
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiting);
      this.#send();
    });
  }

  #send(): void {
    const { parallel, maxBatch } = this.#options;
    while (this.#running < parallel && this.#waiting.size > 0) {
      const batch: Waiting<Question, Answer>[] = [];
      for (const waiting of this.#waiting) {
        if (batch.push(waiting) === maxBatch) break;
      }
      for (const waiting of batch) this.#waiting.delete(waiting);
      this.#running++;
      void this.#run(batch).finally(() => {
        this.#running--;
        this.#send();
      });
    }
  }

  async #run(batch: readonly Waiting<Question, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.ask(batch.map(({ question }) => question));
      for (const [index, { settle }] of batch.entries()) settle({ answer: answers[index] as Answer });
    } catch (error) {
      for (const { settle } of batch) settle({ error });
    }
  }
}
