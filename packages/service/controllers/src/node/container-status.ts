import { createHash } from 'node:crypto';
import type { Container, ContainerState, ContainerStatus, Pod } from '../kinds/pod.ts';

export function runningStatus(pod: Pod, container: Container, restartCount: number, time: string): ContainerStatus {
  return {
    name: container.name,
    ...imageOf(container),
    containerID: containerId(pod, container, restartCount),
    ready: true,
    started: true,
    restartCount,
    state: { running: { startedAt: time } },
    lastState: {},
  };
}

export function waitingStatus(container: Container, reason: string, message?: string): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
    lastState: {},
  };
}

export interface EndOfContainer {
  readonly exitCode: number;
  readonly startedAt: string;
  readonly time: string;
  readonly restartCount: number;
}

export function terminatedStatus(pod: Pod, container: Container, end: EndOfContainer): ContainerStatus {
  return {
    name: container.name,
    ...imageOf(container),
    containerID: containerId(pod, container, end.restartCount),
    ready: false,
    started: false,
    restartCount: end.restartCount,
    state: terminated(pod, container, end),
    lastState: {},
  };
}

/** Ended and waiting for its next start. `restartCount` counts the starts that failed. */
export function crashedStatus(pod: Pod, container: Container, end: EndOfContainer, backoffMs: number): ContainerStatus {
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  const message = `back-off ${formatBackoff(backoffMs)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
  return {
    name: container.name,
    ...imageOf(container),
    containerID: containerId(pod, container, end.restartCount - 1),
    ready: false,
    started: false,
    restartCount: end.restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff', message } },
    lastState: terminated(pod, container, { ...end, restartCount: end.restartCount - 1 }),
  };
}

function terminated(pod: Pod, container: Container, end: EndOfContainer): ContainerState {
  return {
    terminated: {
      exitCode: end.exitCode,
      reason: end.exitCode === 0 ? 'Completed' : 'Error',
      startedAt: end.startedAt,
      finishedAt: end.time,
      containerID: containerId(pod, container, end.restartCount),
    },
  };
}

function formatBackoff(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}

function imageOf(container: Container): { image: string; imageID: string } {
  const image = container.image ?? '';
  const at = image.indexOf('@');
  return { image, imageID: at >= 0 ? image : `${image}@sha256:${digest(image)}` };
}

function containerId(pod: Pod, container: Container, restartCount: number): string {
  return `simulated://${digest(`${pod.metadata.uid ?? ''}/${container.name}/${restartCount}`)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
