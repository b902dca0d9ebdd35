import type { Link } from './link.ts';
import { fillMailbox } from './mailbox.ts';
import { type PackedOutcome, packError, type Question, type Reply } from './messages.ts';

/** Answers what a job asks; answers that are there together travel together. */
export class Replies {
  readonly #link: Link;
  readonly #id: number;
  readonly #onQuestion: ((question: unknown) => Promise<unknown>) | undefined;
  #queued: Reply[] = [];

  constructor(link: Link, id: number, onQuestion: ((question: unknown) => Promise<unknown>) | undefined) {
    this.#link = link;
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
    const post = (replies: readonly Reply[]) => this.#link.post({ kind: 'replies', id: this.#id, replies });
    try {
      post(queued);
    } catch (error) {
      // A value that no message can carry.
      post(queued.map(({ number }) => ({ number, outcome: packError(error) })));
    }
  }
}
