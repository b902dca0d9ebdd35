import type { GroupVersionKind } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import type { FieldAttributes, StructData } from './struct-data.ts';
import { enumOf, structOf, typeNameOf } from './type-data.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  'string:byte': { type: 'string', format: 'byte' },
  'string:date-time': { type: 'string', format: 'date-time' },
  'integer:int32': { type: 'integer', format: 'int32' },
  'integer:int64': { type: 'integer', format: 'int64' },
  'number:double': { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  quantity: { type: 'quantity' },
  'int-or-string': { type: 'int-or-string' },
  'object:any': { type: 'object', preserveUnknownFields: true, structType: 'atomic', goType: 'runtime.RawExtension' },
  any: { type: 'any', preserveUnknownFields: true, goType: 'apiextensions/v1.JSON' },
};

const structs = new Map<string, Schema>();
const enums = new Map<string, Schema>();
const lists = new Map<string, Schema>();

/**
 * The schema of a kind that Kubernetes serves itself, apiVersion and kind included; also of its list (`PodList`).
 * Built when first asked for; the same instance each time.
 */
export function builtinSchema(gvk: GroupVersionKind): Schema | undefined {
  const name = typeNameOf(gvk.group, gvk.version, gvk.kind);
  if (name !== undefined) return structSchema(name);
  if (!gvk.kind.endsWith('List')) return undefined;
  const itemName = typeNameOf(gvk.group, gvk.version, gvk.kind.slice(0, -4));
  return itemName === undefined ? undefined : listSchema(itemName);
}

/** The schema of `metadata`, which custom resources share. */
export function objectMetaSchema(): Schema {
  return structSchema('metav1.ObjectMeta');
}

/** The schema of a named struct type, e.g. `core/v1.PodSpec`. */
export function structSchema(name: string): Schema {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const struct = structOf(name);
  if (struct === undefined) throw new Error(`no built-in type ${name}`);
  // Registered before its fields are filled in, and filled in place: types may contain themselves.
  const properties: Record<string, Schema> = Object.create(null);
  const required: string[] = [];
  const schema: Mutable<Schema> = { type: 'object', properties, goType: name };
  if (struct.atomic === 1) schema.structType = 'atomic';
  if (struct.open === 1) schema.preserveUnknownFields = true;
  structs.set(name, schema);
  fillProperties(struct, properties, required);
  if (required.length > 0) schema.required = required;
  return schema;
}

function fillProperties(struct: StructData, properties: Record<string, Schema>, required: string[]): void {
  if (struct.kind === 1) {
    properties['apiVersion'] = scalars['string'] as Schema;
    properties['kind'] = scalars['string'] as Schema;
  }
  for (const [field, data] of Object.entries(struct.f)) {
    const [text, attributes] = typeof data === 'string' ? [data, undefined] : data;
    properties[field] = withAttributes(typeSchema(text), attributes);
    if (attributes?.r === 1) required.push(field);
  }
}

function typeSchema(text: string): Schema {
  if (text.startsWith('[')) return { type: 'array', items: typeSchema(text.slice(1)) };
  if (text.startsWith('{')) return { type: 'object', additionalProperties: typeSchema(text.slice(1)) };
  if (text.startsWith('=')) return enumSchema(text.slice(1));
  if (text.startsWith('~')) return { type: 'string', goType: text.slice(1) };
  if (text === 'schema-or-any') {
    // Not a copy: the properties of a schema are being filled in while they are asked for.
    const { properties } = structSchema('apiextensions/v1.JSONSchemaProps');
    return { type: 'any', goType: 'apiextensions/v1.JSONSchemaProps', ...(properties && { properties }) };
  }
  return (Object.hasOwn(scalars, text) ? scalars[text] : undefined) ?? structSchema(text);
}

function enumSchema(name: string): Schema {
  let schema = enums.get(name);
  if (schema === undefined) {
    schema = { type: 'string', enum: enumOf(name) ?? [], goType: name };
    enums.set(name, schema);
  }
  return schema;
}

function withAttributes(schema: Schema, attributes: FieldAttributes | undefined): Schema {
  if (attributes === undefined) return schema;
  const { d, l, k, m, s, ps, pk, z } = attributes;
  if ([d, l, k, m, s, ps, pk, z].every((attribute) => attribute === undefined)) return schema;
  const own: Mutable<Schema> = { ...schema };
  if (d !== undefined) own.default = d;
  if (l !== undefined) own.listType = l;
  if (k !== undefined) own.listMapKeys = k;
  if (m !== undefined) own.mapType = m;
  if (s !== undefined) own.structType = s;
  if (ps !== undefined) own.patchStrategy = ps;
  if (pk !== undefined) own.patchMergeKey = pk;
  if (z !== undefined) own.omitZero = true;
  return own;
}

function listSchema(itemName: string): Schema {
  let schema = lists.get(itemName);
  if (schema === undefined) {
    const properties: Record<string, Schema> = Object.create(null);
    properties['apiVersion'] = scalars['string'] as Schema;
    properties['kind'] = scalars['string'] as Schema;
    properties['metadata'] = structSchema('metav1.ListMeta');
    properties['items'] = { type: 'array', items: structSchema(itemName) };
    schema = { type: 'object', properties, required: ['items'], goType: `${itemName}List` };
    lists.set(itemName, schema);
  }
  return schema;
}
