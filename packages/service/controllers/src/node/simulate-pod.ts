import { deepEqual } from '@sekisho/kube';
import type { Pod } from '../kinds/pod.ts';
import { formatTime } from '../kinds/time.ts';
import { isFinished } from '../pods/pod-state.ts';
import {
  crashedStatus,
  type EndOfContainer,
  runningStatus,
  terminatedStatus,
  waitingStatus,
} from './container-status.ts';
import { podConditions } from './pod-conditions.ts';
import { badImage, missingReference, neverStarts } from './pod-obstacles.ts';
import { keepRunning } from './run-pod.ts';
import { statedExitCode } from './simulated-exit.ts';
import {
  backOffEvent,
  backoffAfter,
  baseStatus,
  isSidecar,
  type PodEvent,
  type PodStep,
  type SimulatedNode,
  type Simulation,
  SLOW_MS,
  simulated,
  startedInit,
} from './simulation.ts';

/** What a pod waits for: it changes exactly when the wait begins anew. */
export function stageOf(pod: Pod): string {
  const restarts = (pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount).join(',');
  const initRestarts = (pod.status?.initContainerStatuses ?? []).map(({ restartCount }) => restartCount).join(',');
  return `${pod.status?.phase ?? 'Pending'} ${restarts} ${initRestarts}`;
}

/**
 * What a kubelet would report next of a pod that is bound to it, without running anything.
 * @param sinceMs how long the pod has been in this {@link stageOf stage}, as far as the node knows
 */
export function simulatePod(pod: Pod, node: SimulatedNode, sinceMs: number, now: number): PodStep {
  if (isFinished(pod)) return {};
  const step = nextStep({ pod, node, sinceMs, now, time: formatTime(now) });
  if (step.status === undefined || !deepEqual(step.status, pod.status)) return step;
  return step.afterMs === undefined ? {} : { afterMs: step.afterMs };
}

function nextStep(simulation: Simulation): PodStep {
  const { pod } = simulation;
  return pod.status?.phase === 'Running' ? keepRunning(simulation) : startPod(simulation);
}

function startPod(simulation: Simulation): PodStep {
  const { pod, node, sinceMs } = simulation;
  const startupMs = simulated(pod) === 'slow' ? SLOW_MS : node.startupMs;
  const crashed = (pod.status?.initContainerStatuses ?? []).some(
    (status) => status.state.waiting?.reason === 'CrashLoopBackOff',
  );
  if (!crashed && sinceMs < startupMs) return { afterMs: startupMs - sinceMs };
  return (
    neverStarts(simulation) ??
    missingReference(simulation) ??
    badImage(simulation) ??
    initFails(simulation) ??
    start(simulation)
  );
}

function initFails(simulation: Simulation): PodStep | undefined {
  const { pod, time, sinceMs } = simulation;
  const init = pod.spec.initContainers ?? [];
  const at = init.findIndex((container) => !isSidecar(container) && (statedExitCode(container) ?? 0) !== 0);
  const failing = init[at];
  if (failing === undefined) return undefined;
  const before = pod.status?.initContainerStatuses?.[at];
  const restartCount = before?.restartCount ?? 0;
  const wait = backoffAfter(restartCount);
  if (restartCount > 0 && sinceMs < wait) return { afterMs: wait - sinceMs };
  const exitCode = statedExitCode(failing) ?? 1;
  const fatal = pod.spec.restartPolicy === 'Never';
  const end: EndOfContainer = { exitCode, startedAt: time, time, restartCount: fatal ? 0 : restartCount + 1 };
  const statuses = init.map((container, index) => {
    if (index < at) return startedInit(simulation, container);
    if (index > at) return waitingStatus(container, 'PodInitializing');
    return fatal
      ? terminatedStatus(pod, container, end)
      : crashedStatus(pod, container, end, backoffAfter(end.restartCount));
  });
  const containers = pod.spec.containers.map((container) => waitingStatus(container, 'PodInitializing'));
  const phase = fatal ? 'Failed' : 'Pending';
  return {
    status: {
      ...baseStatus(simulation),
      phase,
      conditions: podConditions(pod, { initialized: false, phase, containers, time }),
      initContainerStatuses: statuses,
      containerStatuses: containers,
    },
    events: [backOffEvent(failing, exitCode)],
    ...(fatal ? {} : { afterMs: backoffAfter(end.restartCount) }),
  };
}

function start(simulation: Simulation): PodStep {
  const { pod, time } = simulation;
  const init = (pod.spec.initContainers ?? []).map((container) => startedInit(simulation, container));
  const containers = pod.spec.containers.map((container) => runningStatus(pod, container, 0, time));
  const names = pod.spec.containers.map(({ name }) => name).join(', ');
  const started: Simulation = {
    ...simulation,
    sinceMs: 0,
    pod: {
      ...pod,
      status: {
        ...baseStatus(simulation),
        phase: 'Running',
        conditions: podConditions(pod, { initialized: true, phase: 'Running', containers, time }),
        ...(init.length === 0 ? {} : { initContainerStatuses: init }),
        containerStatuses: containers,
      },
    },
  };
  const event: PodEvent = {
    type: 'Normal',
    reason: 'Started',
    message: `Started container${containers.length === 1 ? '' : 's'} ${names} on ${simulation.node.name} (simulated: no image is pulled and no process runs)`,
  };
  const next = keepRunning(started);
  const status = next.status ?? started.pod.status;
  return {
    ...(status === undefined ? {} : { status }),
    events: [event, ...(next.events ?? [])],
    ...(next.afterMs === undefined ? {} : { afterMs: next.afterMs }),
  };
}
