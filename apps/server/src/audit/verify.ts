import { type AuditHead, type AuditProblem, entryOf, proveChain } from '@sekisho/audit';
import { isSekishoError } from '@sekisho/base';
import type { AuditLog } from '@sekisho/store';

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  readonly head: AuditHead;
  /** The first {@link MAX_PROBLEMS}, in the order of the log. */
  readonly problems: readonly AuditProblem[];
  /** Revisions that entries name: held against git, and those whose repository can't be asked now. */
  readonly revisions: { readonly checked: number; readonly unreachable: number };
}

/** What git says of a commit, as entries say it. */
export interface CommitFacts {
  readonly author: string;
  readonly message: string;
}

const PAGE = 500;
const MAX_PROBLEMS = 100;

/** Reads the whole log and proves it: the chain, the heads that were kept aside, and the revisions against git. */
export async function verifyAudit(options: {
  log: Pick<AuditLog, 'rows'>;
  heads: readonly AuditHead[];
  /** @throws SekishoError GIT_REVISION_UNKNOWN when the repository is there and has no such commit */
  commitOf: (repoURL: string, revision: string, signal: AbortSignal) => Promise<CommitFacts>;
  signal: AbortSignal;
}): Promise<AuditVerification> {
  const { log, heads, signal } = options;
  const proof = proveChain(heads);
  const problems: AuditProblem[] = [];
  const known = new Map<string, Promise<CommitFacts | 'unknown' | 'unreachable'>>();
  let entries = 0;
  let checked = 0;
  let unreachable = 0;

  async function ask(repoURL: string, revision: string): Promise<CommitFacts | 'unknown' | 'unreachable'> {
    const key = `${repoURL}\n${revision}`;
    let answer = known.get(key);
    if (answer === undefined) {
      answer = options
        .commitOf(repoURL, revision, signal)
        .catch((error: unknown) => (isSekishoError(error, 'GIT_REVISION_UNKNOWN') ? 'unknown' : 'unreachable'));
      known.set(key, answer);
      const found = await answer;
      if (found === 'unreachable') unreachable++;
      else checked++;
    }
    return answer;
  }

  async function againstGit(row: { seq: number; hash: string; text: string }): Promise<AuditProblem | undefined> {
    const { revision, details } = entryOf(row) ?? {};
    const { repoURL, author, message } = (details ?? {}) as { repoURL?: unknown; author?: unknown; message?: unknown };
    if (revision === undefined || typeof repoURL !== 'string') return undefined;
    const commit = await ask(repoURL, revision);
    if (commit === 'unreachable') return undefined;
    const say = (text: string): AuditProblem => ({ kind: 'git', seq: row.seq, message: `Entry ${row.seq}: ${text}` });
    if (commit === 'unknown') return say(`${repoURL} has no commit ${revision}.`);
    if (typeof author === 'string' && author !== commit.author) {
      return say(`it says that ${author} wrote ${revision.slice(0, 7)}, and git says ${commit.author}.`);
    }
    if (typeof message === 'string' && message !== commit.message) {
      return say(`the subject of ${revision.slice(0, 7)} is another one in git.`);
    }
    return undefined;
  }

  while (true) {
    signal.throwIfAborted();
    const rows = await log.rows(proof.head.seq, PAGE);
    if (rows.length === 0) break;
    entries += rows.length;
    for (const row of rows) {
      problems.push(...proof.check(row));
      const problem = await againstGit(row);
      if (problem !== undefined) problems.push(problem);
    }
  }
  problems.push(...proof.end([]));
  return {
    ok: problems.length === 0,
    entries,
    head: proof.head,
    problems: problems.slice(0, MAX_PROBLEMS),
    revisions: { checked, unreachable },
  };
}
