import { type Statistics, statistics } from './metrics.ts';

/** Many runs of the same work. */
export interface Measurement {
  readonly runs: number;
  readonly totalNs: number;
  /** Of single runs, in nanoseconds. */
  readonly single: Statistics;
}

/** Runs that are kept one by one. */
const MAX_SAMPLES = 1_000_000;

/** Runs work again and again: first to warm up, for a tenth of the time, then measured. At least once. */
export function measure(work: () => void, durationMs: number): Measurement {
  const warm = performance.now() + durationMs / 10;
  do work();
  while (performance.now() < warm);
  const samples: number[] = [];
  const start = performance.now();
  let runs = 0;
  let before = start;
  do {
    work();
    const after = performance.now();
    if (runs < MAX_SAMPLES) samples.push((after - before) * 1e6);
    before = after;
    runs++;
  } while (before - start < durationMs);
  return { runs, totalNs: (before - start) * 1e6, single: statistics(samples) };
}

/** As programs in Go print a benchmark, for tools that compare them. */
export function goBenchLine(name: string, { runs, totalNs, single }: Measurement): string {
  const extra = Object.entries({ ...single.percentiles, median: single.median, min: single.min, max: single.max }).map(
    ([key, value]) => `\t${Math.round(value)} histogram_timer_rego_query_eval_ns_${key}`,
  );
  return `${name}\t${runs}\t${Math.round(totalNs / runs)} ns/op${extra.join('')}\n`;
}

/** The members of OPA's JSON that there are values for. */
export function benchmarkJson({ runs, totalNs, single: { percentiles, ...rest } }: Measurement): object {
  const extra = Object.entries({ ...percentiles, ...rest }).map(([key, value]) => [
    `histogram_timer_rego_query_eval_ns_${key}`,
    value,
  ]);
  return { N: runs, T: Math.round(totalNs), Extra: Object.fromEntries(extra) };
}
