import { HOOK_FINALIZER } from './hook.ts';
import { isContainer, mayForce } from './progress.ts';
import type { ApplyMode, SyncAction, SyncObservation, SyncProgress, SyncRequest, SyncTask } from './types.ts';

export function applyActions(tasks: readonly SyncTask[], progress: SyncProgress): SyncAction[] {
  return tasks.map((task) => ({
    type: 'apply',
    task,
    mode: applyMode(task, progress),
    validate: task.options.validate,
  }));
}

export function dryRunActions(tasks: readonly SyncTask[]): SyncAction[] {
  return tasks.map((task) => ({ type: 'dryRun', task, mode: dryRunMode(task), validate: task.options.validate }));
}

/** Removal of our finalizer from hooks that are done. */
export function releaseActions(
  hooks: readonly SyncTask[],
  progress: SyncProgress,
  observed: SyncObservation,
): SyncAction[] {
  return hooks.flatMap((task): SyncAction[] => {
    const object = observed.live(task);
    if (object === undefined || object.metadata.finalizers?.includes(HOOK_FINALIZER) !== true) return [];
    if (progress.notes[task.id]?.releasedUid === (object.metadata.uid ?? '')) return [];
    return [{ type: 'removeFinalizer', task, object }];
  });
}

/** Deletion of hooks at the end of an operation. */
export function hookDeletions(
  hooks: readonly SyncTask[],
  request: SyncRequest,
  progress: SyncProgress,
  observed: SyncObservation,
): SyncAction[] {
  return hooks.flatMap((task): SyncAction[] => {
    const object = observed.live(task);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return [];
    if (progress.notes[task.id]?.deletedUid === (object.metadata.uid ?? '')) return [];
    const propagation = request.options.prunePropagationPolicy;
    return [{ type: 'delete', task, object, propagation, reason: 'hookAfter' }];
  });
}

function applyMode(task: SyncTask, progress: SyncProgress): ApplyMode {
  const { options } = task;
  const forced = mayForce(task);
  if (options.replace) {
    if (task.live === undefined) return 'create';
    return forced ? 'forceReplace' : 'replace';
  }
  if (options.serverSideApply) return 'serverSide';
  return progress.notes[task.id]?.force === true && forced ? 'forceReplace' : 'apply';
}

/**
 * What is going to be made anew is tried as a creation: an immutable field of the old object is no fault then. That
 * it exists already is what the API says last, after the object itself was found good.
 */
function dryRunMode(task: SyncTask): 'apply' | 'serverSide' | 'create' | 'replace' {
  const { options, hook, live } = task;
  if (hook !== undefined && (live === undefined || hook.deletePolicies.includes('BeforeHookCreation'))) return 'create';
  if (options.force && live !== undefined && !isContainer(task.object)) return 'create';
  if (options.replace) return live === undefined ? 'create' : 'replace';
  return options.serverSideApply ? 'serverSide' : 'apply';
}
