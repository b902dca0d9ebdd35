import { stringifyYaml } from '@sekisho/base';
import type { BenchResult } from './bench.ts';
import type { BenchComparison, MetricComparison } from './bench-compare.ts';

export type BenchOutput = 'table' | 'json' | 'yaml';

/** Results as text, in gator's shapes. */
export function benchReport(results: readonly BenchResult[], output: BenchOutput): string {
  if (output === 'json') return `${JSON.stringify(results.map(withTexts), null, 2)}\n`;
  if (output === 'yaml') return stringifyYaml(results.map(withTexts));
  const tables = results.map(resultTable);
  if (results.length > 1) tables.push(engineTable(results));
  return tables.join('\n');
}

/** Comparisons as text. */
export function comparisonReport(comparisons: readonly BenchComparison[], threshold: number): string {
  return comparisons.map((comparison) => comparisonTable(comparison, threshold)).join('\n');
}

/** Times as Go writes them, `1.5ms`. */
function withTexts({ setupBreakdown, latencies, ...rest }: BenchResult): unknown {
  const texts = (times: object): Record<string, string> =>
    Object.fromEntries(Object.entries(times).map(([name, ns]) => [name, goDuration(ns as number)]));
  const { skippedTemplates, skippedConstraints, memoryStats, ...numbers } = rest;
  return {
    ...numbers,
    totalReviews: rest.iterations * rest.objectCount,
    setupDuration: goDuration(rest.setupDuration),
    setupBreakdown: texts(setupBreakdown),
    totalDuration: goDuration(rest.totalDuration),
    latencies: texts(latencies),
    ...(memoryStats === undefined
      ? {}
      : {
          memoryStats: {
            bytesPerReview: shortBytes(memoryStats.bytesPerReview),
            totalBytes: shortBytes(memoryStats.totalBytes),
          },
        }),
    ...(skippedTemplates === undefined ? {} : { skippedTemplates }),
    ...(skippedConstraints === undefined ? {} : { skippedConstraints }),
  };
}

function resultTable(result: BenchResult): string {
  const { setupBreakdown, latencies, concurrency, skippedTemplates, skippedConstraints, memoryStats } = result;
  const skipped = (names: readonly string[] = []): string => `${names.length} (${names.join(', ')})`;
  const lines: (readonly string[])[] = [
    ['Configuration:'],
    ['  Templates:', String(result.templateCount)],
    ['  Constraints:', String(result.constraintCount)],
    ['  Objects:', String(result.objectCount)],
    ['  Iterations:', String(result.iterations)],
    ...(concurrency > 1 ? [['  Concurrency:', String(concurrency)]] : []),
    ['  Total Reviews:', String(result.iterations * result.objectCount)],
    [],
    ...(skippedTemplates === undefined && skippedConstraints === undefined
      ? []
      : [
          ['Warnings:'],
          ...(skippedTemplates === undefined ? [] : [['  Skipped Templates:', skipped(skippedTemplates)]]),
          ...(skippedConstraints === undefined ? [] : [['  Skipped Constraints:', skipped(skippedConstraints)]]),
          [],
        ]),
    ['Timing:'],
    ['  Setup Duration:', shortDuration(result.setupDuration)],
    ['    └─ Template Compilation:', shortDuration(setupBreakdown.templateCompilation)],
    ['    └─ Constraint Loading:', shortDuration(setupBreakdown.constraintLoading)],
    ['    └─ Data Loading:', shortDuration(setupBreakdown.dataLoading)],
    ['  Total Duration:', shortDuration(result.totalDuration)],
    ['  Throughput:', `${result.reviewsPerSecond.toFixed(2)} reviews/sec`],
    [],
    ['Latency (per review):'],
    ['  Min:', shortDuration(latencies.min)],
    ['  Max:', shortDuration(latencies.max)],
    ['  Mean:', shortDuration(latencies.mean)],
    ['  P50:', shortDuration(latencies.p50)],
    ['  P95:', shortDuration(latencies.p95)],
    ['  P99:', shortDuration(latencies.p99)],
    [],
    ['Results:'],
    ['  Violations Found:', String(result.violationCount)],
    ...(memoryStats === undefined
      ? []
      : [
          [],
          ['Memory:'],
          ['  Bytes/Review:', shortBytes(memoryStats.bytesPerReview)],
          ['  Total Bytes:', shortBytes(memoryStats.totalBytes)],
        ]),
  ];
  return `=== Benchmark Results: ${result.engine.toUpperCase()} Engine ===\n\n${columns(lines)}`;
}

function engineTable(results: readonly BenchResult[]): string {
  const row = (name: string, value: (result: BenchResult) => string): readonly string[] => [
    name,
    ...results.map(value),
  ];
  const lines = [
    row('Metric', ({ engine }) => engine.toUpperCase()),
    row('------', () => '------'),
    row('Templates', ({ templateCount }) => String(templateCount)),
    row('Constraints', ({ constraintCount }) => String(constraintCount)),
    row('Setup Time', ({ setupDuration }) => shortDuration(setupDuration)),
    row('Throughput', ({ reviewsPerSecond }) => `${reviewsPerSecond.toFixed(2)}/sec`),
    row('Mean Latency', ({ latencies }) => shortDuration(latencies.mean)),
    row('P95 Latency', ({ latencies }) => shortDuration(latencies.p95)),
    row('P99 Latency', ({ latencies }) => shortDuration(latencies.p99)),
    row('Violations', ({ violationCount }) => String(violationCount)),
    ...(results.every(({ memoryStats }) => memoryStats === undefined)
      ? []
      : [row('Bytes/Review', ({ memoryStats }) => shortBytes(memoryStats?.bytesPerReview ?? 0))]),
  ];
  return `=== Engine Comparison ===\n\n${columns(lines)}${fasterText(results)}`;
}

function fasterText(results: readonly BenchResult[]): string {
  const [fast, slow] = [...results].sort((a, b) => b.reviewsPerSecond - a.reviewsPerSecond);
  if (fast === undefined || slow === undefined || slow.reviewsPerSecond <= 0) return '';
  const ratio = (fast.reviewsPerSecond / slow.reviewsPerSecond).toFixed(2);
  return `\nPerformance: ${fast.engine.toUpperCase()} is ${ratio}x faster than ${slow.engine.toUpperCase()}\n`;
}

function comparisonTable({ engine, metrics, failed }: BenchComparison, threshold: number): string {
  const lines: (readonly string[])[] = [
    ['Metric', 'Baseline', 'Current', 'Delta', 'Status'],
    ['------', '--------', '-------', '-----', '------'],
    ...metrics.map(({ name, unit, baseline, current, delta, passed }) => {
      const text = TEXT_OF[unit];
      const change = `${delta < 0 ? '' : '+'}${delta.toFixed(1)}%`;
      return [name, text(baseline), text(current), change, passed ? '✓' : '✗ REGRESSION'];
    }),
  ];
  const limit = `(threshold: ${threshold.toFixed(1)}%)`;
  const outcome =
    failed.length === 0
      ? `✓ No significant regressions ${limit}`
      : `✗ Regressions detected in: ${failed.join(', ')} ${limit}`;
  return `=== Baseline Comparison: ${engine.toUpperCase()} Engine ===\n\n${columns(lines)}\n${outcome}\n`;
}

const TEXT_OF: Readonly<Record<MetricComparison['unit'], (value: number) => string>> = {
  ns: shortDuration,
  bytes: shortBytes,
  'per second': (value) => `${value.toFixed(2)}/sec`,
};

/** Cells under each other, two spaces apart; the last of a line has no end. */
function columns(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines) {
    if (line.length < 2) continue;
    line.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return lines
    .map((line) => line.map((cell, i) => (i === line.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 2))).join(''))
    .map((line) => `${line}\n`)
    .join('');
}

/** Two digits of a unit that suits. */
function shortDuration(ns: number): string {
  if (ns < 1e3) return `${Math.round(ns)}ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(2)}µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(2)}ms`;
  return `${(ns / 1e9).toFixed(3)}s`;
}

/** Two digits of a unit that suits. */
function shortBytes(bytes: number): string {
  if (bytes < 2 ** 10) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${(bytes / 2 ** 10).toFixed(2)} KB`;
  if (bytes < 2 ** 30) return `${(bytes / 2 ** 20).toFixed(2)} MB`;
  return `${(bytes / 2 ** 30).toFixed(2)} GB`;
}

/** As Go's `Duration.String`: all digits. */
function goDuration(ns: number): string {
  const whole = Math.round(ns);
  if (whole < 1e3) return whole === 0 ? '0s' : `${whole}ns`;
  if (whole < 1e6) return `${whole / 1e3}µs`;
  if (whole < 1e9) return `${whole / 1e6}ms`;
  const seconds = whole / 1e9;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${(whole - minutes * 60e9) / 1e9}s`;
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
}
