import type { Diagnostic, Origin } from '@sekisho/base';
import { type Chart, completeDependencies, type FetchChart, loadChart, renderChart } from '@sekisho/helm';
import type { Manifest } from '@sekisho/kube';
import { capabilitiesOf } from '../capabilities.ts';
import { chanceOf } from '../chance.ts';
import { placeOf, type RenderContext } from '../context.ts';
import { createSubstitution } from '../environment.ts';
import { manifestsOf } from '../manifest-file.ts';
import { joinPath } from '../path.ts';
import type { SourceFolder } from '../source-folder.ts';
import type { SourceReader } from '../source-reader.ts';
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
  const { signal } = options;
  const fetchChart = fetchingFor(source, options.fetchChart);
  context.dependsOn.add('application').add('cluster');
  const stop = signal === undefined ? {} : { signal };
  const substitute = createSubstitution(context, reader.files);
  const values = await valuesOf(source, new ValueFiles(context, folder, reader, substitute), substitute);

  const loaded = await loadChart(reader.files, folder.real, stop);
  await reader.files.noteDirectory(folder.real);
  report(context, loaded.diagnostics);
  if (loaded.chart === undefined) return [];
  const completed = await completeDependencies(loaded.chart, {
    files: reader.files,
    ...(fetchChart === undefined ? {} : { fetchChart }),
    ...stop,
  });
  for (const path of neighbours(loaded.chart, folder.real)) await reader.files.noteDirectory(path);
  report(context, completed.diagnostics);
  const { chart } = completed;
  if (chart === undefined) return [];
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
    ...chanceOf(options),
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

/** `passCredentials` counts for the repositories of dependencies, too. */
function fetchingFor({ passCredentials }: HelmSource, fetchChart: FetchChart | undefined): FetchChart | undefined {
  if (fetchChart === undefined || passCredentials !== true) return fetchChart;
  return (request) => fetchChart({ ...request, passCredentials });
}

/** Folders of the tree that the chart takes dependencies from. */
function neighbours({ metadata, dependencies }: Chart, folder: string): string[] {
  const present = new Set(dependencies.map((chart) => chart.metadata.name));
  return metadata.dependencies.flatMap(({ name, repository }) => {
    const path = repository.startsWith('file://') ? joinPath(folder, repository.slice('file://'.length)) : undefined;
    return path === undefined || present.has(name) ? [] : [path];
  });
}

function report(context: RenderContext, diagnostics: readonly Diagnostic[]): void {
  context.report(
    diagnostics.map((diagnostic) => {
      const { origin } = diagnostic;
      return origin === undefined ? diagnostic : { ...diagnostic, origin: inTree(context, origin) };
    }),
  );
}

/** A file of another source is named `$ref/path`. */
function inTree({ options }: RenderContext, origin: Origin): Origin {
  const [, ref = '', file = ''] = /^\$([^/]+)\/(.*)$/s.exec(origin.file) ?? [];
  const source = options.refs?.get(ref);
  return source === undefined ? origin : { ...origin, ...placeOf(source), file };
}
