import { BuildFault, withinAsync } from '../fault.ts';
import { INLINE } from '../kustomization/kustomization-file.ts';
import { replacementShape } from '../kustomization/kustomization-shape.ts';
import { shapeFault } from '../kustomization/shape.ts';
import type { PatchConfig, ReplacementConfig } from '../kustomization/types.ts';
import { forConfiguration, type Limits } from '../limits.ts';
import { isMapNode, type Node } from '../node/node.ts';
import { readNodes } from '../node/read.ts';
import { fromValue, toValue } from '../node/value.ts';
import { writeNode } from '../node/write.ts';
import type { Resource } from '../resource/resource.ts';
import { jsonPatchTransformer, strategicMergeTransformer, targetedMergeTransformer } from '../transform/patches.ts';
import { replacementTransformer } from '../transform/replacements.ts';
import type { Transformer } from '../transform/transformer.ts';
import type { Loader } from './loader.ts';
import { readResources } from './resource-reader.ts';

/** A fault of a built-in transformer's configuration, with that configuration. */
export function configFault(kind: string, config: unknown, message: string): BuildFault {
  const shown = writeNode(fromValue(config));
  return new BuildFault(`trouble configuring builtin ${kind} with config: \`\n${shown}\`: ${message}`);
}

async function configuring<T>(kind: string, config: unknown, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BuildFault)) throw error;
    const shown = writeNode(fromValue(config));
    throw error.within(`trouble configuring builtin ${kind} with config: \`\n${shown}\``);
  }
}

/** The paths or texts of `patchesStrategicMerge`. */
export function readStrategicMerge(paths: readonly string[], loader: Loader, limits: Limits): Promise<Transformer> {
  const kind = 'PatchStrategicMergeTransformer';
  return configuring(kind, { paths }, async () => {
    const patches: Resource[] = [];
    for (const path of paths) {
      const text = isInline(path) ? path : await loader.loadText(path);
      patches.push(...readResources(text, isInline(path) ? INLINE : (loader.resolve(path) ?? path), limits, true));
    }
    if (patches.length === 0) throw new BuildFault('patchesStrategicMerge content is empty');
    return strategicMergeTransformer(patches, kind);
  });
}

function isInline(text: string): boolean {
  return text.includes('\n') || /^\s*[{]/.test(text) || /:\s/.test(text);
}

/** One entry of `patches`: what it is shows in its text. */
export function readPatch(patch: PatchConfig, loader: Loader, limits: Limits): Promise<Transformer> {
  const kind = 'PatchTransformer';
  const { text, load } = patchSource(patch, loader);
  const checkedTransformer = configuring(kind, patch, async () => {
    const problem =
      patch.patch && patch.path
        ? "patch and path can't be set at the same time"
        : 'must specify one of patch and path in';
    if (Boolean(patch.patch) === Boolean(patch.path)) {
      throw new BuildFault(`${problem}\n${writeNode(fromValue(patch)).trimEnd()}`);
    }
    const content = text ?? (await load());
    const file = patch.path ? (loader.resolve(patch.path) ?? patch.path) : INLINE;
    return parsePatch(patch, content, file, limits);
  });
  return checkedTransformer.then((parsed) => makePatch(parsed, patch));
}

function patchSource(patch: PatchConfig, loader: Loader): { text: string | undefined; load: () => Promise<string> } {
  const { path = '' } = patch;
  return {
    text: patch.patch || undefined,
    load: () => withinAsync(`failed to get the patch file from path(${path})`, () => loader.loadText(path)),
  };
}

type ParsedPatch =
  | { readonly operations: readonly Node[]; readonly label: string }
  | { readonly merges: readonly Resource[]; readonly label: string };

function parsePatch(patch: PatchConfig, content: string, file: string, limits: Limits): ParsedPatch {
  const label = patch.path ? `[path: ${JSON.stringify(patch.path)}]` : `[patch: ${JSON.stringify(content.trim())}]`;
  const unparsable = new BuildFault(
    `unable to parse SM or JSON patch from ${label}`,
    { file },
    'KUSTOMIZE_PATCH_INVALID',
  );
  let nodes: Node[];
  if (isBrokenJson(content)) throw unparsable;
  try {
    nodes = readNodes(content, file, limits).flatMap(({ node }) => (node === undefined ? [] : [node]));
  } catch (error) {
    throw error instanceof BuildFault ? new BuildFault(unparsable.message, error.origin, unparsable.code) : error;
  }
  if (Array.isArray(nodes[0]) && nodes[0].length > 0) {
    // Operations go through JSON, which reads YAML as configuration files are read.
    const operations = readNodes(content, file, forConfiguration(limits))[0]?.node;
    return { operations: Array.isArray(operations) ? operations : nodes[0], label };
  }
  let merges: Resource[];
  try {
    merges = readResources(content, file, limits, true);
  } catch (error) {
    throw error instanceof BuildFault ? new BuildFault(unparsable.message, error.origin, unparsable.code) : error;
  }
  if (merges.length === 0) throw unparsable;
  return { merges, label };
}

/** A list in brackets is read as JSON, not as YAML. */
function isBrokenJson(content: string): boolean {
  if (!content.trimStart().startsWith('[')) return false;
  try {
    JSON.parse(content);
    return false;
  } catch {
    return true;
  }
}

function makePatch(parsed: ParsedPatch, patch: PatchConfig): Transformer {
  const kind = 'PatchTransformer';
  const { target } = patch;
  if ('operations' in parsed) {
    if (target === undefined) throw new BuildFault(`must specify a target for JSON patch ${parsed.label}`);
    return jsonPatchTransformer(parsed.operations, target, kind, true);
  }
  if (parsed.merges.length > 1 && target !== undefined) {
    const message = `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${parsed.label}`;
    throw new BuildFault(message, undefined, 'KUSTOMIZE_PATCH_INVALID');
  }
  for (const merge of parsed.merges) {
    merge.allowNameChange = patch.options?.['allowNameChange'] === true;
    merge.allowKindChange = patch.options?.['allowKindChange'] === true;
  }
  return target === undefined
    ? strategicMergeTransformer(parsed.merges, kind)
    : targetedMergeTransformer(parsed.merges, target);
}

/** One entry of `patchesJson6902`. */
export function readJson6902(patch: PatchConfig, loader: Loader, limits: Limits): Promise<Transformer> {
  const { path = '', patch: inline = '', target } = patch;
  const config = { ...(inline === '' ? {} : { jsonOp: inline }), ...(path === '' ? {} : { path }), target };
  return configuring('PatchJson6902Transformer', config, async () => {
    if (target?.name === undefined) throw new BuildFault('must specify the target name');
    if (path === '' && inline === '') throw new BuildFault('must specify a file path or a jsonOp');
    if (path !== '' && inline !== '') throw new BuildFault('must specify a file path or jsonOp, not both');
    const text = inline === '' ? await loader.loadText(path) : inline;
    if (isBrokenJson(text)) throw new BuildFault('invalid character in JSON patch');
    const [document] = readNodes(text, path === '' ? INLINE : (loader.resolve(path) ?? path), forConfiguration(limits));
    const operations = document?.node;
    if (!Array.isArray(operations)) {
      throw new BuildFault('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    }
    if (operations.length === 0) throw new BuildFault(`patch appears to be empty; file=${path}, JsonOp=${inline}`);
    return jsonPatchTransformer(operations, target, 'PatchJson6902Transformer', false);
  });
}

/** `replacements`, those of files written out. */
export async function readReplacements(
  configs: readonly ReplacementConfig[],
  loader: Loader,
  limits: Limits,
): Promise<Transformer> {
  const all: ReplacementConfig[] = [];
  for (const config of configs) {
    if (config.path === undefined || config.path === '') all.push(config);
    else {
      if (config.source !== undefined || config.targets !== undefined) {
        throw new BuildFault('cannot specify both path and inline replacement');
      }
      all.push(...(await readReplacementFile(config.path, loader, limits)));
    }
  }
  return replacementTransformer(all);
}

async function readReplacementFile(path: string, loader: Loader, limits: Limits): Promise<ReplacementConfig[]> {
  const file = loader.resolve(path) ?? path;
  const [document] = readNodes(await loader.loadText(path), file, forConfiguration(limits));
  const node = document?.node;
  const entries = Array.isArray(node) ? node : node === undefined ? [] : [node];
  return entries.map((entry) => {
    const fault = isMapNode(entry)
      ? shapeFault(entry, replacementShape, 'Replacement')?.message
      : 'unsupported replacement type';
    if (fault !== undefined) throw new BuildFault(fault, { file });
    return toValue(entry) as ReplacementConfig;
  });
}
