import { type Condition, withCondition, withoutCondition } from '../kinds/condition.ts';
import type { Pod } from '../kinds/pod.ts';
import { selects } from '../kinds/selector.ts';
import { countOf, type ReplicaSet, type ReplicaSetStatus, replicasOf } from '../kinds/workload.ts';
import { deletionOrder } from '../pods/deletion-order.ts';
import { createdAt, isActive, isAvailable, isReady, nextAvailableInMs } from '../pods/pod-state.ts';

/** A single reconcile creates or deletes at most this many pods; the next one goes on. */
const BURST = 500;

export interface ReplicaSetPlan {
  /** Pods to create. */
  readonly create: number;
  readonly remove: readonly Pod[];
}

/** How many pods to make, or which to remove. Nothing for a set that is being deleted. */
export function planReplicas(set: ReplicaSet, pods: readonly Pod[]): ReplicaSetPlan {
  if (set.metadata.deletionTimestamp !== undefined) return { create: 0, remove: [] };
  const active = pods.filter(isActive);
  const missing = replicasOf(set) - active.length;
  if (missing >= 0) return { create: Math.min(missing, BURST), remove: [] };
  return { create: 0, remove: deletionOrder(active).slice(0, Math.min(-missing, BURST)) };
}

export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export interface ReplicaSetObservation {
  readonly set: ReplicaSet;
  readonly pods: readonly Pod[];
  readonly failure: ReplicaFailure | undefined;
  readonly now: number;
  readonly time: string;
}

/** The status that `pods` amount to; the same instance when it is what the set says already. */
export function replicaSetStatus({ set, pods, failure, now, time }: ReplicaSetObservation): ReplicaSetStatus {
  const active = pods.filter(isActive);
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const templateLabels = { matchLabels: set.spec.template.metadata?.labels ?? {} };
  const conditions = conditionsOf(set.status?.conditions, failure, time);
  const next: ReplicaSetStatus = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => selects(templateLabels, pod.metadata.labels)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  return set.status !== undefined && sameStatus(set.status, next) ? set.status : next;
}

function conditionsOf(
  current: readonly Condition[] | undefined,
  failure: ReplicaFailure | undefined,
  time: string,
): readonly Condition[] {
  if (failure === undefined) return withoutCondition(current, 'ReplicaFailure');
  const { reason, message } = failure;
  return withCondition(current, { type: 'ReplicaFailure', status: 'True', reason, message }, time);
}

function sameStatus(a: ReplicaSetStatus, b: ReplicaSetStatus): boolean {
  return (
    countOf(a.replicas) === countOf(b.replicas) &&
    countOf(a.fullyLabeledReplicas) === countOf(b.fullyLabeledReplicas) &&
    countOf(a.readyReplicas) === countOf(b.readyReplicas) &&
    countOf(a.availableReplicas) === countOf(b.availableReplicas) &&
    countOf(a.observedGeneration) === countOf(b.observedGeneration) &&
    sameConditions(a.conditions, b.conditions)
  );
}

function sameConditions(a: readonly Condition[] = [], b: readonly Condition[] = []): boolean {
  return a.length === b.length && a.every((condition, at) => condition === b[at]);
}

/** When to look again although nothing changes: the next pod whose minReadySeconds are over. */
export function nextReplicaSetCheckMs(set: ReplicaSet, pods: readonly Pod[], now: number): number | undefined {
  return nextAvailableInMs(pods.filter(isActive), set.spec.minReadySeconds ?? 0, now);
}

/** How long a set waits for its new pods to become ready before it tells of them. */
const TELL_AFTER_MS = 1000;

/**
 * Milliseconds until `next` is worth a write: at once, unless all that it tells is that young pods exist and are not ready
 * yet. Most pods become ready in a moment, and one write then tells both.
 */
export function statusWaitMs(set: ReplicaSet, next: ReplicaSetStatus, pods: readonly Pod[], now: number): number {
  const before = set.status;
  const onlyMorePods =
    countOf(next.replicas) > countOf(before?.replicas) &&
    countOf(next.readyReplicas) === countOf(before?.readyReplicas) &&
    countOf(next.availableReplicas) === countOf(before?.availableReplicas) &&
    (next.conditions ?? []).length === 0;
  if (!onlyMorePods) return 0;
  const starting = pods.filter((pod) => isActive(pod) && !isReady(pod)).map(createdAt);
  // Creation times are whole seconds, cut off.
  return starting.length === 0 ? 0 : Math.max(0, Math.max(...starting) + TELL_AFTER_MS + 500 - now);
}
