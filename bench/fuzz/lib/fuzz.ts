import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { RunOptions, RunReport } from '../../shape.ts';
import { createRandom, mutate, type Random } from './random.ts';

/** Throws, or returns a message, when the input shows a fault. */
export type FuzzOne = (input: string, random: Random) => Promise<string | undefined> | string | undefined;

const DEFAULT_SECONDS = 30;
const MAX_FAILURES = 5;
/** An input of some hundred bytes that takes longer than this is a fault by itself. */
const SLOW_MS = 2000;

/**
 * Feeds mutated inputs to `one` until the time is over or a few failures are found.
 *
 * @param corpus    folder in `bench/fuzz/corpus` with the inputs that are mutated
 * @param fragments pieces that the mutations put in
 */
export async function fuzz(
  options: RunOptions,
  corpus: 'yaml' | 'rego' | 'helm' | 'kustomize',
  fragments: readonly string[],
  one: FuzzOne,
): Promise<RunReport> {
  const random = createRandom(options.seed);
  const inputs = readCorpus(join(options.root, 'bench/fuzz/corpus', corpus));
  const end = performance.now() + (options.seconds ?? DEFAULT_SECONDS) * 1000;
  const failures: string[] = [];
  let runs = 0;
  let slowestMs = 0;
  while (performance.now() < end && failures.length < MAX_FAILURES && !options.signal.aborted) {
    const input = mutate(random.pick(inputs), fragments, random);
    // Processor time: on a busy machine the clock says little.
    const before = process.cpuUsage();
    const problem = await attempt(one, input, random);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, took);
    const fault = problem ?? (took > SLOW_MS ? `took ${took.toFixed(0)} ms` : undefined);
    if (fault !== undefined)
      failures.push(`run ${runs}, seed ${options.seed}: ${fault}\n      input ${JSON.stringify(input)}`);
    // Lets Ctrl-C through.
    if (++runs % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    figures: [
      { name: 'inputs tried', value: runs, unit: '' },
      { name: 'slowest input', value: Math.round(slowestMs), unit: 'ms' },
    ],
    failures,
    setting: { seed: options.seed, node: process.versions.node },
  };
}

async function attempt(one: FuzzOne, input: string, random: Random): Promise<string | undefined> {
  try {
    return await one(input, random);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function readCorpus(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}
