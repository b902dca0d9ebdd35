import { countOf, type Deployment, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { byAge, DESIRED_REPLICAS, MAX_REPLICAS, newestRevision, revisionOf } from './revision.ts';
import type { Sizes } from './rolling.ts';
import { annotatedNumber, isRolling, rollingBounds, totalReplicas } from './sizes.ts';

/** Whether somebody changed `spec.replicas` since the sets were sized. */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    if (replicasOf(set) === 0) return false;
    const desired = annotatedNumber(set, DESIRED_REPLICAS);
    return desired !== undefined && desired !== replicasOf(deployment);
  });
}

/**
 * Spreads a changed number of replicas over the sets that run: all to the one that does; when a rollout is half done (or
 * paused), to each in proportion to its size.
 */
export function scaleSets(deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Sizes {
  const replicas = replicasOf(deployment);
  const all = current === undefined ? [...old] : [...old, current];
  const active = all.filter((set) => replicasOf(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? newestOf(old);
    return only === undefined || replicasOf(only) === replicas ? new Map() : new Map([[only, replicas]]);
  }
  if (current !== undefined && isSaturated(deployment, current)) {
    return new Map(active.filter((set) => set !== current).map((set) => [set, 0]));
  }
  return isRolling(deployment) ? proportionalSizes(deployment, active) : new Map();
}

function newestOf(old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const newest = newestRevision(old);
  return [...old].sort(byAge).findLast((set) => revisionOf(set) === newest);
}

function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const replicas = replicasOf(deployment);
  return (
    replicasOf(current) === replicas &&
    annotatedNumber(current, DESIRED_REPLICAS) === replicas &&
    countOf(current.status?.availableReplicas) === replicas
  );
}

function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): Sizes {
  const replicas = replicasOf(deployment);
  const allowed = replicas > 0 ? replicas + rollingBounds(deployment).maxSurge : 0;
  const toAdd = allowed - totalReplicas(active);
  if (toAdd === 0) return new Map();
  const bySize = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of bySize) {
    const share = proportion(set, replicas, allowed, toAdd, added);
    sizes.set(set, replicasOf(set) + share);
    added += share;
  }
  const [largest] = bySize;
  if (largest !== undefined && added !== toAdd) {
    sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  }
  return sizes;
}

function proportion(set: ReplicaSet, replicas: number, allowed: number, toAdd: number, added: number): number {
  const size = replicasOf(set);
  if (replicas === 0) return -size;
  const before = annotatedNumber(set, MAX_REPLICAS) || allowed;
  const share = Math.round((size * allowed) / before) - size;
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}
