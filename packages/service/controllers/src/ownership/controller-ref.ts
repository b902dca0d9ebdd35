import type { ResourceType } from '@sekisho/client';
import { formatApiVersion, type KubeObject, type OwnerReference } from '@sekisho/kube';

/** Finds objects by the uid of their controller, or by `orphanValue(namespace)` when they have none. */
export const CONTROLLER_INDEX = 'controller';

export function controllerRefOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function orphanValue(namespace: string | undefined): string {
  return `orphans of ${namespace ?? ''}`;
}

export function controllerIndexValue(object: KubeObject): string {
  return controllerRefOf(object)?.uid ?? orphanValue(object.metadata.namespace);
}

export function newControllerRef(type: ResourceType, owner: KubeObject): OwnerReference {
  return {
    apiVersion: formatApiVersion(type.group, type.version),
    kind: type.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Whether `reference` names a kind of this group, whichever version it was written with. */
export function refersTo(reference: OwnerReference | undefined, type: ResourceType): reference is OwnerReference {
  if (reference === undefined || reference.kind !== type.kind) return false;
  const slash = reference.apiVersion.indexOf('/');
  return (slash < 0 ? '' : reference.apiVersion.slice(0, slash)) === type.group;
}
