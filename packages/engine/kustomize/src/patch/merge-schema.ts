import { builtinSchema, type Schema } from '@sekisho/kube';
import type { Gvk } from '../resource/gvk.ts';

/** What a merge has to know of the type of a field. */
export interface FieldSchema {
  property(key: string): FieldSchema | undefined;
  readonly items?: FieldSchema | undefined;
  readonly patchStrategy?: string | undefined;
  readonly patchMergeKey?: string | undefined;
  readonly listMapKeys?: readonly string[] | undefined;
}

/** The types of kinds; undefined for kinds that are not known. */
export interface KindSchemas {
  of(gvk: Gvk): FieldSchema | undefined;
}

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

/** The kinds that Kubernetes has itself. */
export const builtinSchemas: KindSchemas = {
  of(gvk) {
    const newer = OLD_VERSIONS[`${gvk.group}/${gvk.version}`];
    const schema = builtinSchema(gvk) ?? (newer === undefined ? undefined : builtinSchema({ ...gvk, version: newer }));
    return schema === undefined ? undefined : fieldOf(schema);
  },
};

const fields = new WeakMap<Schema, FieldSchema>();

function fieldOf(schema: Schema): FieldSchema {
  let field = fields.get(schema);
  if (field === undefined) {
    field = new BuiltinField(schema);
    fields.set(schema, field);
  }
  return field;
}

class BuiltinField implements FieldSchema {
  readonly patchStrategy: string | undefined;
  readonly patchMergeKey: string | undefined;
  readonly listMapKeys: readonly string[] | undefined;
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.patchStrategy = schema.patchStrategy;
    this.patchMergeKey = schema.patchMergeKey;
    this.listMapKeys = schema.listMapKeys;
  }

  get items(): FieldSchema | undefined {
    const { items } = this.#schema;
    return items === undefined ? undefined : fieldOf(items);
  }

  property(key: string): FieldSchema | undefined {
    const { properties, additionalProperties } = this.#schema;
    const property = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property !== undefined) return fieldOf(property);
    return typeof additionalProperties === 'object' ? fieldOf(additionalProperties) : undefined;
  }
}

/** The keys that tell the elements of a list apart; undefined: the list is replaced as a whole. */
export function mergeKeys(schema: FieldSchema | undefined): readonly string[] | undefined {
  if (schema?.patchStrategy?.includes('merge') !== true) return undefined;
  if (schema.patchMergeKey === undefined) return [];
  return schema.listMapKeys?.includes(schema.patchMergeKey) ? schema.listMapKeys : [schema.patchMergeKey];
}
