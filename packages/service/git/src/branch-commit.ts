import { SekishoError } from '@sekisho/base';
import type { GitCommand } from './command.ts';
import { writeCommit } from './commit-tree.ts';
import type { Content } from './content.ts';
import { isRefName } from './refs.ts';
import type { BranchCommit, BranchCommitRequest } from './types.ts';

/** How a new commit becomes a branch's tip: here by moving the reference, at a remote by a push. */
export interface BranchWriter {
  /** Brings the branch's tip up to date. */
  prepare(): Promise<void>;
  /**
   * Makes `commit` the tip of `branch`, which must be at `old` now (`''`: must not exist). False: somebody else moved it.
   * @throws SekishoError GIT_PROTECTED | …
   */
  move(branch: string, commit: string, old: string): Promise<boolean>;
}

const attempts = 5;

/**
 * Adds a commit to a branch, or to a new branch that starts at its tip. What to change is asked again for each new tip, so
 * that a push in between is neither lost nor overwritten.
 */
export async function commitToBranch(
  content: Content,
  command: GitCommand,
  writer: BranchWriter,
  request: BranchCommitRequest,
  options: { now: () => number },
): Promise<BranchCommit | undefined> {
  const { branch, newBranch, signal } = request;
  for (const name of [branch, newBranch ?? branch]) {
    if (!isRefName(name)) throw new SekishoError('GIT_NAME_INVALID', `${JSON.stringify(name)} cannot name a branch`);
  }
  let refusedAt: string | undefined;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    await writer.prepare();
    const tip = (await content.refs.read(`refs/heads/${branch}`))?.id;
    if (tip === undefined) {
      throw new SekishoError('GIT_REVISION_UNKNOWN', `there is no branch ${branch}`, {
        hint: 'Was it deleted? A commit is made on a branch only.',
      });
    }
    if (newBranch !== undefined && (await content.refs.read(`refs/heads/${newBranch}`)) !== undefined) {
      throw alreadyThere(newBranch);
    }
    if (tip === refusedAt) {
      // A server that hides the branch from pushes says the same as one where it moved.
      throw new SekishoError('GIT_PROTECTED', `the branch ${branch} takes no push`, {
        hint: 'The branch is protected: make the change by a pull request.',
      });
    }
    const planned = await request.plan(tip, content.tree(tip));
    if (planned === undefined || planned.changes.size === 0) return undefined;
    const { commit } = await writeCommit(command, content.gitDir, {
      parent: tip,
      changes: planned.changes,
      message: planned.message,
      author: request.author,
      now: options.now(),
      signal,
    });
    const target = newBranch ?? branch;
    if (await writer.move(target, commit, newBranch === undefined ? tip : '')) return { commit, branch: target, tip };
    if (newBranch !== undefined) throw alreadyThere(newBranch);
    refusedAt = tip;
    if (attempt >= attempts) {
      throw new SekishoError('GIT_COMMIT_FAILED', `others push to ${branch} faster than a commit can be added`, {
        retryable: true,
      });
    }
  }
}

function alreadyThere(branch: string): SekishoError {
  return new SekishoError('GIT_ALREADY_EXISTS', `the branch ${branch} exists already`);
}
