import { type Origin, parseYamlDocuments } from '@sekisho/base';
import type { WorkingChart } from '../dependencies/working-chart.ts';
import { fullPath } from './scope.ts';

/** A file of crds/: it is no template. */
export interface CrdFile {
  /** `chart/crds/x.yaml`. */
  readonly source: string;
  readonly text: string;
  readonly documents: readonly { readonly value: unknown; readonly origin: Origin }[];
}

/** Those of the chart, then those of its subcharts. */
export function crdsOf(chart: WorkingChart, parent: string): CrdFile[] {
  const path = fullPath(parent, chart.metadata.name);
  const own = chart.source.files
    .filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name))
    .map(({ name, data }) => {
      const text = new TextDecoder().decode(data);
      const separator = chart.source.path === '' || chart.source.path.endsWith('/') ? '' : '/';
      const { documents } = parseYamlDocuments(text, { file: `${chart.source.path}${separator}${name}` });
      return { source: `${path}/${name}`, text, documents: documents.map(({ value, origin }) => ({ value, origin })) };
    });
  return [...own, ...chart.dependencies.flatMap((dependency) => crdsOf(dependency, path))];
}
