import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast, figure, percentile } from './lib/figures.ts';
import { charts } from './lib/render/charts.ts';
import { renderText } from './lib/render/engines.ts';
import { overlays } from './lib/render/overlays.ts';
import { createPrograms } from './lib/render/programs.ts';
import type { Workload } from './lib/render/workload.ts';
import { writeFiles } from './lib/server-process.ts';
import type { Figure, Run, RunOptions } from './shape.ts';

const OVERLAYS = 500;
const CHARTS = 200;
/** The programs take about a minute for 700 applications: without `--all`, so many of each kind stand for the others. */
const SAMPLE = 40;

/**
 * Rendering in process beside `kubectl kustomize` and `helm template`, one process for each application, in the same run.
 * `npm run bench -- render [cold] [--all]`.
 */
export const run: Run = async (options) => {
  const parts: Record<string, (options: RunOptions) => Promise<Part>> = { cold };
  const named = options.args.filter((arg) => !arg.startsWith('--'));
  const figures: Figure[] = [];
  const failures: string[] = [];
  for (const name of named.length === 0 ? Object.keys(parts) : named) {
    const part = parts[name];
    if (part === undefined) throw new Error(`no part ${name}; there are ${Object.keys(parts).join(', ')}`);
    options.progress(`${name} …`);
    const report = await part(options);
    figures.push(...report.figures);
    failures.push(...report.failures);
  }
  return {
    figures,
    failures,
    setting: { node: process.version, processors: cpus().length, processor: cpus()[0]?.model ?? '' },
  };
};

interface Part {
  readonly figures: readonly Figure[];
  readonly failures: readonly string[];
}

/** All applications once, from files in memory, with nothing kept from before; then the same through the programs. */
async function cold({ args, seed, signal, progress }: RunOptions): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-render-'));
  const figures: Figure[] = [];
  const failures: string[] = [];
  try {
    const programs = await createPrograms(folder);
    for (const workloads of [overlays(OVERLAYS, seed), charts(CHARTS, seed)]) {
      const tool = workloads[0]?.tool ?? '';
      const own = await timeEach(workloads, signal);
      progress(`${tool}: ${workloads.length} here`);
      const sample = args.includes('--all') ? workloads : workloads.slice(0, SAMPLE);
      const theirs: number[] = [];
      for (const workload of sample) {
        signal.throwIfAborted();
        await writeFiles(folder, workload.files);
        const { text, ms } = await programs.render(workload);
        theirs.push(ms);
        if (text !== own.get(workload)?.text) failures.push(`${workload.name}: not what ${tool} prints`);
      }
      progress(`${tool}: ${sample.length} through the program`);
      figures.push(
        ...compare(
          tool,
          [...own.values()].map(({ ms }) => ms),
          theirs,
        ),
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { figures, failures };
}

async function timeEach(workloads: readonly Workload[], signal: AbortSignal) {
  const outcomes = new Map<Workload, { readonly text: string; readonly ms: number }>();
  for (const workload of workloads) {
    signal.throwIfAborted();
    const begun = performance.now();
    const text = await renderText(workload);
    outcomes.set(workload, { text, ms: performance.now() - begun });
  }
  return outcomes;
}

function compare(tool: string, own: readonly number[], theirs: readonly number[]): Figure[] {
  return [
    figure(`${tool}: ${own.length} cold, one of them, p50`, percentile(own, 50), 'ms', 2),
    figure(`${tool}: one of them, p95`, percentile(own, 95), 'ms'),
    figure(`${tool}: first of the process`, own[0] ?? Number.NaN, 'ms'),
    figure(`${tool}: program, ${theirs.length} of them, p50`, percentile(theirs, 50), 'ms'),
    atLeast(`${tool}: times the program's speed, cold`, mean(theirs) / mean(own), 20),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
