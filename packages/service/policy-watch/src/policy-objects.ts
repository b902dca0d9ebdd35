import type { ResourceType } from '@sekisho/client';
import { deepEqual, type KubeObject, parseApiVersion } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';

/** What a policy says: status is written back by whoever reads policies, and would be a change each time. */
export function withoutStatus(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...rest, metadata } as KubeObject;
}

/** What is needed of a CustomResourceDefinition; schemas of large clusters come to many megabytes. */
export function essentialsOf(definition: KubeObject): KubeObject {
  const { group, scope, names, versions } = (definition['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  const { conditions } = (definition['status'] ?? {}) as Readonly<Record<string, unknown>>;
  const { name, uid, resourceVersion, deletionTimestamp } = definition.metadata;
  return {
    apiVersion: definition.apiVersion,
    kind: definition.kind,
    metadata: JSON.parse(JSON.stringify({ name, uid, resourceVersion, deletionTimestamp })) as KubeObject['metadata'],
    spec: {
      group,
      scope,
      names,
      versions: Array.isArray(versions) ? versions.map(({ name, served }) => ({ name, served })) : [],
    },
    status: { conditions },
  };
}

/** Whether two states of one object differ in their version alone. */
export function saysTheSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && deepEqual(withoutVersion(a), withoutVersion(b));
}

export function sameDocuments(a: readonly PolicyDocument[], b: readonly PolicyDocument[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ object }, i) => {
      const other = b[i]?.object;
      return other !== undefined && (object === other || saysTheSame(object, other));
    })
  );
}

export function byKind(a: ResourceType, b: ResourceType): number {
  const [one, other] = [`${a.group}/${a.kind}`, `${b.group}/${b.kind}`];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** In whatever version. */
export function isOfKind({ apiVersion, kind }: KubeObject, type: ResourceType): boolean {
  return kind === type.kind && parseApiVersion(apiVersion).group === type.group;
}

/** Unique among objects of a kind. */
export function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _version, generation: _generation, ...metadata } = object.metadata;
  return { ...object, metadata };
}
