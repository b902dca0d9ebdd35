import type { Diagnostic, Origin } from '@sekisho/base';
import { loadChart, renderChart } from '@sekisho/helm';
import type { Manifest } from '@sekisho/kube';
import { capabilitiesOf } from '../capabilities.ts';
import { placeOf, type RenderContext } from '../context.ts';
import { createSubstitution } from '../environment.ts';
import { manifestsOf } from '../manifest-file.ts';
import type { SourceFolder } from '../source-folder.ts';
import type { SourceReader } from '../source-reader.ts';
import { addDependencies } from './dependencies.ts';
import type { HelmSource } from './helm-source.ts';
import { ValueFiles } from './value-files.ts';
import { valuesOf } from './values.ts';

/**
 * Renders the chart of the source's directory as Argo CD does: crds/ first, then resources in Helm's order, then hooks, whose
 * annotations the sync reads itself.
 *
 * @throws SourceFault
 */
export async function renderChartSource(
  context: RenderContext,
  folder: SourceFolder,
  reader: SourceReader,
  source: HelmSource,
): Promise<readonly Manifest[]> {
  const { options, place } = context;
  const { signal, seed, fetchChart } = options;
  const stop = signal === undefined ? {} : { signal };
  const substitute = createSubstitution(context, reader.files);
  const values = await valuesOf(source, new ValueFiles(context, folder, reader, substitute), substitute);

  const loaded = await loadChart(reader.files, folder.real, stop);
  await reader.files.noteDirectory(folder.real);
  report(context, loaded.diagnostics);
  if (loaded.chart === undefined) return [];
  const { chart, diagnostics: faults } = await addDependencies(loaded.chart, {
    files: reader.files,
    folder: folder.real,
    fetchChart,
    signal,
  });
  report(context, faults);
  if (faults.length > 0) return [];
  await context.turn();

  const { name, namespace } = options.release ?? {
    name: folder.shown.slice(folder.shown.lastIndexOf('/') + 1) || chart.metadata.name,
    namespace: 'default',
  };
  const rendered = renderChart(chart, {
    releaseName: source.releaseName || name,
    namespace: source.namespace || namespace,
    values,
    skipTests: source.skipTests === true,
    skipSchemaValidation: source.skipSchemaValidation === true,
    ...capabilitiesOf(source, options.cluster),
    ...(seed === undefined ? {} : { seed }),
    ...stop,
  });
  report(context, rendered.diagnostics);
  const crds = source.skipCrds === true ? [] : rendered.crds.flatMap(({ documents }) => documents);
  const made = [...crds, ...rendered.manifests].filter(({ value }) => value !== null);
  const { manifests, diagnostics } = manifestsOf(
    made.map(({ value, origin }) => ({ value, origin: { ...place, ...origin } })),
  );
  report(context, diagnostics);
  return manifests;
}

const MISSING_HINT =
  'Run `helm dependency update` and commit charts/, or give the dependency the https:// or oci:// address of a repository that can be reached.';

function report(context: RenderContext, diagnostics: readonly Diagnostic[]): void {
  context.report(
    diagnostics.map((diagnostic) => {
      const origin = diagnostic.origin === undefined ? {} : { origin: inTree(context, diagnostic.origin) };
      const hint = diagnostic.code === 'CHART_DEPENDENCY_MISSING' ? { hint: MISSING_HINT } : {};
      return { ...diagnostic, ...origin, ...hint };
    }),
  );
}

/** A file of another source is named `$ref/path`. */
function inTree({ options }: RenderContext, origin: Origin): Origin {
  const [, ref = '', file = ''] = /^\$([^/]+)\/(.*)$/s.exec(origin.file) ?? [];
  const source = options.refs?.get(ref);
  return source === undefined ? origin : { ...origin, ...placeOf(source), file };
}
