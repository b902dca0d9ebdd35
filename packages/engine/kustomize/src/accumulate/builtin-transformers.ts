import { metadataLabelSpecs, templateLabelSpecs } from '../config/default-field-specs.ts';
import type { TransformerConfig } from '../config/transformer-config.ts';
import { mergeSpecs } from '../config/transformer-config.ts';
import type { FieldPath, KustomizationFile } from '../kustomization/kustomization-file.ts';
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

/** A transformer and the field that asks for it. */
export interface TransformStep {
  readonly field: FieldPath;
  readonly transformer: Transformer;
}

/**
 * The transformers of a kustomization's own fields, in the order in which they run.
 * @throws BuildFault with the place of the field
 */
export async function builtinTransformers(
  kustomization: Kustomization,
  source: KustomizationFile,
  config: TransformerConfig,
  loader: Loader,
  limits: Limits,
): Promise<TransformStep[]> {
  const steps: TransformStep[] = [];
  const add = async (field: FieldPath, make: () => Transformer | Promise<Transformer>) => {
    try {
      steps.push({ field, transformer: await make() });
    } catch (error) {
      throw source.locate(error, field);
    }
  };
  /** One transformer for each entry of a list. */
  const addEach = async <T>(
    name: string,
    entries: readonly T[] = [],
    make: (entry: T) => Transformer | Promise<Transformer>,
  ) => {
    for (const [index, entry] of entries.entries()) await add([name, index], () => make(entry));
  };
  const { patchesStrategicMerge = [], labels = [], commonLabels, commonAnnotations, replacements = [] } = kustomization;
  const { namespace, namePrefix, nameSuffix } = kustomization;
  if (patchesStrategicMerge.length > 0) {
    await add(['patchesStrategicMerge'], () => readStrategicMerge(patchesStrategicMerge, loader, limits));
  }
  await addEach('patches', kustomization.patches, (patch) => readPatch(patch, loader, limits));
  if (namespace) await add(['namespace'], () => namespaceTransformer(namespace, config.namespace));
  if (namePrefix) await add(['namePrefix'], () => prefixTransformer(namePrefix, config.namePrefix));
  if (nameSuffix) await add(['nameSuffix'], () => suffixTransformer(nameSuffix, config.nameSuffix));
  for (const [index, label] of labels.entries()) {
    const { pairs } = label;
    if (pairs !== undefined) await add(['labels', index], () => labelTransformer(pairs, labelSpecs(label, config)));
  }
  // Runs, and is told of, even when there are only `labels`.
  if (commonLabels !== undefined || labels.length > 0) {
    await add(['commonLabels'], () => labelTransformer(commonLabels, config.commonLabels));
  }
  if (commonAnnotations !== undefined) {
    await add(['commonAnnotations'], () => annotationsTransformer(commonAnnotations, config.commonAnnotations));
  }
  await addEach('patchesJson6902', kustomization.patchesJson6902, (patch) => readJson6902(patch, loader, limits));
  await addEach('replicas', kustomization.replicas, ({ name = '', count = 0 }) =>
    replicaTransformer(name, count, config.replicas),
  );
  await addEach('images', kustomization.images, (image) => imageTransformer(image, config.images));
  if (replacements.length > 0) {
    await add(['replacements'], () => readReplacements(replacements, loader, limits));
  }
  return steps;
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
