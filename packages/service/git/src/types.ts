import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger } from '@sekisho/base';
import type { FileTree } from '@sekisho/render';
import type { SignedCommit } from './signature/signed-commit.ts';

/** What {@link createGit} needs. */
export interface GitOptions {
  /** Folder that this process owns; `git/`, `mirrors/` and `git-home/` are made in it. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The git program. Default `git`, looked up in PATH. */
  readonly gitPath?: string;
  /** Whether remote addresses may lead to this machine. Default false. */
  readonly allowLoopback?: boolean;
  /** Whether `file:` addresses may be opened. Default false. */
  readonly allowFile?: boolean;
  /** Largest pack that a push may send. Default 1 GiB. */
  readonly maxPushBytes?: number;
  /** Memory for parsed folders, all repositories together. Default 32 MiB. */
  readonly treeCacheBytes?: number;
  /** How long a remote may take to list its references. Default 60 s. */
  readonly listTimeoutMs?: number;
  /** How long one fetch from a remote may take. Default 15 minutes. */
  readonly fetchTimeoutMs?: number;
  /** How long an unused content reader is kept. Default 60 s. */
  readonly readerIdleMs?: number;
  /** Told of each look at a remote, for metrics. Must not throw. */
  readonly onLook?: (look: RemoteLook) => void;
}

/** One look at a remote: its references were listed and, when some had moved, fetched. */
export interface RemoteLook {
  /** Without credentials. */
  readonly url: string;
  readonly result: 'changed' | 'unchanged' | 'failed';
  readonly ms: number;
}

/** Server certificate rules for https addresses. */
export interface GitTls {
  /** PEM certificates to trust instead of the system's. */
  readonly tlsCa?: string;
  /** True: do not verify the server's certificate. */
  readonly insecure?: boolean;
}

/** How to sign in at a remote. An access token is a `password`. */
export type GitCredentials = (
  | { readonly username?: string; readonly password?: string }
  | {
      /** OpenSSH or PEM private key without a passphrase. */
      readonly sshPrivateKey: string;
      /** Lines of a known_hosts file. Without it (and without `insecureIgnoreHostKey`) every host key is refused. */
      readonly knownHosts?: string;
      readonly insecureIgnoreHostKey?: boolean;
    }
) &
  GitTls;

/** A commit, and who made it when. */
export interface Revision {
  readonly commit: string;
  /** Id of the commit's root tree. */
  readonly tree: string;
  readonly authorName: string;
  readonly authorEmail: string;
  /** ISO 8601, UTC. */
  readonly authorDate: string;
  /** The subject: the first paragraph on one line. */
  readonly message: string;
  /** The tag that the revision was found by. */
  readonly tags?: readonly string[];
  /** The full name of the reference that the revision was found by. */
  readonly ref?: string;
}

/** One reference that moved. A reference that did not exist, or no longer exists, has the id `''`. */
export interface RefChange {
  readonly ref: string;
  readonly old: string;
  readonly new: string;
  /** True when `new` does not contain `old`: history was rewritten. Only branches are looked at. */
  readonly rewritten?: boolean;
}

export interface PushEvent {
  /** `embedded:NAME`. */
  readonly url: string;
  readonly name: string;
  readonly refs: readonly RefChange[];
  /** Who pushed; absent for a commit that was made here. */
  readonly by?: string;
}

export interface RefreshResult {
  readonly changed: boolean;
  readonly refs: readonly RefChange[];
}

export interface LogOptions {
  readonly revision: string;
  readonly path?: string;
  /** More paths; a commit that touches any of them counts. */
  readonly paths?: readonly string[];
  /** Commits that are not reachable from this one. */
  readonly since?: string;
  readonly max: number;
  readonly signal?: AbortSignal;
}

/** Files of one commit, read from the object database. */
export interface GitTree extends FileTree {
  /**
   * The object id of the file or folder at `path` (`''`: the root tree); undefined when there is none.
   * Equal ids mean equal content, so this is the key of whatever is computed from a folder.
   */
  idOf(path: string): Promise<string | undefined>;
}

export interface PollingOptions {
  /** Time between two looks. Default 120 s. */
  readonly intervalMs?: number;
  /** Up to this much is added to each interval. Default 60 s. */
  readonly jitterMs?: number;
  /** Told of each look that failed; polling goes on. */
  readonly onError?: (error: unknown) => void;
  /** Told of each look that did not fail, whether something had changed or not. */
  readonly onSuccess?: () => void;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** One file of a commit as git stores it. */
export interface FileVersion {
  /** Of the blob, which the repository must have. */
  readonly id: string;
  /** A file, an executable file or a symbolic link. */
  readonly mode: '100644' | '100755' | '120000';
}

/** One commit to be added to a branch out of files that the repository has already. */
export interface BranchCommitRequest {
  /** Such as `main`. */
  readonly branch: string;
  /** Leave `branch` alone and make this one, which starts at its tip. */
  readonly newBranch?: string;
  /**
   * Says what to change at this tip, and why; undefined (or no change): nothing is committed. Asked again when somebody
   * pushes in between.
   */
  readonly plan: (
    tip: string,
    tree: GitTree,
  ) => Promise<{ readonly changes: ReadonlyMap<string, FileVersion | null>; readonly message: string } | undefined>;
  /** Author and committer. */
  readonly author: Person;
  readonly signal?: AbortSignal;
}

export interface BranchCommit {
  readonly commit: string;
  /** Where it is. */
  readonly branch: string;
  /** Its parent. */
  readonly tip: string;
}

/** One repository, embedded or remote. Shared by everybody who opens the same address. */
export interface Repository {
  /** Without credentials. */
  readonly url: string;
  /**
   * Finds a commit by branch, tag, commit id (at least 7 hex digits), `HEAD` or a semver range of tags, in this order.
   * A remote repository that was never fetched is fetched first; later calls answer from the mirror.
   * @throws SekishoError GIT_REVISION_UNKNOWN | GIT_NOT_FOUND | GIT_AUTH | GIT_UNREACHABLE
   */
  resolve(revision: string, options?: { signal?: AbortSignal }): Promise<Revision>;
  /** Fetches what is new at a remote; of an embedded repository only forgets what is remembered of it. Calls at the same time share one fetch. */
  refresh(options?: { signal?: AbortSignal }): Promise<RefreshResult>;
  tree(commit: string): GitTree;
  /** Commits reachable from `revision`, newest first, only those that touch `path` when given. `max` is at most 1,000. */
  log(options: LogOptions): Promise<Revision[]>;
  /** A commit with its signature, to be verified. @throws SekishoError GIT_REVISION_UNKNOWN | SIGNATURE_INVALID */
  signedCommit(commit: string): Promise<SignedCommit>;
  /**
   * Adds a commit without a checkout; a remote gets it by a push with the repository's credentials.
   * @returns undefined when there was nothing to change
   * @throws SekishoError GIT_PROTECTED (the branch takes no pushes) | GIT_REVISION_UNKNOWN (no such branch) |
   *   GIT_ALREADY_EXISTS (`newBranch`) | GIT_COMMIT_FAILED | GIT_AUTH | GIT_UNREACHABLE | …
   */
  commit(request: BranchCommitRequest): Promise<BranchCommit | undefined>;
  /**
   * Calls `onChange` after references moved: on each push for an embedded repository, else by polling the remote with
   * jitter for as long as somebody listens. The returned function ends it.
   */
  startPolling(options: PollingOptions, onChange: (result: RefreshResult) => void): () => void;
}

export interface CommitRequest {
  readonly branch: string;
  /** Content by path; null deletes a file or folder. */
  readonly files: Readonly<Record<string, string | Uint8Array | null>>;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

export interface EmbeddedRepositories {
  /** @throws SekishoError GIT_NAME_INVALID | GIT_ALREADY_EXISTS */
  create(name: string, options?: { objectFormat?: 'sha1' | 'sha256' }): Promise<void>;
  list(): Promise<string[]>;
  exists(name: string): Promise<boolean>;
  /** `/git/NAME.git`: where {@link handle} expects it. */
  urlPath(name: string): string;
  /** Folder of the bare repository. */
  path(name: string): string;
  /**
   * Adds one commit on the server, without a checkout. When no file differs, nothing is made and the branch's commit is returned.
   * Repeated on the new tip when somebody pushes at the same time.
   * @returns the commit's id
   * @throws SekishoError GIT_NOT_FOUND | GIT_PATH_INVALID | GIT_COMMIT_FAILED
   */
  commit(name: string, request: CommitRequest): Promise<string>;
  /** Branches that take no push and no commit made here; the whole list. New branches stay possible. */
  protect(name: string, branches: readonly string[]): Promise<void>;
  protectedBranches(name: string): Promise<string[]>;
  /** Serves one request of git's smart HTTP protocol. The caller has authenticated the user. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, access: { user: string; write: boolean }): Promise<void>;
}

export interface Git {
  /** Version of the git program, such as `2.39.5`. */
  readonly version: string;
  readonly embedded: EmbeddedRepositories;
  /**
   * Opens `embedded:NAME` or an https, http, ssh (also `user@host:path`) or file address. Nothing is fetched yet.
   * Opening an address again gives the same repository; credentials, when given, replace the earlier ones, and null means
   * that there are none any more.
   * @throws SekishoError GIT_FORBIDDEN_URL | GIT_NOT_FOUND (embedded)
   */
  open(url: string, credentials?: GitCredentials | null): Promise<Repository>;
  /** Called after a push (or a commit made here) is durable. The returned function ends it. */
  onPush(listener: (event: PushEvent) => void): () => void;
  close(): Promise<void>;
}
