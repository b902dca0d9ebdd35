import { builtinSchema, gvkOf, type KubeObject, type Schema, unknownFields, validateObject } from '@sekisho/kube';

/** More than these help nobody. */
const MAX_FAULTS = 20;

/**
 * What the published schema of the object's kind refuses, one text per fault; none when the object conforms.
 * Strict: fields that the schema does not know are faults.
 */
export function schemaFaults(object: KubeObject): readonly string[] {
  const { kind } = object;
  if (typeof kind !== 'string' || kind === '') return ["missing properties: 'kind'"];
  if (typeof object.apiVersion !== 'string') return ["missing properties: 'apiVersion'"];
  const schema = builtinSchema(gvkOf(object));
  if (schema === undefined) return [`could not find schema for ${kind}`];
  const faults = [
    ...validateObject(schema, object).map((fault) => `${pointer(fault.path)}: ${fault.message}`),
    ...missingFields(schema, object),
    ...unknownFields(schema, object).map(unknownField),
  ];
  return faults.slice(0, MAX_FAULTS);
}

function unknownField(path: string): string {
  const dot = path.lastIndexOf('.');
  return `${pointer(path.slice(0, Math.max(dot, 0)))}: additional properties '${path.slice(dot + 1)}' not allowed`;
}

/** `spec.containers[0]` as a JSON pointer. */
function pointer(path: string): string {
  return path === '' ? '/' : `/${path.replaceAll(/[.[]/g, '/').replaceAll(']', '')}`;
}

/** Required fields of built-in types, which the API server asks for only after it filled in defaults. */
function missingFields(schema: Schema, value: unknown): string[] {
  const found: string[] = [];
  walk(schema, value, '', found);
  return found;
}

const MAX_DEPTH = 100;

function walk(schema: Schema, value: unknown, path: string, found: string[], depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) walk(items, item, `${path}[${index}]`, found, depth + 1);
    return;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const missing = schema.required?.filter((key) => fields[key] === undefined || fields[key] === null) ?? [];
  if (missing.length > 0)
    found.push(`${pointer(path)}: missing properties: ${missing.map((key) => `'${key}'`).join(', ')}`);
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(fields, key)) walk(child, fields[key], path === '' ? key : `${path}.${key}`, found, depth + 1);
  }
}
