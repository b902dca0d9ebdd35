import { cpus } from 'node:os';
import { compilePolicy, type EvaluateOptions, type Query } from '@sekisho/rego';
import { atLeast, figure, percentile, range } from './lib/figures.ts';
import { benchWithOpa, findOpa } from './lib/rego/opa.ts';
import {
  libraryWorkloads,
  manifestWorkloads,
  rbacWorkloads,
  setWorkloads,
  type Workload,
} from './lib/rego/workloads.ts';
import type { Figure, Run } from './shape.ts';

const GROUPS = ['library', 'rbac', 'sets', 'manifests'] as const;
/** A round of evaluations; the median of some rounds counts, for other processes may take the processor in between. */
const ROUND_MS = 100;
const ROUNDS = 5;
/** Evaluations before it counts, for the runtime to compile what is hot; then rounds until none is faster. */
const WARM_UP_EVALUATIONS = 200;
const MAX_WARM_UP_MS = 20_000;
const IDLE_ROUNDS = 3;
/** Compiled policies that are held at once to see what one takes. */
const HELD = 20;

/**
 * Decisions of Rego policies per second, beside `opa bench` where there is an `opa` (OPA_BIN or PATH).
 * `npm run bench -- rego [library] [rbac] [sets] [manifests]`. Memory is measured where the process runs with `--expose-gc`.
 */
export const run: Run = async ({ args, root, signal, progress }) => {
  const library = libraryWorkloads(root);
  if (library.length === 0) progress('library: skipped, ../shared is not there');
  const workloads = [...library, ...rbacWorkloads(), ...setWorkloads(), ...manifestWorkloads()].filter(
    ({ group }) => args.length === 0 || args.includes(group),
  );
  const opa = findOpa();
  if (opa === undefined) progress('no opa on PATH and no OPA_BIN: figures without a comparison');

  const measured: Measured[] = [];
  for (const workload of workloads) {
    signal.throwIfAborted();
    const own = measure(workload);
    const theirs = opa === undefined ? undefined : await benchWithOpa(opa, workload, signal);
    const ratio = theirs === undefined ? undefined : theirs / own.microseconds;
    progress(
      `${workload.group} ${workload.name}: ${own.microseconds.toFixed(2)} µs` +
        (ratio === undefined ? '' : `, opa ${theirs?.toFixed(2)} µs, ratio ${ratio.toFixed(1)}`),
    );
    measured.push({ workload, ...own, ratio });
  }
  return {
    figures: GROUPS.flatMap((group) => figuresOf(group, measured)).concat(overall(measured)),
    setting: {
      node: process.version,
      processors: cpus().length,
      processor: cpus()[0]?.model ?? '',
      opa: opa ?? 'none',
    },
  };
};

interface Measured {
  readonly workload: Workload;
  /** Per evaluation. */
  readonly microseconds: number;
  /** Modules and query, without data. */
  readonly compileMs: number;
  readonly firstMs: number;
  /** Of a policy that was evaluated; undefined where the garbage collector can't be called. */
  readonly kilobytes: number | undefined;
  readonly ratio: number | undefined;
}

function measure(workload: Workload): Omit<Measured, 'workload' | 'ratio'> {
  const options: EvaluateOptions = { input: workload.input };
  const begun = performance.now();
  const query = compile(workload);
  const compileMs = performance.now() - begun;
  query.evaluate(options);
  const firstMs = performance.now() - begun - compileMs;
  warmUp(query, options);
  const rounds = range(ROUNDS).map(() => round(query, options));
  return { microseconds: percentile(rounds, 50), compileMs, firstMs, kilobytes: memoryOf(workload, options) };
}

function compile({ name, modules, data, query: text }: Workload): Query {
  const { policy, faults } = compilePolicy({ modules, data: data ?? {} });
  const { query } = policy?.prepareQuery(text) ?? {};
  if (query === undefined) throw new Error(`${name}: ${faults[0]?.message ?? 'the query does not compile'}`);
  return query;
}

function warmUp(query: Query, options: EvaluateOptions): void {
  const end = performance.now() + MAX_WARM_UP_MS;
  for (let i = 0; i < WARM_UP_EVALUATIONS && performance.now() < end; i++) query.evaluate(options);
  let best = Number.POSITIVE_INFINITY;
  for (let idle = 0; idle < IDLE_ROUNDS && performance.now() < end; idle++) {
    const time = round(query, options);
    if (time < best * 0.95) idle = -1;
    best = Math.min(best, time);
  }
}

/** Microseconds per evaluation. The clock is read once per batch: reading it costs as much as a small decision. */
function round(query: Query, options: EvaluateOptions): number {
  const begun = performance.now();
  let done = 0;
  let batch = 1;
  let elapsed = 0;
  while (elapsed < ROUND_MS) {
    for (let i = 0; i < batch; i++) query.evaluate(options);
    done += batch;
    elapsed = performance.now() - begun;
    batch = Math.max(1, Math.min(10_000, Math.floor((done / Math.max(elapsed, 0.01)) * 5)));
  }
  return (elapsed * 1000) / done;
}

/** What one of {@link HELD} compiled policies keeps on the heap, source and syntax trees included. */
function memoryOf(workload: Workload, options: EvaluateOptions): number | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  gc();
  const before = process.memoryUsage().heapUsed;
  const held = range(HELD).map(() => compile(workload));
  for (const query of held) query.evaluate(options);
  gc();
  const kilobytes = (process.memoryUsage().heapUsed - before) / 1024 / held.length;
  // Held until here, so that the collector leaves them.
  return held.every((query) => query.variables.length === 0) ? kilobytes : undefined;
}

function figuresOf(group: (typeof GROUPS)[number], all: readonly Measured[]): Figure[] {
  const measured = all.filter(({ workload }) => workload.group === group);
  if (measured.length === 0) return [];
  const times = measured.map(({ microseconds }) => microseconds);
  const compiles = measured.map(({ compileMs }) => compileMs);
  const memory = measured.flatMap(({ kilobytes }) => kilobytes ?? []);
  const decisions = measured.reduce((sum, { workload }) => sum + (workload.decisions ?? 1), 0);
  const ratios = measured.flatMap(({ ratio }) => ratio ?? []);
  return [
    figure(`${group}: per evaluation, p50`, percentile(times, 50), 'µs'),
    figure(`${group}: per evaluation, slowest`, Math.max(...times), 'µs'),
    figure(`${group}: decisions`, (decisions * 1e6) / times.reduce((sum, time) => sum + time, 0), '/s'),
    figure(`${group}: compile, p50`, percentile(compiles, 50), 'ms'),
    figure(`${group}: compile, p95`, percentile(compiles, 95), 'ms'),
    figure(
      `${group}: first evaluation, p95`,
      percentile(
        measured.map(({ firstMs }) => firstMs),
        95,
      ),
      'ms',
    ),
    ...(memory.length === 0 ? [] : [figure(`${group}: memory per policy, p50`, percentile(memory, 50), 'KiB')]),
    ...(ratios.length === 0 ? [] : [atLeast(`${group}: times OPA's speed, geometric mean`, geometricMean(ratios), 10)]),
  ];
}

function overall(measured: readonly Measured[]): Figure[] {
  const ratios = measured.flatMap(({ ratio }) => ratio ?? []);
  if (ratios.length === 0) return [];
  return [
    atLeast("times OPA's speed, geometric mean", geometricMean(ratios), 10),
    atLeast("times OPA's speed, worst case", Math.min(...ratios), 1),
  ];
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
