import { at } from '../document.ts';
import type { BenchEngine, BenchResult } from './bench.ts';

/** How results of an engine differ from those before. */
export interface BenchComparison {
  readonly engine: BenchEngine;
  readonly metrics: readonly MetricComparison[];
  /** Names of the metrics that became worse by more than they may. */
  readonly failed: readonly string[];
}

export interface MetricComparison {
  readonly name: string;
  readonly unit: 'ns' | 'bytes' | 'per second';
  readonly baseline: number;
  readonly current: number;
  /** Percent; of times and bytes more is worse, of the throughput less. */
  readonly delta: number;
  readonly passed: boolean;
}

export interface CompareOptions {
  /** Percent by which a metric may become worse. */
  readonly threshold: number;
  /** Nanoseconds that a time must have grown by, too. */
  readonly minThreshold: number;
}

/** What a file of results holds, as far as it can be compared with; undefined for a file of something else. */
export function readBaseline(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.every((entry) => typeof at(entry, 'engine') === 'string')
    ? (value as readonly unknown[])
    : undefined;
}

const TIMES = [
  ['P50 Latency', 'p50'],
  ['P95 Latency', 'p95'],
  ['P99 Latency', 'p99'],
  ['Mean Latency', 'mean'],
] as const;

/** Compares the engines that are in both. */
export function compareBench(
  baseline: readonly unknown[],
  results: readonly BenchResult[],
  { threshold, minThreshold }: CompareOptions,
): readonly BenchComparison[] {
  return results.flatMap((current) => {
    const before = baseline.find((entry) => at(entry, 'engine') === current.engine);
    if (before === undefined) return [];
    const metrics = TIMES.map(([name, key]): MetricComparison => {
      const [was, is] = [numberAt(before, 'latencies', key), current.latencies[key]];
      const delta = percent(was, is);
      return {
        name,
        unit: 'ns',
        baseline: was,
        current: is,
        delta,
        passed: delta <= threshold || is - was <= minThreshold,
      };
    });
    const [was, is] = [numberAt(before, 'reviewsPerSecond'), current.reviewsPerSecond];
    const delta = percent(was, is);
    metrics.push({
      name: 'Throughput',
      unit: 'per second',
      baseline: was,
      current: is,
      delta,
      // What makes no time longer by enough is no loss either.
      passed: -delta <= threshold || (minThreshold > 0 && metrics.every(({ passed }) => passed)),
    });
    const bytesBefore = numberAt(before, 'memoryStats', 'bytesPerReview');
    // A file without it was saved without --memory.
    if (current.memoryStats !== undefined && bytesBefore > 0) {
      const { bytesPerReview } = current.memoryStats;
      const bytesDelta = percent(bytesBefore, bytesPerReview);
      metrics.push({
        name: 'Bytes/Review',
        unit: 'bytes',
        baseline: bytesBefore,
        current: bytesPerReview,
        delta: bytesDelta,
        passed: bytesDelta <= threshold,
      });
    }
    const failed = metrics.filter(({ passed }) => !passed).map(({ name }) => name);
    return [{ engine: current.engine, metrics, failed }];
  });
}

function percent(baseline: number, current: number): number {
  if (baseline === 0) return current === 0 ? 0 : 100;
  return ((current - baseline) / baseline) * 100;
}

function numberAt(value: unknown, ...path: string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}
