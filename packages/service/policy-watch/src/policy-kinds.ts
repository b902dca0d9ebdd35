import type { ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { isPolicyObject } from '@sekisho/policy/asking';

export const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** Whether its kinds come with Kubernetes itself. */
export function isBuiltInGroup(group: string): boolean {
  return group === 'admissionregistration.k8s.io';
}

/** Whether objects of a kind say what is allowed: templates, constraints, admission policies, waivers and their like. */
export function isPolicyKind({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return isPolicyObject({ apiVersion: `${group}/v1`, kind });
}

/**
 * The kind that a CustomResourceDefinition serves, in its best version; undefined when it serves none yet, or is
 * being deleted.
 */
export function servedKind(definition: KubeObject): ResourceType | undefined {
  const { group, scope, names, versions } = (definition['spec'] ?? {}) as DefinitionSpec;
  const { conditions = [] } = (definition['status'] ?? {}) as DefinitionStatus;
  const isEstablished = conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  const served = (versions ?? []).filter((version) => version.served).map(({ name }) => name);
  const version = served.sort(byPriority)[0];
  if (!isEstablished || definition.metadata.deletionTimestamp !== undefined) return undefined;
  if (group === undefined || names?.kind === undefined || names.plural === undefined || version === undefined) {
    return undefined;
  }
  return { group, version, kind: names.kind, resource: names.plural, namespaced: scope === 'Namespaced' };
}

interface DefinitionSpec {
  readonly group?: string;
  readonly scope?: string;
  readonly names?: { readonly kind?: string; readonly plural?: string };
  readonly versions?: readonly { readonly name: string; readonly served?: boolean }[];
}

interface DefinitionStatus {
  readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
}

const STAGES = ['alpha', 'beta', ''];

/**
 * Finished versions first, then beta, then alpha; the newest of each first.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
 */
export function byPriority(a: string, b: string): number {
  const [one, other] = [rankOf(a), rankOf(b)];
  for (const [i, value] of one.entries()) {
    const difference = (other[i] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf(version: string): readonly number[] {
  const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parts === null) return [-1, 0, 0];
  const [, major, stage = '', minor = '0'] = parts;
  return [STAGES.indexOf(stage), Number(major), Number(minor)];
}
