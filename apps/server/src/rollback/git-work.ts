import { isSekishoError, messageOf, redactUrl } from '@sekisho/base';
import type { BranchCommit, Person } from '@sekisho/git';
import { type Application, parseApplication } from '../applications/application.ts';
import { revertMessage } from './commit-message.ts';
import type { RollbackContext } from './rollback-context.ts';
import { type BranchGroup, changesFor, conflict, inputsAt, planRollback, type RollbackPlan } from './rollback-plan.ts';
import type { RollbackCommit, RollbackState } from './rollback-state.ts';
import { type SharedFiles, sharedFiles } from './shared-files.ts';

export interface GitCommits {
  readonly commits: readonly RollbackCommit[];
  /** What the cluster is synced to, by source. */
  readonly revisions: readonly string[];
  /** What else there is to say, such as a pull request that could not be opened. */
  readonly message: string;
}

export type GitResult = GitCommits | { readonly error: string; readonly retryable: boolean };

/** The part of a rollback that happens in git and at forges. */
export interface GitWork {
  /** Finds out whether it can be done. @throws SekishoError ROLLBACK_CONFLICT */
  check(input: {
    readonly application: Application;
    readonly plan: RollbackPlan;
    readonly pullRequest: boolean;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** Makes the commits, and pull requests where branches are protected or one is wished. Never rejects. May be run again after a restart. */
  run(application: Application, state: RollbackState, signal: AbortSignal): Promise<GitResult>;
}

/** More paths than this are not named to `git log` one by one. */
const MAX_PATHS = 500;
const MAX_REVERTED = 1000;
const NOBODY_ELSE: SharedFiles = { same: [], partly: [] };

export function createGitWork(
  context: Pick<RollbackContext, 'sources' | 'forges' | 'list' | 'controlNamespace' | 'ownUrl' | 'logger'>,
): GitWork {
  const { sources, logger } = context;

  function others(application: Application): Application[] {
    const found: Application[] = [];
    for (const object of context.list()) {
      const parsed = parseApplication(object, context.controlNamespace);
      if ('application' in parsed && parsed.application.key !== application.key) found.push(parsed.application);
    }
    return found;
  }

  async function check({ application, plan, pullRequest, signal }: Parameters<GitWork['check']>[0]): Promise<void> {
    const all = others(application);
    for (const group of plan.groups) {
      const [index = 0] = group.sources;
      const tip = plan.tips[index]?.revision.commit ?? '';
      const tree = group.repository.tree(tip);
      const changes = await changesFor({ sources, application, good: plan.good, group, tip, tree, signal });
      if (pullRequest) continue;
      const paths = [...changes.keys()];
      const { partly } = await sharedFiles({ sources, application, others: all, group, tip, paths, signal });
      if (partly.length > 0) throw conflict(application.name, partly);
    }
  }

  async function run(application: Application, state: RollbackState, signal: AbortSignal): Promise<GitResult> {
    try {
      return await commitAll(application, state, signal);
    } catch (error) {
      if (!isSekishoError(error)) logger.error({ app: application.key, err: error }, 'a rollback failed');
      return { error: messageOf(error), retryable: isSekishoError(error) && error.retryable };
    }
  }

  async function commitAll(application: Application, state: RollbackState, signal: AbortSignal): Promise<GitCommits> {
    let plan: RollbackPlan;
    try {
      plan = await planRollback(sources, application, state.to, signal);
    } catch (error) {
      if (!isSekishoError(error, 'ROLLBACK_NOTHING_TO_DO')) throw error;
      // A process before this one had made the commits, or somebody by hand.
      const tips = await inputsAt(sources, application, [], signal);
      return { commits: [], revisions: tips.map(({ revision }) => revision.commit), message: '' };
    }
    const commits: RollbackCommit[] = [];
    const messages: string[] = [];
    const revisions = plan.tips.map(({ revision }) => revision.commit);
    for (const group of plan.groups) {
      const done = await commitGroup({ application, state, plan, group, signal });
      if (done === undefined) continue;
      commits.push(done.commit);
      if (done.message !== '') messages.push(done.message);
      for (const index of group.sources) {
        // What is not merged yet is no state of the branch: the good release itself is synced.
        const good = plan.good[index]?.revision.commit ?? '';
        revisions[index] = done.commit.branch === group.branch ? done.commit.commit : good;
      }
    }
    return { commits, revisions, message: messages.join('; ') };
  }

  interface GroupInput {
    readonly application: Application;
    readonly state: RollbackState;
    readonly plan: RollbackPlan;
    readonly group: BranchGroup;
    readonly signal: AbortSignal;
  }

  async function commitGroup(input: GroupInput): Promise<{ commit: RollbackCommit; message: string } | undefined> {
    const { group, state } = input;
    if (!state.pullRequest) {
      try {
        const made = await commitTo(input, undefined);
        return made === undefined ? undefined : { commit: made, message: '' };
      } catch (error) {
        if (!isSekishoError(error, 'GIT_PROTECTED')) throw error;
        logger.info(
          { app: input.application.key, branch: group.branch },
          'the branch is protected: a pull request is made',
        );
      }
    }
    const made = await commitTo(
      input,
      `sekisho/revert-${input.application.name}-${state.from.slice(0, 7)}-${state.id.slice(0, 8)}`,
    );
    return made === undefined ? undefined : openPullRequest(input, made);
  }

  async function commitTo(
    { application, state, plan, group, signal }: GroupInput,
    newBranch: string | undefined,
  ): Promise<RollbackCommit | undefined> {
    const { repository, branch } = group;
    let reverts = 0;
    let made: BranchCommit | undefined;
    try {
      made = await repository.commit({
        branch,
        ...(newBranch === undefined ? {} : { newBranch }),
        author: authorOf(state),
        signal,
        plan: async (tip, tree) => {
          const changes = await changesFor({ sources, application, good: plan.good, group, tip, tree, signal });
          if (changes.size === 0) return undefined;
          const paths = [...changes.keys()];
          const shared =
            newBranch === undefined
              ? await sharedFiles({ sources, application, others: others(application), group, tip, paths, signal })
              : NOBODY_ELSE;
          if (shared.partly.length > 0) throw conflict(application.name, shared.partly);
          const [index = 0] = group.sources;
          const good = plan.good[index]?.revision.commit ?? '';
          const reverted = await repository.log({
            revision: tip,
            since: good,
            paths: paths.length > MAX_PATHS ? group.sources.map((at) => application.sources[at]?.path ?? '.') : paths,
            max: MAX_REVERTED,
            signal,
          });
          reverts = reverted.length;
          const link = releaseLink(context.ownUrl(), application, state);
          return {
            changes,
            message: revertMessage({ state, application, to: good, reverted, also: shared.same, link }),
          };
        },
      });
    } catch (error) {
      if (newBranch === undefined || !isSekishoError(error, 'GIT_ALREADY_EXISTS')) throw error;
      // A process before this one had pushed it.
      const { commit } = await repository.resolve(`refs/heads/${newBranch}`, { signal });
      return { repoURL: redactUrl(group.repoURL), commit, branch: newBranch, reverts };
    }
    if (made === undefined) return undefined;
    return { repoURL: redactUrl(group.repoURL), commit: made.commit, branch: made.branch, reverts };
  }

  /** A pull request that can't be opened stops nothing: the branch is there, and the cluster goes back. */
  async function openPullRequest(
    { application, state, group, signal }: GroupInput,
    commit: RollbackCommit,
  ): Promise<{ commit: RollbackCommit; message: string }> {
    const where = `the revert is on the branch ${commit.branch}`;
    try {
      const forge = await context.forges(group.repoURL);
      if (forge === undefined) return { commit, message: `${where}, to be merged into ${group.branch}` };
      const { url } = await forge.openPullRequest({
        head: commit.branch,
        base: group.branch,
        title: `Roll back ${application.name} to ${state.to.slice(0, 7)}`,
        body: `${state.reason}\n\nTakes back ${state.from.slice(0, 7)}: ${releaseLink(context.ownUrl(), application, state)}\n\nRequested by ${state.initiatedBy.username}.`,
        signal,
      });
      return { commit: { ...commit, pullRequest: url }, message: `pull request ${url}` };
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ app: application.key, error: messageOf(error) }, 'a pull request could not be opened');
      const note = `no pull request could be opened: ${messageOf(error)}`;
      return { commit: { ...commit, note }, message: `${where}; ${note}` };
    }
  }

  return { check, run };
}

function authorOf({ initiatedBy }: RollbackState): Person {
  if (initiatedBy.automatic === true) return { name: 'Sekisho', email: 'sekisho@localhost' };
  const { username } = initiatedBy;
  return {
    name: username,
    email: /^[^@\s]+@[^@\s]+$/.test(username) ? username : `${username.replace(/[^\w.-]+/g, '-')}@localhost`,
  };
}

function releaseLink(ownUrl: string, { namespace, name }: Application, { fromRelease }: RollbackState): string {
  const url = new URL(`/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, ownUrl);
  if (fromRelease !== undefined) url.searchParams.set('release', String(fromRelease));
  return url.href;
}
