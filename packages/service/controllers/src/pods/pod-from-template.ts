import type { ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { Pod, PodSpec, PodTemplate } from '../kinds/pod.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';

export interface PodFromTemplate {
  readonly ownerType: ResourceType;
  readonly owner: KubeObject;
  readonly template: PodTemplate;
  /** Default: generated from the owner's name. */
  readonly name?: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

/** A new pod of `owner` as its template says, with the extra labels, annotations and fields given. */
export function podFromTemplate(request: PodFromTemplate): Pod {
  const { template, owner } = request;
  const meta = template.metadata ?? {};
  const labels = { ...meta.labels, ...request.labels };
  const annotations = { ...meta.annotations, ...request.annotations };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(request.name === undefined
        ? { generateName: request.generateName ?? `${owner.metadata.name ?? ''}-` }
        : { name: request.name }),
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(meta.finalizers === undefined ? {} : { finalizers: meta.finalizers }),
      ownerReferences: [newControllerRef(request.ownerType, owner)],
    },
    spec: { ...template.spec, ...request.spec },
  };
}
