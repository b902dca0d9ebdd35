import { loadChart, type RenderedChart, renderChart } from '@sekisho/helm';
import type { Manifest } from '@sekisho/kube';
import type { RenderContext } from '../context.ts';
import { manifestsOf } from '../manifest-file.ts';
import type { SourceFolder } from '../source-folder.ts';
import type { SourceReader } from '../source-reader.ts';
import type { HelmSource } from './helm-source.ts';

/** Renders the chart of the source's directory. */
export async function renderChartSource(
  context: RenderContext,
  folder: SourceFolder,
  reader: SourceReader,
  source: HelmSource,
): Promise<readonly Manifest[]> {
  const { limits, options, place } = context;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const loaded = await loadChart(reader.files, folder.real, {
    limits: { maxFiles: limits.maxFiles },
    ...signal,
  });
  await reader.files.noteDirectory(folder.real);
  const { chart } = loaded;
  const report = ({ diagnostics }: Pick<RenderedChart, 'diagnostics'>) => {
    for (const diagnostic of diagnostics) {
      const { origin } = diagnostic;
      context.diagnostics.push(origin === undefined ? diagnostic : { ...diagnostic, origin: { ...place, ...origin } });
    }
  };
  report(loaded);
  if (chart === undefined) return [];
  await context.turn();
  const kubeVersion = source.kubeVersion ?? options.cluster?.kubeVersion;
  const apiVersions = source.apiVersions ?? options.cluster?.apiVersions;
  const release = options.release ?? {
    name: folder.shown.slice(folder.shown.lastIndexOf('/') + 1) || chart.metadata.name,
    namespace: 'default',
  };
  const rendered = renderChart(chart, {
    releaseName: source.releaseName || release.name,
    namespace: source.namespace || release.namespace,
    skipTests: source.skipTests === true,
    skipSchemaValidation: source.skipSchemaValidation === true,
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    ...(apiVersions === undefined ? {} : { apiVersions }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...signal,
  });
  report(rendered);
  const crds = source.skipCrds === true ? [] : rendered.crds.flatMap(({ documents }) => documents);
  const { manifests, diagnostics } = manifestsOf(
    [...crds, ...rendered.manifests]
      .filter(({ value }) => value !== null)
      .map(({ value, origin }) => ({ value, origin: { ...place, ...origin } })),
  );
  report({ diagnostics });
  return manifests;
}
