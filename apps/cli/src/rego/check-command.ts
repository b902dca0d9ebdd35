import { formatFaults } from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { printable } from '../output/text.ts';
import { readAllSources } from './bundle-sources.ts';
import { faultJson, RegoFaultsError } from './fault-report.ts';
import { indentJson } from './json-text.ts';
import { type CompileFlags, compileSources, noPolicy } from './sources.ts';

export interface CheckFlags extends CompileFlags {
  readonly bundle?: boolean;
  readonly ignore?: readonly string[];
  readonly format: 'pretty' | 'json';
}

/** `sekisho rego check PATH…`: says nothing when all is well. */
export async function checkCommand(
  paths: readonly string[],
  flags: CheckFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const ignore = flags.ignore ?? [];
  const named = flags.bundle === true ? { bundle: paths, ignore } : { data: paths, ignore };
  const sources = await readAllSources(named, world, signal);
  if (sources.modules.length === 0) throw noPolicy(paths);
  try {
    await compileSources(sources, flags, world, signal);
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof RegoFaultsError)) throw error;
    const { faults } = error;
    if (flags.format === 'json') world.stdout(`${indentJson(JSON.stringify({ errors: faults.map(faultJson) }))}\n`);
    else {
      world.stdout(`${printable(formatFaults(faults, error.sources))}\n`);
      world.stderr(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
    }
    return ExitCode.notGood;
  }
}
