import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { type Chart, chooseVersion, completeDependencies, loadChart } from '@sekisho/helm';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { diskFiles } from '../kustomize/disk-files.ts';
import { printable } from '../output/text.ts';
import { type ConnectionFlags, openCharts } from './chart-access.ts';
import { usageError, warnOfPassword } from './fault-report.ts';
import { repositoryAliases } from './known-repositories.ts';
import { chartOf } from './open-chart.ts';

export type DependencyBuildFlags = ConnectionFlags;

const MAX_ARCHIVE_BYTES = 50 * 1024 * 1024;

/** `sekisho helm dependency list [CHART]`. @throws ChartFaultError */
export async function dependencyListCommand(
  words: readonly string[],
  world: CheckWorld,
  signal: AbortSignal,
): Promise<ExitCode> {
  const [folder = '.'] = words;
  const chart = await loadLocal(folder, world, signal);
  const { dependencies } = chart.metadata;
  if (dependencies.length === 0) {
    world.stdout(`WARNING: no dependencies at ${join(folder, 'charts')}\n`);
    return ExitCode.ok;
  }
  const rows = dependencies.map(({ name, version, repository }) => {
    return [name, version, repository, statusOf(chart, name, version)];
  });
  world.stdout(`${printable(table([['NAME', 'VERSION', 'REPOSITORY', 'STATUS'], ...rows]))}\n`);
  for (const { metadata, path } of chart.dependencies) {
    if (dependencies.some(({ name }) => name === metadata.name)) continue;
    const file = path.replace(/!$/, '').split('/').at(-1) ?? '';
    world.stdout(`WARNING: ${JSON.stringify(join(folder, 'charts', file))} is not in Chart.yaml.\n`);
  }
  return ExitCode.ok;
}

/** `sekisho helm dependency build [CHART]`: what charts/ has stays. @throws ChartFaultError; SekishoError */
export async function dependencyBuildCommand(
  words: readonly string[],
  flags: DependencyBuildFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<ExitCode> {
  warnOfPassword(flags, world);
  const [folder = '.'] = words;
  const chart = await loadLocal(folder, world, signal);
  const charts = await openCharts(flags, repositoryOf(chart, flags), world);
  try {
    const aliases = await repositoryAliases(world);
    const options = { files: diskFiles(MAX_ARCHIVE_BYTES), fetchChart: charts.fetch, aliases, signal };
    const completed = await completeDependencies(chart, options);
    chartOf(completed);
    for (const { name, version, repository, archive } of completed.added) {
      if (archive === undefined) {
        world.stderr(`${name} ${version} is the folder ${repository}: renders take it from there.\n`);
        continue;
      }
      const file = join(folder, 'charts', `${name}-${version}.tgz`);
      await writeWhole(resolve(world.cwd, file), archive);
      world.stdout(`${printable(`wrote ${file} (${repository})`)}\n`);
    }
    if (completed.added.length === 0) world.stderr('charts/ holds all dependencies.\n');
    return ExitCode.ok;
  } finally {
    await charts.close();
  }
}

async function loadLocal(folder: string, world: CheckWorld, signal: AbortSignal): Promise<Chart> {
  const files = diskFiles(MAX_ARCHIVE_BYTES);
  return chartOf(await loadChart(files, resolve(world.cwd, folder).slice(1), { signal }));
}

/** The one host that credentials are for. @throws SekishoError USAGE when there are several */
function repositoryOf({ metadata }: Chart, { username, password }: ConnectionFlags): string {
  const repositories = metadata.dependencies
    .map(({ repository }) => repository)
    .filter((url) => /^(?:https?|oci):/.test(url));
  const hosts = new Set(repositories.map((url) => url.split('/')[2]));
  if (hosts.size > 1 && (username !== undefined || password !== undefined)) {
    throw usageError(
      `the dependencies are on several hosts (${[...hosts].join(', ')}): credentials would be told to all of them`,
      'Sign in at registries with helm registry login or docker login; fetch others one by one.',
    );
  }
  return repositories[0] ?? '';
}

/** Helm's words. */
function statusOf(chart: Chart, name: string, version: string): string {
  const found = chart.dependencies.filter(({ metadata }) => metadata.name === name);
  if (found.length === 0) return 'missing';
  const fitting = found.find(({ metadata }) => chooseVersion([metadata.version], version).version !== undefined);
  if (fitting === undefined) return 'wrong version';
  return fitting.path.endsWith('!') ? 'ok' : 'unpacked';
}

/** Cells as wide as their column, a tab between them. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('\t'));
  return `${lines.join('\n')}\n`;
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(resolve(path, '..'), { recursive: true });
    await writeFile(unfinished, bytes);
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true });
    throw new SekishoError('FILE_NOT_WRITTEN', `${path} can't be written.`, { cause });
  }
}
