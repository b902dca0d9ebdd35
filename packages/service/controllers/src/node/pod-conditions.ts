import { type Condition, findCondition, withCondition } from '../kinds/condition.ts';
import type { ContainerStatus, Pod } from '../kinds/pod.ts';

export interface PodReadiness {
  readonly initialized: boolean;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly containers: readonly ContainerStatus[];
  readonly time: string;
}

/** The conditions a kubelet keeps, beside those of others (PodScheduled, readiness gates). */
export function podConditions(pod: Pod, readiness: PodReadiness): readonly Condition[] {
  const { phase, initialized, containers, time } = readiness;
  const unready = containers.filter((status) => !status.ready).map((status) => status.name);
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const finishedReason = phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed';
  let conditions = pod.status?.conditions ?? [];
  const set = (type: string, holds: boolean, reason?: string, message?: string): void => {
    conditions = withCondition(
      conditions,
      {
        type,
        status: holds ? 'True' : 'False',
        ...(reason === undefined ? {} : { reason }),
        ...(message === undefined ? {} : { message }),
        ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
        lastProbeTime: null,
      },
      time,
    );
  };
  const unreadyMessage = `containers with unready status: [${unready.join(' ')}]`;
  set('PodReadyToStartContainers', !finished);
  if (initialized) set('Initialized', true, phase === 'Succeeded' ? 'PodCompleted' : undefined);
  else set('Initialized', false, 'ContainersNotInitialized', 'containers with incomplete status');
  const containersReady = !finished && unready.length === 0 && phase === 'Running';
  const notReady = finished ? finishedReason : 'ContainersNotReady';
  const why = finished ? undefined : unreadyMessage;
  if (containersReady) set('ContainersReady', true);
  else set('ContainersReady', false, notReady, why);
  const closedGate = (pod.spec.readinessGates ?? []).find(
    ({ conditionType }) => findCondition(pod.status?.conditions, conditionType)?.status !== 'True',
  );
  if (!containersReady) set('Ready', false, notReady, why);
  else if (closedGate === undefined) set('Ready', true);
  else {
    const message = `the status of pod readiness gate "${closedGate.conditionType}" is not "True", but False`;
    set('Ready', false, 'ReadinessGatesNotReady', message);
  }
  return conditions;
}
