import type { Pod } from '../kinds/pod.ts';
import type { Deployment, Job, ReplicaSet } from '../kinds/workload.ts';

/** 2026-01-01T00:00:00Z */
export const NOW = Date.UTC(2026, 0, 1);
export const at = (seconds: number): string => `${new Date(NOW + seconds * 1000).toISOString().slice(0, 19)}Z`;

const container = { name: 'main', image: 'nginx' };

export interface PodShape {
  readonly name: string;
  readonly phase?: string;
  /** Seconds relative to NOW since which it is ready; absent: not ready. */
  readonly readySince?: number;
  readonly created?: number;
  readonly deleting?: boolean;
  readonly node?: string;
  readonly restarts?: number;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly spec?: Partial<Pod['spec']>;
}

export function pod(shape: PodShape): Pod {
  const { name, phase = 'Running', readySince, created = -60, deleting, node = 'n1', restarts = 0 } = shape;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      creationTimestamp: at(created),
      ...(shape.labels === undefined ? {} : { labels: shape.labels }),
      ...(shape.annotations === undefined ? {} : { annotations: shape.annotations }),
      ...(deleting === true ? { deletionTimestamp: at(0) } : {}),
    },
    spec: {
      containers: [container],
      restartPolicy: 'Always',
      ...(node === '' ? {} : { nodeName: node }),
      ...shape.spec,
    },
    status: {
      phase,
      conditions:
        readySince === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: at(readySince) }],
      containerStatuses: [{ ...container, imageID: '', ready: true, restartCount: restarts, state: {} }],
    },
  };
}

export function replicaSet(
  name: string,
  shape: {
    replicas: number;
    available?: number;
    actual?: number;
    image?: string;
    revision?: number;
    created?: number;
    desired?: number;
    max?: number;
  },
): ReplicaSet {
  const { replicas, available = replicas, actual = replicas, image = 'nginx', created = -60 } = shape;
  const annotations: Record<string, string> = {};
  if (shape.revision !== undefined) annotations['deployment.kubernetes.io/revision'] = String(shape.revision);
  if (shape.desired !== undefined) annotations['deployment.kubernetes.io/desired-replicas'] = String(shape.desired);
  if (shape.max !== undefined) annotations['deployment.kubernetes.io/max-replicas'] = String(shape.max);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      generation: 1,
      creationTimestamp: at(created),
      annotations,
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': name } },
      template: {
        metadata: { labels: { app: 'web', 'pod-template-hash': name } },
        spec: { containers: [{ name: 'main', image }] },
      },
    },
    status: { replicas: actual, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

export function deployment(replicas: number, spec: Partial<Deployment['spec']> = {}, image = 'nginx'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } },
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      ...spec,
    },
  };
}

export function job(spec: Partial<Job['spec']> = {}, status: Job['status'] = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'job', namespace: 'default', uid: 'uid-job' },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      template: { spec: { containers: [container], restartPolicy: 'Never' } },
      ...spec,
    },
    status,
  };
}
