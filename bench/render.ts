import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Diagnostic, formatDiagnostic, mapConcurrent, silentLogger } from '@sekisho/base';
import { createRenderPool, type Rendering } from '@sekisho/render-pool';
import { atLeast, figure, percentile } from './lib/figures.ts';
import { charts } from './lib/render/charts.ts';
import { renderEach } from './lib/render/engines.ts';
import { createGitFolder } from './lib/render/git-folder.ts';
import { overlays } from './lib/render/overlays.ts';
import { createPrograms } from './lib/render/programs.ts';
import { sourceOptions } from './lib/render/source-options.ts';
import { wideRepository } from './lib/render/wide-repository.ts';
import type { Workload } from './lib/render/workload.ts';
import { writeFiles } from './lib/server-process.ts';
import type { Figure, Run, RunOptions } from './shape.ts';

const OVERLAYS = 500;
const CHARTS = 200;
/** The programs take about a minute for 700 applications: without `--all`, so many of each kind stand for the others. */
const SAMPLE = 40;
const APPLICATIONS = 5000;
/** Applications that have one base in common. */
const SHARING = 50;
/** Applications that are asked for at a time, as the server does. */
const PARALLEL = 16;

/**
 * Rendering in process beside `kubectl kustomize` and `helm template`, one process for each application, in the same run.
 * `npm run bench -- render [cold] [threads] [repository] [--all]`: `--all` has the programs render all, not only a sample.
 */
export const run: Run = async (options) => {
  const parts: Record<string, (options: RunOptions) => Promise<Part>> = { cold, threads, repository };
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
      const own = await renderEach(workloads, signal);
      progress(`${tool}: ${workloads.length} here`);
      const warm = await timeUnchanged(workloads, signal);
      progress(`${tool}: ${workloads.length} again, unchanged`);
      const sample = args.includes('--all') ? workloads : workloads.slice(0, SAMPLE);
      const theirs: number[] = [];
      for (const [index, workload] of sample.entries()) {
        signal.throwIfAborted();
        await writeFiles(folder, workload.files);
        const { text, ms } = await programs.render(workload);
        theirs.push(ms);
        if (text !== own[index]?.text) failures.push(`${workload.name}: not what ${tool} prints`);
      }
      progress(`${tool}: ${sample.length} through the program`);
      const times = own.map(({ ms }) => ms);
      figures.push(...compare(tool, { cold: times, warm, theirs }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { figures, failures };
}

/** As the server renders: out of a git repository, in a thread, with the way there and back. */
async function threads({ seed, signal }: RunOptions): Promise<Part> {
  const own = await createGitFolder();
  const workloads = [...overlays(100, seed), ...charts(100, seed)];
  const pool = createRenderPool({ threads: 1, logger: silentLogger });
  try {
    const commit = await own.commit(Object.assign({}, ...workloads.map(({ files }) => files)));
    const tree = own.repository.tree(commit);
    const lag = monitorEventLoopDelay({ resolution: 5 });
    const times: number[] = [];
    for (const workload of workloads) {
      signal.throwIfAborted();
      const options = sourceOptions(workload);
      lag.enable();
      const begun = performance.now();
      await pool.render(tree, options);
      times.push(performance.now() - begun);
      lag.disable();
    }
    return {
      figures: [
        figure('one of 200 out of git, in a thread, p50', percentile(times, 50), 'ms'),
        figure('longest that the event loop waited for one in a thread', lag.max / 1e6, 'ms', 50),
        figure('first one, with starting the thread', times[0] ?? Number.NaN, 'ms'),
      ],
      failures: [],
    };
  } finally {
    await pool.close();
    await own.close();
  }
}

/** 5,000 applications of one repository: all, then after a commit that touches the base of 50, then after a restart. */
async function repository({ signal, progress }: RunOptions): Promise<Part> {
  const own = await createGitFolder();
  const { applications, files, changeOfBase } = wideRepository(APPLICATIONS, SHARING);
  const failures: string[] = [];
  const counts = new Map<Rendering['from'], number>();
  const start = () =>
    createRenderPool({
      logger: silentLogger,
      cacheFolder: own.folder,
      onRender: ({ from }) => counts.set(from, (counts.get(from) ?? 0) + 1),
    });
  let pool = start();
  const renderAll = async (commit: string) => {
    counts.clear();
    const tree = own.repository.tree(commit);
    const begun = performance.now();
    const results = await mapConcurrent(
      applications,
      PARALLEL,
      (workload) => pool.render(tree, { ...sourceOptions(workload), revision: commit }),
      { signal },
    );
    const faults = results.flatMap(({ diagnostics }) => diagnostics);
    if (faults.length > 0) failures.push(`${faults.length} faults, first ${formatDiagnostic(faults[0] as Diagnostic)}`);
    return performance.now() - begun;
  };
  try {
    const first = await own.commit(files);
    progress(`${APPLICATIONS} applications committed`);
    const all = await renderAll(first);
    progress('all rendered');
    const unchanged = await renderAll(first);
    const second = await own.commit(changeOfBase(SHARING * 7, '1'));
    const change = await renderAll(second);
    const rendered = (counts.get('thread') ?? 0) + (counts.get('here') ?? 0);
    progress('commit rendered');
    await pool.close();
    pool = start();
    const restart = await renderAll(second);
    const renderedAgain = counts.get('thread') ?? 0;
    if (renderedAgain > 0) failures.push(`${renderedAgain} applications were rendered again after a restart`);
    globalThis.gc?.();
    return {
      figures: [
        figure(`${APPLICATIONS} applications of one repository, all`, all / 1000, 's'),
        figure('asked again, nothing changed', unchanged, 'ms'),
        {
          name: `rendered by a commit that touches the base of ${SHARING}`,
          value: rendered,
          unit: 'renders',
          goal: String(SHARING),
          met: rendered === SHARING,
        },
        figure('all after that commit', change, 'ms'),
        figure('all after a restart, nothing changed', restart / 1000, 's'),
        figure('RSS', process.memoryUsage().rss / 2 ** 20, 'MiB'),
      ],
      failures,
    };
  } finally {
    await pool.close();
    await own.close();
  }
}

/** The second of two times: out of a git repository, answered from memory after what was read is seen to be the same. */
async function timeUnchanged(workloads: readonly Workload[], signal: AbortSignal): Promise<number[]> {
  const own = await createGitFolder();
  const pool = createRenderPool({ logger: silentLogger });
  try {
    const tree = own.repository.tree(await own.commit(Object.assign({}, ...workloads.map(({ files }) => files))));
    await mapConcurrent(workloads, PARALLEL, (workload) => pool.render(tree, sourceOptions(workload)), { signal });
    const times: number[] = [];
    for (const workload of workloads) {
      const begun = performance.now();
      await pool.render(tree, sourceOptions(workload));
      times.push(performance.now() - begun);
    }
    return times;
  } finally {
    await pool.close();
    await own.close();
  }
}

function compare(
  tool: string,
  { cold: own, warm, theirs }: { cold: readonly number[]; warm: readonly number[]; theirs: readonly number[] },
): Figure[] {
  return [
    figure(`${tool}: ${own.length} cold, one of them, p50`, percentile(own, 50), 'ms', 2),
    figure(`${tool}: one of them, p95`, percentile(own, 95), 'ms'),
    figure(`${tool}: first of the process`, own[0] ?? Number.NaN, 'ms'),
    figure(`${tool}: ${warm.length} unchanged, one of them, p50`, percentile(warm, 50) * 1000, 'µs'),
    figure(`${tool}: program, ${theirs.length} of them, p50`, percentile(theirs, 50), 'ms'),
    atLeast(`${tool}: times the program's speed, cold`, mean(theirs) / mean(own), 20),
    atLeast(`${tool}: times the program's speed, unchanged`, mean(theirs) / mean(warm), 200),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
