import { cpus } from 'node:os';
import { compilePolicy, type EvaluateOptions, type Query } from '@sekisho/rego';
import { figure, percentile } from './lib/figures.ts';
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
const WARM_UP_MS = 300;
const MEASURE_MS = 500;

/**
 * Decisions of Rego policies per second, beside `opa bench` where there is an `opa` (OPA_BIN or PATH).
 * `npm run bench -- rego [library] [rbac] [sets] [manifests]`.
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
  readonly compileMs: number;
  readonly ratio: number | undefined;
}

function measure(workload: Workload): { microseconds: number; compileMs: number } {
  const begun = performance.now();
  const { policy, faults } = compilePolicy({ modules: workload.modules, data: workload.data ?? {} });
  const { query } = policy?.prepareQuery(workload.query) ?? {};
  if (query === undefined) throw new Error(`${workload.name}: ${faults[0]?.message ?? 'the query does not compile'}`);
  const options: EvaluateOptions = { input: workload.input };
  query.evaluate(options);
  const compileMs = performance.now() - begun;
  repeat(query, options, WARM_UP_MS);
  return { microseconds: repeat(query, options, MEASURE_MS), compileMs };
}

/** Microseconds per evaluation. The clock is read once per batch: reading it costs as much as a small decision. */
function repeat(query: Query, options: EvaluateOptions, milliseconds: number): number {
  const begun = performance.now();
  let done = 0;
  let batch = 1;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let i = 0; i < batch; i++) query.evaluate(options);
    done += batch;
    elapsed = performance.now() - begun;
    batch = Math.max(1, Math.min(10_000, Math.floor((done / Math.max(elapsed, 0.01)) * 5)));
  }
  return (elapsed * 1000) / done;
}

function figuresOf(group: (typeof GROUPS)[number], all: readonly Measured[]): Figure[] {
  const measured = all.filter(({ workload }) => workload.group === group);
  if (measured.length === 0) return [];
  const times = measured.map(({ microseconds }) => microseconds);
  const compile = measured.map(({ compileMs }) => compileMs);
  const decisions = measured.reduce((sum, { workload }) => sum + (workload.decisions ?? 1), 0);
  const ratios = measured.flatMap(({ ratio }) => ratio ?? []);
  return [
    figure(`${group}: per evaluation, p50`, percentile(times, 50), 'µs'),
    figure(`${group}: per evaluation, slowest`, Math.max(...times), 'µs'),
    figure(`${group}: decisions`, (decisions * 1e6) / times.reduce((sum, time) => sum + time, 0), '/s'),
    figure(`${group}: compile and first evaluation, p50`, percentile(compile, 50), 'ms'),
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

function atLeast(name: string, value: number, goal: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit: 'x', goal: `>= ${goal} x`, met: value >= goal };
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
