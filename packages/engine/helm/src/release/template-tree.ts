import type { TemplateSet } from '@sekisho/gotemplate';
import type { Chart, ChartFile } from '../chart/chart.ts';
import type { WorkingChart } from '../dependencies/working-chart.ts';
import { ChartFault } from '../fault.ts';
import { parseErrorText } from './error-text.ts';

/** A template of a chart or of one of its subcharts. */
export interface ChartTemplate {
  /** `chart/charts/sub/templates/x.yaml`. */
  readonly name: string;
  /** Its chart among the templates: `chart/charts/sub`. */
  readonly chart: string;
  /** Where it is in the source: for origins. */
  readonly file: string;
  /** It only defines: its name begins with `_`. */
  readonly isPartial: boolean;
  readonly data: Uint8Array;
}

/** Templates of a chart, parsed. */
export interface TemplateTree {
  readonly set: TemplateSet;
  /** In the order in which they are parsed and executed. */
  readonly templates: readonly ChartTemplate[];
  readonly fileOf: ReadonlyMap<string, string>;
}

/** Which subcharts there are depends on values: a chart may have as many trees. */
const MAX_TREES = 16;
const trees = new WeakMap<Chart, Map<string, TemplateTree>>();

/**
 * The templates of a chart with the subcharts that are enabled. A chart that is rendered again has them parsed already.
 *
 * @param empty the set on top of which they are
 * @throws ChartFault TEMPLATE_INVALID, with Helm's text
 */
export function templateTree(chart: WorkingChart, empty: TemplateSet): TemplateTree {
  const known = trees.get(chart.source) ?? new Map<string, TemplateTree>();
  trees.set(chart.source, known);
  const key = keyOf(chart);
  const found = known.get(key);
  if (found !== undefined) return found;
  const tree = parseTree(chart, empty.fork());
  if (known.size >= MAX_TREES) known.clear();
  known.set(key, tree);
  return tree;
}

/** Path of a chart among the templates: `app/charts/db`. */
export function fullPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/charts/${name}`;
}

/** Names of the charts, and where each comes from: two folders may hold charts of one name. */
function keyOf({ metadata, source, dependencies }: WorkingChart): string {
  return `${metadata.name}\0${source.path}\0(${dependencies.map(keyOf).join('')})`;
}

const decoder = new TextDecoder();

function parseTree(chart: WorkingChart, set: TemplateSet): TemplateTree {
  const templates = templatesOf(chart, '').sort(compareDepth);
  const fileOf = new Map<string, string>();
  for (const { name, file, data } of templates) {
    fileOf.set(name, file);
    const [fault] = set.add(name, decoder.decode(data));
    if (fault === undefined) continue;
    const { line, column } = fault.origin ?? {};
    const at = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    throw new ChartFault('TEMPLATE_INVALID', parseErrorText(fault.message), at);
  }
  return { set, templates, fileOf };
}

function templatesOf({ metadata, source, dependencies }: WorkingChart, parent: string): ChartTemplate[] {
  const chart = fullPath(parent, metadata.name);
  const isLibrary = metadata.type === 'library';
  const templates: ChartTemplate[] = [];
  for (const dependency of dependencies) templates.push(...templatesOf(dependency, chart));
  for (const file of source.templates) {
    const isPartial = isPartialName(file.name);
    if (isLibrary && !isPartial) continue;
    templates.push({ name: `${chart}/${file.name}`, chart, file: sourceOf(source, file), isPartial, data: file.data });
  }
  return templates;
}

/** Path of a chart's file in the source. */
export function sourceOf({ path }: Chart, { name }: ChartFile): string {
  return path === '' || path.endsWith('/') ? `${path}${name}` : `${path}/${name}`;
}

function isPartialName(path: string): boolean {
  return path.charAt(path.lastIndexOf('/') + 1) === '_';
}

/** Deeper ones first, so that a chart's definitions replace those of its subcharts; then by name, backwards. */
function compareDepth(a: ChartTemplate, b: ChartTemplate): number {
  const difference = depthOf(b.name) - depthOf(a.name);
  return difference !== 0 ? difference : a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}

function depthOf(path: string): number {
  let count = 0;
  for (const char of path) if (char === '/') count++;
  return count;
}
