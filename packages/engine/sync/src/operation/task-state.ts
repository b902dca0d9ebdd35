import type { KubeObject } from '@sekisho/kube';
import type { Health } from '../health/health.ts';
import type { SyncTask, TaskNotes, TaskPhase, TaskResult } from './types.ts';

/** What the observed live object says about the last write: `behind` means the watch has not caught up with it. */
export type LiveState =
  | { readonly kind: 'current'; readonly live: KubeObject }
  | { readonly kind: 'behind' }
  | { readonly kind: 'absent' };

export function liveState(result: TaskResult, live: KubeObject | undefined): LiveState {
  if (live === undefined) return { kind: 'absent' };
  // Resource versions of one kind can be compared as numbers since Kubernetes 1.35; others are taken as current.
  const seen = Number(live.metadata.resourceVersion);
  const written = Number(result.resourceVersion);
  if (Number.isFinite(seen) && Number.isFinite(written) && seen < written) return { kind: 'behind' };
  return { kind: 'current', live };
}

/** The state of a running task by its health. Hooks must be Healthy to be done; a kind without health is done at once. */
export function taskState(
  task: SyncTask,
  health: Health | undefined,
  result: TaskResult,
): { hookPhase: TaskPhase; message: string } {
  const running = { hookPhase: 'Running' as const, message: result.message };
  if (health === undefined) return { hookPhase: 'Succeeded', message: result.message };
  const message = health.message ?? '';
  switch (health.status) {
    case 'Healthy':
      return { hookPhase: 'Succeeded', message };
    case 'Degraded':
      return { hookPhase: 'Failed', message: message === '' ? 'Degraded' : message };
    case 'Unknown':
      return task.hook === undefined ? running : { hookPhase: 'Failed', message: message === '' ? 'Unknown' : message };
    default:
      return task.hook === undefined ? running : { hookPhase: 'Running', message };
  }
}

/** Whether the object whose deletion was accepted is still there. */
export function isWaitingForDeletion(notes: TaskNotes | undefined, live: KubeObject | undefined): boolean {
  if (live === undefined) return false;
  if (notes?.deletedUid === undefined) return live.metadata.deletionTimestamp !== undefined;
  return (live.metadata.uid ?? '') === notes.deletedUid;
}
