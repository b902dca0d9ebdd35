import { BuildFault } from '../fault.ts';
import { type Shape, shapeFault } from '../kustomization/shape.ts';
import type { FieldSpec } from '../kustomization/types.ts';
import { forConfiguration, type Limits } from '../limits.ts';
import { isMapNode } from '../node/node.ts';
import { readNodes } from '../node/read.ts';
import { toValue } from '../node/value.ts';
import {
  commonAnnotationSpecs,
  commonLabelSpecs,
  imageSpecs,
  nameSpecs,
  namespaceSpecs,
  replicaSpecs,
  templateLabelSpecs,
} from './default-field-specs.ts';
import { defaultNameReferences, defaultVarReferences, type NameReference } from './default-references.ts';

/** Which fields each transformer changes. */
export interface TransformerConfig {
  readonly namePrefix: readonly FieldSpec[];
  readonly nameSuffix: readonly FieldSpec[];
  readonly namespace: readonly FieldSpec[];
  readonly labels: readonly FieldSpec[];
  readonly templateLabels: readonly FieldSpec[];
  readonly commonLabels: readonly FieldSpec[];
  readonly commonAnnotations: readonly FieldSpec[];
  readonly nameReference: readonly NameReference[];
  readonly varReference: readonly FieldSpec[];
  readonly images: readonly FieldSpec[];
  readonly replicas: readonly FieldSpec[];
}

export const emptyConfig: TransformerConfig = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  labels: [],
  templateLabels: [],
  commonLabels: [],
  commonAnnotations: [],
  nameReference: [],
  varReference: [],
  images: [],
  replicas: [],
};

export const defaultConfig: TransformerConfig = {
  namePrefix: nameSpecs,
  nameSuffix: nameSpecs,
  namespace: namespaceSpecs,
  labels: [],
  templateLabels: templateLabelSpecs,
  commonLabels: commonLabelSpecs,
  commonAnnotations: commonAnnotationSpecs,
  nameReference: defaultNameReferences,
  varReference: defaultVarReferences,
  images: imageSpecs,
  replicas: replicaSpecs,
};

/** Both together; a field that is in both counts once. @throws BuildFault when they disagree whether it is made */
export function mergeConfig(a: TransformerConfig, b: TransformerConfig): TransformerConfig {
  if (b === emptyConfig || a === b) return a;
  if (a === emptyConfig) return b;
  const merged: Record<string, unknown> = {};
  for (const key of Object.keys(emptyConfig) as (keyof TransformerConfig)[]) {
    if (key !== 'nameReference') merged[key] = mergeSpecs(a[key], b[key]);
  }
  return {
    ...(merged as unknown as TransformerConfig),
    nameReference: mergeReferences(a.nameReference, b.nameReference),
  };
}

export function mergeSpecs(a: readonly FieldSpec[], b: readonly FieldSpec[]): readonly FieldSpec[] {
  if (b.length === 0 || a === b) return a;
  const merged = [...a];
  for (const spec of b) {
    const known = merged.find((other) => sameKind(other, spec) && other.path === spec.path);
    if (known === undefined) merged.push(spec);
    else if ((known.create ?? false) !== (spec.create ?? false)) {
      throw new BuildFault('conflicting fieldspecs');
    }
  }
  return merged;
}

function mergeReferences(a: readonly NameReference[], b: readonly NameReference[]): readonly NameReference[] {
  if (b.length === 0 || a === b) return a;
  const merged = [...a];
  for (const reference of b) {
    const index = merged.findIndex((other) => sameKind(other, reference));
    const known = merged[index];
    if (known === undefined) merged.push(reference);
    else merged[index] = { ...known, fieldSpecs: mergeSpecs(known.fieldSpecs, reference.fieldSpecs) };
  }
  return merged;
}

function sameKind(a: Omit<NameReference, 'fieldSpecs'>, b: Omit<NameReference, 'fieldSpecs'>): boolean {
  return (
    (a.group ?? '') === (b.group ?? '') && (a.version ?? '') === (b.version ?? '') && (a.kind ?? '') === (b.kind ?? '')
  );
}

const specList: Shape = {
  list: { struct: { group: 'string', version: 'string', kind: 'string', path: 'string', create: 'bool' } },
};
const configShape: Shape = {
  struct: {
    namePrefix: specList,
    nameSuffix: specList,
    namespace: specList,
    labels: specList,
    templateLabels: specList,
    commonLabels: specList,
    commonAnnotations: specList,
    varReference: specList,
    images: specList,
    replicas: specList,
    nameReference: {
      list: { struct: { group: 'string', version: 'string', kind: 'string', fieldSpecs: specList } },
    },
  },
};

/** Reads a file of `configurations`. @throws BuildFault */
export function readTransformerConfig(text: string, file: string, limits: Limits): TransformerConfig {
  let config = emptyConfig;
  for (const { node } of readNodes(text, file, forConfiguration(limits))) {
    if (node === undefined) continue;
    const fault = isMapNode(node) ? shapeFault(node, configShape, 'TransformerConfig')?.message : 'json: not an object';
    if (fault !== undefined) {
      throw new BuildFault(`error unmarshaling JSON: while decoding JSON: ${fault}`, { file });
    }
    config = mergeConfig(config, { ...emptyConfig, ...(toValue(node) as Partial<TransformerConfig>) });
  }
  return config;
}
