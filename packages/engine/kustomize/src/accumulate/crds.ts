import { emptyConfig, mergeConfig, type TransformerConfig } from '../config/transformer-config.ts';
import type { FieldSpec } from '../kustomization/types.ts';
import { forConfiguration, type Limits } from '../limits.ts';
import { isMapNode, mapAt, type NodeMap, textAt } from '../node/node.ts';
import { readNodes } from '../node/read.ts';
import { gvkOf } from '../resource/gvk.ts';

const MAX_DEPTH = 30;

/**
 * What an OpenAPI file of `crds` says about the fields of custom resources: which name other objects, which hold labels,
 * selectors or annotations.
 */
export function crdConfig(text: string, file: string, limits: Limits): TransformerConfig {
  const [document] = readNodes(text, file, forConfiguration(limits));
  const definitions = document?.node;
  if (!isMapNode(definitions)) return emptyConfig;
  let config = emptyConfig;
  for (const [name, definition] of definitions) {
    const properties =
      mapAt(definitions, name, 'Schema', 'properties') ?? mapAt(definitions, name, 'schema', 'properties');
    if (!isMapNode(definition) || properties?.has('kind') !== true || !properties.has('metadata')) continue;
    const kind = name.slice(name.lastIndexOf('.') + 1);
    config = walkType(definitions, name, { kind }, [], config, 0);
  }
  return config;
}

function walkType(
  definitions: NodeMap,
  name: string,
  kind: { kind: string },
  path: readonly string[],
  into: TransformerConfig,
  depth: number,
): TransformerConfig {
  const properties =
    mapAt(definitions, name, 'Schema', 'properties') ?? mapAt(definitions, name, 'schema', 'properties');
  if (properties === undefined || depth > MAX_DEPTH) return into;
  let config = into;
  for (const [key, property] of properties) {
    if (!isMapNode(property)) continue;
    const at = [...path, key];
    const spec: FieldSpec = { ...kind, path: at.join('/') };
    config = markField(property, spec, config);
    const reference = textAt(property, '$ref') || textAt(property, 'items', '$ref');
    if (reference !== '') config = walkType(definitions, reference, kind, at, config, depth + 1);
  }
  return config;
}

function markField(property: NodeMap, spec: FieldSpec, config: TransformerConfig): TransformerConfig {
  const created = { ...spec, create: true };
  if (property.has('x-kubernetes-annotation')) {
    return mergeConfig(config, { ...emptyConfig, commonAnnotations: [created] });
  }
  if (property.has('x-kubernetes-label-selector') || property.has('x-kubernetes-identity')) {
    return mergeConfig(config, { ...emptyConfig, commonLabels: [created] });
  }
  const target = textAt(property, 'x-kubernetes-object-ref-kind');
  const apiVersion = textAt(property, 'x-kubernetes-object-ref-api-version');
  if (target === '' || apiVersion === '') return config;
  const key = textAt(property, 'x-kubernetes-object-ref-name-key');
  const path = key === '' ? spec.path : `${spec.path}/${key}`;
  return mergeConfig(config, {
    ...emptyConfig,
    nameReference: [{ ...gvkOf(apiVersion, target), fieldSpecs: [{ ...spec, path }] }],
  });
}
