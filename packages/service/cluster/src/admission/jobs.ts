import type { KubeObject } from '@sekisho/kube';

interface JobSpec {
  manualSelector?: boolean;
  selector?: { matchLabels?: Record<string, string> };
  template?: { metadata?: { labels?: Record<string, string> } };
  [field: string]: unknown;
}

/** A Job selects its pods by its own uid unless manualSelector says otherwise (upstream's generateSelector). */
export function admitJob(object: KubeObject): KubeObject {
  const spec = (object['spec'] ?? {}) as JobSpec;
  if (spec.manualSelector === true) return object;
  const { uid = '', name = '' } = object.metadata;
  const labels = {
    ...spec.template?.metadata?.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const selector = {
    ...spec.selector,
    matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid },
  };
  const template = { ...spec.template, metadata: { ...spec.template?.metadata, labels } };
  return { ...object, spec: { ...spec, selector, template } };
}
