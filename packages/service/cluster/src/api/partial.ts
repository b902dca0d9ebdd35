import type { KubeObject } from '@sekisho/kube';

/** The metadata of an object alone, for clients that need no more. */
export function partial(object: KubeObject): Record<string, unknown> {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
