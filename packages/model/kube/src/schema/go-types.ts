import type { Schema } from './schema.ts';

/** How Go's decoder names the type of a field in its messages: `v1.PodSpec`, `[]v1.Container`, `int32`. */
export function goTypeName(schema: Schema): string {
  switch (schema.type) {
    case 'array':
      return `[]${schema.items === undefined ? 'interface {}' : goTypeName(schema.items)}`;
    case 'integer':
      return schema.format ?? 'int64';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'quantity':
      return 'resource.Quantity';
    case 'int-or-string':
      // What is no string is decoded as a number.
      return 'int32';
    case 'string':
      if (schema.format === 'byte') return '[]uint8';
      if (schema.format === 'date-time') return 'v1.Time';
      return schema.goType === undefined ? 'string' : shortName(schema.goType);
    default:
      if (typeof schema.additionalProperties === 'object')
        return `map[string]${goTypeName(schema.additionalProperties)}`;
      return schema.goType === undefined ? 'map[string]interface {}' : shortName(schema.goType);
  }
}

/** `apps/v1.DeploymentSpec` → `DeploymentSpec`: by which struct a message says where a field is. */
export function goStructName(goType: string): string {
  return goType.slice(goType.indexOf('.') + 1);
}

function shortName(goType: string): string {
  return goType.startsWith('metav1.') ? `v1.${goStructName(goType)}` : goType.slice(goType.indexOf('/') + 1);
}

/** How Go's decoder calls a JSON value. */
export function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
