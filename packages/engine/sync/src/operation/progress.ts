import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import type {
  ActionOutcome,
  SyncAction,
  SyncProgress,
  SyncTask,
  TaskNotes,
  TaskPhase,
  TaskResult,
  TaskStatus,
} from './types.ts';

/** Nothing done yet. */
export function newSyncProgress(): SyncProgress {
  return { results: {}, notes: {}, dryRunPassed: {}, dryRunDone: false };
}

/**
 * Notes how an action ended. Call it once per action, before `advanceSync` is called again; an action whose outcome was
 * lost (a crash) is simply returned again.
 */
export function recordResult(progress: SyncProgress, action: SyncAction, outcome: ActionOutcome): SyncProgress {
  const { task } = action;
  switch (action.type) {
    case 'dryRun': {
      // The object is made anew later; that it exists now does not say that it is wrong.
      const passed = outcome.ok || (action.mode === 'create' && outcome.code === 'KUBE_ALREADY_EXISTS');
      if (passed) return { ...progress, dryRunPassed: { ...progress.dryRunPassed, [task.id]: true } };
      return withResult(progress, task, 'SyncFailed', 'Failed', outcome.message);
    }
    case 'apply': {
      if (!outcome.ok) {
        if (action.mode === 'apply' && mayForce(task) && isRefusal(outcome.code)) {
          return withNotes(progress, task, { force: true });
        }
        return withResult(progress, task, 'SyncFailed', 'Failed', outcome.message);
      }
      return withResult(progress, task, 'Synced', 'Running', outcome.message ?? 'applied', outcome.live);
    }
    case 'delete': {
      const gone = outcome.ok || outcome.code === 'KUBE_NOT_FOUND';
      const noted = withNotes(progress, task, { deletedUid: action.object.metadata.uid ?? '' });
      if (action.reason === 'prune') {
        return gone
          ? withResult(noted, task, 'Pruned', 'Succeeded', 'pruned')
          : withResult(progress, task, 'SyncFailed', 'Failed', outcome.message);
      }
      if (gone) return noted;
      if (action.reason === 'hookAfter') return withMessage(noted, task, `hook was not deleted: ${outcome.message}`);
      return withResult(progress, task, 'SyncFailed', 'Error', `hook was not deleted: ${outcome.message}`);
    }
    case 'removeFinalizer': {
      const done = outcome.ok || outcome.code === 'KUBE_NOT_FOUND';
      const noted = withNotes(progress, task, { releasedUid: action.object.metadata.uid ?? '' });
      if (done) return noted;
      const status = progress.results[task.id]?.status ?? 'SyncFailed';
      return withResult(noted, task, status, 'Error', `hook finalizer was not removed: ${outcome.message}`);
    }
  }
}

/** `Force` may delete and create again, but never a Namespace or a CRD: everything inside would go with it. */
export function mayForce(task: SyncTask): boolean {
  return task.options.force && task.live !== undefined && !isContainer(task.object);
}

export function isContainer(object: KubeObject): boolean {
  const { group } = parseApiVersion(object.apiVersion);
  return (
    (group === '' && object.kind === 'Namespace') ||
    (group === 'apiextensions.k8s.io' && object.kind === 'CustomResourceDefinition')
  );
}

function isRefusal(code: string): boolean {
  return code === 'KUBE_INVALID' || code === 'KUBE_CONFLICT';
}

export function withResult(
  progress: SyncProgress,
  task: SyncTask,
  status: TaskStatus,
  hookPhase: TaskPhase,
  message: string,
  live?: KubeObject,
): SyncProgress {
  const before = progress.results[task.id];
  const { uid, resourceVersion } = live?.metadata ?? {};
  const result: TaskResult = {
    ...identityOf(task),
    order: before?.order ?? Object.keys(progress.results).length + 1,
    ...(before?.since === undefined ? {} : { since: before.since }),
    ...(before?.seen === undefined ? {} : { seen: before.seen }),
    ...(before?.uid === undefined ? {} : { uid: before.uid }),
    ...(before?.resourceVersion === undefined ? {} : { resourceVersion: before.resourceVersion }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    status,
    hookPhase,
    message: message === '' ? (before?.message ?? '') : message,
  };
  if (before !== undefined && isSameResult(before, result)) return progress;
  return { ...progress, results: { ...progress.results, [task.id]: result } };
}

export function withNotes(progress: SyncProgress, task: SyncTask, notes: TaskNotes): SyncProgress {
  return { ...progress, notes: { ...progress.notes, [task.id]: { ...progress.notes[task.id], ...notes } } };
}

export function patchResult(progress: SyncProgress, task: SyncTask, fields: Partial<TaskResult>): SyncProgress {
  const before = progress.results[task.id];
  if (before === undefined) return progress;
  return { ...progress, results: { ...progress.results, [task.id]: { ...before, ...fields } } };
}

function withMessage(progress: SyncProgress, task: SyncTask, message: string): SyncProgress {
  return patchResult(progress, task, { message });
}

function identityOf(task: SyncTask) {
  const { group, version } = parseApiVersion(task.object.apiVersion);
  return {
    group,
    version,
    kind: task.object.kind,
    namespace: task.object.metadata.namespace ?? '',
    name: task.object.metadata.name ?? '',
    syncPhase: task.phase,
    ...(task.hook === undefined ? {} : { hookType: task.phase }),
  };
}

function isSameResult(a: TaskResult, b: TaskResult): boolean {
  return (
    a.status === b.status &&
    a.hookPhase === b.hookPhase &&
    a.message === b.message &&
    a.uid === b.uid &&
    a.resourceVersion === b.resourceVersion
  );
}
