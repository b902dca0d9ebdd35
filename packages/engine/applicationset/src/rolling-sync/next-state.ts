import { type ObservedApplication, type SeenOperation, timeOf } from './observed.ts';
import type { ApplicationRollout, RolloutState } from './rolling-types.ts';

const SUCCEEDED = 'Succeeded';
const COMPLETED = new Set(['Succeeded', 'Failed', 'Error']);

export const CHANGE_MESSAGES = {
  both: 'Application has pending changes (revision and spec differ), setting status to Waiting',
  revision: 'Application has pending changes, setting status to Waiting',
  spec: 'Application has pending changes (spec differs), setting status to Waiting',
} as const;

/** Where an Application is now: from what it was, and what is seen of it. */
export function nextState(
  previous: ApplicationRollout | undefined,
  seen: ObservedApplication,
  { step, hasNewSpec, now }: { readonly step: string; readonly hasNewSpec: boolean; readonly now: string },
): ApplicationRollout {
  const moved = (entry: ApplicationRollout, status: RolloutState, message: string): ApplicationRollout => ({
    ...entry,
    status,
    message,
    lastTransitionTime: now,
  });
  let entry: ApplicationRollout = previous ?? {
    application: seen.name,
    status: 'Waiting',
    message: 'No Application status found, defaulting status to Waiting',
    step,
    targetRevisions: seen.revisions,
    lastTransitionTime: now,
  };
  if (entry.step !== step) entry = { ...entry, step };
  const hasNewRevision = !isSame(entry.targetRevisions, seen.revisions);
  if (hasNewRevision || hasNewSpec) {
    const message = CHANGE_MESSAGES[hasNewRevision && hasNewSpec ? 'both' : hasNewRevision ? 'revision' : 'spec'];
    entry = moved({ ...entry, targetRevisions: seen.revisions }, 'Waiting', message);
  }
  switch (entry.status) {
    case 'Waiting':
      // A change of the set or of git need not be one of the Application.
      if (!seen.isSynced || hasNewSpec) return entry;
      return seen.isHealthy
        ? moved(entry, 'Healthy', 'Application resource has synced, updating status to Healthy')
        : moved(entry, 'Progressing', 'Application resource has synced, updating status to Progressing');
    case 'Pending': {
      const message = begun(entry, seen);
      return message === undefined ? entry : moved(entry, 'Progressing', message);
    }
    case 'Progressing':
      return seen.isHealthy && seen.isSynced
        ? moved(entry, 'Healthy', 'Application resource became Healthy, updating status from Progressing to Healthy')
        : entry;
    case 'Healthy':
      return entry;
  }
}

/** How a sync that was asked for has begun; undefined: it has not. */
function begun(entry: ApplicationRollout, seen: ObservedApplication): string | undefined {
  const since = timeOf(entry.lastTransitionTime) ?? 0;
  if (seen.operation !== undefined && isAfter(seen.operation, since)) {
    if (seen.operation.phase === SUCCEEDED)
      return 'Application resource completed a sync successfully, updating status from Pending to Progressing';
    if (COMPLETED.has(seen.operation.phase))
      return 'Application resource completed a sync, updating status from Pending to Progressing';
    return 'Application resource became Progressing, updating status from Pending to Progressing';
  }
  const wasLookedAt = seen.reconciledAt !== undefined && seen.reconciledAt > since;
  if (seen.hasError && wasLookedAt)
    return 'Application resource has error and cannot sync, updating status to Progressing';
  return undefined;
}

/** Times are whole seconds: of the same second, only one that a rollout asked for can be ours. */
function isAfter({ startedAt, isOfRollout }: SeenOperation, since: number): boolean {
  return startedAt > since || (startedAt === since && isOfRollout);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
