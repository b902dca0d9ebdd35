import { ChartFault } from '../fault.ts';
import type { HelmLimits } from '../limits.ts';
import { unpackChart } from './archive.ts';
import type { Chart, ChartFile, ChartMetadata, Values } from './chart.ts';
import { readMetadata, readRequirements } from './metadata.ts';
import { validateMetadata } from './validate.ts';
import { readValues } from './yaml.ts';

const decoder = new TextDecoder();

/**
 * Makes a chart of its files, subcharts included.
 *
 * @param path prefix of origins
 * @throws ChartFault CHART_INVALID | CHART_YAML_INVALID | CHART_ARCHIVE_INVALID | CHART_TOO_LARGE
 */
export function assembleChart(files: readonly ChartFile[], path: string, limits: HelmLimits, depth = 0): Chart {
  const at = (name: string) => (path === '' || path === '.' ? name : `${path}/${name}`);
  if (depth > limits.maxChartDepth) {
    throw new ChartFault('CHART_TOO_LARGE', `subcharts are nested more than ${limits.maxChartDepth} deep`, {
      file: path,
    });
  }
  const special = new Map<string, ChartFile>();
  const templates: ChartFile[] = [];
  const others: ChartFile[] = [];
  const subcharts = new Map<string, ChartFile[]>();
  for (const file of files) {
    const { name } = file;
    if (SPECIAL.has(name)) special.set(name, file);
    if (name.startsWith('templates/')) templates.push(file);
    else if (name.startsWith('charts/') && !name.endsWith('.prov')) {
      const [folder = ''] = name.slice(7).split('/');
      const group = subcharts.get(folder) ?? [];
      subcharts.set(folder, group);
      group.push({ name: name.slice(7), data: file.data });
    } else if (!TAKEN.has(name)) others.push(file);
  }
  const text = (name: string) => {
    const file = special.get(name);
    return file === undefined ? undefined : decoder.decode(file.data);
  };

  const chartText = text('Chart.yaml');
  if (chartText === undefined)
    throw new ChartFault('CHART_INVALID', 'Chart.yaml file is missing', { file: at('Chart.yaml') });
  const metadata = withRequirements(
    readMetadata(chartText, at('Chart.yaml')),
    text('requirements.yaml'),
    at('requirements.yaml'),
  );
  const valuesText = text('values.yaml');
  const values: Values =
    valuesText === undefined ? {} : readValues(valuesText, at('values.yaml'), 'cannot load values.yaml: ');
  validateMetadata(metadata, at('Chart.yaml'));

  const dependencies: Chart[] = [];
  for (const [folder, group] of subcharts) {
    const dependency = loadSubchart(folder, group, at('charts'), limits, depth + 1, metadata.name);
    if (dependency !== undefined) dependencies.push(dependency);
  }
  return {
    metadata,
    values,
    schema: text('values.schema.json'),
    templates,
    files: others,
    lock: text('Chart.lock') ?? text('requirements.lock'),
    dependencies,
    path,
  };
}

const SPECIAL = new Set([
  'Chart.yaml',
  'Chart.lock',
  'values.yaml',
  'values.schema.json',
  'requirements.yaml',
  'requirements.lock',
]);
/** Those that `.Files` does not have. Requirements are there, as files of v1 charts always were. */
const TAKEN = new Set(['Chart.yaml', 'Chart.lock', 'values.yaml', 'values.schema.json']);

function withRequirements(metadata: ChartMetadata, requirements: string | undefined, file: string): ChartMetadata {
  const versioned = metadata.apiVersion === '' ? { ...metadata, apiVersion: 'v1' } : metadata;
  if (requirements === undefined || versioned.apiVersion !== 'v1') return versioned;
  return { ...versioned, dependencies: readRequirements(requirements, file) };
}

function loadSubchart(
  folder: string,
  group: readonly ChartFile[],
  charts: string,
  limits: HelmLimits,
  depth: number,
  parent: string,
): Chart | undefined {
  // Names that begin with `_` or `.` are left out.
  if (/^[_.]/.test(folder)) return undefined;
  const [first] = group;
  const path = `${charts}/${folder}`;
  try {
    if (folder.endsWith('.tgz')) {
      if (first === undefined || first.name !== folder) {
        throw new ChartFault(
          'CHART_INVALID',
          `error unpacking subchart tar in ${parent}: expected ${folder}, got ${first?.name}`,
          { file: path },
        );
      }
      return assembleChart(unpackChart(first.data, path, limits), `${path}!`, limits, depth);
    }
    const files = group.filter(({ name }) => name.includes('/'));
    const own = files.map(({ name, data }) => ({ name: name.slice(folder.length + 1), data }));
    return assembleChart(own, path, limits, depth);
  } catch (error) {
    if (!(error instanceof ChartFault)) throw error;
    const { code, file, line, column } = error;
    const where = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    throw new ChartFault(code, `error unpacking subchart ${folder} in ${parent}: ${error.message}`, where);
  }
}
