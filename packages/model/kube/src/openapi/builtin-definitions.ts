import { descriptionData } from '../builtin/descriptions.generated.ts';
import type { FieldAttributes, FieldData, StructData } from '../builtin/struct-data.ts';
import { enumOf, structOf } from '../builtin/type-data.ts';
import type { GroupVersionKind } from '../object.ts';
import { definitionNameOfType, namedScalars } from './definition-names.ts';
import { type Dialect, type JsonSchema, refTo, refWith } from './json-schema.ts';

const microTimes = new Set([
  'coordination/v1.LeaseSpec.acquireTime',
  'coordination/v1.LeaseSpec.renewTime',
  'core/v1.Event.eventTime',
  'core/v1.EventSeries.lastObservedTime',
  'events/v1.Event.eventTime',
  'events/v1.EventSeries.lastObservedTime',
]);

const scalarDefinitions: Readonly<Record<Dialect, Readonly<Record<string, JsonSchema>>>> = {
  v3: {
    [namedScalars.time]: {
      description: 'A time, RFC 3339 in UTC with whole seconds.',
      type: 'string',
      format: 'date-time',
    },
    [namedScalars.microTime]: {
      description: 'A time, RFC 3339 in UTC with microseconds.',
      type: 'string',
      format: 'date-time',
    },
    [namedScalars.intOrString]: {
      description: 'A number, or a string such as a port name or a percentage.',
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    },
    [namedScalars.quantity]: {
      description: 'A fixed-point number with an optional unit: 500m, 1.5Gi, 2.',
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
    [namedScalars.rawExtension]: { description: 'Any object.', type: 'object' },
    [namedScalars.fieldsV1]: { description: 'A set of fields in the format FieldsV1.', type: 'object' },
    [namedScalars.json]: { description: 'Any JSON value.' },
  },
  v2: {
    [namedScalars.time]: {
      description: 'A time, RFC 3339 in UTC with whole seconds.',
      type: 'string',
      format: 'date-time',
    },
    [namedScalars.microTime]: {
      description: 'A time, RFC 3339 in UTC with microseconds.',
      type: 'string',
      format: 'date-time',
    },
    [namedScalars.intOrString]: {
      description: 'A number, or a string such as a port name or a percentage.',
      type: 'string',
      format: 'int-or-string',
    },
    [namedScalars.quantity]: {
      description: 'A fixed-point number with an optional unit: 500m, 1.5Gi, 2.',
      type: 'string',
    },
    [namedScalars.rawExtension]: { description: 'Any object.', type: 'object' },
    [namedScalars.fieldsV1]: { description: 'A set of fields in the format FieldsV1.', type: 'object' },
    [namedScalars.json]: { description: 'Any JSON value.' },
  },
};

/** Collects the definitions that a document needs: asking for one adds all that it refers to. */
export class Definitions {
  readonly dialect: Dialect;
  readonly schemas: Record<string, JsonSchema> = {};

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** Adds a built-in type and what it refers to. */
  type(typeName: string, gvks: readonly GroupVersionKind[] = []): JsonSchema {
    const name = definitionNameOfType(typeName);
    if (this.schemas[name] === undefined) {
      const struct = structOf(typeName);
      if (struct === undefined) throw new Error(`no built-in type ${typeName}`);
      const schema: JsonSchema = {};
      // Registered before it is filled in: types may contain themselves.
      this.schemas[name] = schema;
      Object.assign(schema, this.#struct(typeName, struct));
    }
    const schema = this.schemas[name];
    if (schema !== undefined && gvks.length > 0) {
      const known = (schema['x-kubernetes-group-version-kind'] ?? []) as {
        group: string;
        kind: string;
        version: string;
      }[];
      const fresh = gvks.filter(
        (gvk) => !known.some((k) => k.group === gvk.group && k.version === gvk.version && k.kind === gvk.kind),
      );
      schema['x-kubernetes-group-version-kind'] = [
        ...known,
        ...fresh.map(({ group, kind, version }) => ({ group, kind, version })),
      ];
    }
    return refTo(this.dialect, name);
  }

  /** Adds a definition that is not built in. */
  add(name: string, schema: JsonSchema): JsonSchema {
    this.schemas[name] = schema;
    return refTo(this.dialect, name);
  }

  scalar(name: string): JsonSchema {
    const schema = scalarDefinitions[this.dialect][name];
    if (schema !== undefined) this.schemas[name] ??= schema;
    return refTo(this.dialect, name);
  }

  #struct(typeName: string, struct: StructData): JsonSchema {
    const descriptions = descriptionsOf(typeName);
    const schema: JsonSchema = {};
    if (descriptions[''] !== undefined) schema['description'] = descriptions[''];
    schema['type'] = 'object';
    const required: string[] = [];
    const properties: Record<string, JsonSchema> = {};
    const fields: [string, FieldData][] = Object.entries(struct.f);
    if (struct.kind === 1) fields.push(['apiVersion', 'string'], ['kind', 'string']);
    fields.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [field, data] of fields) {
      const [text, attributes] = typeof data === 'string' ? [data, undefined] : data;
      if (attributes?.r === 1) required.push(field);
      const time = microTimes.has(`${typeName}.${field}`) ? namedScalars.microTime : undefined;
      properties[field] = this.#field(time ?? text, attributes, descriptions[field]);
    }
    if (required.length > 0) schema['required'] = required;
    if (fields.length > 0) schema['properties'] = properties;
    if (struct.atomic === 1) schema['x-kubernetes-map-type'] = 'atomic';
    return schema;
  }

  #field(text: string, attributes: FieldAttributes | undefined, description: string | undefined): JsonSchema {
    const neighbours: JsonSchema = {};
    // The source of descriptions has none for fields that are structs: what the struct is must do.
    const said = description ?? descriptionOfStruct(text);
    if (said !== undefined && said !== '') neighbours['description'] = said;
    if (attributes?.d !== undefined) neighbours['default'] = attributes.d;
    if (attributes?.l !== undefined) neighbours['x-kubernetes-list-type'] = attributes.l;
    if (attributes?.k !== undefined) neighbours['x-kubernetes-list-map-keys'] = attributes.k;
    const mapType = attributes?.m ?? attributes?.s;
    if (mapType !== undefined) neighbours['x-kubernetes-map-type'] = mapType;
    if (attributes?.ps !== undefined) neighbours['x-kubernetes-patch-strategy'] = attributes.ps;
    if (attributes?.pk !== undefined) neighbours['x-kubernetes-patch-merge-key'] = attributes.pk;
    const reference = this.#reference(text);
    if (reference !== undefined) {
      return Object.keys(neighbours).length === 0
        ? refTo(this.dialect, reference)
        : refWith(this.dialect, reference, neighbours);
    }
    return { ...this.#inline(text), ...neighbours };
  }

  /** The definition that a type is, when it is one. */
  #reference(text: string): string | undefined {
    switch (text) {
      case 'string:date-time':
        this.scalar(namedScalars.time);
        return namedScalars.time;
      case namedScalars.microTime:
        this.scalar(text);
        return text;
      case 'int-or-string':
        this.scalar(namedScalars.intOrString);
        return namedScalars.intOrString;
      case 'quantity':
        this.scalar(namedScalars.quantity);
        return namedScalars.quantity;
      case 'object:any':
        this.scalar(namedScalars.rawExtension);
        return namedScalars.rawExtension;
      case 'any':
      case 'schema-or-any':
        this.scalar(namedScalars.json);
        return namedScalars.json;
      default:
        if (/^[[{=~]/.test(text) || !text.includes('.')) return undefined;
        this.type(text);
        return definitionNameOfType(text);
    }
  }

  #inline(text: string): JsonSchema {
    if (text.startsWith('[')) return { type: 'array', items: this.#field(text.slice(1), undefined, '') };
    if (text.startsWith('{')) {
      return { type: 'object', additionalProperties: this.#field(text.slice(1), undefined, '') };
    }
    if (text.startsWith('=')) return { type: 'string', enum: enumOf(text.slice(1)) ?? [] };
    if (text.startsWith('~')) return { type: 'string' };
    const [type = 'string', format] = text.split(':');
    return format === undefined ? { type } : { type, format };
  }
}

function descriptionOfStruct(text: string): string | undefined {
  return /^[a-z0-9]+[/.]/.test(text) ? descriptionsOf(text)[''] : undefined;
}

/** Descriptions of a type: its own under '', its fields by name. */
export function descriptionsOf(typeName: string): Readonly<Record<string, string>> {
  const text = Object.hasOwn(descriptionData, typeName) ? descriptionData[typeName] : undefined;
  return text === undefined ? {} : (JSON.parse(text) as Record<string, string>);
}
