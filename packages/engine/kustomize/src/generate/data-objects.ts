import { isUtf8 } from 'node:buffer';
import { BuildFault } from '../fault.ts';
import type { GeneratorConfig, GeneratorOptions } from '../kustomization/types.ts';
import { type Node, type NodeMap, Scalar } from '../node/node.ts';
import { type GeneratorBehavior, Resource } from '../resource/resource.ts';
import { entriesOf } from '../transform/transformer.ts';
import { type KeyValue, type LoadFile, loadKeyValues } from './key-values.ts';

/** Characters of base64 on one line. */
const LINE = 70;

/** Makes the ConfigMap or Secret that a generator describes. @throws BuildFault */
export async function generateDataObject(
  kind: 'ConfigMap' | 'Secret',
  config: GeneratorConfig,
  defaults: GeneratorOptions | undefined,
  load: LoadFile,
  file: string,
): Promise<Resource> {
  const { name = '' } = config;
  if (name === '') throw new BuildFault('a configmap must have a name', { file });
  const pairs = await loadKeyValues(config, load);
  const options = mergeOptions(defaults, config.options);
  const metadata: NodeMap = new Map([['name', name]]);
  if (config.namespace) metadata.set('namespace', config.namespace);
  for (const field of ['labels', 'annotations'] as const) {
    const entries = entriesOf(options[field]);
    if (entries.length > 0) metadata.set(field, new Map(entries));
  }
  const node: NodeMap = new Map<string, Node>([
    ['apiVersion', 'v1'],
    ['kind', kind],
    ['metadata', metadata],
  ]);
  if (kind === 'Secret') node.set('type', config.type || 'Opaque');
  fillData(node, kind, name, pairs, file);
  if (options.immutable === true) node.set('immutable', new Scalar('true', 'bool'));
  const resource = new Resource(node, { file });
  resource.behavior = behaviorOf(config.behavior);
  resource.needsHash = options.disableNameSuffixHash !== true;
  return resource;
}

function behaviorOf(text: string | undefined): GeneratorBehavior {
  return text === 'create' || text === 'merge' || text === 'replace' ? text : 'unspecified';
}

/** The kustomization's options count where the generator has none of its own. */
export function mergeOptions(
  defaults: GeneratorOptions | undefined,
  own: GeneratorOptions | undefined,
): GeneratorOptions {
  if (defaults === undefined) return own ?? {};
  if (own === undefined) return defaults;
  return {
    labels: { ...defaults.labels, ...own.labels },
    annotations: { ...defaults.annotations, ...own.annotations },
    disableNameSuffixHash: defaults.disableNameSuffixHash === true || own.disableNameSuffixHash === true,
    immutable: defaults.immutable === true || own.immutable === true,
  };
}

function fillData(node: NodeMap, kind: string, name: string, pairs: readonly KeyValue[], file: string): void {
  const data: NodeMap = new Map();
  const binary: NodeMap = new Map();
  for (const { key, value } of pairs) {
    if (data.has(key) || binary.has(key)) {
      throw new BuildFault(`${kind.toLowerCase()} ${name} illegally repeats the key \`${key}\``, { file });
    }
    if (kind === 'Secret') data.set(key, encodeBase64(value));
    else if (isUtf8(value)) data.set(key, Buffer.from(value).toString('utf8'));
    else binary.set(key, encodeBase64(value));
  }
  if (data.size > 0) node.set('data', data);
  if (binary.size > 0) node.set('binaryData', binary);
}

function encodeBase64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64');
  if (text.length <= LINE) return text;
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return lines.map((line) => `${line}\n`).join('');
}
