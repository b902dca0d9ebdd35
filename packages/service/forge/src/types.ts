export type ForgeKind = 'github' | 'gitlab' | 'gitea';

export interface PullRequest {
  /** For people. */
  readonly url: string;
  readonly number: number;
  /** It was open already. */
  readonly existing: boolean;
}

export interface PullRequestWish {
  /** Branch with the change; it is pushed already. */
  readonly head: string;
  /** Branch that should take it. */
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly signal?: AbortSignal;
}

/** One repository on a forge, as its REST API knows it. */
export interface Forge {
  readonly kind: ForgeKind;
  /**
   * Opens a pull request; the open one of the same branches when there is one.
   * @throws SekishoError FORGE_AUTH | FORGE_REFUSED | FORGE_UNREACHABLE (retryable) | FORGE_FAILED
   */
  openPullRequest(wish: PullRequestWish): Promise<PullRequest>;
}

export interface ForgeOptions {
  /** Address of the repository: https, http, ssh or `user@host:path`. */
  readonly repoURL: string;
  readonly kind: ForgeKind;
  /** A token that may open pull requests. */
  readonly token: string;
  /** Of the REST API, such as `https://forge.example/api/v1`. Default: as the kind has it on the repository's host. */
  readonly apiUrl?: string;
  /** PEM certificates to trust beside the system's. */
  readonly tlsCa?: string;
  /** Do not verify the certificate. */
  readonly insecure?: boolean;
  /** How long one request may take. Default 20 s. */
  readonly timeoutMs?: number;
}
