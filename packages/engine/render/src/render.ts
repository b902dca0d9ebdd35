import type { Manifest } from '@sekisho/kube';
import { RenderContext } from './context.ts';
import { findManifestFiles, readManifestFiles } from './directory-source.ts';
import { checkDuplicates } from './duplicates.ts';
import type { FileTree } from './file-tree.ts';
import { renderChartSource } from './helm/chart-source.ts';
import { buildKustomizeSource } from './kustomize/build-source.ts';
import type { RenderedFile, RenderOptions, RenderResult, Tool } from './options.ts';
import { readOverrides } from './overrides.ts';
import type { Read } from './reads.ts';
import { SourceFault } from './source-fault.ts';
import { findFolder, type SourceFolder } from './source-folder.ts';
import { createSourceReader, type SourceReader } from './source-reader.ts';
import { chooseTool, type ToolOptions } from './tool.ts';

/**
 * Renders a source as Argo CD does: every `*.yaml`, `*.yml` and `*.json` of a directory, a kustomization, or a chart.
 *
 * Faults of the files are returned, all of them: RENDER_PATH_MISSING, RENDER_PATH_ESCAPE, RENDER_SYMLINK_ESCAPE,
 * RENDER_SUBMODULE, RENDER_FILE_TOO_LARGE, RENDER_TOO_LARGE, RENDER_TOO_MANY_FILES, RENDER_TOO_MANY_OBJECTS,
 * RENDER_NOT_TEXT, RENDER_NOT_AN_OBJECT, RENDER_DUPLICATE_OBJECT, RENDER_UNSUPPORTED_SOURCE, RENDER_INVALID_GLOB,
 * RENDER_SEVERAL_TOOLS, RENDER_OVERRIDES_INVALID, RENDER_VALUES_MISSING, RENDER_REF_UNKNOWN, the YAML codes, and those of
 * Kustomize (KUSTOMIZE_…) and Helm (CHART_…, TEMPLATE_…, VALUES_…), whose first fault ends the render; warnings:
 * RENDER_BROKEN_SYMLINK, KUSTOMIZE_WARNING, HELM_WARNING, and RENDER_NOT_AN_OBJECT for files of a directory that have nothing
 * to do with Kubernetes. What the tree throws is passed on, and `signal.reason` when it aborts.
 */
export async function render(tree: FileTree, options: RenderOptions): Promise<RenderResult> {
  const context = new RenderContext(tree, options);
  const source = await openSource(context);
  if (source === undefined) return resultOf(context, 'directory', { manifests: [] });
  if (source.tool === 'directory') {
    const files = await findManifestFiles(context, source.folder, source.options.directory ?? {});
    const key = surveyKey(context, files);
    const manifests = await readManifestFiles(context, files);
    return resultOf(context, 'directory', { manifests, files, key });
  }
  return runTool(context, source);
}

/**
 * A text that changes whenever {@link render} could give something else. Of directories the files are listed without reading
 * them: much cheaper than rendering, and unmoved by changes to other files of the same directory.
 */
export async function renderKey(tree: FileTree, options: RenderOptions): Promise<string> {
  return (await surveySource(tree, options)).key;
}

/** Finds the files of a source as {@link render} does. Those of a directory are not read; other tools find theirs by rendering. */
export async function surveySource(tree: FileTree, options: RenderOptions): Promise<SourceSurvey> {
  const context = new RenderContext(tree, options);
  const source = await openSource(context);
  if (source !== undefined && source.tool !== 'directory') return runTool(context, source);
  const files =
    source === undefined ? [] : await findManifestFiles(context, source.folder, source.options.directory ?? {});
  return { files: files.map(shownFile), diagnostics: context.diagnostics, key: surveyKey(context, files) };
}

export interface SourceSurvey extends Pick<RenderResult, 'files' | 'diagnostics' | 'key'> {}

interface OpenSource {
  readonly tool: Tool;
  readonly options: ToolOptions;
  readonly folder: SourceFolder;
  readonly reader: SourceReader;
}

/** Undefined after a fault. */
async function openSource(context: RenderContext): Promise<OpenSource | undefined> {
  const folder = await findFolder(context);
  if (folder === undefined) return undefined;
  const reader = createSourceReader(context);
  try {
    const options = await readOverrides(context, folder, reader.files);
    const tool = options === undefined ? undefined : chooseTool(context, options, folder);
    if (options !== undefined && tool !== undefined) return { tool, options, folder, reader };
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    context.diagnostics.push(error.diagnostic);
  }
  context.resolver.reads.set(folder.real, folder.id);
  return undefined;
}

async function runTool(context: RenderContext, { tool, options, folder, reader }: OpenSource): Promise<RenderResult> {
  let manifests: readonly Manifest[] = [];
  try {
    manifests =
      tool === 'kustomize'
        ? await buildKustomizeSource(context, folder, reader, options.kustomize ?? {})
        : await renderChartSource(context, folder, reader, options.helm ?? {});
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    context.diagnostics.push(error.diagnostic);
  }
  if (manifests.length > context.limits.maxObjects) {
    context.fault('RENDER_TOO_MANY_OBJECTS', `the source gives more than ${context.limits.maxObjects} objects`, {
      hint: 'Split the application.',
    });
  }
  const { reads, renderedFiles: files } = reader;
  return resultOf(context, tool, { manifests, reads, files, key: surveyKey(context, files) });
}

function resultOf(
  context: RenderContext,
  tool: Tool,
  found: {
    readonly manifests: readonly Manifest[];
    readonly reads?: readonly Read[];
    readonly files?: readonly RenderedFile[];
    readonly key?: string;
  },
): RenderResult {
  const { manifests, files = [], key = surveyKey(context, []) } = found;
  context.diagnostics.push(...checkDuplicates(manifests));
  const reads = found.reads ?? [...context.resolver.reads].map(([path, id]) => ({ path, id }));
  const { diagnostics, dependsOn } = context;
  return { tool, manifests, diagnostics, reads, dependsOn: [...dependsOn], files: files.map(shownFile), key };
}

function shownFile({ path, realPath, id, ref }: RenderedFile): RenderedFile {
  return { path, realPath, id, ...(ref === undefined ? {} : { ref }) };
}

function surveyKey({ diagnostics }: RenderContext, files: readonly RenderedFile[]): string {
  return JSON.stringify([
    ...files.map(({ path, realPath, id, ref }) => [path, realPath, id, ...(ref === undefined ? [] : [ref])]),
    ...diagnostics.map((fault) => [fault.code, fault.message, fault.origin?.file ?? '']),
  ]);
}
