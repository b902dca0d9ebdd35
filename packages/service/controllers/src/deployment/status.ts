import { deepEqual } from '@sekisho/kube';
import { type Condition, findCondition, withoutCondition } from '../kinds/condition.ts';
import { formatTime, parseTime } from '../kinds/time.ts';
import { countOf, type Deployment, type DeploymentStatus, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { actualReplicas, availableReplicas, rollingBounds, totalReplicas } from './sizes.ts';

/** `progressDeadlineSeconds` that stands for "never". */
const NO_DEADLINE = 2_147_483_647;

export type ProgressNews =
  | { readonly kind: 'created'; readonly set: string }
  | { readonly kind: 'found'; readonly set: string }
  | { readonly kind: 'createFailed'; readonly message: string }
  | undefined;

export interface RolloutObservation {
  readonly deployment: Deployment;
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  /** What happened to the current set in this look. */
  readonly news: ProgressNews;
  /** Scaling and paused deployments only count; they neither progress nor time out. */
  readonly countOnly: boolean;
  readonly collisionCount: number | undefined;
  readonly now: number;
}

/** The status that the sets amount to; the same instance when it is what the deployment says already. */
export function rolloutStatus(observation: RolloutObservation): DeploymentStatus {
  const { deployment } = observation;
  const counts = countStatus(observation);
  let conditions = availability(deployment, counts, observation.now);
  conditions = pauseCondition(deployment, conditions, observation.now);
  conditions = newsCondition(observation, conditions);
  if (!observation.countOnly) conditions = progress(observation, counts, conditions);
  conditions = replicaFailure(observation, conditions);
  const status: DeploymentStatus = { ...counts, ...(conditions.length === 0 ? {} : { conditions }) };
  return deepEqual(comparable(deployment.status), comparable(status)) && deployment.status !== undefined
    ? deployment.status
    : status;
}

/** Absent counts are zeros; fields of others (terminatingReplicas) don't count. */
function comparable(status: DeploymentStatus | undefined): unknown {
  return {
    observedGeneration: countOf(status?.observedGeneration),
    replicas: countOf(status?.replicas),
    updatedReplicas: countOf(status?.updatedReplicas),
    readyReplicas: countOf(status?.readyReplicas),
    availableReplicas: countOf(status?.availableReplicas),
    unavailableReplicas: countOf(status?.unavailableReplicas),
    collisionCount: countOf(status?.collisionCount),
    conditions: status?.conditions ?? [],
  };
}

function countStatus({ deployment, current, old, collisionCount }: RolloutObservation): DeploymentStatus {
  const all = current === undefined ? old : [...old, current];
  const available = availableReplicas(all);
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: actualReplicas(all),
    updatedReplicas: countOf(current?.status?.replicas),
    readyReplicas: all.reduce((sum, set) => sum + countOf(set.status?.readyReplicas), 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
  };
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

/** As upstream sets a deployment's conditions: same status and reason change nothing, the text included. */
function withRolloutCondition(
  conditions: readonly Condition[],
  next: Pick<Condition, 'type' | 'status'> & { reason: string; message: string },
  now: number,
): readonly Condition[] {
  const current = findCondition(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) return conditions;
  return [...withoutCondition(conditions, next.type), stamped(next, current, now)];
}

function stamped(
  next: Pick<Condition, 'type' | 'status'> & { reason: string; message: string },
  current: Condition | undefined,
  now: number,
): Condition {
  const time = formatTime(now);
  const lastTransitionTime = current?.status === next.status ? (current.lastTransitionTime ?? time) : time;
  const { type, status, reason, message } = next;
  return { type, status, lastUpdateTime: time, lastTransitionTime, reason, message };
}

function availability(deployment: Deployment, counts: DeploymentStatus, now: number): readonly Condition[] {
  const enough = countOf(counts.availableReplicas) >= replicasOf(deployment) - rollingBounds(deployment).maxUnavailable;
  return withRolloutCondition(
    deployment.status?.conditions ?? [],
    enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  );
}

export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

function pauseCondition(deployment: Deployment, conditions: readonly Condition[], now: number): readonly Condition[] {
  if (!hasProgressDeadline(deployment)) return conditions;
  const reason = findCondition(conditions, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return conditions;
  if (deployment.spec.paused === true && reason !== 'DeploymentPaused') {
    return withRolloutCondition(
      conditions,
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' },
      now,
    );
  }
  if (deployment.spec.paused !== true && reason === 'DeploymentPaused') {
    return withRolloutCondition(
      conditions,
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' },
      now,
    );
  }
  return conditions;
}

function newsCondition(observation: RolloutObservation, conditions: readonly Condition[]): readonly Condition[] {
  const { deployment, news, now } = observation;
  if (news === undefined) return conditions;
  if (news.kind === 'createFailed') {
    return withRolloutCondition(
      conditions,
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ReplicaSetCreateError',
        message: `Failed to create new replica set: ${news.message}`,
      },
      now,
    );
  }
  if (!hasProgressDeadline(deployment)) return conditions;
  if (news.kind === 'found') {
    if (findCondition(conditions, 'Progressing') !== undefined) return conditions;
    return withRolloutCondition(
      conditions,
      {
        type: 'Progressing',
        status: 'True',
        reason: 'FoundNewReplicaSet',
        message: `Found new replica set "${news.set}"`,
      },
      now,
    );
  }
  return withRolloutCondition(
    conditions,
    {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "${news.set}"`,
    },
    now,
  );
}

function progress(
  observation: RolloutObservation,
  counts: DeploymentStatus,
  conditions: readonly Condition[],
): readonly Condition[] {
  const { deployment, current, now } = observation;
  if (!hasProgressDeadline(deployment)) return withoutCondition(conditions, 'Progressing');
  const before = findCondition(conditions, 'Progressing');
  const settled =
    countOf(counts.replicas) === countOf(counts.updatedReplicas) && before?.reason === 'NewReplicaSetAvailable';
  if (settled) return conditions;
  const subject =
    current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`;
  if (isComplete(deployment, counts)) {
    const message = `${subject} has successfully progressed.`;
    return withRolloutCondition(
      conditions,
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message },
      now,
    );
  }
  if (hasProgressed(deployment.status, counts)) {
    // The update time is what the deadline counts from, so each step renews it.
    const next = {
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `${subject} is progressing.`,
    } as const;
    return [...withoutCondition(conditions, 'Progressing'), stamped(next, before, now)];
  }
  if (hasTimedOut(deployment, before, now)) {
    return withRolloutCondition(
      conditions,
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `${subject} has timed out progressing.`,
      },
      now,
    );
  }
  return conditions;
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = replicasOf(deployment);
  return (
    countOf(status.updatedReplicas) === replicas &&
    countOf(status.replicas) === replicas &&
    countOf(status.availableReplicas) === replicas &&
    countOf(status.observedGeneration) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const oldReplicas = (status: DeploymentStatus | undefined): number =>
    countOf(status?.replicas) - countOf(status?.updatedReplicas);
  return (
    countOf(after.updatedReplicas) > countOf(before?.updatedReplicas) ||
    countOf(after.readyReplicas) > countOf(before?.readyReplicas) ||
    countOf(after.availableReplicas) > countOf(before?.availableReplicas) ||
    oldReplicas(after) < oldReplicas(before)
  );
}

function hasTimedOut(deployment: Deployment, condition: Condition | undefined, now: number): boolean {
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineInMs(deployment, condition, now) <= 0;
}

function deadlineInMs(deployment: Deployment, condition: Condition, now: number): number {
  const from = parseTime(condition.lastUpdateTime) ?? now;
  return from + (deployment.spec.progressDeadlineSeconds ?? NO_DEADLINE) * 1000 - now;
}

function replicaFailure({ current, old }: RolloutObservation, conditions: readonly Condition[]): readonly Condition[] {
  const all = current === undefined ? old : [current, ...old];
  const failure = all
    .map((set) => findCondition(set.status?.conditions, 'ReplicaFailure'))
    .find((c) => c !== undefined);
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const before = findCondition(conditions, 'ReplicaFailure');
  if (before?.status === failure.status && before.reason === failure.reason) return conditions;
  const lastUpdateTime = failure.lastTransitionTime;
  return [
    ...withoutCondition(conditions, 'ReplicaFailure'),
    lastUpdateTime === undefined ? failure : { ...failure, lastUpdateTime },
  ];
}

/** When the progress deadline passes, from now; undefined when no rollout is under way. */
export function nextDeadlineMs(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  if (!hasProgressDeadline(deployment) || deployment.spec.paused === true) return undefined;
  const condition = findCondition(status.conditions, 'Progressing');
  if (condition === undefined || isComplete(deployment, status)) return undefined;
  if (condition.reason === 'ProgressDeadlineExceeded' || condition.reason === 'NewReplicaSetAvailable')
    return undefined;
  // A second more, because stored times are whole seconds.
  return Math.max(0, deadlineInMs(deployment, condition, now)) + 1000;
}
