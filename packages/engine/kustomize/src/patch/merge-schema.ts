import { builtinSchema } from '@sekisho/kube';
import type { Gvk } from '../resource/gvk.ts';

/** What a merge has to know of the type of a field. */
export type FieldSchema = NonNullable<ReturnType<typeof builtinSchema>>;

/** Versions that Kubernetes no longer serves, and Kustomize still knows; their fields are those of the newer one. */
const OLD_VERSIONS: Readonly<Record<string, string>> = {
  'batch/v1beta1': 'v1',
  'policy/v1beta1': 'v1',
  'autoscaling/v2beta1': 'v2',
  'autoscaling/v2beta2': 'v2',
  'networking.k8s.io/v1beta1': 'v1',
  'storage.k8s.io/v1beta1': 'v1',
  'rbac.authorization.k8s.io/v1beta1': 'v1',
};

/** The type of a kind; undefined for those that Kubernetes doesn't have itself. */
export function mergeSchema(gvk: Gvk): FieldSchema | undefined {
  const newer = OLD_VERSIONS[`${gvk.group}/${gvk.version}`];
  return builtinSchema(gvk) ?? (newer === undefined ? undefined : builtinSchema({ ...gvk, version: newer }));
}

export function fieldSchema(schema: FieldSchema | undefined, key: string): FieldSchema | undefined {
  const property = schema?.properties?.[key];
  if (property !== undefined) return property;
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** The keys that tell the elements of a list apart; undefined: the list is replaced as a whole. */
export function mergeKeys(schema: FieldSchema | undefined): readonly string[] | undefined {
  if (schema?.patchStrategy?.includes('merge') !== true) return undefined;
  if (schema.patchMergeKey === undefined) return [];
  return schema.listMapKeys?.includes(schema.patchMergeKey) ? schema.listMapKeys : [schema.patchMergeKey];
}
