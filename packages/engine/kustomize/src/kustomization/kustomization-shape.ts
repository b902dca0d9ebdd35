import type { Shape } from './shape.ts';

const s = 'string';
const b = 'bool';
const list = (shape: Shape): Shape => ({ list: shape });
const map = (shape: Shape): Shape => ({ map: shape });
const struct = (
  fields: Readonly<Record<string, Shape>>,
  name?: string,
  through?: Readonly<Record<string, string>>,
): Shape => ({
  struct: fields,
  ...(name === undefined ? {} : { name }),
  ...(through === undefined ? {} : { through }),
});

const fieldSpec = struct({ group: s, version: s, kind: s, path: s, create: b }, 'FieldSpec');
const selector = struct(
  {
    group: s,
    version: s,
    kind: s,
    name: s,
    namespace: s,
    labelSelector: s,
    annotationSelector: s,
  },
  'Selector',
);
const patch = struct({ path: s, patch: s, target: selector, options: map(b) }, 'Patch');
const json6902 = struct({ path: s, patch: s, target: selector, options: map(b) }, 'Patch');
const generatorOptions = struct(
  {
    labels: map(s),
    annotations: map(s),
    disableNameSuffixHash: b,
    immutable: b,
  },
  'GeneratorOptions',
);
const generatorArgs: Record<string, Shape> = {
  namespace: s,
  name: s,
  behavior: s,
  literals: list(s),
  files: list(s),
  envs: list(s),
  env: s,
  options: generatorOptions,
};
/** In Go, the arguments of generators consist of one another. */
const generatorParts: Readonly<Record<string, string>> = {
  namespace: 'GeneratorArgs',
  name: 'GeneratorArgs',
  behavior: 'GeneratorArgs',
  options: 'GeneratorArgs',
  literals: 'GeneratorArgs.KvPairSources',
  files: 'GeneratorArgs.KvPairSources',
  envs: 'GeneratorArgs.KvPairSources',
};
const fieldOptions = struct({ delimiter: s, index: 'int64', encoding: s, create: b });
const idSelector: Record<string, Shape> = { group: s, version: s, kind: s, name: s, namespace: s };

export const replacementShape = struct({
  source: struct({ ...idSelector, fieldPath: s, options: fieldOptions }),
  sourceValue: s,
  targets: list(struct({ select: selector, reject: list(selector), fieldPaths: list(s), options: fieldOptions })),
});

export const kustomizationShape = struct({
  apiVersion: s,
  kind: s,
  metadata: struct({
    name: s,
    namespace: s,
    labels: map(s),
    annotations: map(s),
  }),
  openapi: map(s),
  namePrefix: s,
  nameSuffix: s,
  namespace: s,
  commonLabels: map(s),
  labels: list(struct({ pairs: map(s), includeSelectors: b, includeTemplates: b, fields: list(fieldSpec) }, 'Label')),
  commonAnnotations: map(s),
  patchesStrategicMerge: list(s),
  patchesJson6902: list(json6902),
  patches: list(patch),
  images: list(struct({ name: s, newName: s, tagSuffix: s, newTag: s, digest: s }, 'Image')),
  imageTags: list(struct({ name: s, newName: s, tagSuffix: s, newTag: s, digest: s }, 'Image')),
  replacements: list(struct({ path: s, ...(replacementShape as { struct: Record<string, Shape> }).struct })),
  replicas: list(struct({ name: s, count: 'int64' }, 'Replica')),
  vars: list(
    struct({
      name: s,
      objref: struct({ ...idSelector, apiVersion: s, uid: s, resourceVersion: s, fieldPath: s }),
      fieldref: struct({ fieldPath: s, apiVersion: s }),
    }),
  ),
  sortOptions: struct({
    order: s,
    legacySortOptions: struct({ orderFirst: list(s), orderLast: list(s) }),
  }),
  resources: list(s),
  components: list(s),
  crds: list(s),
  bases: list(s),
  configMapGenerator: list(struct(generatorArgs, 'ConfigMapArgs', generatorParts)),
  secretGenerator: list(struct({ ...generatorArgs, type: s }, 'SecretArgs', generatorParts)),
  helmGlobals: struct({ chartHome: s, configHome: s }),
  helmCharts: list('any'),
  helmChartInflationGenerator: list('any'),
  generatorOptions,
  configurations: list(s),
  generators: list(s),
  transformers: list(s),
  validators: list(s),
  buildMetadata: list(s),
});
