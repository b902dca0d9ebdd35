import { BuildFault } from '../fault.ts';
import { generateDataObject } from '../generate/data-objects.ts';
import type {
  FieldSpec,
  GeneratorConfig,
  ImageConfig,
  PatchConfig,
  ReplacementConfig,
  Selector,
} from '../kustomization/types.ts';
import { sortResources } from '../names/sort.ts';
import { toValue } from '../node/value.ts';
import type { ConfiguredBy, Resource } from '../resource/resource.ts';
import { imageTransformer } from '../transform/images.ts';
import { annotationsTransformer, labelTransformer } from '../transform/labels.ts';
import { prefixTransformer, suffixTransformer } from '../transform/names.ts';
import { namespaceTransformer, type SubjectMode } from '../transform/namespace.ts';
import { replicaTransformer } from '../transform/replicas.ts';
import type { Transformer } from '../transform/transformer.ts';
import type { BuildContext } from './build-context.ts';
import type { Loader } from './loader.ts';
import { readJson6902, readPatch, readReplacements, readStrategicMerge } from './patch-reader.ts';

/** A generator or transformer that a file of `generators`, `transformers` or `validators` configures. */
export interface Plugin {
  readonly by: ConfiguredBy;
  /** File of the configuration. */
  readonly file: string;
  readonly generate?: () => Promise<Resource[]>;
  readonly transform?: () => Promise<Transformer[]>;
}

/** All that the configurations of the built-in plugins may hold. */
interface PluginConfig extends GeneratorConfig, Omit<PatchConfig, 'options'> {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly prefix?: string;
  readonly suffix?: string;
  readonly fieldSpecs?: readonly FieldSpec[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly unsetOnly?: boolean;
  readonly setRoleBindingSubjects?: SubjectMode;
  readonly imageTag?: ImageConfig;
  readonly replica?: { readonly name?: string; readonly count?: number };
  readonly jsonOp?: string;
  readonly paths?: readonly string[];
  readonly patches?: string;
  readonly replacements?: readonly ReplacementConfig[];
  readonly sortOptions?: { readonly order?: string };
}

/**
 * What a configuration stands for.
 * @throws BuildFault when it is no built-in plugin: programs and containers are not run
 */
export function readPlugin(resource: Resource, loader: Loader, context: BuildContext, file: string): Plugin {
  const { kind, apiVersion, name, namespace } = resource;
  const by: ConfiguredBy = { apiVersion, kind, name, ...(namespace === '' ? {} : { namespace }) };
  const base = { by, file: resource.source.file || file };
  refuseFunctions(resource);
  const config = toValue(resource.node) as PluginConfig;
  if (kind === 'ConfigMapGenerator' || kind === 'SecretGenerator') {
    const made = kind === 'ConfigMapGenerator' ? 'ConfigMap' : 'Secret';
    return {
      ...base,
      generate: async () => {
        const given = { name, ...(namespace === '' ? {} : { namespace }), ...config };
        return [await generateDataObject(made, given, undefined, (path) => loader.load(path), base.file)];
      },
    };
  }
  const make = TRANSFORMERS[kind];
  if (apiVersion !== 'builtin' || make === undefined) {
    throw new BuildFault(
      `external plugins disabled; unable to load external plugin '${kind}'`,
      resource.source,
      'KUSTOMIZE_PLUGIN_REFUSED',
    );
  }
  return { ...base, transform: async () => make(config, loader, context) };
}

function refuseFunctions(resource: Resource): void {
  for (const name of ['config.kubernetes.io/function', 'config.k8s.io/function']) {
    if (resource.annotation(name) === undefined) continue;
    throw new BuildFault(
      `couldn't execute function: functions in containers or programs are not run (${resource.kind}/${resource.name})`,
      resource.source,
      'KUSTOMIZE_PLUGIN_REFUSED',
    );
  }
}

type Make = (config: PluginConfig, loader: Loader, context: BuildContext) => Promise<Transformer[]> | Transformer[];

const TRANSFORMERS: Readonly<Record<string, Make>> = {
  PrefixTransformer: ({ prefix = '', fieldSpecs = [] }) => [prefixTransformer(prefix, fieldSpecs)],
  SuffixTransformer: ({ suffix = '', fieldSpecs = [] }) => [suffixTransformer(suffix, fieldSpecs)],
  PrefixSuffixTransformer: ({ prefix = '', suffix = '', fieldSpecs = [] }) => [
    prefixTransformer(prefix, fieldSpecs),
    suffixTransformer(suffix, fieldSpecs),
  ],
  NamespaceTransformer: ({ metadata, namespace, fieldSpecs = [], unsetOnly, setRoleBindingSubjects }) => [
    namespaceTransformer(namespace ?? metadata?.namespace ?? '', fieldSpecs, {
      ...(unsetOnly === undefined ? {} : { unsetOnly }),
      ...(setRoleBindingSubjects === undefined ? {} : { subjects: setRoleBindingSubjects }),
    }),
  ],
  LabelTransformer: ({ labels, fieldSpecs = [] }) => [labelTransformer(labels, fieldSpecs)],
  AnnotationsTransformer: ({ annotations, fieldSpecs = [] }) => [annotationsTransformer(annotations, fieldSpecs)],
  ImageTagTransformer: ({ imageTag = {}, fieldSpecs = [] }) => [imageTransformer(imageTag, fieldSpecs)],
  ReplicaCountTransformer: ({ replica = {}, fieldSpecs = [] }) => [
    replicaTransformer(replica.name ?? '', replica.count ?? 0, fieldSpecs),
  ],
  PatchTransformer: async ({ path, patch, target, options }, loader, { limits }) => [
    await readPatch(
      {
        ...(path === undefined ? {} : { path }),
        ...(patch === undefined ? {} : { patch }),
        ...(target === undefined ? {} : { target }),
        ...(options === undefined ? {} : { options: options as unknown as Record<string, boolean> }),
      },
      loader,
      limits,
    ),
  ],
  PatchJson6902Transformer: async ({ path, jsonOp, target }, loader, { limits }) => [
    await readJson6902(
      {
        ...(path === undefined ? {} : { path }),
        ...(jsonOp === undefined ? {} : { patch: jsonOp }),
        ...(target === undefined ? {} : { target: target as Selector }),
      },
      loader,
      limits,
    ),
  ],
  PatchStrategicMergeTransformer: async ({ paths = [], patches }, loader, { limits }) => [
    await readStrategicMerge(patches === undefined ? paths : [...paths, patches], loader, limits),
  ],
  ReplacementTransformer: async ({ replacements = [] }, loader, { limits }) => [
    await readReplacements(replacements, loader, limits),
  ],
  SortOrderTransformer: ({ sortOptions }) => [
    { kind: 'SortOrderTransformer', transform: (resources) => sortResources(resources, sortOptions) },
  ],
  LegacyOrderTransformer: () => [
    { kind: 'LegacyOrderTransformer', transform: (resources) => sortResources(resources, undefined) },
  ],
};
