export type TestForgeKind = 'github' | 'gitlab' | 'gitea' | 'bitbucket' | 'bitbucket-server' | 'azure-devops';

export interface TestForgeRepository {
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  readonly defaultBranch?: string;
  readonly topics?: readonly string[];
  readonly isArchived?: boolean;
  /** By name. Default: none, an empty repository. */
  readonly branches?: Readonly<Record<string, { readonly sha: string; readonly files: readonly string[] }>>;
  readonly pullRequests?: readonly TestPullRequest[];
}

export interface TestPullRequest {
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly targetBranch: string;
  readonly sha: string;
  readonly labels?: readonly string[];
  readonly author?: string;
}
