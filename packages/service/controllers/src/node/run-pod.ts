import type { Container, ContainerStatus, Pod } from '../kinds/pod.ts';
import { crashedStatus, type EndOfContainer, runningStatus, terminatedStatus } from './container-status.ts';
import { podConditions } from './pod-conditions.ts';
import { badImage } from './pod-obstacles.ts';
import { statedExitCode } from './simulated-exit.ts';
import {
  backOffEvent,
  backoffAfter,
  isSidecar,
  type PodStep,
  type Simulation,
  SLOW_MS,
  simulated,
  startedInit,
} from './simulation.ts';

export function keepRunning(simulation: Simulation): PodStep {
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
