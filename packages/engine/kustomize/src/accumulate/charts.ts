import { BuildFault } from '../fault.ts';
import type { SourceFiles } from '../files.ts';
import type { HelmChartConfig, Kustomization } from '../kustomization/types.ts';
import { readNodes } from '../node/read.ts';
import { toValue } from '../node/value.ts';
import type { Resource } from '../resource/resource.ts';
import type { BuildContext } from './build-context.ts';
import type { ChartValues } from './chart-request.ts';
import type { Loader } from './loader.ts';
import { configFault } from './patch-reader.ts';
import { readResources } from './resource-reader.ts';

const KIND = 'HelmChartInflationGenerator';

/** What the charts of `helmCharts` render to, chart by chart. @throws BuildFault without a renderer */
export async function generateCharts(
  { helmCharts = [], helmGlobals }: Kustomization,
  loader: Loader,
  context: BuildContext,
  file: string,
): Promise<Resource[][]> {
  const made: Resource[][] = [];
  for (const chart of helmCharts) {
    context.signal?.throwIfAborted();
    if (!context.enableHelm || context.renderChart === undefined) {
      throw configFault(KIND, chart, 'must specify --enable-helm');
    }
    const { name = '' } = chart;
    if (name === '') throw configFault(KIND, chart, 'chart name cannot be empty');
    const path = chartPath(chart, helmGlobals?.chartHome || 'charts', loader, file);
    const files: SourceFiles = {
      read: (each) => loader.files.read(each),
      list: (each) => loader.files.list(each),
    };
    const values = await chartValues(chart, path, loader, context);
    const { text, diagnostics } = await context.renderChart({ ...chart, name, path, values, files });
    const fault = diagnostics.find(({ severity }) => severity === 'error');
    if (fault !== undefined) {
      throw new BuildFault(`could not render chart '${name}': ${fault.message}`, fault.origin, fault.code);
    }
    made.push(readResources(text, file, context.limits));
  }
  return made;
}

/** Charts of a repository lie in a folder that has their version in its name. */
function chartPath({ name = '', version, repo }: HelmChartConfig, home: string, loader: Loader, file: string): string {
  const folder = version && repo ? `${home}/${name}-${version}` : home;
  const path = loader.resolve(`${folder}/${name}`);
  if (path !== undefined) return path;
  throw new BuildFault(`chartHome '${home}' leads out of the tree`, { file }, 'KUSTOMIZE_PATH_ESCAPE');
}

async function chartValues(
  chart: HelmChartConfig,
  path: string,
  loader: Loader,
  { limits }: BuildContext,
): Promise<ChartValues[]> {
  const { valuesFile, additionalValuesFiles = [], valuesInline, valuesMerge = 'override' } = chart;
  const values: ChartValues[] = [];
  const load = async (from: string): Promise<{ file: string; text: string }> => ({
    file: loader.resolve(from) ?? from,
    text: await loader.loadText(from),
  });
  const own = `/${path}/values.yaml`;
  const base =
    valuesFile !== undefined || (await loader.files.read(own.slice(1))) !== undefined
      ? await load(valuesFile ?? own)
      : undefined;
  const inline = isTable(valuesInline) ? valuesInline : {};
  if (Object.keys(inline).length === 0) {
    if (base !== undefined) values.push(base);
  } else {
    const node = base === undefined ? undefined : readNodes(base.text, base.file, limits)[0]?.node;
    const read = node === undefined ? {} : toValue(node);
    values.push({ values: mergeInline(isTable(read) ? read : {}, inline, valuesMerge, chart) });
  }
  for (const file of additionalValuesFiles) values.push(await load(file));
  return values;
}

function mergeInline(file: Table, inline: Table, how: string, chart: HelmChartConfig): Table {
  switch (how) {
    case 'replace':
      return inline;
    case 'merge':
      return mergeTables(inline, file);
    case 'override':
      return mergeTables(file, inline);
    default:
      throw configFault(KIND, chart, `valuesMerge must be one of [merge override replace]`);
  }
}

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` wins, though not with null over what is there; tables of both are merged. */
function mergeTables(under: Table, over: Table): Table {
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const known = merged.get(key);
    if (value === null && merged.has(key)) continue;
    merged.set(key, isTable(known) && isTable(value) ? mergeTables(known, value) : value);
  }
  return Object.fromEntries(merged);
}
