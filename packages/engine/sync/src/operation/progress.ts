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

/** Records that nobody else has: they may be changed in place. Of results, how many there are. */
const own = new WeakMap<object, { count: number }>();

/** A copy that the functions of this file change in place, until it is {@link settled}: thousands of changes, one copy. */
export function changeable(progress: SyncProgress): SyncProgress {
  const copy = {
    ...progress,
    results: { ...progress.results },
    notes: { ...progress.notes },
    dryRunPassed: { ...progress.dryRunPassed },
  };
  own.set(copy.results, { count: Object.keys(copy.results).length });
  own.set(copy.notes, { count: 0 });
  own.set(copy.dryRunPassed, { count: 0 });
  return copy;
}

/** Nobody changes it any more. */
export function settled(progress: SyncProgress): SyncProgress {
  own.delete(progress.results);
  own.delete(progress.notes);
  own.delete(progress.dryRunPassed);
  return progress;
}

/** Notes how several actions ended, see {@link recordResult}; thousands of them cost no more than their number. */
export function recordResults(
  progress: SyncProgress,
  results: Iterable<{ readonly action: SyncAction; readonly outcome: ActionOutcome }>,
): SyncProgress {
  let next = changeable(progress);
  for (const { action, outcome } of results) next = recordResult(next, action, outcome);
  return settled(next);
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
      if (passed) return { ...progress, dryRunPassed: withEntry(progress.dryRunPassed, task.id, true) };
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
    order: before?.order ?? countOf(progress.results) + 1,
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
  return { ...progress, results: withEntry(progress.results, task.id, result) };
}

export function withNotes(progress: SyncProgress, task: SyncTask, notes: TaskNotes): SyncProgress {
  return { ...progress, notes: withEntry(progress.notes, task.id, { ...progress.notes[task.id], ...notes }) };
}

export function patchResult(progress: SyncProgress, task: SyncTask, fields: Partial<TaskResult>): SyncProgress {
  const before = progress.results[task.id];
  if (before === undefined) return progress;
  return { ...progress, results: withEntry(progress.results, task.id, { ...before, ...fields }) };
}

function withEntry<T>(record: Readonly<Record<string, T>>, id: string, value: T): Readonly<Record<string, T>> {
  const owned = own.get(record);
  if (owned === undefined) return { ...record, [id]: value };
  const changing: Record<string, T> = record;
  if (changing[id] === undefined) owned.count++;
  changing[id] = value;
  return changing;
}

function countOf(record: Readonly<Record<string, unknown>>): number {
  return own.get(record)?.count ?? Object.keys(record).length;
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
