import { isRecord, type Schema, setOwn } from './schema.ts';

/**
 * Applies the `default`s of a structural schema, as for custom resources: absent properties that have a default get it; null where
 * the schema is not nullable counts as absent.
 *
 * @param value not modified
 * @returns the same instance when nothing changed. Defaults are shared with the schema: read-only.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function applySchemaDefaults(schema: Schema, value: unknown): unknown {
  // Values of built-in types have Go-coded defaults (defaultBuiltin); their schema's are for publishing.
  if (schema.goType !== undefined) return value;
  if (Array.isArray(value)) return schema.items === undefined ? value : defaultList(schema.items, value);
  return isRecord(value) ? defaultObject(schema, value) : value;
}

function defaultList(items: Schema, list: readonly unknown[]): unknown {
  if (!mayChange(items)) return list;
  let filled: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const present = item === null && items.nullable !== true && items.default !== undefined ? items.default : item;
    const next = applySchemaDefaults(items, present);
    if (next === item) continue;
    filled ??= list.slice();
    filled[index] = next;
  }
  return filled ?? list;
}

function defaultObject(schema: Schema, value: Record<string, unknown>): unknown {
  const { properties, additionalProperties } = schema;
  let filled: Record<string, unknown> | undefined;
  const set = (key: string, next: unknown): void => {
    filled ??= { ...value };
    if (next === undefined) delete filled[key];
    else setOwn(filled, key, next);
  };
  if (properties !== undefined) {
    for (const [key, property] of defaulted(schema)) {
      const item = Object.hasOwn(value, key) ? value[key] : undefined;
      if (item === undefined || (item === null && property.nullable !== true)) {
        set(key, applySchemaDefaults(property, property.default));
      }
    }
  }
  for (const key of Object.keys(value)) {
    const child = properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (child === undefined) continue;
    const item = value[key];
    if (item === null) {
      if (child.nullable !== true && child.default === undefined && child.goType === undefined) {
        set(key, undefined);
      } else if (child.nullable !== true && child.default !== undefined) {
        set(key, applySchemaDefaults(child, child.default));
      }
    } else if (typeof item === 'object') {
      const next = applySchemaDefaults(child, item);
      if (next !== item) set(key, next);
    }
  }
  return filled ?? value;
}

const defaultedProperties = new WeakMap<Schema, readonly (readonly [string, Schema])[]>();

/** The properties that have a default of their own, found once per schema. */
function defaulted(schema: Schema): readonly (readonly [string, Schema])[] {
  let list = defaultedProperties.get(schema);
  if (list === undefined) {
    list = Object.entries(schema.properties ?? {}).filter(([, property]) => property.default !== undefined);
    defaultedProperties.set(schema, list);
  }
  return list;
}

function mayChange(schema: Schema): boolean {
  return schema.type === 'object' || schema.type === 'array' || schema.type === 'any' || schema.default !== undefined;
}
