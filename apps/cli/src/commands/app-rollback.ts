import { SekishoError } from '@sekisho/base';
import { watchApplication } from '../application-watch.ts';
import { record, shortRevision, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { isTimeUp } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';

interface Flags {
  readonly namespace: string;
  readonly reason: string;
  readonly revision?: string;
  readonly pullRequest?: boolean;
  readonly prune?: boolean;
  readonly wait: boolean;
}

interface Rollback {
  readonly id: string;
  readonly phase: string;
  readonly message: string;
  readonly from: string;
  readonly to: string;
  readonly commits?: readonly {
    readonly repoURL: string;
    readonly commit: string;
    readonly branch: string;
    readonly pullRequest?: string;
    readonly note?: string;
    readonly reverts: number;
  }[];
}

/**
 * `sekisho app rollback NAME [ID]`: until the cluster is back and Healthy (and Synced, unless a pull request waits to be
 * merged); exit 1 when the rollback fails.
 */
export async function appRollback(
  context: CommandContext,
  flags: Flags,
  name: string,
  id: string | undefined,
): Promise<ExitCode> {
  const { connection, signal, progress } = context;
  const { namespace, revision } = flags;
  if (id !== undefined && !/^\d{1,15}$/.test(id)) {
    throw new SekishoError('USAGE', `${id} is no release id.`, {
      hint: `See the ids: sekisho app history ${name}. For a commit: --revision ${id}.`,
    });
  }
  if (id !== undefined && revision !== undefined) throw new SekishoError('USAGE', 'Give either an id or --revision.');
  const path = `/api/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/rollback`;
  const body = {
    ...(id === undefined ? {} : { id: Number(id) }),
    ...(revision === undefined ? {} : { revision }),
    reason: flags.reason,
    ...(flags.pullRequest === true ? { pullRequest: true } : {}),
    ...(flags.prune === undefined ? {} : { prune: flags.prune }),
  };
  const begun = (await namingApplication(name, namespace, () => connection.api.post(path, body, signal))) as Rollback;
  const way = `${name} from ${shortSet(begun.from)} to ${shortSet(begun.to)}`;
  if (!flags.wait) {
    progress.done(`rolling back ${way}`);
    return ExitCode.ok;
  }
  let said = begun.message;
  try {
    for await (const application of watchApplication(connection.api, { name, namespace, signal })) {
      if (application === undefined) {
        progress.done(`${name} was deleted`);
        return ExitCode.notGood;
      }
      const state = record(record(application['status'])['rollback']) as unknown as Rollback;
      if (state.id !== begun.id) {
        // Another one took its place: this one is over, for better or worse.
        progress.done(`another rollback of ${name} has begun: ${state.message}`);
        return ExitCode.notGood;
      }
      const view = viewOf(application);
      said = state.phase === 'Running' ? state.message : `${view.sync}, ${view.health}`;
      if (state.phase === 'Failed') {
        progress.done(`the rollback of ${way} failed: ${state.message}`);
        return ExitCode.notGood;
      }
      const waits = state.commits?.some(({ branch }) => branch.startsWith('sekisho/')) === true;
      const isGood = view.health === 'Healthy' && (waits || view.sync === 'Synced');
      if (state.phase === 'Succeeded' && isGood) {
        progress.done(`rolled back ${way}: ${waits ? view.health : `${view.sync} and ${view.health}`}`);
        for (const commit of state.commits ?? []) process.stdout.write(`${describeCommit(commit)}\n`);
        return ExitCode.ok;
      }
      progress.show(`rolling back ${name}: ${said}`);
    }
    return ExitCode.notGood;
  } catch (error) {
    if (!isTimeUp(signal)) throw error;
    throw new SekishoError('WAIT_TIMED_OUT', `The rollback of ${name} goes on: ${said}.`, {
      hint: `See how far it is: sekisho app get ${name}. Give more time with --timeout.`,
    });
  }
}

function describeCommit(commit: NonNullable<Rollback['commits']>[number]): string {
  const { repoURL, branch, pullRequest, note, reverts } = commit;
  const what = `${shortRevision(commit.commit)} on ${branch} of ${repoURL} reverts ${reverts} commit${reverts === 1 ? '' : 's'}`;
  if (pullRequest !== undefined) return `${what}; to be merged: ${pullRequest}`;
  return note === undefined ? what : `${what}; ${note}`;
}

function shortSet(revisions: string): string {
  return revisions.split('+').map(shortRevision).join('+');
}
