import type { GeneratorSources, SourceOptions } from '@sekisho/applicationset';
import { type Clock, redactUrl } from '@sekisho/base';
import { createDiscovery, type KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { createPatience } from '../../applications/patience.ts';
import type { Sources } from '../../applications/sources.ts';
import { readClusterDecisions } from './cluster-decisions.ts';
import { createForges } from './forges.ts';
import { knownClusters } from './known-clusters.ts';
import { askPlugin } from './plugin.ts';
import { createReferencedValues } from './referenced-values.ts';

/** What one run of generators asks the world for. */
export interface GeneratorRun extends GeneratorSources {
  /** Providers of forges that were asked: generate again when one of them tells of something new. */
  readonly providers: ReadonlySet<string>;
  /** Whether anybody asked which clusters there are. */
  readonly asksClusters: boolean;
  close(): Promise<void>;
}

/** How long a run waits for the first look at a repository. */
const PATIENCE_MS = 10_000;

/** @returns begins a run: what it opened is closed with it */
export function createGeneratorRuns(options: {
  client: KubeClient;
  controlNamespace: string;
  sources: Pick<Sources, 'repository'>;
  clusterSecrets: () => readonly KubeObject[];
  clock: Clock;
}): () => GeneratorRun {
  const { client, controlNamespace: namespace, sources, clock } = options;
  const values = createReferencedValues(client, namespace);
  const discovery = createDiscovery(client, { clock });
  const patience = createPatience({
    waitMs: PATIENCE_MS,
    clock,
    describe: (repoURL) => `The first look at ${redactUrl(repoURL)}`,
  });

  return () => {
    const forges = createForges(values, () => clock.now());
    const providers = new Set<string>();
    let asksClusters = false;
    return {
      providers,
      get asksClusters() {
        return asksClusters;
      },
      async clusters() {
        asksClusters = true;
        return knownClusters(options.clusterSecrets());
      },
      async tree({ repoURL, revision }, given) {
        const repository = await sources.repository(repoURL);
        const resolve = () => repository.resolve(revision === '' ? 'HEAD' : revision);
        const { commit } = await patience.wait(repoURL, resolve, signalOf(given));
        return repository.tree(commit);
      },
      async scm(request, given) {
        providers.add(request.provider);
        return forges.repositories(request, signalOf(given));
      },
      async pullRequests(request, given) {
        providers.add(request.provider);
        return forges.pullRequests(request, { ...given, signal: signalOf(given) });
      },
      plugin: (request, given) => askPlugin(request, values, signalOf(given)),
      clusterDecisions: (request, given) =>
        readClusterDecisions(request, { client, discovery, namespace, values, signal: signalOf(given) }),
      close: () => forges.close(),
    };
  };
}

const never = new AbortController().signal;

function signalOf({ signal }: SourceOptions): AbortSignal {
  return signal ?? never;
}
