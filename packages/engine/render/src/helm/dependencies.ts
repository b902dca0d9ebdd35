import { type Diagnostic, parseYamlDocuments } from '@sekisho/base';
import { type Chart, type Dependency, type FetchChart, loadChart, loadChartArchive } from '@sekisho/helm';
import { type Fields, isFields } from '../fields.ts';
import { joinPath } from '../path.ts';
import type { RecordingFiles } from '../recording-files.ts';

export interface DependencyOptions {
  readonly files: RecordingFiles;
  /** The chart's, below the root of `files`. */
  readonly folder: string;
  readonly fetchChart: FetchChart | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The chart with those of its dependencies that charts/ lacks: from a folder beside it (`file://../x`), or through the fetcher in
 * the version of Chart.lock. What can't be had stays away: Helm tells it with the chart's other faults.
 *
 * @throws whatever `fetchChart` throws
 */
export async function addDependencies(
  chart: Chart,
  options: DependencyOptions,
): Promise<{ chart: Chart; diagnostics: readonly Diagnostic[] }> {
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name));
  const missing = chart.metadata.dependencies.filter(({ name }) => !present.has(name));
  const found: Chart[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const dependency of missing) {
    const wanted = { ...dependency, version: lockedVersion(chart.lock, dependency) ?? dependency.version };
    const key = JSON.stringify([wanted.name, wanted.version, wanted.repository]);
    if (seen.has(key)) continue;
    seen.add(key);
    const loaded = await load(wanted, options);
    diagnostics.push(...(loaded?.diagnostics ?? []));
    if (loaded?.chart !== undefined) found.push(loaded.chart);
  }
  return {
    chart: found.length === 0 ? chart : { ...chart, dependencies: [...chart.dependencies, ...found] },
    diagnostics,
  };
}

type Wanted = Pick<Dependency, 'name' | 'version' | 'repository'>;

async function load({ name, version, repository }: Wanted, { files, folder, fetchChart, signal }: DependencyOptions) {
  const stop = signal === undefined ? {} : { signal };
  if (repository.startsWith('file://')) {
    const path = joinPath(folder, repository.slice('file://'.length));
    if (path === undefined || (await files.list(path)) === undefined) return undefined;
    const loaded = await loadChart(files, path, stop);
    await files.noteDirectory(path);
    return loaded;
  }
  if (fetchChart === undefined || !/^(?:https?|oci):\/\//.test(repository)) return undefined;
  const fetched = await fetchChart({ repository, name, version, ...stop });
  const charts = folder === '' ? 'charts' : `${folder}/charts`;
  return loadChartArchive(fetched.archive, `${charts}/${name}-${fetched.version}.tgz`);
}

/** The version that Chart.lock (or requirements.lock) has fixed. */
function lockedVersion(lock: string | undefined, { name, repository }: Wanted): string | undefined {
  if (lock === undefined) return undefined;
  const value = parseYamlDocuments(lock, { file: 'Chart.lock' }).documents[0]?.value;
  const entries: unknown = isFields(value) ? value['dependencies'] : undefined;
  if (!Array.isArray(entries)) return undefined;
  const entry = entries.find(
    (each): each is Fields => isFields(each) && each['name'] === name && each['repository'] === repository,
  );
  const version = entry?.['version'];
  return typeof version === 'string' ? version : undefined;
}
