import { deepEqual } from '@sekisho/kube';
import type { Container, ContainerStatus, Pod, PodStatus } from '../kinds/pod.ts';
import { formatTime } from '../kinds/time.ts';
import { isFinished } from '../pods/pod-state.ts';
import {
  crashedStatus,
  type EndOfContainer,
  runningStatus,
  terminatedStatus,
  waitingStatus,
} from './container-status.ts';
import { parseImageReference } from './image-reference.ts';
import { podConditions } from './pod-conditions.ts';
import { findReferenceProblem, type ReferenceSource } from './pod-references.ts';
import { statedExitCode } from './simulated-exit.ts';

/** On a pod: `fail` (its containers end with 1), `crash` (they end again and again), `pending` (they never start), `slow` (each step takes 30 s). */
export const SIMULATE_ANNOTATION = 'sekisho.dev/simulate';

const SLOW_MS = 30_000;
const FIRST_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 300_000;

export interface SimulatedNode {
  readonly name: string;
  readonly ip: string;
  /** From binding to running. */
  readonly startupMs: number;
  /** From running to the end, for containers that end. */
  readonly jobMs: number;
  readonly references: ReferenceSource;
  /** An address for a pod that has none yet. */
  allocateIp(pod: Pod): string;
}

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface PodStep {
  /** The status to write; absent when it is what it should be. */
  readonly status?: PodStatus;
  readonly events?: readonly PodEvent[];
  /** When to look again although nothing changes. */
  readonly afterMs?: number;
}

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

interface Simulation {
  readonly pod: Pod;
  readonly node: SimulatedNode;
  readonly sinceMs: number;
  readonly now: number;
  readonly time: string;
}

function nextStep(simulation: Simulation): PodStep {
  const { pod } = simulation;
  return pod.status?.phase === 'Running' ? keepRunning(simulation) : startPod(simulation);
}

function simulated(pod: Pod): string | undefined {
  return pod.metadata.annotations?.[SIMULATE_ANNOTATION];
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

function neverStarts({ pod, ...rest }: Simulation): PodStep | undefined {
  if (simulated(pod) !== 'pending') return undefined;
  return waiting({ pod, ...rest }, (container) => waitingStatus(container, 'ContainerCreating'), {
    type: 'Warning',
    reason: 'FailedCreatePodSandBox',
    message: `Simulated: the annotation ${SIMULATE_ANNOTATION} says that this pod never starts`,
  });
}

function missingReference(simulation: Simulation): PodStep | undefined {
  const problem = findReferenceProblem(simulation.pod, simulation.node.references);
  if (problem === undefined) return undefined;
  const { container: failing, message } = problem;
  if (failing === undefined) {
    return waiting(simulation, (container) => waitingStatus(container, 'ContainerCreating'), {
      type: 'Warning',
      reason: 'FailedMount',
      message,
    });
  }
  return waiting(
    simulation,
    (container) =>
      container.name === failing
        ? waitingStatus(container, 'CreateContainerConfigError', message)
        : waitingStatus(container, 'ContainerCreating'),
    { type: 'Warning', reason: 'Failed', message: `Error: ${message}` },
  );
}

function badImage(simulation: Simulation): PodStep | undefined {
  const { pod } = simulation;
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    const problem = imageProblem(container.image ?? '');
    if (problem === undefined) continue;
    return waiting(
      simulation,
      (other) =>
        other === container
          ? waitingStatus(other, problem.reason, problem.message)
          : waitingStatus(other, 'ContainerCreating'),
      { type: 'Warning', reason: 'Failed', message: problem.event },
    );
  }
  return undefined;
}

function imageProblem(image: string): { reason: string; message: string; event: string } | undefined {
  const reference = parseImageReference(image);
  if (reference === undefined) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    return { reason: 'InvalidImageName', message, event: `Error: InvalidImageName: ${message}` };
  }
  const host = reference.registry.replace(/:\d+$/, '');
  if (host === 'invalid' || host.endsWith('.invalid') || reference.tag?.startsWith('does-not-exist') === true) {
    return {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: simulated: "${image}" can't be found`,
      event: `Failed to pull image "${image}": simulated: not found`,
    };
  }
  return undefined;
}

/** The status of a pod none of whose containers runs. */
function waiting(
  simulation: Simulation,
  statusOf: (container: Container) => ContainerStatus,
  event: PodEvent,
): PodStep {
  const { pod, time } = simulation;
  const init = (pod.spec.initContainers ?? []).map(statusOf);
  const containers = pod.spec.containers.map((container) =>
    init.length === 0 ? statusOf(container) : waitingStatus(container, 'PodInitializing'),
  );
  const initialized = init.length === 0;
  return {
    status: {
      ...baseStatus(simulation),
      phase: 'Pending',
      conditions: podConditions(pod, { initialized, phase: 'Pending', containers, time }),
      ...(init.length === 0 ? {} : { initContainerStatuses: init }),
      containerStatuses: containers,
    },
    events: [event],
  };
}

function baseStatus({ pod, node, time }: Simulation): PodStatus {
  const { generation } = pod.metadata;
  const podIP = pod.status?.podIP ?? (pod.spec.hostNetwork === true ? node.ip : node.allocateIp(pod));
  return {
    ...pod.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    startTime: pod.status?.startTime ?? time,
    hostIP: node.ip,
    hostIPs: [{ ip: node.ip }],
    podIP,
    podIPs: [{ ip: podIP }],
  };
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
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

function startedInit({ pod, time }: Simulation, container: Container): ContainerStatus {
  if (isSidecar(container)) return runningStatus(pod, container, 0, time);
  // Upstream shows a finished init container as ready.
  const end: EndOfContainer = { exitCode: 0, startedAt: time, time, restartCount: 0 };
  return { ...terminatedStatus(pod, container, end), ready: true };
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

function keepRunning(simulation: Simulation): PodStep {
  const { pod } = simulation;
  const restarted = withNewImages(simulation);
  if (restarted !== undefined) return restarted;
  if (pod.spec.restartPolicy === 'Never') return runToEnd(simulation);
  if (pod.spec.restartPolicy === 'OnFailure') return failing(pod).length > 0 ? crash(simulation) : runToEnd(simulation);
  return failing(pod).length > 0 ? crash(simulation) : refreshReadiness(simulation);
}

/** Containers that end, with a code other than 0 where that counts as a failure. */
function failing(pod: Pod): Container[] {
  const always = (pod.spec.restartPolicy ?? 'Always') === 'Always';
  return pod.spec.containers.filter((container) => {
    const code = exitCode(pod, container);
    return always ? code !== undefined : (code ?? 0) !== 0;
  });
}

function exitCode(pod: Pod, container: Container): number | undefined {
  const mode = simulated(pod);
  return mode === 'fail' || mode === 'crash' ? 1 : statedExitCode(container);
}

/** A changed image restarts its container, as an in-place change of a pod does. */
function withNewImages(simulation: Simulation): PodStep | undefined {
  const { pod, time } = simulation;
  const statuses = pod.status?.containerStatuses ?? [];
  const changed = (container: Container): ContainerStatus | undefined => {
    const status = statuses.find(({ name }) => name === container.name);
    return status !== undefined && status.image !== (container.image ?? '') ? status : undefined;
  };
  if (!pod.spec.containers.some((container) => changed(container) !== undefined)) return undefined;
  const problem = badImage(simulation);
  if (problem !== undefined)
    return { ...problem, ...(problem.status === undefined ? {} : { status: { ...problem.status, phase: 'Running' } }) };
  const containers = pod.spec.containers.map((container) => {
    const before = changed(container);
    if (before !== undefined) return runningStatus(pod, container, before.restartCount + 1, time);
    return statuses.find(({ name }) => name === container.name) ?? runningStatus(pod, container, 0, time);
  });
  return {
    status: {
      ...pod.status,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
      conditions: podConditions(pod, { initialized: true, phase: 'Running', containers, time }),
      containerStatuses: containers,
    },
    events: [{ type: 'Normal', reason: 'Killing', message: 'Container definition changed, restarted (simulated)' }],
  };
}

function refreshReadiness({ pod, time }: Simulation): PodStep {
  const containers = pod.status?.containerStatuses ?? [];
  const conditions = podConditions(pod, { initialized: true, phase: 'Running', containers, time });
  return conditions === pod.status?.conditions ? {} : { status: { ...pod.status, conditions } };
}

function runToEnd(simulation: Simulation): PodStep {
  const { pod, node, sinceMs, time } = simulation;
  const jobMs = simulated(pod) === 'slow' ? SLOW_MS : node.jobMs;
  if (sinceMs < jobMs) return { ...refreshReadiness(simulation), afterMs: jobMs - sinceMs };
  const containers = pod.spec.containers.map((container) => {
    const end = endOf(simulation, container, exitCode(pod, container) ?? 0);
    return terminatedStatus(pod, container, end);
  });
  const sidecars = (pod.spec.initContainers ?? []).map((container, at) => {
    const status = pod.status?.initContainerStatuses?.[at] ?? startedInit(simulation, container);
    return isSidecar(container) ? terminatedStatus(pod, container, endOf(simulation, container, 0)) : status;
  });
  const failed = containers.some((status) => status.state.terminated?.exitCode !== 0);
  const phase = failed ? 'Failed' : 'Succeeded';
  return {
    status: {
      ...pod.status,
      phase,
      conditions: podConditions(pod, { initialized: true, phase, containers, time }),
      ...(sidecars.length === 0 ? {} : { initContainerStatuses: sidecars }),
      containerStatuses: containers,
    },
  };
}

function endOf({ pod, time }: Simulation, container: Container, code: number): EndOfContainer {
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === container.name,
  );
  const startedAt = status?.state.running?.startedAt ?? status?.lastState?.terminated?.startedAt ?? time;
  return { exitCode: code, startedAt, time, restartCount: status?.restartCount ?? 0 };
}

/** Failing containers end, wait with growing patience, and end again; the others run on. */
function crash(simulation: Simulation): PodStep {
  const { pod, node, sinceMs, time } = simulation;
  const statuses = pod.status?.containerStatuses ?? [];
  const broken = new Set(failing(pod));
  const restartCount = Math.max(
    0,
    ...statuses.filter(({ name }) => [...broken].some((c) => c.name === name)).map((s) => s.restartCount),
  );
  const jobMs = pod.spec.restartPolicy === 'OnFailure' ? node.jobMs : 0;
  const wait = restartCount === 0 ? jobMs : backoffAfter(restartCount);
  if (sinceMs < wait) return { ...(restartCount === 0 ? refreshReadiness(simulation) : {}), afterMs: wait - sinceMs };
  const next = restartCount + 1;
  const containers = pod.spec.containers.map((container) => {
    if (broken.has(container)) {
      const end = { ...endOf(simulation, container, exitCode(pod, container) ?? 1), restartCount: next };
      return crashedStatus(pod, container, end, backoffAfter(next));
    }
    return statuses.find(({ name }) => name === container.name) ?? runningStatus(pod, container, 0, time);
  });
  const [first] = broken;
  return {
    status: {
      ...pod.status,
      conditions: podConditions(pod, { initialized: true, phase: 'Running', containers, time }),
      containerStatuses: containers,
    },
    ...(first === undefined ? {} : { events: [backOffEvent(first, exitCode(pod, first) ?? 1)] }),
    afterMs: backoffAfter(next),
  };
}

function backOffEvent(container: Container, code: number): PodEvent {
  const message = `Back-off restarting failed container ${container.name} (simulated: its command ends with ${code})`;
  return { type: 'Warning', reason: 'BackOff', message };
}

function backoffAfter(restartCount: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.max(0, restartCount - 1));
}
