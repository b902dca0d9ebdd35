import type { KubeObject } from '@sekisho/kube';

/** Which keys there are, without the values: secrets don't lie around, and big ones cost nothing. */
export function keysOnly(object: KubeObject): KubeObject {
  const { managedFields: _fields, ...metadata } = object.metadata;
  const data = emptied(object['data']);
  const binaryData = emptied(object['binaryData']);
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata,
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
  };
}

function emptied(values: unknown): Record<string, ''> | undefined {
  if (typeof values !== 'object' || values === null) return undefined;
  return Object.fromEntries(Object.keys(values).map((key) => [key, '' as const]));
}
