import type { Project } from './project.ts';

/**
 * Whether an object that no application made may stay in a namespace without being told of: what Kubernetes makes in
 * every namespace, and what the project ignores.
 */
export function isOrphanIgnored(
  { orphanedResources }: Project,
  object: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string },
): boolean {
  const { group, kind, namespace, name } = object;
  if (group === '') {
    if (kind === 'Service' && namespace === 'default' && name === 'kubernetes') return true;
    if (kind === 'ServiceAccount' && name === 'default') return true;
    if (kind === 'ConfigMap' && name === 'kube-root-ca.crt') return true;
  }
  return (orphanedResources?.ignore ?? []).some(
    (rule) => rule.group.matches(group) && (rule.kind?.matches(kind) ?? true) && (rule.name?.matches(name) ?? true),
  );
}
