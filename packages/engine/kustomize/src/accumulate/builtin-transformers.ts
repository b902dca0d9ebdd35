import { metadataLabelSpecs, templateLabelSpecs } from '../config/default-field-specs.ts';
import type { TransformerConfig } from '../config/transformer-config.ts';
import { mergeSpecs } from '../config/transformer-config.ts';
import type { FieldSpec, Kustomization, LabelConfig } from '../kustomization/types.ts';
import type { Limits } from '../limits.ts';
import { imageTransformer } from '../transform/images.ts';
import { annotationsTransformer, labelTransformer } from '../transform/labels.ts';
import { prefixTransformer, suffixTransformer } from '../transform/names.ts';
import { namespaceTransformer } from '../transform/namespace.ts';
import { replicaTransformer } from '../transform/replicas.ts';
import type { Transformer } from '../transform/transformer.ts';
import type { Loader } from './loader.ts';
import { readJson6902, readPatch, readReplacements, readStrategicMerge } from './patch-reader.ts';

/** The transformers of a kustomization's own fields, in the order in which they run. @throws BuildFault */
export async function builtinTransformers(
  { ...kustomization }: Kustomization,
  config: TransformerConfig,
  loader: Loader,
  limits: Limits,
): Promise<Transformer[]> {
  const all: Transformer[] = [];
  const { patchesStrategicMerge = [], patches = [], patchesJson6902 = [], replacements = [] } = kustomization;
  if (patchesStrategicMerge.length > 0) all.push(await readStrategicMerge(patchesStrategicMerge, loader, limits));
  for (const patch of patches) all.push(await readPatch(patch, loader, limits));
  if (kustomization.namespace) all.push(namespaceTransformer(kustomization.namespace, config.namespace));
  if (kustomization.namePrefix) all.push(prefixTransformer(kustomization.namePrefix, config.namePrefix));
  if (kustomization.nameSuffix) all.push(suffixTransformer(kustomization.nameSuffix, config.nameSuffix));
  for (const label of kustomization.labels ?? []) {
    if (label.pairs !== undefined) all.push(labelTransformer(label.pairs, labelSpecs(label, config)));
  }
  // Runs, and is told of, even when there are only `labels`.
  if (kustomization.commonLabels !== undefined || (kustomization.labels ?? []).length > 0) {
    all.push(labelTransformer(kustomization.commonLabels, config.commonLabels));
  }
  if (kustomization.commonAnnotations !== undefined) {
    all.push(annotationsTransformer(kustomization.commonAnnotations, config.commonAnnotations));
  }
  for (const patch of patchesJson6902) all.push(await readJson6902(patch, loader, limits));
  for (const { name = '', count = 0 } of kustomization.replicas ?? []) {
    all.push(replicaTransformer(name, count, config.replicas));
  }
  for (const image of kustomization.images ?? []) all.push(imageTransformer(image, config.images));
  if (replacements.length > 0) all.push(await readReplacements(replacements, loader, limits));
  return all;
}

function labelSpecs(label: LabelConfig, config: TransformerConfig): readonly FieldSpec[] {
  let specs: readonly FieldSpec[] = label.fields ?? [];
  if (label.includeSelectors === true) return mergeSpecs(specs, config.commonLabels);
  if (label.includeTemplates === true) {
    specs = mergeSpecs(specs, metadataLabelSpecs);
    return mergeSpecs(specs, mergeSpecs(templateLabelSpecs, config.templateLabels));
  }
  return mergeSpecs(mergeSpecs(specs, config.labels), metadataLabelSpecs);
}
