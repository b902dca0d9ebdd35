import { ownValue } from '../json.ts';
import type { Schema } from '../schema/schema.ts';

/**
 * A schema as field ownership sees it: what can be owned separately and what only as a whole. A type may allow several
 * shapes at once (untyped values do); which one counts is decided by the value ({@link shapeOf}).
 */
export interface FieldType {
  readonly map?: MapType;
  readonly list?: ListType;
  readonly scalar?: ScalarType;
  /** Whether the schema says that an explicit null is a value of this type (custom resources may; built-in kinds never). */
  readonly nullable: boolean;
}

export type ScalarType = 'string' | 'numeric' | 'boolean' | 'untyped';

export interface MapType {
  /** Owned only as a whole. */
  readonly atomic: boolean;
  /** The type of a declared field. */
  field(name: string): FieldType | undefined;
  /** The type of keys that are not declared; undefined: there may be none. */
  readonly element: FieldType | undefined;
}

export interface ListType {
  /** Items have an identity (`keys`, or their own value) and are owned one by one. Otherwise the list is atomic. */
  readonly associative: boolean;
  /** Sorted; empty for sets. */
  readonly keys: readonly string[];
  /** Value of a key that an item leaves out, by position in `keys`. */
  readonly keyDefaults: readonly unknown[];
  readonly element: FieldType;
}

const wholeType: { -readonly [K in keyof FieldType]: FieldType[K] } = { scalar: 'untyped', nullable: false };
wholeType.map = { atomic: true, field: () => undefined, element: wholeType };
wholeType.list = { associative: false, keys: [], keyDefaults: [], element: wholeType };

const deduced: { -readonly [K in keyof FieldType]: FieldType[K] } = { scalar: 'untyped', nullable: false };
deduced.map = { atomic: false, field: () => undefined, element: deduced };
deduced.list = { associative: false, keys: [], keyDefaults: [], element: wholeType };

/** Values without a schema: maps are granular, lists atomic. */
export const deducedType: FieldType = deduced;

/** Whether nothing is known about values of this type. */
export function isUntyped(type: FieldType): boolean {
  return type === deduced || type === wholeType;
}

const scalarTypes: Readonly<Record<string, ScalarType>> = {
  string: 'string',
  integer: 'numeric',
  number: 'numeric',
  boolean: 'boolean',
  'int-or-string': 'untyped',
  quantity: 'untyped',
};

const typeCache = new WeakMap<Schema, FieldType>();
const rootCache = new WeakMap<Schema, FieldType>();

/** The field type of a schema; the same instance for the same schema. */
export function fieldTypeOf(schema: Schema | undefined): FieldType {
  if (schema === undefined) return deducedType;
  let type = typeCache.get(schema);
  if (type === undefined) {
    type = convert(schema);
    typeCache.set(schema, type);
  }
  return type;
}

/**
 * The field type of a whole Kubernetes object: `apiVersion`, `kind` and `metadata` are known even when the schema does
 * not describe them (CRD schemas do not). Without a schema everything is deduced.
 */
export function objectTypeOf(schema: Schema | undefined): FieldType {
  if (schema === undefined) return deducedType;
  let type = rootCache.get(schema);
  if (type === undefined) {
    type = withObjectFields(fieldTypeOf(schema), describesMetadata(schema));
    rootCache.set(schema, type);
  }
  return type;
}

function convert(schema: Schema): FieldType {
  const nullable = schema.nullable === true;
  const scalar = scalarTypes[schema.type];
  if (scalar !== undefined) return { scalar, nullable };
  if (schema.type === 'array') return { list: listType(schema), nullable };
  if (schema.type === 'any' && schema.properties === undefined && schema.items === undefined) return deducedType;
  if (schema.type === 'any') return { ...deducedType, map: mapType(schema) };
  return { map: mapType(schema), nullable };
}

function mapType(schema: Schema): MapType {
  const { properties } = schema;
  const atomic = schema.mapType === 'atomic' || schema.structType === 'atomic';
  const fields = new Map<string, FieldType | undefined>();
  let element: FieldType | undefined;
  let elementKnown = false;
  return {
    atomic,
    field(name) {
      if (properties === undefined) return undefined;
      let type = fields.get(name);
      if (type === undefined && Object.hasOwn(properties, name)) {
        type = fieldTypeOf(ownValue(properties, name) as Schema);
        fields.set(name, type);
      }
      return type ?? (schema.embeddedResource === true ? embeddedFields.get(name) : undefined);
    },
    get element() {
      if (!elementKnown) element = elementType(schema);
      elementKnown = true;
      return element;
    },
  };
}

function elementType(schema: Schema): FieldType | undefined {
  if (schema.additionalProperties === true || schema.preserveUnknownFields === true) return deducedType;
  if (schema.additionalProperties !== undefined) return fieldTypeOf(schema.additionalProperties);
  // An object that declares nothing holds anything.
  if (schema.properties === undefined || Object.keys(schema.properties).length === 0) return deducedType;
  return undefined;
}

function listType(schema: Schema): ListType {
  const keys = listKeys(schema);
  const items = schema.items;
  // Not converted before it is needed: schemas may contain themselves.
  let element: FieldType | undefined;
  return {
    associative: keys !== undefined,
    keys: keys ?? [],
    keyDefaults: (keys ?? []).map((key) =>
      items?.properties === undefined ? undefined : (ownValue(items.properties, key) as Schema | undefined)?.default,
    ),
    get element() {
      element ??= fieldTypeOf(items);
      return element;
    },
  };
}

/** Undefined: the list is atomic. Lists that only say how to patch them get their identity from that. */
function listKeys(schema: Schema): readonly string[] | undefined {
  switch (schema.listType) {
    case 'map':
      return [...(schema.listMapKeys ?? [])].sort();
    case 'set':
      return [];
    case 'atomic':
      return undefined;
    default:
      if (!schema.patchStrategy?.split(',').includes('merge')) return undefined;
      return schema.patchMergeKey === undefined ? [] : [schema.patchMergeKey];
  }
}

function describesMetadata(schema: Schema): boolean {
  const metadata = schema.properties?.['metadata'];
  return metadata?.properties !== undefined && Object.hasOwn(metadata.properties, 'ownerReferences');
}

const text: Schema = { type: 'string' };
const integer: Schema = { type: 'integer' };
const texts: Schema = { type: 'object', additionalProperties: text };

const objectMeta: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: integer,
    creationTimestamp: text,
    deletionTimestamp: text,
    deletionGracePeriodSeconds: integer,
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['uid'],
      items: {
        type: 'object',
        structType: 'atomic',
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    finalizers: { type: 'array', listType: 'set', items: text },
    managedFields: { type: 'array', listType: 'atomic', items: { type: 'object', preserveUnknownFields: true } },
  },
};

const textType = fieldTypeOf(text);
const metaType = fieldTypeOf(objectMeta);
const embeddedFields: ReadonlyMap<string, FieldType> = new Map([
  ['apiVersion', textType],
  ['kind', textType],
  ['metadata', metaType],
]);

function withObjectFields(type: FieldType, ownMetadata: boolean): FieldType {
  const { map } = type;
  if (map === undefined) return type;
  return {
    ...type,
    map: {
      atomic: false,
      element: map.element,
      field(name) {
        if (name === 'metadata' && !ownMetadata) return metaType;
        return map.field(name) ?? embeddedFields.get(name);
      },
    },
  };
}

export type Shape = 'map' | 'list' | 'scalar';

/** How a value (null included) of this type is walked: by its own shape when the type allows that, else by the type's. */
export function shapeOf(type: FieldType, value: unknown): Shape {
  if (value !== null && value !== undefined) {
    if (Array.isArray(value)) {
      if (type.list !== undefined) return 'list';
    } else if (typeof value === 'object') {
      if (type.map !== undefined) return 'map';
    } else if (type.scalar !== undefined) {
      return 'scalar';
    }
  }
  if (type.map !== undefined) return 'map';
  return type.scalar !== undefined ? 'scalar' : 'list';
}

/** The type of the value under `key` of a map, declared or not; undefined when the schema does not know the key. */
export function memberType(map: MapType, key: string): FieldType | undefined {
  return map.field(key) ?? map.element;
}
