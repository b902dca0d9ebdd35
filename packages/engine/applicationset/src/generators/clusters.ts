import { typed } from '@sekisho/gotemplate';
import type { LabelSelector } from '@sekisho/kube';
import { selects } from '../selector.ts';
import type { ClusterInfo } from '../sources.ts';
import type { Parameters } from '../spec/application-set.ts';
import { readSelector } from '../spec/read-selector.ts';
import { normalizeName } from '../template/names.ts';
import type { GeneratorKind } from './generator.ts';
import { withValues } from './values.ts';

interface ClusterSettings {
  readonly selector: LabelSelector;
  readonly values: Readonly<Record<string, string>>;
  /** One parameter set with all clusters under `clusters`. */
  readonly flatList: boolean;
}

/** A parameter set for each cluster that Applications may go to. */
export const clusters: GeneratorKind<ClusterSettings> = {
  fields: ['selector', 'values', 'flatList'],

  read: (reader) => ({
    selector: readSelector(reader, 'selector') ?? {},
    values: reader.textMap('values'),
    flatList: reader.flag('flatList') ?? false,
  }),

  async generate({ selector, values, flatList }, context) {
    const { sources, options, renderer } = context;
    const isSelective = [...Object.keys(selector.matchLabels ?? {}), ...(selector.matchExpressions ?? [])].length > 0;
    const found = (await sources.clusters(options))
      // Without a Secret it has no labels, not even missing ones.
      .filter((cluster) => (cluster.isImplicit === true ? !isSelective : selects(selector, cluster.labels)))
      .map((cluster) => withValues(paramsOf(cluster, renderer.isGo), values, context));
    return flatList ? [{ clusters: found }] : found;
  },
};

function paramsOf(cluster: ClusterInfo, isGo: boolean): Parameters {
  const { name, server, project = '', isImplicit = false } = cluster;
  const params = { name, nameNormalized: isImplicit ? name : normalizeName(name), server, project };
  if (isGo) return isImplicit ? params : { ...params, metadata: metadataOf(cluster) };
  return {
    ...params,
    ...prefixed('metadata.annotations.', cluster.annotations),
    ...prefixed('metadata.labels.', cluster.labels),
  };
}

function metadataOf({ annotations, labels }: ClusterInfo): Parameters {
  const metadata: Record<string, unknown> = {};
  for (const [key, texts] of Object.entries({ annotations, labels })) {
    if (Object.keys(texts).length > 0) metadata[key] = typed({ ...texts }, 'map[string]string');
  }
  return metadata;
}

function prefixed(prefix: string, texts: Readonly<Record<string, string>>): Parameters {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [prefix + key, text]));
}
