import type { Container, ContainerStatus, Pod, PodStatus } from '../kinds/pod.ts';
import { type EndOfContainer, runningStatus, terminatedStatus } from './container-status.ts';
import type { ReferenceSource } from './pod-references.ts';

/** On a pod: `fail` (its containers end with 1), `crash` (they end again and again), `pending` (they never start), `slow` (each step takes 30 s). */
export const SIMULATE_ANNOTATION = 'sekisho.dev/simulate';

export const SLOW_MS = 30_000;

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

export interface Simulation {
  readonly pod: Pod;
  readonly node: SimulatedNode;
  readonly sinceMs: number;
  readonly now: number;
  readonly time: string;
}

export function simulated(pod: Pod): string | undefined {
  return pod.metadata.annotations?.[SIMULATE_ANNOTATION];
}

export function baseStatus({ pod, node, time }: Simulation): PodStatus {
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

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function startedInit({ pod, time }: Simulation, container: Container): ContainerStatus {
  if (isSidecar(container)) return runningStatus(pod, container, 0, time);
  // Upstream shows a finished init container as ready.
  const end: EndOfContainer = { exitCode: 0, startedAt: time, time, restartCount: 0 };
  return { ...terminatedStatus(pod, container, end), ready: true };
}

export function backOffEvent(container: Container, code: number): PodEvent {
  const message = `Back-off restarting failed container ${container.name} (simulated: its command ends with ${code})`;
  return { type: 'Warning', reason: 'BackOff', message };
}

export function backoffAfter(restartCount: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.max(0, restartCount - 1));
}
