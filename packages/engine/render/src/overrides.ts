import { type Diagnostic, parseYamlDocuments } from '@sekisho/base';
import type { RenderContext } from './context.ts';
import { decodeText } from './decode.ts';
import { type Fields, isFields } from './fields.ts';
import { optionsFault } from './option-shapes.ts';
import { childPath } from './path.ts';
import type { RecordingFiles } from './recording-files.ts';
import type { SourceFolder } from './source-folder.ts';
import { TOOLS, type ToolOptions } from './tool.ts';

/**
 * The options of the tools, changed by `.argocd-source.yaml` and then `.argocd-source-<application>.yaml` of the source's
 * directory: JSON merge patches (RFC 7386), of which nothing but the tools' options counts.
 *
 * @returns undefined after a fault: RENDER_OVERRIDES_INVALID, or of the YAML
 */
export async function readOverrides(
  context: RenderContext,
  folder: SourceFolder,
  files: RecordingFiles,
): Promise<ToolOptions | undefined> {
  const { directory, kustomize, helm, application, release } = context.options;
  const name = application?.name ?? release?.name;
  const names = ['.argocd-source.yaml', ...(name === undefined ? [] : [`.argocd-source-${name}.yaml`])];
  let merged: Fields = { directory, kustomize, helm };
  const faults: Diagnostic[] = [];
  let changedBy: string | undefined;
  await files.noteNames(folder.real);
  if ([...folder.entries.keys()].some((file) => file.startsWith('.argocd-source-'))) {
    context.dependsOn.add('application');
  }
  for (const file of names) {
    if (!folder.entries.has(file)) continue;
    const path = childPath(folder.real, file);
    const bytes = await files.read(path);
    if (bytes === undefined) continue;
    const patch = readPatch(bytes, context, path, faults);
    if (patch === undefined) continue;
    merged = mergePatch(merged, patch) as Fields;
    changedBy = path;
  }
  for (const tool of TOOLS) {
    // What the Application says itself was looked at where it was read.
    const value = merged[tool];
    if (changedBy === undefined || value === undefined) continue;
    const fault = optionsFault(tool, value);
    if (fault !== undefined) faults.push(invalid(context, changedBy, fault));
  }
  context.diagnostics.push(...faults);
  return faults.length > 0 ? undefined : (merged as ToolOptions);
}

function readPatch(bytes: Uint8Array, context: RenderContext, file: string, faults: Diagnostic[]): Fields | undefined {
  const text = decodeText(bytes);
  if (text === undefined) {
    faults.push(invalid(context, file, 'the file is not UTF-8 text'));
    return undefined;
  }
  const { documents, diagnostics } = parseYamlDocuments(text, { ...context.place, file });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  faults.push(...errors);
  const value = documents[0]?.value ?? {};
  if (isFields(value)) return value;
  faults.push(invalid(context, file, 'the file holds no map'));
  return undefined;
}

function invalid(context: RenderContext, file: string, message: string): Diagnostic {
  const hint = 'Write fields of an Application\'s source: "helm: {parameters: [{name: a, value: b}]}", say.';
  return { code: 'RENDER_OVERRIDES_INVALID', severity: 'error', message, origin: context.origin(file), hint };
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged = new Map(Object.entries(isFields(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
