import type { FieldError, KubeObject, Schema } from '@sekisho/kube';

export function validateBuiltin(_object: KubeObject): FieldError[] {
  return [];
}
export function validateBuiltinUpdate(_old: KubeObject, _next: KubeObject): FieldError[] {
  return [];
}
export function parseCrdSchema(_schema: unknown, _path: string): { schema: Schema; errors: FieldError[] } {
  return { schema: { type: 'object', preserveUnknownFields: true }, errors: [] };
}
