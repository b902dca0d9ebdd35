import { isMap } from '@sekisho/gotemplate';
import type { LabelSelector } from '@sekisho/kube';
import { readSelector } from '../spec/read-selector.ts';
import type { GeneratorKind } from './generator.ts';
import { withValues } from './values.ts';

interface ClusterDecisionSettings {
  readonly configMap: string;
  readonly name: string;
  readonly labelSelector: LabelSelector | undefined;
  readonly values: Readonly<Record<string, string>>;
}

/** A parameter set for each cluster that objects of another controller decided for. */
export const clusterDecision: GeneratorKind<ClusterDecisionSettings> = {
  fields: ['configMapRef', 'name', 'labelSelector', 'requeueAfterSeconds', 'values'],
  requeueAfterSeconds: 180,

  read(reader) {
    const settings = {
      configMap: reader.text('configMapRef') ?? '',
      name: reader.text('name') ?? '',
      labelSelector: readSelector(reader, 'labelSelector'),
      values: reader.textMap('values'),
    };
    if (settings.configMap === '') reader.fault('configMapRef', 'is missing');
    if ((settings.name === '') === (settings.labelSelector === undefined) && !reader.hasFaults())
      reader.fault('', 'needs either name or labelSelector', 'Give one of both.');
    return settings;
  },

  async generate({ configMap, name, labelSelector, values }, context) {
    const { sources, options } = context;
    const { decisions, matchKey } = await sources.clusterDecisions(
      {
        configMap,
        ...(name === '' ? {} : { name }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
      },
      options,
    );
    const clusters = await sources.clusters(options);
    return decisions.filter(isMap).flatMap((decision) => {
      // A decision for a cluster that is not known here is somebody else's.
      const cluster = clusters.find((candidate) => candidate.name === decision[matchKey]);
      if (cluster === undefined) return [];
      const params = { name: cluster.name, server: cluster.server, ...decision };
      return [withValues(params, values, context)];
    });
  },
};
