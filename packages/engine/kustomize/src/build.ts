import { type Diagnostic, messageOf, type Origin } from '@sekisho/base';
import { Accumulator } from './accumulate/accumulator.ts';
import type { BuildContext } from './accumulate/build-context.ts';
import type { ChartRequest, ChartText } from './accumulate/chart-request.ts';
import { Loader } from './accumulate/loader.ts';
import { Target } from './accumulate/target.ts';
import { metadataLabelSpecs } from './config/default-field-specs.ts';
import { BuildFault } from './fault.ts';
import { joinPath, RecordedFiles, type SourceFiles } from './files.ts';
import { nameHash } from './generate/hash.ts';
import type { Kustomization } from './kustomization/types.ts';
import { completeLimits, type KustomizeLimits } from './limits.ts';
import { fixNameReferences } from './names/name-references.ts';
import { sortResources } from './names/sort.ts';
import { resolveVariables } from './names/variables.ts';
import { NodeBudget } from './node/node-budget.ts';
import { toValue } from './node/value.ts';
import { writeNode } from './node/write.ts';
import { builtinSchemas } from './patch/merge-schema.ts';
import type { ResMap } from './resource/res-map.ts';
import type { ConfiguredBy, Resource, ResourceOrigin } from './resource/resource.ts';
import { labelTransformer } from './transform/labels.ts';

export interface BuildOptions {
  readonly signal?: AbortSignal;
  readonly limits?: KustomizeLimits;
  /** Gets what lies in another repository or on the web. Default: remote resources are refused. */
  readonly fetchRemote?: (url: string) => Promise<{ files: SourceFiles; path: string }>;
  /** Renders a chart of `helmCharts`. */
  readonly renderChart?: (chart: ChartRequest) => Promise<ChartText>;
  /** Charts are rendered. Default false. */
  readonly enableHelm?: boolean;
  /** Changes the outermost kustomization once it was read, as `kustomize edit` would: gives a new one. What it throws is passed on. */
  readonly edit?: (kustomization: Kustomization) => Kustomization;
  /** Whether files outside a kustomization's own folder may be read. Default `rootOnly`: they may not. */
  readonly loadRestrictor?: 'rootOnly' | 'none';
  /** The order when the kustomization has no `sortOptions`: by kind, or as the resources came. Default `legacy`. */
  readonly order?: 'legacy' | 'fifo';
}

/** One object of the output. */
export interface BuiltManifest {
  readonly value: unknown;
  /** Where the object was written, before it was changed. */
  readonly origin: Origin;
}

export interface BuildResult {
  /** What `kubectl kustomize` prints, byte for byte; empty when there are errors. */
  readonly text: string;
  readonly manifests: readonly BuiltManifest[];
  /** Errors in Kustomize's own words. */
  readonly diagnostics: readonly Diagnostic[];
  /** What Kustomize writes beside the output: fields that are deprecated. */
  readonly warnings: readonly string[];
  /** Every path that was read or looked for, in order. */
  readonly reads: readonly string[];
}

const ORIGIN = 'config.kubernetes.io/origin';
const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';
const LOCAL_CONFIG = 'config.kubernetes.io/local-config';
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kustomize-v5.7.1' };

/**
 * Builds the kustomization in the folder `path`.
 *
 * @param path below the root of `files`; `''` or `.` is the root
 * @throws whatever `files`, `fetchRemote` and `renderChart` throw, and the signal's reason
 */
export async function buildKustomization(
  files: SourceFiles,
  path: string,
  options: BuildOptions = {},
): Promise<BuildResult> {
  const limits = completeLimits(options.limits);
  const reads = new Set<string>();
  const warnings: string[] = [];
  const root = joinPath('', path);
  try {
    if (root === undefined) throw new BuildFault(`'${path}' leads out of the tree`, undefined, 'KUSTOMIZE_PATH_ESCAPE');
    const restricted = options.loadRestrictor !== 'none';
    const recorded = new RecordedFiles(files, limits, reads);
    const realRoot = await recorded.realPath(root);
    const loader = new Loader(recorded, realRoot, restricted);
    const context: BuildContext = {
      limits,
      signal: options.signal,
      warnings,
      reads,
      topRoot: realRoot,
      restricted,
      recordTransformations: true,
      fetchRemote: options.fetchRemote,
      renderChart: options.renderChart,
      enableHelm: options.enableHelm ?? false,
      kustomizations: 0,
    };
    const state = { schemas: builtinSchemas, budget: new NodeBudget(limits.maxNodes) };
    const target = await Target.load(loader, context, options.edit);
    const accumulated = await target.accumulate(new Accumulator(limits.maxResources, state));
    const resources = finish(accumulated, target, options.order);
    return { ...write(resources, limits.maxOutput), diagnostics: [], warnings, reads: [...reads] };
  } catch (error) {
    const diagnostic = diagnosticOf(error, root ?? path);
    return { text: '', manifests: [], diagnostics: [diagnostic], warnings, reads: [...reads] };
  }
}

function diagnosticOf(error: unknown, root: string): Diagnostic {
  if (error instanceof RangeError) {
    // The stack or the longest possible text: patches can nest values deeper than any file may.
    return {
      ...diagnosticOf(new BuildFault('the build nests too deeply or makes too long a text'), root),
      code: 'KUSTOMIZE_LIMIT',
    };
  }
  if (!(error instanceof BuildFault)) throw error;
  const origin = error.origin ?? { file: root === '' ? 'kustomization.yaml' : `${root}/kustomization.yaml` };
  return { code: error.code, severity: 'error', message: messageOf(error), origin };
}

/** What is done once, when everything has been gathered. */
function finish(accumulated: Accumulator, target: Target, order: BuildOptions['order']): ResMap {
  const { resources, variables, fullConfig } = accumulated;
  for (const resource of resources.resources) {
    resource.normalizeAnnotations();
    if (!resource.needsHash) continue;
    const hash = nameHash(resource);
    resource.storePreviousId();
    resource.setName(`${resource.name}-${hash}`);
  }
  fixNameReferences(resources, fullConfig.nameReference);
  resolveVariables(variables, fullConfig.varReference, resources);
  const { sortOptions, buildMetadata = [] } = target.kustomization;
  resources.resources = resources.resources.filter((resource) => !isLocal(resource));
  sortResources(resources, sortOptions ?? (order === undefined ? undefined : { order }));
  if (buildMetadata.includes('managedByLabel')) labelTransformer(MANAGED_BY, metadataLabelSpecs).transform(resources);
  for (const resource of resources.resources) annotate(resource, buildMetadata);
  return resources;
}

function isLocal(resource: Resource): boolean {
  const value = resource.annotation(LOCAL_CONFIG);
  return value !== undefined && value !== 'false';
}

function annotate(resource: Resource, buildMetadata: readonly string[]): void {
  resource.removeAnnotation(ORIGIN);
  resource.removeAnnotation(TRANSFORMATIONS);
  if (buildMetadata.includes('originAnnotations') && resource.origin !== undefined) {
    resource.setAnnotation(ORIGIN, formatOriginAnnotation(resource.origin));
  }
  if (buildMetadata.includes('transformerAnnotations') && resource.transformations.length > 0) {
    resource.setAnnotation(TRANSFORMATIONS, resource.transformations.map(formatStep).join(''));
  }
}

/** In the order in which Kustomize has the fields. */
function formatOriginAnnotation({ path, repo, ref, configuredIn, configuredBy }: ResourceOrigin): string {
  let text = '';
  for (const [key, value] of Object.entries({ path, repo, ref, configuredIn })) {
    if (value !== undefined) text += `${key}: ${value}\n`;
  }
  return configuredBy === undefined ? text : `${text}configuredBy:\n${formatConfiguredBy(configuredBy, '  ')}`;
}

function formatStep({ configuredIn, configuredBy }: ResourceOrigin): string {
  const by = configuredBy === undefined ? '' : formatConfiguredBy(configuredBy, '    ');
  return `- configuredIn: ${configuredIn}\n  configuredBy:\n${by}`;
}

function formatConfiguredBy(by: ConfiguredBy, indent: string): string {
  return Object.entries(by)
    .map(([key, value]) => `${indent}${key}: ${value}\n`)
    .join('');
}

function write({ resources }: ResMap, maxOutput: number): { text: string; manifests: BuiltManifest[] } {
  const texts: string[] = [];
  const manifests: BuiltManifest[] = [];
  let size = 0;
  for (const resource of resources) {
    const text = writeNode(resource.node, maxOutput - size);
    if (text === undefined) {
      throw new BuildFault(`the output is larger than ${maxOutput} characters`, resource.source, 'KUSTOMIZE_LIMIT');
    }
    size += text.length + 4;
    texts.push(text);
    manifests.push({ value: toValue(resource.node), origin: resource.source });
  }
  return { text: texts.join('---\n'), manifests };
}
