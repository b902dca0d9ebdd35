import { deepEqual } from '@sekisho/kube';
import type { PodTemplate } from '../kinds/pod.ts';
import type { Deployment, ReplicaSet } from '../kinds/workload.ts';
import { createdAt } from '../pods/pod-state.ts';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

/** The revision an object carries; 0 when it carries none. */
export function revisionOf(object: { metadata: { annotations?: Record<string, string> } }): number {
  const text = object.metadata.annotations?.[REVISION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

/** Whether two templates are the same but for the label that the controller itself adds. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return deepEqual(comparable(a), comparable(b));
}

function comparable(template: PodTemplate): unknown {
  const { labels = {}, annotations = {}, ...meta } = template.metadata ?? {};
  const { [HASH_LABEL]: _hash, ...own } = labels;
  const { creationTimestamp: _creation, ...rest } = meta;
  return { metadata: { ...rest, labels: own, annotations }, spec: template.spec };
}

/** The set of the deployment's template (the oldest, should there be several), and all others, oldest first. */
export function splitReplicaSets(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): { current: ReplicaSet | undefined; old: ReplicaSet[] } {
  const sorted = [...sets].sort(byAge);
  const current = sorted.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { current, old: sorted.filter((set) => set !== current) };
}

export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return createdAt(a) - createdAt(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
}

export function newestRevision(sets: readonly ReplicaSet[]): number {
  return sets.reduce((newest, set) => Math.max(newest, revisionOf(set)), 0);
}

/** The annotations of the current set at `revision`: the deployment's own, and earlier revisions that it had before. */
export function annotationsOfCurrent(
  deployment: Deployment,
  set: ReplicaSet | undefined,
  revision: number,
): Record<string, string> {
  const annotations: Record<string, string> = { ...set?.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  }
  const before = set === undefined ? 0 : revisionOf(set);
  if (before >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before > 0) {
    const history = annotations[REVISION_HISTORY];
    annotations[REVISION_HISTORY] = history === undefined || history === '' ? String(before) : `${history},${before}`;
  }
  return annotations;
}
