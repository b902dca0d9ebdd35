import { asRecord } from '../applications/as-record.ts';

type HistoryEntry = Readonly<Record<string, unknown>>;

/**
 * Notes in the newest entry of `status.history` when it was first seen Healthy (`healthyAt`): such a release can be gone back
 * to. The same array when there is nothing to note.
 *
 * @param state `status.operationState`: a release counts only when the operation that made it is over
 */
export function noteHealthy(
  history: readonly HistoryEntry[] | undefined,
  state: unknown,
  health: string,
  now: string,
): readonly HistoryEntry[] | undefined {
  const newest = history?.at(-1);
  if (history === undefined || newest === undefined || health !== 'Healthy' || newest['healthyAt'] !== undefined) {
    return history;
  }
  const { phase, syncResult, finishedAt } = asRecord(state);
  const isOver = phase === 'Succeeded' && finishedAt !== undefined;
  if (!isOver || revisionsOf(newest).join() !== revisionsOf(asRecord(syncResult)).join()) return history;
  return [...history.slice(0, -1), { ...newest, healthyAt: now }];
}

/** The commits of a history entry or a sync result, by source. */
export function revisionsOf(entry: HistoryEntry): string[] {
  const { revision, revisions } = entry;
  if (Array.isArray(revisions)) return revisions.map(String);
  return typeof revision === 'string' && revision !== '' ? [revision] : [];
}

/** The newest `limit` entries (none at 0), and the newest one that was Healthy when it is none of them: the way back stays open. */
export function keepHistory(entries: readonly HistoryEntry[], limit: number): HistoryEntry[] {
  if (limit <= 0) return [];
  const kept = entries.slice(-limit);
  const older = entries.slice(0, entries.length - kept.length);
  if (kept.some((entry) => entry['healthyAt'] !== undefined)) return kept;
  const healthy = older.findLast((entry) => entry['healthyAt'] !== undefined);
  return healthy === undefined ? kept : [healthy, ...kept];
}
