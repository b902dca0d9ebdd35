import { randomUUID } from 'node:crypto';
import { realpath, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { formatOrigin, SekishoError } from '@sekisho/base';
import type { FetchChart } from '@sekisho/helm';
import { type BuildResult, buildKustomization, outputFiles } from '@sekisho/kustomize';
import { kustomizeCharts } from '@sekisho/render';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { chartsWhenNeeded } from '../helm/charts-when-needed.ts';
import { printable } from '../output/text.ts';
import { diskFiles } from './disk-files.ts';

export interface BuildFlags {
  readonly output?: string;
  readonly loadRestrictor?: 'LoadRestrictionsRootOnly' | 'LoadRestrictionsNone';
  readonly reorder?: 'legacy' | 'none';
  readonly enableHelm?: boolean;
  readonly helmKubeVersion?: string;
  readonly helmApiVersions?: readonly string[];
  readonly enableAlphaPlugins?: boolean;
  readonly enableExec?: boolean;
  readonly network?: boolean;
  readonly networkName?: string;
  readonly mount?: readonly string[];
  readonly env?: readonly string[];
  readonly asCurrentUser?: boolean;
}

const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Flags that only functions have a use for. */
const OF_FUNCTIONS = [
  ['enableAlphaPlugins', '--enable-alpha-plugins'],
  ['enableExec', '--enable-exec'],
  ['network', '--network'],
  ['networkName', '--network-name'],
  ['mount', '--mount'],
  ['env', '--env'],
  ['asCurrentUser', '--as-current-user'],
] as const;

/** `sekisho kustomize build [DIR]`: exit 1 when the kustomization is at fault. @throws SekishoError USAGE | PATH_MISSING | FILE_NOT_WRITTEN */
export async function kustomizeBuild(
  directory: string,
  flags: BuildFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<ExitCode> {
  refuseFunctions(flags);
  const folder = await realFolder(directory, world.cwd);
  const charts = chartsWhenNeeded(world);
  const built = await buildKustomization(diskFiles(MAX_FILE_BYTES), folder.slice(1), {
    signal,
    limits: { maxFileBytes: MAX_FILE_BYTES },
    ...(flags.loadRestrictor === 'LoadRestrictionsNone' ? { loadRestrictor: 'none' } : {}),
    ...(flags.reorder === 'none' ? { order: 'fifo' } : {}),
    ...(flags.enableHelm === true ? { enableHelm: true, renderChart: chartsOf(flags, charts.fetch, signal) } : {}),
  }).finally(charts.close);
  for (const warning of built.warnings) world.stderr(`${printable(warning)}\n`);
  if (built.diagnostics.length > 0) return tellFaults(built, world);
  if (flags.output === undefined) world.stdout(built.text);
  else await writeOutput(built, resolve(world.cwd, flags.output));
  return ExitCode.ok;
}

function refuseFunctions(flags: BuildFlags): void {
  const given = OF_FUNCTIONS.filter(([name]) => flags[name] !== undefined).map(([, flag]) => flag);
  if (given.length === 0) return;
  throw new SekishoError('USAGE', `${given.join(', ')}: functions in containers and programs are not run.`, {
    hint: 'Use what Kustomize has built in: patches, replacements, generators, transformers.',
  });
}

/** @throws SekishoError USAGE | PATH_MISSING */
async function realFolder(directory: string, cwd: string): Promise<string> {
  const folder = resolve(cwd, directory);
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory() === true) return realpath(folder);
  if (/^(?:[a-z+]+:\/\/|git@|github\.com[/:])|\?ref=/i.test(directory)) {
    throw new SekishoError('USAGE', `'${directory}' lies elsewhere: only folders of this machine are built.`, {
      hint: 'Clone the repository first and name the folder.',
    });
  }
  const what = info === undefined ? 'no such file or directory' : 'file is not directory';
  throw new SekishoError('PATH_MISSING', `must build at directory: '${folder}': ${what}`, {
    hint: 'Name a folder that has a kustomization.yaml.',
  });
}

function chartsOf({ helmKubeVersion, helmApiVersions }: BuildFlags, fetchChart: FetchChart, signal: AbortSignal) {
  return kustomizeCharts({
    seed: randomUUID(),
    now: BigInt(Date.now()) * 1_000_000n,
    signal,
    fetchChart,
    ...(helmKubeVersion === undefined ? {} : { kubeVersion: helmKubeVersion }),
    ...(helmApiVersions === undefined ? {} : { apiVersions: helmApiVersions }),
  });
}

/** Kustomize's own text, then where the fault stands. */
function tellFaults({ diagnostics }: BuildResult, world: CheckWorld): ExitCode {
  for (const { message, origin, hint } of diagnostics) {
    world.stderr(`error: ${printable(message.trimEnd())}\n`);
    if (origin !== undefined) {
      const path = `/${origin.file}`;
      const near = relative(world.cwd, path);
      const file = near.startsWith('../..') ? path : near;
      world.stderr(`  at ${printable(formatOrigin({ ...origin, file }))}\n`);
    }
    if (hint !== undefined) world.stderr(`  ${hint}\n`);
  }
  return ExitCode.notGood;
}

/** One file, or, when `path` is a folder, one in it for each object. */
async function writeOutput(built: BuildResult, path: string): Promise<void> {
  try {
    const info = await stat(path).catch(() => undefined);
    if (info?.isDirectory() !== true) {
      await writeFile(path, built.text);
      return;
    }
    const files = outputFiles(built);
    if (files === undefined) throw new Error('the name of an object has a slash in it');
    for (const { name, text } of files) await writeFile(join(path, name), text);
  } catch (cause) {
    throw new SekishoError('FILE_NOT_WRITTEN', `The output could not be written to ${path}.`, { cause });
  }
}
