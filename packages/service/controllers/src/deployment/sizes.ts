import { scaledValue } from '../kinds/int-or-percent.ts';
import { countOf, type Deployment, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS } from './revision.ts';

export function isRolling(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type !== 'Recreate';
}

/** How many pods there may be above, and may be missing below, the wanted number. Both 0 would never move: one may be missing. */
export function rollingBounds(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  if (!isRolling(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = replicasOf(deployment);
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = scaledValue(rolling?.maxSurge ?? '25%', replicas, 'up');
  const maxUnavailable = scaledValue(rolling?.maxUnavailable ?? '25%', replicas, 'down');
  if (maxSurge === 0 && maxUnavailable === 0) return { maxSurge, maxUnavailable: 1 };
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

export function totalReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

export function availableReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + countOf(set.status?.availableReplicas), 0);
}

export function actualReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + countOf(set.status?.replicas), 0);
}

/** The set's annotations that say what it was last sized for. */
export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = replicasOf(deployment);
  return {
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + rollingBounds(deployment).maxSurge),
  };
}

/** The new set's size while rolling: as many as fit under replicas + maxSurge. */
export function newSetSize(deployment: Deployment, sets: readonly ReplicaSet[], current: number): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment)) return replicas;
  const room = replicas + rollingBounds(deployment).maxSurge - totalReplicas(sets);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

export function annotatedNumber(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
