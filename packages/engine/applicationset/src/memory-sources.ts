import { SekishoError } from '@sekisho/base';
import { type MemoryFile, memoryTree } from '@sekisho/render';
import type {
  ClusterDecisions,
  ClusterInfo,
  GeneratorRequest,
  GeneratorSources,
  JsonRecord,
  PluginRequest,
  PullRequestInfo,
  ScmRepository,
} from './sources.ts';

/** What generators may find. */
export interface MemorySources {
  readonly clusters?: readonly ClusterInfo[];
  /** Address of a repository to the files at its revisions; the revision '' stands for all that are not named. */
  readonly repositories?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, MemoryFile>>>>>>;
  /** Repositories of a forge at their branches, the default one first, with the paths that are there. */
  readonly scm?: readonly (ScmRepository & { readonly paths?: readonly string[] })[];
  readonly pullRequests?: (request: GeneratorRequest) => readonly PullRequestInfo[];
  readonly plugin?: (request: PluginRequest) => readonly JsonRecord[];
  readonly clusterDecisions?: ClusterDecisions;
}

/** Sources from values: for tests, and to try a set out without anything around it. What is not given is not there. */
export function memorySources(known: MemorySources): GeneratorSources {
  const { clusters = [], repositories = {}, scm = [] } = known;
  const keyOf = ({ organization, repository }: ScmRepository) => `${organization}/${repository}`;
  return {
    clusters: async () => clusters,
    async tree({ repoURL, revision }) {
      const revisions = Object.hasOwn(repositories, repoURL) ? repositories[repoURL] : undefined;
      const files = revisions?.[revision] ?? revisions?.[''];
      if (files === undefined)
        throw new SekishoError('GIT_NOT_FOUND', `there is no repository ${repoURL} with the revision "${revision}"`);
      return memoryTree(files);
    },
    scm: async () => ({
      list: async () => [...new Map(scm.toReversed().map((entry) => [keyOf(entry), entry])).values()].reverse(),
      branches: async (repository) => scm.filter((entry) => keyOf(entry) === keyOf(repository)),
      hasPath: async (repository, path) =>
        scm.some(
          (entry) =>
            keyOf(entry) === keyOf(repository) &&
            entry.branch === repository.branch &&
            (entry.paths ?? []).some((file) => file === path || file.startsWith(`${path}/`)),
        ),
    }),
    pullRequests: async (request) => known.pullRequests?.(request) ?? [],
    plugin: async (request) => known.plugin?.(request) ?? [],
    clusterDecisions: async () => known.clusterDecisions ?? { decisions: [], matchKey: 'clusterName' },
  };
}
