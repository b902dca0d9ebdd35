import { CostExceeded } from './fault.ts';

/** Rounds of loops that cost nothing by Kubernetes' count, yet take their time. */
const MAX_ROUNDS = 10_000_000;

/**
 * What one evaluation has cost so far. Small costs are added without looking at the limit, which ends the evaluation at the next round
 * of a loop, at the next call that costs what its arguments are worth, or when all is done: no later than the text is long.
 */
export class Evaluation {
  readonly limit: number;
  cost = 0;
  #rounds = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Throws `CostExceeded` when the limit is passed. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostExceeded();
  }

  /** Before each round of a loop. */
  round(): void {
    if (++this.#rounds > MAX_ROUNDS || this.cost > this.limit) throw new CostExceeded();
  }
}
