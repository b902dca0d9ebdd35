import type { GeneratorType } from '../spec/application-set.ts';
import { clusterDecision } from './cluster-decision.ts';
import { clusters } from './clusters.ts';
import type { GeneratorKind } from './generator.ts';
import { git } from './git.ts';
import { list } from './list.ts';
import { matrix } from './matrix.ts';
import { merge } from './merge.ts';
import { plugin } from './plugin.ts';
import { pullRequest } from './pull-request.ts';
import { scmProvider } from './scm-provider.ts';

/** What is done with a kind whose settings nobody outside of it knows. */
export type AnyGeneratorKind = GeneratorKind<unknown>;

function opaque<Settings>(kind: GeneratorKind<Settings>): AnyGeneratorKind {
  return {
    ...kind,
    generate: (settings, context, generator) => kind.generate(settings as Settings, context, generator),
  };
}

export const generatorKinds: Readonly<Record<GeneratorType, AnyGeneratorKind>> = {
  list: opaque(list),
  clusters: opaque(clusters),
  git: opaque(git),
  scmProvider: opaque(scmProvider),
  pullRequest: opaque(pullRequest),
  clusterDecisionResource: opaque(clusterDecision),
  plugin: opaque(plugin),
  matrix: opaque(matrix),
  merge: opaque(merge),
};
