/** Forges whose repositories and pull requests can be listed. */
export type ListingKind = 'github' | 'gitlab' | 'gitea' | 'bitbucket' | 'bitbucket-server' | 'azure-devops';

/** How to sign in; nobody's name when absent, which public repositories allow. */
export type ForgeSignIn = { readonly token: string } | { readonly username: string; readonly password: string };

export interface ListingOptions {
  readonly kind: ListingKind;
  /**
   * Where the forge is, as Argo CD's `api` has it: with or without the path of the API. Default: the public one of the
   * kind; Gitea and Bitbucket Data Center have none.
   */
  readonly api?: string | undefined;
  readonly signIn?: ForgeSignIn | undefined;
  /** PEM certificates to trust beside the system's. */
  readonly tlsCa?: string | undefined;
  /** Do not verify the certificate. */
  readonly insecure?: boolean | undefined;
  /** How long one request may take. Default 20 s. */
  readonly timeoutMs?: number;
  /** Most entries of one list; more of them are an error. Default 10,000. */
  readonly maxEntries?: number;
}

/** One repository, as its forge addresses it. */
export interface RepositoryAddress {
  /** GitHub, Gitea: user or organization. Bitbucket: workspace. Bitbucket Data Center: project key. Azure DevOps: organization. GitLab: not read. */
  readonly owner: string;
  /** Of Azure DevOps. */
  readonly project?: string | undefined;
  /** GitLab: the whole path, or the number, of the project. */
  readonly name: string;
}

export interface PullRequestQuery {
  readonly repository: RepositoryAddress;
  /** Only those that carry all of them. Default: all. */
  readonly labels?: readonly string[] | undefined;
  /** GitLab only: `opened`, `closed`, `merged`, `locked`. Default there: every state; elsewhere only open ones are listed. */
  readonly state?: string | undefined;
}

export interface ListedPullRequest {
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly targetBranch: string;
  readonly headSha: string;
  readonly labels: readonly string[];
  readonly author: string;
}

export interface RepositoryQuery {
  /** GitLab: the group, by path or number. */
  readonly owner: string;
  /** Of Azure DevOps. */
  readonly project?: string | undefined;
  /** GitLab: groups in the group. Default false. */
  readonly includeSubgroups?: boolean | undefined;
  /** GitLab: projects that were shared with the group. Default true. */
  readonly includeSharedProjects?: boolean | undefined;
  /** GitLab: only projects of this topic. */
  readonly topic?: string | undefined;
}

export interface ListedRepository {
  readonly id: string | number;
  readonly owner: string;
  readonly name: string;
  /** To ask for more of it. */
  readonly address: RepositoryAddress;
  readonly cloneUrls: { readonly https: string | undefined; readonly ssh: string | undefined };
  /** Undefined of an empty repository, or when the list does not tell: {@link ForgeListing.branches} finds it. */
  readonly defaultBranch: string | undefined;
  /** GitHub's and Gitea's topics, GitLab's topics; none elsewhere. */
  readonly labels: readonly string[];
}

export interface ListedBranch {
  readonly name: string;
  readonly sha: string;
}

/**
 * Reads what a forge has. Each list is whole, page by page, or an error.
 *
 * Throws SekishoError: FORGE_AUTH, FORGE_REFUSED (with `details.missing` when there is no such thing), FORGE_UNREACHABLE
 * (retryable), FORGE_FAILED (no answer that can be read, or more entries than the bound).
 */
export interface ForgeListing {
  pullRequests(query: PullRequestQuery, signal: AbortSignal): Promise<readonly ListedPullRequest[]>;
  /** Archived and disabled ones are left out. */
  repositories(query: RepositoryQuery, signal: AbortSignal): Promise<readonly ListedRepository[]>;
  /** All branches, or the default one; none of an empty repository. */
  branches(
    repository: ListedRepository,
    options: { readonly all: boolean },
    signal: AbortSignal,
  ): Promise<readonly ListedBranch[]>;
  /** Whether there is a file or folder at the path on the branch. */
  hasPath(repository: ListedRepository, branch: ListedBranch, path: string, signal: AbortSignal): Promise<boolean>;
  /** Ends its connections. */
  close(): Promise<void>;
}
