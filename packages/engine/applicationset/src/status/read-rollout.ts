import { isMap } from '@sekisho/gotemplate';
import type { ApplicationRollout, RolloutState } from '../rolling-sync/rolling-types.ts';

const STATES: readonly string[] = ['Waiting', 'Pending', 'Progressing', 'Healthy'] satisfies RolloutState[];

/** `applicationStatus` of a set's status, whoever wrote it; entries that can't be read are left out. */
export function readRollout(status: unknown): readonly ApplicationRollout[] {
  const entries = isMap(status) ? status['applicationStatus'] : undefined;
  if (!Array.isArray(entries)) return [];
  if (entries.every(isEntry)) return entries;
  return entries.filter(isEntry);
}

function isEntry(entry: unknown): entry is ApplicationRollout {
  return (
    isMap(entry) &&
    ['application', 'message', 'step', 'lastTransitionTime'].every((field) => typeof entry[field] === 'string') &&
    STATES.includes(String(entry['status'])) &&
    Array.isArray(entry['targetRevisions']) &&
    entry['targetRevisions'].every((revision) => typeof revision === 'string')
  );
}
