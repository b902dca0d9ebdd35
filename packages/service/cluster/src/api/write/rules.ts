import {
  applySchemaDefaults,
  defaultBuiltin,
  type FieldError,
  type KubeObject,
  validateBuiltin,
  validateBuiltinUpdate,
  validateObject,
} from '@sekisho/kube';
import type { ServedResource } from '../served-resource.ts';

/** Defaults of the kind: Go-coded ones of built-in kinds, the schema's of custom ones. */
export function withDefaults(resource: ServedResource, object: KubeObject): KubeObject {
  if (resource.custom === undefined) return defaultBuiltin(object);
  const schema = resource.schema();
  return schema === undefined ? object : (applySchemaDefaults(schema, object) as KubeObject);
}

export function validateNew(resource: ServedResource, object: KubeObject): FieldError[] {
  const errors = validateBuiltin(object);
  const schema = resource.schema();
  if (schema === undefined) return errors;
  const bySchema = validateObject(schema, object);
  return [...errors, ...(resource.custom === undefined ? bySchema.filter(meantForBuiltin) : bySchema)];
}

export function validateChange(resource: ServedResource, live: KubeObject, next: KubeObject): FieldError[] {
  const errors = validateNew(resource, next);
  const schema = resource.schema();
  // What was already wrong (an older version of a CRD let it in) does not stand in the way of other changes.
  const ratcheted =
    resource.custom === undefined || schema === undefined || errors.length === 0
      ? errors
      : withoutKnown(errors, validateObject(schema, live));
  return [...ratcheted, ...validateBuiltinUpdate(live, next)];
}

/** Upstream checks built-in kinds by hand-written rules; of the schema only the closed value sets match them. */
function meantForBuiltin(error: FieldError): boolean {
  return error.type === 'notSupported' && !error.path.startsWith('status');
}

function withoutKnown(errors: readonly FieldError[], known: readonly FieldError[]): FieldError[] {
  const old = new Set(known.map((error) => `${error.path} ${error.message}`));
  return errors.filter((error) => !old.has(`${error.path} ${error.message}`));
}
