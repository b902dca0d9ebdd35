import type { Schema } from '../schema/schema.ts';
import type { Definitions } from './builtin-definitions.ts';
import { definitionNameOfType, namedScalars } from './definition-names.ts';
import { type JsonSchema, refWith } from './json-schema.ts';

/**
 * The published form of a custom resource's schema. Swagger 2.0 has no oneOf, anyOf, not or nullable: there they are left out, and
 * what can be any type is published without one, as the API server does.
 */
export function toJsonSchema(schema: Schema, definitions: Definitions): JsonSchema {
  const out: JsonSchema = {};
  if (schema.title !== undefined) out['title'] = schema.title;
  if (schema.description !== undefined) out['description'] = schema.description;
  if (schema.goType?.startsWith('metav1.')) {
    definitions.type(schema.goType);
    return refWith(definitions.dialect, definitionNameOfType(schema.goType), out);
  }
  if (schema.goType === 'runtime.RawExtension') {
    definitions.scalar(namedScalars.rawExtension);
    return refWith(definitions.dialect, namedScalars.rawExtension, out);
  }
  const v2 = definitions.dialect === 'v2';
  if (schema.type === 'int-or-string') {
    out['x-kubernetes-int-or-string'] = true;
  } else if (schema.type === 'quantity') {
    out['type'] = 'string';
  } else if (schema.type !== 'any' && !(v2 && (schema.nullable === true || preservesStructure(schema)))) {
    out['type'] = schema.type;
  }
  if (schema.format !== undefined) out['format'] = schema.format;
  if (schema.default !== undefined) out['default'] = schema.default;
  if (schema.enum !== undefined) out['enum'] = schema.enum;
  if (schema.nullable === true && !v2) out['nullable'] = true;
  if (schema.required !== undefined) out['required'] = schema.required;
  writeConstraints(schema, out, definitions);
  writeExtensions(schema, out);
  if (v2 && preservesStructure(schema)) return out;
  if (schema.properties !== undefined) {
    out['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, toJsonSchema(property, definitions)]),
    );
  }
  if (schema.additionalProperties === true) out['additionalProperties'] = true;
  else if (schema.additionalProperties !== undefined) {
    out['additionalProperties'] = toJsonSchema(schema.additionalProperties, definitions);
  }
  if (schema.items !== undefined) out['items'] = toJsonSchema(schema.items, definitions);
  return out;
}

/** kubectl's old validation refuses unknown fields below a published structure, so open ones are published bare. */
function preservesStructure(schema: Schema): boolean {
  return schema.preserveUnknownFields === true;
}

const copied = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const;

function writeConstraints(schema: Schema, out: JsonSchema, definitions: Definitions): void {
  const constraints = schema.constraints;
  if (constraints === undefined) return;
  for (const key of copied) {
    if (constraints[key] !== undefined) out[key] = constraints[key];
  }
  if (constraints.validations !== undefined) out['x-kubernetes-validations'] = constraints.validations;
  if (definitions.dialect === 'v2') return;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const branches = constraints[key];
    if (branches !== undefined) out[key] = branches.map((branch) => toJsonSchema(branch, definitions));
  }
  if (constraints.not !== undefined) out['not'] = toJsonSchema(constraints.not, definitions);
}

function writeExtensions(schema: Schema, out: JsonSchema): void {
  if (schema.preserveUnknownFields === true) out['x-kubernetes-preserve-unknown-fields'] = true;
  if (schema.embeddedResource === true) out['x-kubernetes-embedded-resource'] = true;
  if (schema.listType !== undefined) out['x-kubernetes-list-type'] = schema.listType;
  if (schema.listMapKeys !== undefined) out['x-kubernetes-list-map-keys'] = schema.listMapKeys;
  const mapType = schema.mapType ?? schema.structType;
  if (mapType !== undefined) out['x-kubernetes-map-type'] = mapType;
  if (schema.patchStrategy !== undefined) out['x-kubernetes-patch-strategy'] = schema.patchStrategy;
  if (schema.patchMergeKey !== undefined) out['x-kubernetes-patch-merge-key'] = schema.patchMergeKey;
}
