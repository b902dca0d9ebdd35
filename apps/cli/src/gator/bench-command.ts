import { readFile, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { messageOf, parseYamlDocuments, SekishoError, stringifyYaml } from '@sekisho/base';
import {
  type BenchEngine,
  type BenchOutput,
  type BenchResult,
  benchReport,
  compareBench,
  comparisonReport,
  gatorBench,
  readBaseline,
} from '@sekisho/policy';
import { durationMs } from '../duration.ts';
import { type FileFlags, readGatorFiles } from './gator-files.ts';
import type { GatorWorld } from './world.ts';

export interface BenchFlags extends FileFlags {
  readonly engine: BenchEngine | 'all';
  readonly iterations: string;
  readonly warmup: string;
  readonly concurrency: string;
  readonly memory?: boolean;
  readonly output: BenchOutput;
  readonly save?: string;
  readonly compare?: string;
  readonly threshold: string;
  readonly minThreshold: string;
}

/**
 * `gator bench`: exit status 1 when something became slower than the baseline allows.
 *
 * @throws SekishoError USAGE, GATOR_BASELINE, GATOR_OUTPUT
 */
export async function bench(flags: BenchFlags, world: GatorWorld, signal: AbortSignal): Promise<number> {
  const threshold = Number(flags.threshold);
  const minThreshold = (durationMs(flags.minThreshold) ?? 0) * 1e6;
  const baseline = flags.compare === undefined ? undefined : await loadBaseline(flags.compare, world);
  const files = await readGatorFiles(flags, world, signal);
  const iterations = Number(flags.iterations);
  if (iterations < 1000)
    world.stderr(`Warning: the 99th percentile of ${iterations} iterations tells little: 1000 are enough.\n\n`);
  const outcome = gatorBench(files, {
    engines: flags.engine === 'all' ? ['rego', 'cel'] : [flags.engine],
    iterations,
    warmup: Number(flags.warmup),
    concurrency: Number(flags.concurrency),
    clock: () => Math.round(performance.now() * 1e6),
    ...(flags.memory === true ? { heapUsed: () => getHeapStatistics().used_heap_size } : {}),
    signal,
  });
  if (outcome.errors !== undefined) {
    world.stderr(outcome.errors.map((error) => `benchmark failed: ${error}\n`).join(''));
    return 1;
  }
  const { results, warnings } = outcome;
  world.stderr(warnings.map((warning) => `Warning: engine skipped: ${warning}\n`).join(''));
  world.stdout(benchReport(results, flags.output));
  if (flags.save !== undefined) await save(results, flags.save, world);
  if (baseline === undefined) return 0;
  const comparisons = compareBench(baseline, results, { threshold, minThreshold });
  if (comparisons.length === 0) {
    world.stderr(`\nWarning: ${flags.compare} has no results of these engines\n`);
    return 0;
  }
  world.stdout(`\n${comparisonReport(comparisons, threshold)}`);
  return comparisons.some(({ failed }) => failed.length > 0) ? 1 : 0;
}

function isYaml(path: string): boolean {
  return ['.yaml', '.yml'].includes(extname(path));
}

async function save(results: readonly BenchResult[], path: string, world: GatorWorld): Promise<void> {
  const text = isYaml(path) ? stringifyYaml(results) : JSON.stringify(results, null, 2);
  try {
    await writeFile(resolve(world.cwd, path), text);
  } catch (cause) {
    throw new SekishoError('GATOR_OUTPUT', `${path} can't be written: ${messageOf(cause)}`, { cause });
  }
  world.stderr(`\nResults saved to: ${path}\n`);
}

async function loadBaseline(path: string, world: GatorWorld): Promise<readonly unknown[]> {
  const text = await readFile(resolve(world.cwd, path), 'utf8').catch((cause: unknown) => {
    throw new SekishoError('GATOR_BASELINE', `${path} can't be read: ${messageOf(cause)}`, { cause });
  });
  const baseline = readBaseline(parseYamlDocuments(text, { file: path }).documents[0]?.value);
  if (baseline === undefined)
    throw new SekishoError('GATOR_BASELINE', `${path} holds no results of a benchmark.`, {
      hint: 'Make one with `sekisho gator bench … --save FILE`.',
    });
  return baseline;
}
