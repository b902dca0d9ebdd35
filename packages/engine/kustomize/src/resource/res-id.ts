import { formatGvk, type Gvk, isClusterScoped } from './gvk.ts';

/** What identifies a resource: kind, namespace and name. */
export interface ResId extends Gvk {
  readonly name: string;
  readonly namespace: string;
}

/** `Deployment.v1.apps/web.[noNs]`. */
export function formatResId(id: ResId): string {
  return `${formatGvk(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`;
}

const NO_NAMESPACE = '_non_namespaceable_';

export function effectiveNamespace(id: ResId): string {
  if (isClusterScoped(id)) return NO_NAMESPACE;
  return id.namespace === '' ? 'default' : id.namespace;
}

export function sameNamespace(a: ResId, b: ResId): boolean {
  return effectiveNamespace(a) === effectiveNamespace(b);
}

/** Two ids have the same key when they are the same ({@link sameId}). */
export function idKey(id: ResId): string {
  return `${id.name}|${effectiveNamespace(id)}|${id.kind}|${id.group}|${id.version}`;
}

export function sameId(a: ResId, b: ResId): boolean {
  return (
    a.name === b.name &&
    a.kind === b.kind &&
    a.group === b.group &&
    a.version === b.version &&
    (a.namespace === b.namespace || sameNamespace(a, b))
  );
}
