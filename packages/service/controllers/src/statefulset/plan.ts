import { scaledValue } from '../kinds/int-or-percent.ts';
import type { Pod } from '../kinds/pod.ts';
import { countOf, replicasOf, type StatefulSet, type StatefulSetStatus } from '../kinds/workload.ts';
import { isAvailable, isFinished, isReady, isTerminating } from '../pods/pod-state.ts';
import { ordinalOf, REVISION_LABEL } from './identity.ts';

export interface StatefulState {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  /** Names of the revisions. */
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly now: number;
}

export interface StatefulPlan {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly remove: readonly { readonly pod: Pod; readonly scaledDown: boolean }[];
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function rangeOf(set: StatefulSet): Range {
  const start = set.spec.ordinals?.start ?? 0;
  return { start, end: start + replicasOf(set) };
}

function inRange(range: Range, ordinal: number): boolean {
  return ordinal >= range.start && ordinal < range.end;
}

function minReady(set: StatefulSet): number {
  return set.spec.minReadySeconds ?? 0;
}

function isHealthy({ set, now }: StatefulState, pod: Pod): boolean {
  return !isTerminating(pod) && isAvailable(pod, minReady(set), now);
}

/**
 * The next step of a stateful set. OrderedReady makes one change at a time, upwards when it grows, downwards when it
 * shrinks or rolls; Parallel makes all pods at once and rolls alike.
 */
export function planStatefulSet(state: StatefulState): StatefulPlan {
  const { set } = state;
  if (set.metadata.deletionTimestamp !== undefined) return { create: [], remove: [] };
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const range = rangeOf(set);
  const byOrdinal = new Map<number, Pod>();
  const condemned: { ordinal: number; pod: Pod }[] = [];
  for (const pod of state.pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    if (inRange(range, ordinal)) byOrdinal.set(ordinal, pod);
    else condemned.push({ ordinal, pod });
  }

  const filled = fill(state, range, byOrdinal, ordered);
  if (filled !== undefined) return filled;
  condemned.sort((a, b) => b.ordinal - a.ordinal);
  const shrunk = shrink(condemned, ordered);
  if (shrunk !== undefined) return shrunk;
  return roll(state, range, byOrdinal);
}

/** Makes missing pods and replaces ended ones. Undefined when all are there (and, if ordered, healthy). */
function fill(
  state: StatefulState,
  range: Range,
  byOrdinal: ReadonlyMap<number, Pod>,
  ordered: boolean,
): StatefulPlan | undefined {
  const create: { ordinal: number; revision: string }[] = [];
  const remove: { pod: Pod; scaledDown: boolean }[] = [];
  for (let ordinal = range.start; ordinal < range.end; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) create.push({ ordinal, revision: revisionFor(state, ordinal) });
    else if (isFinished(pod) && !isTerminating(pod)) remove.push({ pod, scaledDown: false });
    else if (ordered && !isHealthy(state, pod)) return { create: [], remove: [] };
    if (ordered && create.length + remove.length > 0) break;
  }
  return create.length + remove.length === 0 ? undefined : { create, remove };
}

/** Pods below the partition that have to be made anew stay on the old revision. */
function revisionFor(state: StatefulState, ordinal: number): string {
  const { set, currentRevision, updateRevision } = state;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const rolling = set.spec.updateStrategy?.type !== 'OnDelete';
  return rolling && ordinal < rangeOf(set).start + partition ? currentRevision : updateRevision;
}

function shrink(condemned: readonly { pod: Pod }[], ordered: boolean): StatefulPlan | undefined {
  if (condemned.length === 0) return undefined;
  const going = condemned.filter(({ pod }) => !isTerminating(pod));
  if (!ordered)
    return going.length === 0 ? undefined : { create: [], remove: going.map(({ pod }) => ({ pod, scaledDown: true })) };
  const [highest] = condemned;
  if (highest === undefined || isTerminating(highest.pod)) return { create: [], remove: [] };
  return { create: [], remove: [{ pod: highest.pod, scaledDown: true }] };
}

function roll(state: StatefulState, range: Range, byOrdinal: ReadonlyMap<number, Pod>): StatefulPlan {
  const { set, updateRevision } = state;
  const strategy = set.spec.updateStrategy;
  if (strategy?.type === 'OnDelete') return { create: [], remove: [] };
  const partition = range.start + (strategy?.rollingUpdate?.partition ?? 0);
  const budget = Math.max(1, scaledValue(strategy?.rollingUpdate?.maxUnavailable ?? 1, replicasOf(set), 'up'));
  let unavailable = 0;
  for (const pod of byOrdinal.values()) if (!isHealthy(state, pod)) unavailable++;
  const remove: { pod: Pod; scaledDown: boolean }[] = [];
  for (let ordinal = range.end - 1; ordinal >= partition; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || isTerminating(pod) || pod.metadata.labels?.[REVISION_LABEL] === updateRevision) continue;
    // A pod that is broken already costs nothing to replace: a bad update can always be rolled back.
    const broken = !isHealthy(state, pod);
    if (!broken && unavailable + remove.length >= budget) break;
    if (broken) unavailable--;
    remove.push({ pod, scaledDown: false });
    if (remove.length >= budget) break;
  }
  return { create: [], remove };
}

export function statefulSetStatus(state: StatefulState): StatefulSetStatus {
  const { set, pods, currentRevision, updateRevision, now } = state;
  const range = rangeOf(set);
  const counts = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 };
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined || isFinished(pod)) continue;
    counts.replicas++;
    if (isReady(pod) && !isTerminating(pod)) {
      counts.ready++;
      if (isAvailable(pod, minReady(set), now)) counts.available++;
    }
    if (isTerminating(pod) || !inRange(range, ordinal)) continue;
    const revision = pod.metadata.labels?.[REVISION_LABEL];
    if (revision === currentRevision) counts.current++;
    if (revision === updateRevision) counts.updated++;
  }
  const wanted = replicasOf(set);
  const rolled =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    counts.updated === wanted &&
    counts.ready === wanted &&
    counts.replicas === wanted;
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: counts.replicas,
    ...(counts.ready === 0 ? {} : { readyReplicas: counts.ready }),
    availableReplicas: counts.available,
    ...withCount('currentReplicas', rolled ? counts.updated : counts.current),
    ...withCount('updatedReplicas', counts.updated),
    currentRevision: rolled ? updateRevision : currentRevision,
    updateRevision,
    collisionCount: countOf(set.status?.collisionCount),
  };
  return set.status !== undefined && sameStatus(set.status, status) ? set.status : status;
}

function withCount(field: 'currentReplicas' | 'updatedReplicas', value: number): StatefulSetStatus {
  return value === 0 ? {} : { [field]: value };
}

function sameStatus(a: StatefulSetStatus, b: StatefulSetStatus): boolean {
  return (
    countOf(a.observedGeneration) === countOf(b.observedGeneration) &&
    countOf(a.replicas) === countOf(b.replicas) &&
    countOf(a.readyReplicas) === countOf(b.readyReplicas) &&
    countOf(a.availableReplicas) === countOf(b.availableReplicas) &&
    countOf(a.currentReplicas) === countOf(b.currentReplicas) &&
    countOf(a.updatedReplicas) === countOf(b.updatedReplicas) &&
    a.currentRevision === b.currentRevision &&
    a.updateRevision === b.updateRevision
  );
}
