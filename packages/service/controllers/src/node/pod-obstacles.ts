import type { Container, ContainerStatus } from '../kinds/pod.ts';
import { waitingStatus } from './container-status.ts';
import { parseImageReference } from './image-reference.ts';
import { podConditions } from './pod-conditions.ts';
import { findReferenceProblem } from './pod-references.ts';
import {
  baseStatus,
  type PodEvent,
  type PodStep,
  SIMULATE_ANNOTATION,
  type Simulation,
  simulated,
} from './simulation.ts';

export function neverStarts({ pod, ...rest }: Simulation): PodStep | undefined {
  if (simulated(pod) !== 'pending') return undefined;
  return waiting({ pod, ...rest }, (container) => waitingStatus(container, 'ContainerCreating'), {
    type: 'Warning',
    reason: 'FailedCreatePodSandBox',
    message: `Simulated: the annotation ${SIMULATE_ANNOTATION} says that this pod never starts`,
  });
}

export function missingReference(simulation: Simulation): PodStep | undefined {
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

export function badImage(simulation: Simulation): PodStep | undefined {
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
