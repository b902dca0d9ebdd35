import { type Diagnostic, mapConcurrent } from '@sekisho/base';
import type { Chart, Dependency } from '../chart/chart.ts';
import type { FetchChart } from '../chart/fetch.ts';
import { join, type LoadOptions, loadChart, loadChartArchive } from '../chart/load.ts';
import { chooseVersion } from '../chart/version-choice.ts';
import { ChartFault, diagnosticOf } from '../fault.ts';
import type { SourceFiles } from '../source-files.ts';
import { type ChartLock, isInSync, lockFiles, parseLock } from './lock.ts';

export interface CompleteOptions extends LoadOptions {
  /** The tree that the chart is in, for repositories `file://…`. Default: there are none. */
  readonly files?: SourceFiles | undefined;
  /** Addresses of repositories that Chart.yaml calls `@name` or `alias:name`, by name. Default: there are none. */
  readonly aliases?: ReadonlyMap<string, string> | undefined;
  /** Default: charts are not fetched. */
  readonly fetchChart?: FetchChart | undefined;
}

export interface CompletedChart {
  /** With its subcharts; undefined when there are faults. */
  readonly chart?: Chart;
  /** With Helm's own text. Codes CHART_DEPENDENCY_MISSING, CHART_LOCK_OUTDATED, and those of loading. */
  readonly diagnostics: readonly Diagnostic[];
  /** Every path of `files` that was looked at. */
  readonly reads: readonly string[];
  /** What was taken for each dependency that charts/ lacked, in their order. */
  readonly added: readonly AddedDependency[];
}

export interface AddedDependency {
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  /** The .tgz; undefined for a chart of the tree. */
  readonly archive?: Uint8Array;
}

/** A dependency with the version that Chart.lock settles. */
interface Wanted extends Dependency {
  readonly isLocked: boolean;
}

const FETCHES_AT_A_TIME = 4;

/**
 * Adds the dependencies that charts/ lacks, as `helm dependency build` does before a render; a chart that lacks none stays as it is.
 * Versions are those of Chart.lock, which must belong to Chart.yaml; without it the newest in the range.
 *
 * @throws whatever `fetchChart` throws, or the signal's reason
 */
export async function completeDependencies(chart: Chart, options: CompleteOptions = {}): Promise<CompletedChart> {
  const reads: string[] = [];
  const failed = (...diagnostics: Diagnostic[]): CompletedChart => ({ diagnostics, reads, added: [] });
  if (chart.metadata.dependencies.every(({ name }) => chart.dependencies.some((there) => there.metadata.name === name)))
    return { chart, diagnostics: [], reads, added: [] };
  try {
    const wanted = settle(chart);
    const missing = wanted.filter((dependency) => !chart.dependencies.some((there) => fits(dependency, there)));
    const unreachable = missing.flatMap((dependency) => refuse(chart, dependency, options));
    if (unreachable.length > 0) return failed(...unreachable);
    const found = await mapConcurrent(
      missing,
      FETCHES_AT_A_TIME,
      (dependency, _, signal) => obtain(chart, dependency, { ...options, signal }, reads),
      { signal: options.signal },
    );
    return {
      chart: {
        ...chart,
        dependencies: inOrder(
          chart,
          wanted,
          found.map(({ chart }) => chart),
        ),
      },
      diagnostics: [],
      reads,
      added: found.map(({ added }) => added),
    };
  } catch (error) {
    if (error instanceof ChartFault) return failed(diagnosticOf(error));
    if (error instanceof DependencyFault) return failed(...error.diagnostics);
    throw error;
  }
}

/** @throws ChartFault CHART_YAML_INVALID; DependencyFault CHART_LOCK_OUTDATED */
function settle(chart: Chart): Wanted[] {
  const { metadata } = chart;
  const lock = lockOf(chart);
  return metadata.dependencies.map((dependency, index) => {
    const locked = lock?.dependencies[index];
    const isLocked = locked?.name === dependency.name && locked.repository === dependency.repository;
    return { ...dependency, version: isLocked ? locked.version : dependency.version, isLocked };
  });
}

function lockOf(chart: Chart): ChartLock | undefined {
  if (chart.lock === undefined) return undefined;
  const { lock: file, declared } = lockFiles(chart.metadata);
  const path = join(chart.path, file);
  const lock = parseLock(chart.lock, path);
  if (isInSync(chart.metadata, lock)) return lock;
  throw new DependencyFault([
    {
      code: 'CHART_LOCK_OUTDATED',
      severity: 'error',
      message: `the lock file (${file}) is out of sync with the dependencies file (${declared}). Please update the dependencies`,
      origin: { file: path },
      hint: 'Run: helm dependency update; then commit the lock file.',
    },
  ]);
}

function fits({ name, version }: Dependency, { metadata }: Chart): boolean {
  return metadata.name === name && chooseVersion([metadata.version], version).version !== undefined;
}

/** `@name` and `alias:name` as addresses, as far as they are known. */
function addressOf(repository: string, { aliases }: CompleteOptions): string {
  const [, alias] = /^(?:@|alias:)(.*)$/s.exec(repository) ?? [];
  return (alias === undefined ? undefined : aliases?.get(alias)) ?? repository;
}

/** What can be said before anything is fetched. */
function refuse(chart: Chart, dependency: Wanted, options: CompleteOptions): Diagnostic[] {
  const { fetchChart, files } = options;
  const { name } = dependency;
  const repository = addressOf(dependency.repository, options);
  const fault = (message: string, hint: string): Diagnostic[] => [
    {
      code: 'CHART_DEPENDENCY_MISSING',
      severity: 'error',
      message,
      origin: { file: join(chart.path, lockFiles(chart.metadata).declared) },
      hint,
    },
  ];
  const commit = 'Run: helm dependency build; then commit charts/.';
  if (repository === '') return fault(`directory ${join(chart.path, `charts/${name}`)} not found`, commit);
  if (/^(?:@|alias:)/.test(repository)) {
    const message = `no repository definition for ${repository}. Please add them via 'helm repo add'`;
    return fault(message, 'Aliases are settings of one machine: write the address of the repository.');
  }
  const [, scheme = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(repository) ?? [];
  if (scheme === 'file') {
    if (files !== undefined && localPath(chart, repository) !== undefined) return [];
    return fault(`directory ${repository.replace(/^file:\/\//, '')} not found`, 'The folder must be in the same tree.');
  }
  if (!/^(?:https?|oci)$/.test(scheme)) {
    return fault(`could not find protocol handler for: ${scheme}`, 'Known are https, http, oci and file.');
  }
  if (fetchChart !== undefined) return [];
  return fault(
    `the dependency ${name} of ${chart.metadata.name} is missing in charts/, and is not fetched here`,
    commit,
  );
}

async function obtain(
  chart: Chart,
  dependency: Wanted,
  options: CompleteOptions,
  reads: string[],
): Promise<{ readonly chart: Chart; readonly added: AddedDependency }> {
  const { name, repository, version } = dependency;
  const { limits, signal, files, fetchChart } = options;
  const loading = { ...(limits === undefined ? {} : { limits }), ...(signal === undefined ? {} : { signal }) };
  const path = localPath(chart, repository);
  if (repository.startsWith('file://') && files !== undefined && path !== undefined) {
    const loaded = await loadChart(files, path, loading);
    reads.push(...loaded.reads);
    const { chart: local } = loaded;
    if (local === undefined) throw new DependencyFault(loaded.diagnostics);
    if (chooseVersion([local.metadata.version], version).version === undefined) throw wrongVersion(chart, dependency);
    return { chart: local, added: { name, repository, version: local.metadata.version } };
  }
  if (fetchChart === undefined) throw new DependencyFault(refuse(chart, dependency, options));
  const address = addressOf(repository, options);
  const fetched = await fetchChart({ repository: address, name, version, ...(signal === undefined ? {} : { signal }) });
  const file = join(chart.path, `charts/${name}-${fetched.version}.tgz`);
  const loaded = loadChartArchive(fetched.archive, file, loading);
  if (loaded.chart === undefined) throw new DependencyFault(loaded.diagnostics);
  return {
    chart: loaded.chart,
    added: { name, repository, version: fetched.version, archive: fetched.archive },
  };
}

/** Helm's words for both cases. */
function wrongVersion(chart: Chart, { name, repository, version, isLocked }: Wanted): ChartFault {
  const { declared } = lockFiles(chart.metadata);
  const message = isLocked
    ? `can't get a valid version for dependency ${name}`
    : `can't get a valid version for 1 subchart(s): "${name}" (repository "${repository}", version "${version}"). Make sure a matching chart version exists in the repo, or change the version constraint in ${declared}`;
  return new ChartFault('CHART_DEPENDENCY_MISSING', message, { file: join(chart.path, declared) });
}

/** Of a `file://` repository, relative to the chart; undefined when it is absolute, or leaves the tree. */
function localPath({ path }: Chart, repository: string): string | undefined {
  const relative = repository.replace(/^file:\/\//, '');
  if (relative.startsWith('/') || path.endsWith('!')) return undefined;
  const parts: string[] = [];
  for (const part of `${path}/${relative}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** As Helm would find them in charts/: by name of the archive. Archives of versions that nobody wants are gone. */
function inOrder(chart: Chart, wanted: readonly Wanted[], added: readonly Chart[]): readonly Chart[] {
  const kept = chart.dependencies.filter((there) => {
    const named = wanted.filter(({ name }) => name === there.metadata.name);
    return !there.path.endsWith('!') || named.length === 0 || named.some((dependency) => fits(dependency, there));
  });
  const fileOf = ({ path, metadata }: Chart): string =>
    added.some((one) => one.path === path) ? `${metadata.name}-${metadata.version}.tgz` : path.replace(/^.*\//, '');
  return [...kept, ...added]
    .map((one) => ({ one, file: fileOf(one) }))
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    .map(({ one }) => one);
}

/** Faults that are told with a hint, or came with a dependency. */
class DependencyFault extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('a dependency is at fault');
    this.diagnostics = diagnostics;
  }
}
