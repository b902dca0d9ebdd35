import type { CelValue } from '../value/value.ts';
import { CostExceeded } from './fault.ts';

/** Rounds of loops that cost nothing by Kubernetes' count, yet take their time. */
const MAX_ROUNDS = 10_000_000;

/** One evaluation: its variables and what it has cost so far. */
export class Evaluation {
  readonly bindings: Readonly<Record<string, CelValue>>;
  /** Variables of macros, by the slot that the compiler gave them. */
  readonly locals: CelValue[] = [];
  readonly #limit: number;
  #cost = 0;
  #rounds = 0;

  constructor(bindings: Readonly<Record<string, CelValue>>, limit: number) {
    this.bindings = bindings;
    this.#limit = limit;
  }

  get cost(): number {
    return this.#cost;
  }

  /** Throws `CostExceeded` when the limit is passed. */
  charge(cost: number): void {
    this.#cost += cost;
    if (this.#cost > this.#limit) throw new CostExceeded();
  }

  /** Before each round of a loop. */
  countRound(): void {
    if (++this.#rounds > MAX_ROUNDS) throw new CostExceeded();
  }
}

/** A compiled expression. */
export type Step = (evaluation: Evaluation) => CelValue;
