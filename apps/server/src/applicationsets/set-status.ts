import { type ReconcileOutcome, readRollout, type StatusInput } from '@sekisho/applicationset';
import type { KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';
import type { ApplyFault } from './apply-plan.ts';

/** What the API server refused; undefined when it was nothing but conflicts, which are nobody's fault. */
export function refusedOutcome(faults: readonly ApplyFault[]): ReconcileOutcome | undefined {
  const [first, ...others] = faults.filter(({ isConflict }) => !isConflict);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return { type: 'Failed', reason: first.reason, message: `${first.message}${more}` };
}

/** As it was noted last: a rollout goes on where it stood when the set can be read again. */
export function keptRollout({ status }: KubeObject): StatusInput['rollout'] {
  const entries = readRollout(status);
  if (entries.length === 0) return undefined;
  const progress = conditionsOf(status).find(({ type }) => type === 'RolloutProgressing');
  return {
    status: entries,
    isProgressing: progress?.['status'] === 'True',
    message: String(progress?.['message'] ?? ''),
  };
}

function conditionsOf(status: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { conditions } = asRecord(status);
  return Array.isArray(conditions) ? conditions.map(asRecord) : [];
}

/** How many sets are how, for metrics. */
export function statesOf(sets: readonly KubeObject[]): ReadonlyMap<string, number> {
  const counts = new Map([
    ['UpToDate', 0],
    ['Failed', 0],
    ['Unknown', 0],
  ]);
  for (const { status } of sets) {
    const list = conditionsOf(status);
    const isTrue = (type: string) => list.some((one) => one['type'] === type && one['status'] === 'True');
    const state = isTrue('ErrorOccurred') ? 'Failed' : isTrue('ResourcesUpToDate') ? 'UpToDate' : 'Unknown';
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}
