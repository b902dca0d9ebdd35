import { findCondition, isConditionTrue } from '../kinds/condition.ts';
import type { Pod } from '../kinds/pod.ts';
import { parseTime } from '../kinds/time.ts';

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither finished nor being deleted: counts as a replica. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

export function isReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, 'Ready');
}

/** When the pod became ready, milliseconds. */
export function readySince(pod: Pod): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  return ready?.status === 'True' ? parseTime(ready.lastTransitionTime) : undefined;
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  return availableInMs(pod, minReadySeconds, now) === 0;
}

/** Milliseconds until a ready pod becomes available; undefined for a pod that is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const since = readySince(pod);
  if (since === undefined) return isReady(pod) ? 0 : undefined;
  return Math.max(0, since + minReadySeconds * 1000 - now);
}

/** The earliest moment at which one more ready pod becomes available, from now; undefined when none is waiting. */
export function nextAvailableInMs(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let soonest: number | undefined;
  for (const pod of pods) {
    const wait = availableInMs(pod, minReadySeconds, now);
    if (wait !== undefined && wait > 0 && (soonest === undefined || wait < soonest)) soonest = wait;
  }
  return soonest;
}

export function createdAt(pod: { metadata: { creationTimestamp?: string } }): number {
  return parseTime(pod.metadata.creationTimestamp) ?? 0;
}
