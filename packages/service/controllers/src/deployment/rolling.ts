import { countOf, type Deployment, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { byAge } from './revision.ts';
import { availableReplicas, newSetSize, rollingBounds, totalReplicas } from './sizes.ts';

/** New sizes; sets that keep theirs are absent. */
export type Sizes = ReadonlyMap<ReplicaSet, number>;

/**
 * The next step of a rolling update: first the new set grows as far as maxSurge allows; when it can't, old pods that never
 * became available go, then as many available ones as maxUnavailable allows.
 */
export function rollingStep(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Sizes {
  const replicas = replicasOf(deployment);
  const sets = [...old, current];
  if (replicasOf(current) !== replicas) {
    const size = replicasOf(current) > replicas ? replicas : newSetSize(deployment, sets, replicasOf(current));
    if (size !== replicasOf(current)) return new Map([[current, size]]);
  }
  return shrinkOld(deployment, current, old);
}

function shrinkOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Sizes {
  const oldTotal = totalReplicas(old);
  if (oldTotal === 0) return new Map();
  const minAvailable = replicasOf(deployment) - rollingBounds(deployment).maxUnavailable;
  const newUnavailable = replicasOf(current) - countOf(current.status?.availableReplicas);
  let budget = oldTotal + replicasOf(current) - minAvailable - newUnavailable;
  if (budget <= 0) return new Map();

  const sizes = new Map<ReplicaSet, number>();
  const oldest = [...old].sort(byAge);
  for (const set of oldest) {
    const unhealthy = replicasOf(set) - countOf(set.status?.availableReplicas);
    if (budget <= 0 || unhealthy <= 0) continue;
    const removed = Math.min(budget, unhealthy);
    sizes.set(set, replicasOf(set) - removed);
    budget -= removed;
  }
  let spare = availableReplicas([...old, current]) - minAvailable;
  for (const set of oldest) {
    const size = sizes.get(set) ?? replicasOf(set);
    if (spare <= 0 || size === 0) continue;
    const removed = Math.min(size, spare);
    sizes.set(set, size - removed);
    spare -= removed;
  }
  return sizes;
}
