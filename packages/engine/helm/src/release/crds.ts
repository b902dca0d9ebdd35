import { type Origin, parseYamlDocuments } from '@sekisho/base';
import type { ChartFile } from '../chart/chart.ts';
import type { WorkingChart } from '../dependencies/working-chart.ts';
import { fullPath, sourceOf } from './template-tree.ts';

/** A file of crds/: it is no template. */
export interface CrdFile {
  /** `chart/crds/x.yaml`. */
  readonly source: string;
  readonly text: string;
  readonly documents: readonly { readonly value: unknown; readonly origin: Origin }[];
}

/** Those of the chart, then those of its subcharts. */
export function crdsOf(chart: WorkingChart, parent: string): CrdFile[] {
  const { source, dependencies } = chart;
  const path = fullPath(parent, chart.metadata.name);
  const own = source.files
    .filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name))
    .map((file) => ({ source: `${path}/${file.name}`, ...contentOf(file, sourceOf(source, file)) }));
  return [...own, ...dependencies.flatMap((dependency) => crdsOf(dependency, path))];
}

type Content = Pick<CrdFile, 'text' | 'documents'>;
const contents = new WeakMap<ChartFile, Content>();

/** Read once per file: definitions are long, and no render changes them. */
function contentOf(file: ChartFile, path: string): Content {
  const known = contents.get(file);
  if (known !== undefined) return known;
  const text = new TextDecoder().decode(file.data);
  const documents = parseYamlDocuments(text, { file: path }).documents.map(({ value, origin }) => ({ value, origin }));
  contents.set(file, { text, documents });
  return { text, documents };
}
