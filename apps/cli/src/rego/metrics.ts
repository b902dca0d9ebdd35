/** Times by the names that OPA gives them, in nanoseconds, of any number of runs. */
export class Metrics {
  readonly #values = new Map<string, number[]>();

  /** Does work and counts its time. */
  time<Result>(name: TimerName, work: () => Result): Result {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.#add(name, performance.now() - start);
    }
  }

  async timeAsync<Result>(name: TimerName, work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#add(name, performance.now() - start);
    }
  }

  #add(name: TimerName, ms: number): void {
    const key = `timer_rego_${name}_ns`;
    const list = this.#values.get(key);
    const ns = Math.round(ms * 1e6);
    if (list === undefined) this.#values.set(key, [ns]);
    else list.push(ns);
  }

  /** Sorted by name. */
  entries(): readonly (readonly [name: string, values: readonly number[]])[] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** `module_compile` holds parsing. */
type TimerName = 'load_files' | 'module_compile' | 'query_compile' | 'query_eval';

export interface Statistics {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  readonly stddev: number;
  /** By percent: 75, 90, 95, 99, 99.9, 99.99. */
  readonly percentiles: Readonly<Record<string, number>>;
}

/** At least one value. */
export function statistics(values: readonly number[]): Statistics {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const at = (percent: number) => sorted[Math.min(count - 1, Math.ceil((percent / 100) * count) - 1)] ?? 0;
  const percentiles: Record<string, number> = {};
  for (const percent of [75, 90, 95, 99, 99.9, 99.99]) percentiles[`${percent}%`] = at(percent);
  return {
    count,
    min: sorted[0] ?? 0,
    max: sorted[count - 1] ?? 0,
    mean,
    median: at(50),
    stddev: Math.sqrt(variance),
    percentiles,
  };
}

/** The members that OPA's JSON has. */
export function statisticsJson({ percentiles, ...rest }: Statistics): Readonly<Record<string, number>> {
  return { ...percentiles, ...rest };
}
