import type { LabelSelector } from '@sekisho/kube';
import type { FileTree } from '@sekisho/render';

/** Where generators get what they don't hold themselves. What fails is thrown; the generator's place is added to the message. */
export interface GeneratorSources {
  /** All clusters that Applications may be deployed to, in the order of their names. */
  clusters(options: SourceOptions): Promise<readonly ClusterInfo[]>;
  /** The files of a repository at a revision (branch, tag, commit; '' and `HEAD` are the default branch). */
  tree(request: TreeRequest, options: SourceOptions): Promise<FileTree>;
  /** What `scmProvider` looks through. */
  scm(request: GeneratorRequest, options: SourceOptions): Promise<ScmRepositories>;
  /** The open pull requests of the repository that `pullRequest` names. */
  pullRequests(request: GeneratorRequest, options: PullRequestOptions): Promise<readonly PullRequestInfo[]>;
  /** What the service answers: `output.parameters`. */
  plugin(request: PluginRequest, options: SourceOptions): Promise<readonly JsonRecord[]>;
  /** What the objects that `clusterDecisionResource` names decided; an error when there is no such object. */
  clusterDecisions(request: ClusterDecisionRequest, options: SourceOptions): Promise<ClusterDecisions>;
}

export type JsonRecord = Readonly<Record<string, unknown>>;

export interface SourceOptions {
  readonly signal?: AbortSignal;
}

export interface PullRequestOptions extends SourceOptions {
  /** A repository that is not there has no pull requests (instead of an error). */
  readonly isMissingRepositoryEmpty: boolean;
}

export interface TreeRequest {
  readonly repoURL: string;
  readonly revision: string;
}

/** A generator as written, with the parameters of an outer matrix filled in. */
export interface GeneratorRequest {
  /** `github`, `gitlab`, `gitea`, `bitbucketServer`, `bitbucket`, `azureDevOps` (`azuredevops` of pull requests), `awsCodeCommit`. */
  readonly provider: string;
  /** What stands under the provider's name: `organization`, `api`, `tokenRef` …; texts, flags and lists were not checked. */
  readonly settings: JsonRecord;
  /** `cloneProtocol` of scmProvider: `ssh`, `https`; '' is the provider's default. */
  readonly cloneProtocol: string;
}

export interface PluginRequest {
  /** The ConfigMap with `baseUrl`, `token` and `requestTimeout`. */
  readonly configMap: string;
  /** `input.parameters` of the request. */
  readonly parameters: JsonRecord;
  /** `applicationSetName` of the request. */
  readonly applicationSet: string;
}

export interface ClusterDecisionRequest {
  /** The ConfigMap with `apiVersion`, `kind`, `statusListKey` and `matchKey`. */
  readonly configMap: string;
  /** One of both. */
  readonly name?: string;
  readonly labelSelector?: LabelSelector;
}

export interface ClusterDecisions {
  /** The items of `status[statusListKey]` (default `clusters`) of all objects. */
  readonly decisions: readonly JsonRecord[];
  /** Which field of an item is the name of a cluster: `matchKey` of the ConfigMap. */
  readonly matchKey: string;
}

export interface ClusterInfo {
  readonly name: string;
  readonly server: string;
  /** The project that the cluster belongs to. Default ''. */
  readonly project?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The cluster that Sekisho runs in, when no Secret describes it: a selector never matches it. */
  readonly isImplicit?: boolean;
}

/** A repository at a branch. */
export interface ScmRepository {
  readonly organization: string;
  readonly repository: string;
  readonly repositoryId?: string | number;
  /** Address to clone from, in the protocol that was asked for. */
  readonly url: string;
  readonly branch: string;
  readonly sha: string;
  /** Topics. */
  readonly labels: readonly string[];
}

export interface ScmRepositories {
  /** All repositories, each at its default branch. */
  list(): Promise<readonly ScmRepository[]>;
  /** The repository at the branches that are looked at: all (`allBranches`), or only the default one. */
  branches(repository: ScmRepository): Promise<readonly ScmRepository[]>;
  /** Whether a file or directory is there at the repository's branch. */
  hasPath(repository: ScmRepository, path: string): Promise<boolean>;
}

export interface PullRequestInfo {
  readonly number: number | string;
  readonly title: string;
  readonly branch: string;
  readonly targetBranch: string;
  /** Commit id of the head. */
  readonly headSha: string;
  readonly labels: readonly string[];
  readonly author: string;
}
