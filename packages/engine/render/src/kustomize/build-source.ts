import type { Manifest } from '@sekisho/kube';
import { buildKustomization } from '@sekisho/kustomize';
import type { RenderContext } from '../context.ts';
import { manifestsOf } from '../manifest-file.ts';
import type { SourceFolder } from '../source-folder.ts';
import type { SourceReader } from '../source-reader.ts';
import type { KustomizeSource } from './kustomize-source.ts';

/** Builds the kustomization of the source's directory. */
export async function buildKustomizeSource(
  context: RenderContext,
  folder: SourceFolder,
  reader: SourceReader,
  _source: KustomizeSource,
): Promise<readonly Manifest[]> {
  const { limits, place } = context;
  const { signal } = context.options;
  const built = await buildKustomization(reader.files, folder.real, {
    limits: { maxFileBytes: limits.maxFileBytes, maxResources: limits.maxObjects },
    ...(signal === undefined ? {} : { signal }),
  });
  for (const diagnostic of built.diagnostics) {
    const { origin } = diagnostic;
    context.diagnostics.push(origin === undefined ? diagnostic : { ...diagnostic, origin: { ...place, ...origin } });
  }
  for (const warning of built.warnings) {
    const message = warning.replace(/^# Warning: /, '');
    context.diagnostics.push({ code: 'KUSTOMIZE_WARNING', severity: 'warning', message });
  }
  const { manifests, diagnostics } = manifestsOf(
    built.manifests.map(({ value, origin }) => ({ value, origin: { ...place, ...origin } })),
  );
  context.diagnostics.push(...diagnostics);
  return manifests;
}
