import { BuildFault } from '../fault.ts';
import { forConfiguration, type Limits } from '../limits.ts';
import { isMissing, isNull, type Node, type NodeMap } from '../node/node.ts';
import { readNodes } from '../node/read.ts';
import { toValue } from '../node/value.ts';
import type { KustomizationFile } from './kustomization-file.ts';
import { kustomizationShape } from './kustomization-shape.ts';
import { normalizeKeys, shapeFault } from './shape.ts';
import type { Kustomization } from './types.ts';

export interface ReadKustomization {
  readonly kustomization: Kustomization;
  readonly warnings: readonly string[];
}

/** Old fields and what takes their place, in the order of the warnings. */
const DEPRECATED: readonly (readonly [string, string])[] = [
  ['bases', "Please use 'resources' instead."],
  ['commonLabels', "Please use 'labels' instead."],
  ['imageTags', "Please use 'images' instead."],
  ['patchesJson6902', "Please use 'patches' instead."],
  ['patchesStrategicMerge', "Please use 'patches' instead."],
  ['vars', "Please use 'replacements' instead. [EXPERIMENTAL]"],
];

const VERSIONS: Readonly<Record<string, string>> = {
  Kustomization: 'kustomize.config.k8s.io/v1beta1',
  Component: 'kustomize.config.k8s.io/v1alpha1',
};

/**
 * Reads a kustomization file: keys that stand twice count with their last value, unknown fields are faults.
 * @throws BuildFault
 */
export function readKustomization(source: KustomizationFile, folder: string, limits: Limits): ReadKustomization {
  const { path: file, text } = source;
  const root = readRoot(text, file, limits);
  const warnings = DEPRECATED.filter(([field]) => root.has(field)).map(
    ([field, instead]) =>
      `# Warning: '${field}' is deprecated. ${instead} Run 'kustomize edit fix' to update your Kustomization automatically.`,
  );
  normalizeKeys(root, kustomizationShape);
  fixOldFields(root);
  const fault = shapeFault(root, kustomizationShape, 'Kustomization');
  if (fault !== undefined) {
    const { message, field } = fault;
    throw new BuildFault(`invalid Kustomization: ${message}`, source.origin(field), 'KUSTOMIZATION_INVALID');
  }
  dropNulls(root);
  const kustomization = toValue(root) as Kustomization;
  checkKind(kustomization, source, folder);
  if (isIdle(root)) throw new BuildFault('kustomization.yaml is empty', source.origin([]));
  return { kustomization, warnings };
}

function readRoot(text: string, file: string, limits: Limits): NodeMap {
  let documents: ReturnType<typeof readNodes>;
  try {
    documents = readNodes(text, file, forConfiguration(limits));
  } catch (error) {
    throw error instanceof BuildFault
      ? new BuildFault(`invalid Kustomization: ${error.message}`, error.origin, 'KUSTOMIZATION_INVALID')
      : error;
  }
  const node = documents[0]?.node;
  if (node === undefined || isNull(node))
    throw new BuildFault('kustomization.yaml is empty', { file, line: 1, column: 1 });
  if (node instanceof Map) {
    if (node.size === 0) throw new BuildFault('kustomization.yaml is empty', { file, line: 1, column: 1 });
    return node;
  }
  throw new BuildFault(
    `invalid Kustomization: json: cannot unmarshal ${Array.isArray(node) ? 'array' : 'string'} into Go value of type types.Kustomization`,
    { file, ...documents[0]?.position },
    'KUSTOMIZATION_INVALID',
  );
}

/** It asks for nothing. */
function isIdle(root: NodeMap): boolean {
  for (const [key, value] of root) {
    if (key === 'kind' || key === 'apiVersion' || key === 'metadata') continue;
    const empty =
      value === '' || (Array.isArray(value) && value.length === 0) || (value instanceof Map && value.size === 0);
    if (!empty) return false;
  }
  return true;
}

function fixOldFields(root: NodeMap): void {
  moveList(root, 'bases', 'resources');
  moveList(root, 'imageTags', 'images');
  for (const field of ['configMapGenerator', 'secretGenerator']) {
    for (const generator of asList(root.get(field))) {
      if (!(generator instanceof Map)) continue;
      const env = generator.get('env');
      if (typeof env === 'string' && env !== '') generator.set('envs', [...asList(generator.get('envs')), env]);
      generator.delete('env');
    }
  }
}

function moveList(root: NodeMap, from: string, to: string): void {
  const old = root.get(from);
  root.delete(from);
  if (Array.isArray(old)) root.set(to, [...asList(root.get(to)), ...old]);
}

function asList(node: Node | undefined): Node[] {
  return Array.isArray(node) ? node : [];
}

/** Null means the same as absent; null in a list of texts is the empty text. */
function dropNulls(node: Node): void {
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) {
      if (isNull(item)) node[index] = '';
      else dropNulls(item);
    }
  } else if (node instanceof Map) {
    for (const [key, value] of node) {
      if (key === 'valuesInline') continue;
      if (isMissing(value)) node.delete(key);
      else dropNulls(value);
    }
  }
}

function checkKind({ kind, apiVersion }: Kustomization, source: KustomizationFile, folder: string): void {
  const faults: string[] = [];
  if (kind !== undefined && kind !== '' && VERSIONS[kind] === undefined) {
    faults.push('kind should be Kustomization or Component');
  }
  const wanted = VERSIONS[kind || 'Kustomization'];
  if (apiVersion !== undefined && apiVersion !== '' && wanted !== undefined && apiVersion !== wanted) {
    faults.push(`apiVersion for ${kind || 'Kustomization'} should be ${wanted}`);
  }
  if (faults.length > 0) {
    const field = faults[0]?.startsWith('kind') ? 'kind' : 'apiVersion';
    const message = `Failed to read kustomization file under ${folder}:\n${faults.join('\n')}`;
    throw new BuildFault(message, source.origin([field]));
  }
}
