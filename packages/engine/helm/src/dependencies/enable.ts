import type { Dependency, Values } from '../chart/chart.ts';
import { nameOf } from '../chart/validate.ts';
import { isTable } from '../chart/yaml.ts';
import { ChartFault } from '../fault.ts';
import { coalesceValues, type Warn } from '../values/coalesce.ts';
import type { WorkingChart } from './working-chart.ts';

/** Whether a version lies in a range; false when either is malformed. */
export type InRange = (range: string, version: string) => boolean;

/** @throws ChartFault CHART_DEPENDENCY_MISSING when charts/ lacks what Chart.yaml names. */
export function checkDependencies({ metadata, dependencies }: WorkingChart, file: string): void {
  const present = new Set(dependencies.map((chart) => chart.metadata.name));
  const missing = metadata.dependencies.filter(({ name }) => !present.has(name)).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new ChartFault(
    'CHART_DEPENDENCY_MISSING',
    `an error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
    { file },
  );
}

/** Leaves of the dependencies those that tags and conditions allow, under their aliases; those of subcharts too. */
export function enableDependencies(
  chart: WorkingChart,
  given: Readonly<Values>,
  path: string,
  inRange: InRange,
  warn: Warn,
): void {
  const declared = chart.metadata.dependencies;
  // Helm looks no further: subcharts of a chart that declares none are there, with all of theirs.
  if (declared.length === 0) return;
  // What lies in charts/ and is not declared is always there.
  const kept = chart.dependencies.filter(
    ({ metadata }) =>
      !declared.some(({ name, version }) => name === metadata.name && inRange(version, metadata.version)),
  );
  for (const dependency of declared) {
    const found = chart.dependencies.find(
      ({ metadata }) => metadata.name === dependency.name && inRange(dependency.version, metadata.version),
    );
    if (found === undefined) continue;
    kept.push(dependency.alias === '' ? found : renamed(found, dependency.alias));
  }
  chart.dependencies = kept;

  const values = coalesceValues(chart, given, { warn: () => {} });
  const enabled = declared.filter((dependency) => isEnabled(dependency, values, path, warn));
  const disabled = new Set(declared.filter((dependency) => !enabled.includes(dependency)).map(nameOf));
  chart.dependencies = kept.filter(({ metadata }) => !disabled.has(metadata.name));
  chart.metadata = {
    ...chart.metadata,
    dependencies: enabled.map((dependency) => ({ ...dependency, name: nameOf(dependency), enabled: true })),
  };
  for (const dependency of chart.dependencies) {
    enableDependencies(dependency, values, `${path}${dependency.metadata.name}.`, inRange, warn);
  }
}

/** The same chart may stand under several aliases: each has its own dependencies and values. */
function renamed(chart: WorkingChart, name: string): WorkingChart {
  const copy = (original: WorkingChart): WorkingChart => ({
    ...original,
    dependencies: original.dependencies.map(copy),
  });
  return { ...copy(chart), metadata: { ...chart.metadata, name } };
}

/** Conditions decide before tags: the first of them that has a boolean. */
function isEnabled(dependency: Dependency, values: Values, path: string, warn: Warn): boolean {
  for (const condition of dependency.condition.split(',')) {
    if (condition.trim() === '') continue;
    const value = valueAt(values, `${path}${condition.trim()}`);
    if (typeof value === 'boolean') return value;
    if (value !== undefined) warn(`returned non-bool value: path=${condition.trim()} chart=${dependency.name}`);
  }
  const tags = isTable(values.tags) ? values.tags : {};
  const decided = dependency.tags.map((tag) => tags[tag]).filter((value) => typeof value === 'boolean');
  return decided.length === 0 || decided.includes(true);
}

export function valueAt(values: Readonly<Values>, path: string): unknown {
  let value: unknown = values;
  for (const name of path.split('.')) {
    if (!isTable(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
