import { canonicalQuantity, type Schema } from '@sekisho/kube';
import { isObject } from '../json.ts';

/** Fields whose zero value means something else than their absence: they are pointers in the API's types. */
const meaningfulZero: ReadonlySet<string> = new Set([
  'allowPrivilegeEscalation',
  'automountServiceAccountToken',
  'fsGroup',
  'hostUsers',
  'replicas',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'storageClassName',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
]);

/** Structs that the API's types hold by value: when empty they are not written out. */
const emptyStructs: ReadonlySet<string> = new Set([
  'metadata',
  'resources',
  'spec',
  'status',
  'strategy',
  'updateStrategy',
]);

/**
 * Whether the API server writes out nothing for this value, so that its absence is the same: null, empty lists and maps,
 * and zero scalars of fields that are not pointers.
 */
export function isDroppedByApi(value: unknown, schema: Schema | undefined, name: string): boolean {
  if (value === undefined || value === null) return true;
  if (schema === undefined) return false;
  if (value === '' || value === false || value === 0) return !meaningfulZero.has(name);
  if (Array.isArray(value)) return value.length === 0;
  if (!isObject(value)) return false;
  for (const _key in value) return false;
  return schema.properties === undefined || emptyStructs.has(name);
}

/** Equality of two values as the API server reads them: quantities by amount, bytes by content, zero as absent. */
export function isEquivalent(a: unknown, b: unknown, schema: Schema | undefined, name: string): boolean {
  if (a === b) return true;
  if (a === undefined || a === null || b === undefined || b === null) {
    return isDroppedByApi(a ?? b, schema, name);
  }
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!isEquivalent(a[i], b[i], schema?.items, '')) return false;
    return true;
  }
  if (isObject(a)) {
    if (!isObject(b)) return false;
    for (const key of Object.keys(a)) {
      if (!isEquivalent(a[key], b[key], propertyOf(schema, key), key)) return false;
    }
    for (const key of Object.keys(b)) {
      if (a[key] === undefined && !isEquivalent(undefined, b[key], propertyOf(schema, key), key)) return false;
    }
    return true;
  }
  return isSameScalar(a, b, schema);
}

function propertyOf(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema === undefined) return undefined;
  return schema.properties?.[key] ?? (schema.additionalProperties === true ? undefined : schema.additionalProperties);
}

function isSameScalar(a: unknown, b: unknown, schema: Schema | undefined): boolean {
  if (schema?.type === 'quantity') return quantityText(a) === quantityText(b);
  if (schema?.format === 'byte' && typeof a === 'string' && typeof b === 'string') {
    return a.replace(/\s/g, '') === b.replace(/\s/g, '');
  }
  return false;
}

function quantityText(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') return JSON.stringify(value);
  try {
    return canonicalQuantity(String(value));
  } catch {
    return String(value);
  }
}
