import type { Manifest } from '@sekisho/kube';
import { buildKustomization, type Kustomization } from '@sekisho/kustomize';
import { capabilitiesOf } from '../capabilities.ts';
import { chanceOf } from '../chance.ts';
import type { RenderContext } from '../context.ts';
import { createSubstitution } from '../environment.ts';
import { manifestsOf } from '../manifest-file.ts';
import { joinPath } from '../path.ts';
import { SourceFault } from '../source-fault.ts';
import type { SourceFolder } from '../source-folder.ts';
import type { SourceReader } from '../source-reader.ts';
import { EditFault, editKustomization } from './edit.ts';
import { kustomizeCharts } from './kustomize-charts.ts';
import type { KustomizeSource } from './kustomize-source.ts';

/** Builds the kustomization of the source's directory, edited as the Application says. @throws SourceFault */
export async function buildKustomizeSource(
  context: RenderContext,
  folder: SourceFolder,
  reader: SourceReader,
  source: KustomizeSource,
): Promise<readonly Manifest[]> {
  const { limits, place, options } = context;
  const { signal, fetchChart } = options;
  const charts = kustomizeCharts({
    ...capabilitiesOf(source, options.cluster),
    ...chanceOf(options),
    ...(fetchChart === undefined ? {} : { fetchChart }),
    ...(signal === undefined ? {} : { signal }),
  });
  const edited = { ...source, components: await presentComponents(folder, reader, source) };
  const substitute = createSubstitution(context, reader.files);
  const built = await buildKustomization(reader.files, folder.real, {
    limits: { maxFileBytes: limits.maxFileBytes, maxResources: limits.maxObjects },
    enableHelm: true,
    renderChart: async (request) => {
      context.dependsOn.add('cluster');
      const rendered = await charts(request);
      await reader.files.noteDirectory(request.path);
      return rendered;
    },
    edit: (kustomization) => edit(kustomization, edited, substitute),
    ...(signal === undefined ? {} : { signal }),
  });
  context.report(built.diagnostics);
  context.report(
    built.warnings.map((warning) => ({
      code: 'KUSTOMIZE_WARNING',
      severity: 'warning',
      message: warning.replace(/^# Warning: /, ''),
    })),
  );
  const { manifests, diagnostics } = manifestsOf(
    built.manifests.map(({ value, origin }) => ({ value, origin: { ...place, ...origin } })),
  );
  context.report(diagnostics);
  return manifests;
}

function edit(
  kustomization: Kustomization,
  source: KustomizeSource,
  substitute: (text: string) => string,
): Kustomization {
  try {
    return editKustomization(kustomization, source, substitute);
  } catch (error) {
    if (!(error instanceof EditFault)) throw error;
    throw new SourceFault({
      code: 'RENDER_KUSTOMIZE_OPTIONS',
      severity: 'error',
      message: `source.kustomize can't be applied: ${error.message}`,
      hint: 'Change spec.source.kustomize, or the kustomization.',
    });
  }
}

/** With `ignoreMissingComponents` those whose directory is not there are left out. */
async function presentComponents(
  folder: SourceFolder,
  { files }: SourceReader,
  { components = [], ignoreMissingComponents }: KustomizeSource,
): Promise<readonly string[]> {
  if (ignoreMissingComponents !== true) return components;
  const present: string[] = [];
  for (const component of components) {
    const path = joinPath(folder.real, component);
    if (component.includes('://') || (path !== undefined && (await files.list(path)) !== undefined)) {
      present.push(component);
    }
  }
  return present;
}
