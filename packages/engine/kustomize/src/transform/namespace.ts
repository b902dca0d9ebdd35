import { BuildFault } from '../fault.ts';
import type { FieldSpec } from '../kustomization/types.ts';
import { ensureMap, isMapNode, textAt } from '../node/node.ts';
import { isClusterScoped } from '../resource/gvk.ts';
import { idKey } from '../resource/res-id.ts';
import type { ResMap } from '../resource/res-map.ts';
import type { Resource } from '../resource/resource.ts';
import { applyFieldSpec } from './field-spec.ts';
import type { Transformer } from './transformer.ts';

/** Which subjects of role bindings get the namespace: the default service account, every one, none. */
export type SubjectMode = 'defaultOnly' | 'allServiceAccounts' | 'none';

export interface NamespaceOptions {
  readonly unsetOnly?: boolean;
  readonly subjects?: SubjectMode;
}

export function namespaceTransformer(
  namespace: string,
  specs: readonly FieldSpec[],
  options: NamespaceOptions = {},
): Transformer {
  const { unsetOnly = false, subjects = 'defaultOnly' } = options;
  const set = (value: unknown) => (unsetOnly && value !== '' ? undefined : namespace);
  return {
    kind: 'NamespaceTransformer',
    transform(resMap) {
      if (namespace === '') return;
      const counts = new Map<string, number>();
      const count = (resource: Resource, change: number) => {
        const key = idKey(resource.curId());
        const now = (counts.get(key) ?? 0) + change;
        counts.set(key, now);
        return now;
      };
      for (const resource of resMap.resources) count(resource, 1);
      for (const resource of resMap.resources) {
        if (resource.isEmpty) continue;
        count(resource, -1);
        resource.storePreviousId();
        setOwnNamespace(resource, namespace, unsetOnly);
        setSubjects(resource, namespace, subjects, unsetOnly);
        for (const spec of specs) {
          if (applies(spec, resource)) applyFieldSpec(resource, spec, set, 'scalar');
        }
        if (count(resource, 1) > 1) throw conflict(resource, resMap);
      }
    },
  };
}

function conflict(resource: Resource, { resources }: ResMap): BuildFault {
  const key = idKey(resource.curId());
  const matches = resources.filter((other) => idKey(other.curId()) === key);
  const shown = matches.map((match) => match.describe()).join(' ');
  return new BuildFault(`namespace transformation produces ID conflict: [${shown}]`, resource.source);
}

/** What the rules below do is not done a second time by a field spec. */
function applies(spec: FieldSpec, resource: Resource): boolean {
  if (spec.path === 'metadata/namespace') return false;
  if (spec.path === 'subjects/namespace' && resource.kind.endsWith('RoleBinding')) return false;
  return !(spec.path === 'metadata/name' && spec.kind === 'Namespace' && resource.curId().group !== '');
}

function setOwnNamespace(resource: Resource, namespace: string, unsetOnly: boolean): void {
  if (isClusterScoped(resource.curId())) return;
  if (unsetOnly && resource.namespace !== '') return;
  ensureMap(resource.node, 'metadata')?.set('namespace', namespace);
}

function setSubjects(resource: Resource, namespace: string, mode: SubjectMode, unsetOnly: boolean): void {
  if (mode === 'none' || (resource.kind !== 'RoleBinding' && resource.kind !== 'ClusterRoleBinding')) return;
  const subjects = resource.node.get('subjects');
  if (!Array.isArray(subjects)) return;
  for (const subject of subjects) {
    if (!isMapNode(subject) || textAt(subject, 'kind') !== 'ServiceAccount') continue;
    if (mode === 'defaultOnly' && textAt(subject, 'name') !== 'default') continue;
    if (!unsetOnly || textAt(subject, 'namespace') === '') subject.set('namespace', namespace);
  }
}
