import { deepEqual, type KubeObject } from '@sekisho/kube';

/** What of an object changed: something that most policies look at, its status alone, or only who wrote it when. */
export function differenceOf(object: KubeObject, previous: KubeObject): 'essence' | 'status' | 'nothing' {
  const { status, metadata, ...rest } = object;
  const { status: oldStatus, metadata: oldMetadata, ...old } = previous;
  if (!deepEqual(rest, old) || !deepEqual(essentials(metadata), essentials(oldMetadata))) return 'essence';
  return deepEqual(status, oldStatus) ? 'nothing' : 'status';
}

/** Who manages which field is nothing that policies speak of, and much. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}

function essentials(metadata: KubeObject['metadata']): unknown {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...rest } = metadata;
  return rest;
}
