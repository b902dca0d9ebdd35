import { hookDeletions, releaseActions } from './actions.ts';
import { withResult } from './progress.ts';
import type { SyncObservation, SyncPlan, SyncProgress, SyncStep } from './types.ts';

/**
 * Ends an operation that the user stopped: running hooks are released and deleted, everything else stays as it is.
 * Call it instead of `advanceSync`, record the outcomes, and call it again until the state is Failed.
 */
export function terminateSync(plan: SyncPlan, progress: SyncProgress, observed: SyncObservation): SyncStep {
  const hooks = plan.tasks.filter(
    (task) => task.hook !== undefined && progress.results[task.id]?.hookPhase === 'Running',
  );
  const actions = [
    ...releaseActions(hooks, progress, observed),
    ...hookDeletions(hooks, plan.request, progress, observed),
  ];
  if (actions.length > 0)
    return { progress, actions, state: 'Running', message: 'terminating: deleting running hooks' };
  let next = progress;
  for (const task of hooks) next = withResult(next, task, 'Synced', 'Failed', 'Terminated');
  return { progress: next, actions: [], state: 'Failed', message: 'Operation terminated' };
}

const APPROVAL_ANNOTATION = 'argocd.argoproj.io/deletion-approved';

/**
 * Whether the user approved deletions that ask for it: the Application is annotated
 * `argocd.argoproj.io/deletion-approved` with a time that is not before `since`.
 *
 * @param since RFC 3339: start of the operation, or the Application's deletionTimestamp
 */
export function isDeletionApproved(
  application: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } },
  since: string,
): boolean {
  const approved = Date.parse(application.metadata.annotations?.[APPROVAL_ANNOTATION] ?? '');
  // People give whole seconds (`date -u +%FT%TZ`).
  const start = Math.floor(Date.parse(since) / 1000) * 1000;
  return Number.isFinite(approved) && (!Number.isFinite(start) || approved >= start);
}
