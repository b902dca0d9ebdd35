import { scaledValue } from '../kinds/int-or-percent.ts';
import type { Pod, PodSpec, Toleration } from '../kinds/pod.ts';
import { countOf, type DaemonSet, type DaemonSetStatus } from '../kinds/workload.ts';
import { matchesNode, type Node, tolerates } from '../node/scheduling.ts';
import { createdAt, isAvailable, isFinished, isReady, isTerminating } from '../pods/pod-state.ts';

export const REVISION_LABEL = 'controller-revision-hash';

/** What daemon pods tolerate by themselves, because they belong to the node. */
const TOLERATED: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

/** The template's spec, bound to one node by affinity, so that the scheduler places it there and nowhere else. */
export function daemonPodSpec(spec: PodSpec, node: string): PodSpec {
  const tolerations = [...(spec.tolerations ?? [])];
  for (const toleration of TOLERATED) {
    const known = tolerations.some(({ key, effect }) => key === toleration.key && effect === toleration.effect);
    if (!known) tolerations.push(toleration);
  }
  const byName = { key: 'metadata.name', operator: 'In', values: [node] };
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const nodeSelectorTerms = (terms ?? [{}]).map((term) => ({ ...term, matchFields: [byName] }));
  return {
    ...spec,
    tolerations,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
      },
    },
  };
}

/** The node a daemon pod is on or meant for. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') return pod.spec.nodeName;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  for (const term of terms ?? []) {
    const field = term.matchFields?.find(({ key }) => key === 'metadata.name');
    if (field?.values?.[0] !== undefined) return field.values[0];
  }
  return undefined;
}

export interface DaemonState {
  readonly set: DaemonSet;
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** The hash that pods of the present template carry. */
  readonly revision: string;
  readonly now: number;
}

export interface DaemonPlan {
  /** Names of nodes that get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

interface Placement {
  readonly node: string;
  readonly wanted: boolean;
  readonly pods: readonly Pod[];
}

function shouldRun(set: DaemonSet, node: Node): boolean {
  const pod = { ...set, spec: daemonPodSpec(set.spec.template.spec, node.metadata.name ?? '') } as unknown as Pod;
  if (!matchesNode(pod, node)) return false;
  return (node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod, taint));
}

function placements({ set, pods, nodes }: DaemonState): Placement[] {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const target = targetNode(pod) ?? '';
    const list = byNode.get(target);
    if (list === undefined) byNode.set(target, [pod]);
    else list.push(pod);
  }
  const result = nodes.map((node) => {
    const name = node.metadata.name ?? '';
    const own = byNode.get(name) ?? [];
    byNode.delete(name);
    return { node: name, wanted: shouldRun(set, node), pods: own };
  });
  for (const [node, own] of byNode) result.push({ node, wanted: false, pods: own });
  return result;
}

/** One pod on each fitting node; then, node by node, pods of the present template in place of old ones. */
export function planDaemonSet(state: DaemonState): DaemonPlan {
  const { set } = state;
  if (set.metadata.deletionTimestamp !== undefined) return { create: [], remove: [] };
  const create: string[] = [];
  const remove: Pod[] = [];
  const all = placements(state);
  const surge = surgeOf(state, all);
  for (const { node, wanted, pods } of all) {
    const alive = pods.filter((pod) => !isTerminating(pod));
    if (!wanted) {
      remove.push(...alive);
      continue;
    }
    const ended = alive.filter(isFinished);
    remove.push(...ended);
    const running = alive.filter((pod) => !isFinished(pod)).sort((a, b) => createdAt(a) - createdAt(b));
    if (running.length === 0) {
      // While one is still going (or ended a moment ago) its place is taken.
      if (pods.length === 0) create.push(node);
    } else remove.push(...surplus(state, running, surge > 0));
  }
  if (create.length + remove.length > 0 || set.spec.updateStrategy?.type === 'OnDelete') return { create, remove };
  return surge > 0 ? rollWithSurge(state, all, surge) : rollInPlace(state, all);
}

/** Of several pods on one node the oldest stays; in a surging rollout one old and one new may be there until the new one is available. */
function surplus(state: DaemonState, running: readonly Pod[], surging: boolean): Pod[] {
  if (running.length <= 1) return [];
  const old = running.filter((pod) => !isCurrent(state, pod));
  const current = running.filter((pod) => isCurrent(state, pod));
  if (!surging || old.length === 0 || current.length === 0) return running.slice(1);
  const replaced = current.some((pod) => available(state, pod));
  return [...(replaced ? old : old.slice(1)), ...current.slice(1)];
}

function isCurrent({ revision }: DaemonState, pod: Pod): boolean {
  return pod.metadata.labels?.[REVISION_LABEL] === revision;
}

function available({ set, now }: DaemonState, pod: Pod): boolean {
  return !isTerminating(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
}

function surgeOf({ set }: DaemonState, all: readonly Placement[]): number {
  const { updateStrategy } = set.spec;
  if (updateStrategy?.type === 'OnDelete') return 0;
  return scaledValue(updateStrategy?.rollingUpdate?.maxSurge, all.filter(({ wanted }) => wanted).length, 'up');
}

function rollInPlace(state: DaemonState, all: readonly Placement[]): DaemonPlan {
  const wanted = all.filter((placement) => placement.wanted);
  const limit = state.set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const budget = Math.max(1, scaledValue(limit, wanted.length, 'up'));
  const broken: Pod[] = [];
  const healthy: Pod[] = [];
  let unavailable = 0;
  for (const { pods } of wanted) {
    if (!pods.some((pod) => available(state, pod))) unavailable++;
    const [pod] = pods.filter((candidate) => !isTerminating(candidate));
    if (pod === undefined || isCurrent(state, pod)) continue;
    (available(state, pod) ? healthy : broken).push(pod);
  }
  return { create: [], remove: [...broken, ...healthy.slice(0, Math.max(0, budget - unavailable))] };
}

function rollWithSurge(state: DaemonState, all: readonly Placement[], surge: number): DaemonPlan {
  const wanted = all.filter((placement) => placement.wanted);
  const mixed = wanted.filter(({ pods }) => pods.length > 1).length;
  const outdated = wanted.filter(({ pods }) => pods.length === 1 && pods.every((pod) => !isCurrent(state, pod)));
  return { create: outdated.slice(0, Math.max(0, surge - mixed)).map(({ node }) => node), remove: [] };
}

export function daemonSetStatus(state: DaemonState): DaemonSetStatus {
  const { set } = state;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { wanted, pods } of placements(state)) {
    const alive = pods.filter((pod) => !isTerminating(pod) && !isFinished(pod));
    if (!wanted) {
      if (pods.length > 0) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    if (pods.length > 0) counts.current++;
    if (alive.some(isReady)) counts.ready++;
    if (alive.some((pod) => available(state, pod))) counts.available++;
    if (alive.some((pod) => isCurrent(state, pod))) counts.updated++;
  }
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...(counts.updated === 0 ? {} : { updatedNumberScheduled: counts.updated }),
    ...(counts.available === 0 ? {} : { numberAvailable: counts.available }),
    ...(counts.desired - counts.available === 0 ? {} : { numberUnavailable: counts.desired - counts.available }),
    ...(set.status?.collisionCount === undefined ? {} : { collisionCount: set.status.collisionCount }),
  };
  return set.status !== undefined && sameStatus(set.status, status) ? set.status : status;
}

function sameStatus(a: DaemonSetStatus, b: DaemonSetStatus): boolean {
  return (
    countOf(a.currentNumberScheduled) === countOf(b.currentNumberScheduled) &&
    countOf(a.numberMisscheduled) === countOf(b.numberMisscheduled) &&
    countOf(a.desiredNumberScheduled) === countOf(b.desiredNumberScheduled) &&
    countOf(a.numberReady) === countOf(b.numberReady) &&
    countOf(a.observedGeneration) === countOf(b.observedGeneration) &&
    countOf(a.updatedNumberScheduled) === countOf(b.updatedNumberScheduled) &&
    countOf(a.numberAvailable) === countOf(b.numberAvailable) &&
    countOf(a.numberUnavailable) === countOf(b.numberUnavailable)
  );
}
