import { BuildFault } from '../fault.ts';
import type { SortOptions } from '../kustomization/types.ts';
import { formatGvk } from '../resource/gvk.ts';
import type { ResId } from '../resource/res-id.ts';
import type { ResMap } from '../resource/res-map.ts';

const FIRST = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** Puts the resources into the order that the kustomization asks for; `legacy`, by kind, when it doesn't. */
export function sortResources(resources: ResMap, options: SortOptions | undefined): void {
  const order = options?.order || 'legacy';
  if (order === 'fifo') return;
  if (order !== 'legacy') {
    throw new BuildFault("the field 'sortOptions.order' must be one of [fifo, legacy]");
  }
  const { orderFirst = FIRST, orderLast = LAST } = options?.legacySortOptions ?? {};
  const ranks = new Map<string, number>();
  for (const [index, kind] of orderFirst.entries()) ranks.set(kind, index - orderFirst.length);
  for (const [index, kind] of orderLast.entries()) ranks.set(kind, index + 1);
  const keyed = resources.resources.map((resource) => {
    const id = resource.curId();
    return { resource, id, rank: ranks.get(id.kind) ?? 0, kindKey: kindKey(id), key: idKey(id) };
  });
  keyed.sort((a, b) => a.rank - b.rank || compareText(a.kindKey, b.kindKey) || compareText(a.key, b.key));
  resources.resources = keyed.map(({ resource }) => resource);
}

function kindKey({ group, version, kind }: ResId): string {
  return [group || '~G', version || '~V', kind || '~K'].join('_');
}

function idKey(id: ResId): string {
  return [formatGvk(id), id.namespace || '~X', id.name || '~N'].join('|');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
