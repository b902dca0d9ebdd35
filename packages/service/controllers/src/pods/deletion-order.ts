import type { Pod } from '../kinds/pod.ts';
import { createdAt, isReady, readySince } from './pod-state.ts';

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The pods to delete first, as the ReplicaSet controller prefers them: not scheduled, pending, not ready, cheaper by the
 * annotation `controller.kubernetes.io/pod-deletion-cost`, on a node with more siblings, ready for a shorter time, with
 * more restarts, younger. Names break ties, so that the choice is the same each time.
 */
export function deletionOrder(pods: readonly Pod[]): Pod[] {
  const siblings = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? '';
    siblings.set(node, (siblings.get(node) ?? 0) + 1);
  }
  const siblingsOf = (pod: Pod): number => siblings.get(pod.spec.nodeName ?? '') ?? 0;
  return [...pods].sort(
    (a, b) =>
      Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
      phaseRank(a) - phaseRank(b) ||
      Number(isReady(a)) - Number(isReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      siblingsOf(b) - siblingsOf(a) ||
      (readySince(b) ?? 0) - (readySince(a) ?? 0) ||
      restarts(b) - restarts(a) ||
      createdAt(b) - createdAt(a) ||
      compareNames(a, b),
  );
}

function phaseRank(pod: Pod): number {
  return PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 0;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : 0;
}

export function restarts(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((most, status) => Math.max(most, status.restartCount), 0);
}

function compareNames(a: Pod, b: Pod): number {
  const [left = '', right = ''] = [a.metadata.name, b.metadata.name];
  return left < right ? -1 : Number(left > right);
}
