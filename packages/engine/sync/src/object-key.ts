import { type KubeObject, parseApiVersion } from '@sekisho/kube';

/** What names one object in a cluster, whatever version it is read in. */
export interface ObjectKey {
  readonly group: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

export function objectKeyOf(object: KubeObject): ObjectKey {
  return {
    group: parseApiVersion(object.apiVersion).group,
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
  };
}

/** `group/Kind/namespace/name`: a key for maps, the same for every version of the object. */
export function formatObjectKey(key: ObjectKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}

/** {@link formatObjectKey} of an object, without the steps between. */
export function objectId(object: KubeObject): string {
  return formatObjectKey(objectKeyOf(object));
}
