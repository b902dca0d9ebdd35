import { createHash } from 'node:crypto';
import type { Value } from '@sekisho/gotemplate';
import type { ChartMetadata, Dependency } from '../chart/chart.ts';
import { isTable, jsonKind, readYaml } from '../chart/yaml.ts';
import { ChartFault } from '../fault.ts';
import { writeJson } from '../functions/go-json.ts';

/** A dependency whose version is settled. */
export interface LockedDependency {
  readonly name: string;
  readonly repository: string;
  readonly version: string;
}

/** Chart.lock, or requirements.lock. */
export interface ChartLock {
  readonly dependencies: readonly LockedDependency[];
  /** `sha256:…` of what was asked for and what was locked; of Helm 2: of what was asked for. */
  readonly digest: string;
}

/** Names of the two files that belong together: charts of apiVersion v1 keep theirs beside Chart.yaml. */
export function lockFiles({ apiVersion }: ChartMetadata): { readonly lock: string; readonly declared: string } {
  return apiVersion === 'v1'
    ? { lock: 'requirements.lock', declared: 'requirements.yaml' }
    : { lock: 'Chart.lock', declared: 'Chart.yaml' };
}

/** @throws ChartFault CHART_YAML_INVALID */
export function parseLock(text: string, file: string): ChartLock {
  const prefix = `cannot load ${file.slice(file.lastIndexOf('/') + 1)}: `;
  const value = readYaml(text, file, prefix) ?? {};
  if (!isTable(value)) throw mismatch(prefix, file, value, 'Go value of type v2.Lock');
  const { dependencies = [], digest } = value;
  if (dependencies !== null && !Array.isArray(dependencies)) {
    throw mismatch(prefix, file, dependencies, 'Go struct field Lock.dependencies of type []*v2.Dependency');
  }
  return {
    digest: String(digest ?? ''),
    dependencies: (dependencies ?? []).map((dependency: unknown) => {
      if (!isTable(dependency)) throw mismatch(prefix, file, dependency, 'Go value of type v2.Dependency');
      const text = (name: string) => String(dependency[name] ?? '');
      return { name: text('name'), repository: text('repository'), version: text('version') };
    }),
  };
}

/** Whether a lock was made for these dependencies; locks of Helm 2 count for charts of apiVersion v1. */
export function isInSync({ apiVersion, dependencies }: ChartMetadata, lock: ChartLock): boolean {
  if (lock.digest === lockDigest(dependencies, lock.dependencies)) return true;
  return apiVersion === 'v1' && lock.digest === digestOf(`{"dependencies":${listJson(dependencies)}}`);
}

/** The digest that `helm dependency update` writes: of both lists in the JSON of Go. */
export function lockDigest(declared: readonly Dependency[], locked: readonly LockedDependency[]): string {
  return digestOf(`[${listJson(declared)},${listJson(locked)}]`);
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function listJson(dependencies: readonly (LockedDependency | Dependency)[]): string {
  // What was never set is Go's nil.
  return dependencies.length === 0 ? 'null' : `[${dependencies.map(dependencyJson).join(',')}]`;
}

/** Fields in the order of Helm's struct; empty ones are left out, all but name and repository. */
function dependencyJson(dependency: LockedDependency | Dependency): string {
  const { name, version, repository } = dependency;
  const full = 'alias' in dependency ? dependency : undefined;
  const fields: (readonly [string, unknown])[] = [
    ['name', name],
    ['version', version || undefined],
    ['repository', repository],
    ['condition', full?.condition || undefined],
    ['tags', nonEmpty(full?.tags)],
    ['enabled', full?.enabled || undefined],
    ['import-values', nonEmpty(full?.importValues)],
    ['alias', full?.alias || undefined],
  ];
  const members = fields.flatMap(([key, value]) =>
    value === undefined ? [] : [`"${key}":${writeJson(value as Value)}`],
  );
  return `{${members.join(',')}}`;
}

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function mismatch(prefix: string, file: string, value: unknown, wanted: string): ChartFault {
  const message = `json: cannot unmarshal ${jsonKind(value)} into ${wanted}`;
  return new ChartFault('CHART_YAML_INVALID', `${prefix}error unmarshaling JSON: while decoding JSON: ${message}`, {
    file,
  });
}
