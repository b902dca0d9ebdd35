import type { KubeObject } from '@sekisho/kube';
import { applyActions, releaseActions } from './actions.ts';
import { OPERATION_ANNOTATION, operationMark } from './plan-sync.ts';
import { withResult } from './progress.ts';
import type { SyncAction, SyncObservation, SyncProgress, SyncRequest, SyncTask } from './types.ts';

/**
 * The next actions inside one wave: old hooks are released, prunes go first, then hooks of earlier operations are
 * deleted, then one kind after the other is applied.
 *
 * @param pending tasks of the wave without a result, in plan order
 * @returns no actions and no `waiting`: nothing is left to do in this wave
 */
export function startWave(
  pending: readonly SyncTask[],
  request: SyncRequest,
  progress: SyncProgress,
  observed: SyncObservation,
): { progress: SyncProgress; actions: readonly SyncAction[]; waiting?: string } {
  const adopted = adoptOwnHooks(pending, request, progress, observed);
  const open = pending.filter((task) => adopted.results[task.id] === undefined);

  const stale = open.filter((task) => task.hook !== undefined && deletesBefore(task));
  const releases = releaseActions(stale, adopted, observed);
  if (releases.length > 0) return { progress: adopted, actions: releases };

  const pruned = pruneStep(open, request, adopted, observed);
  if (pruned.actions.length > 0 || pruned.waiting !== undefined) return pruned;

  const old = stale.flatMap((task) => {
    const live = observed.live(task);
    return live === undefined ? [] : [{ task, live }];
  });
  if (old.length > 0) {
    const actions = old
      .filter(({ task, live }) => adopted.notes[task.id]?.deletedUid !== (live.metadata.uid ?? ''))
      .filter(({ live }) => live.metadata.deletionTimestamp === undefined)
      .map(
        ({ task, live }): SyncAction => ({
          type: 'delete',
          task,
          object: live,
          propagation: request.options.prunePropagationPolicy,
          reason: 'hookBefore',
        }),
      );
    return { progress: adopted, actions, waiting: 'waiting for deletion of hooks of an earlier sync' };
  }

  const applies = open.filter((task) => task.kind === 'apply');
  const first = applies[0];
  if (first === undefined) return { progress: pruned.progress, actions: [] };
  const end = applies.findIndex((task) => task.object.kind !== first.object.kind);
  const group = end < 0 ? applies : applies.slice(0, end);
  return { progress: pruned.progress, actions: applyActions(group, adopted) };
}

/** A hook that carries the mark of this operation was made before a restart: it is not made again. */
function adoptOwnHooks(
  pending: readonly SyncTask[],
  request: SyncRequest,
  progress: SyncProgress,
  observed: SyncObservation,
): SyncProgress {
  let result = progress;
  for (const task of pending) {
    if (task.hook === undefined) continue;
    const live = observed.live(task);
    if (live === undefined || !carriesMark(live, request, task)) continue;
    result = withResult(result, task, 'Synced', 'Running', 'applied', live);
  }
  return result;
}

function carriesMark(live: KubeObject, request: SyncRequest, task: SyncTask): boolean {
  return live.metadata.annotations?.[OPERATION_ANNOTATION] === operationMark(request, task.phase);
}

function deletesBefore(task: SyncTask): boolean {
  return task.hook?.deletePolicies.includes('BeforeHookCreation') === true;
}

function pruneStep(
  open: readonly SyncTask[],
  request: SyncRequest,
  progress: SyncProgress,
  observed: SyncObservation,
): { progress: SyncProgress; actions: readonly SyncAction[]; waiting?: string } {
  let next = progress;
  const actions: SyncAction[] = [];
  const unconfirmed: SyncTask[] = [];
  for (const task of open) {
    if (task.kind !== 'prune') continue;
    const live = observed.live(task) ?? task.object;
    if (!request.prune) next = withResult(next, task, 'PruneSkipped', 'Succeeded', 'ignored (requires pruning)');
    else if (task.options.prune === 'false') {
      next = withResult(next, task, 'PruneSkipped', 'Succeeded', 'ignored (no prune)');
    } else if (task.options.prune === 'confirm' && observed.deletionApproved !== true) unconfirmed.push(task);
    else if (live.metadata.deletionTimestamp !== undefined) {
      next = withResult(next, task, 'Pruned', 'Succeeded', 'pruned');
    } else {
      const propagation = task.options.prunePropagationPolicy;
      actions.push({ type: 'delete', task, object: live, propagation, reason: 'prune' });
    }
  }
  const [first] = unconfirmed;
  if (first === undefined) return { progress: next, actions };
  const more = unconfirmed.length > 1 ? ` and ${unconfirmed.length - 1} more` : '';
  const name = `${first.object.kind} ${first.object.metadata.name ?? ''}`;
  // Nothing of this wave is pruned before the answer: the user confirms the whole of it.
  return { progress, actions: [], waiting: `Waiting for pruning confirmation of ${name}${more}` };
}
