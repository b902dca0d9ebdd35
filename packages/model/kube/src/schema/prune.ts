import { canonicalQuantity, tryParseQuantity } from '../quantity.ts';
import { isRecord, type Schema, setOwn } from './schema.ts';

/**
 * Drops what the API server does not keep. Fields that the schema does not know go, except where it says
 * x-kubernetes-preserve-unknown-fields. Values of built-in types (schema.goType) also come out as Go's encoder writes them:
 * without nulls and empty optional fields, quantities in their canonical form.
 *
 * @param value  not modified; values of a wrong type are left for validation to report
 * @returns the same instance when nothing changed
 */
export function prune(schema: Schema, value: unknown): unknown {
  try {
    return pruneValue(schema, value, false);
  } catch (error) {
    // Only schemas of schemas are recursive; what is nested deeper than the stack is left for validation to refuse.
    if (error instanceof RangeError) return value;
    throw error;
  }
}

function pruneValue(schema: Schema, value: unknown, inGo: boolean): unknown {
  const go = inGo || schema.goType !== undefined;
  if (typeof value !== 'object' || value === null) return go ? canonicalScalar(schema, value) : value;
  if (Array.isArray(value)) {
    return schema.type === 'array' && schema.items !== undefined ? pruneList(schema.items, value, go) : value;
  }
  if (schema.type !== 'object' && schema.type !== 'any') return value;
  return pruneObject(schema, value as Record<string, unknown>, go);
}

function pruneList(items: Schema, list: readonly unknown[], go: boolean): unknown {
  let pruned: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const next = go && item === null ? zeroValue(items) : pruneValue(items, item, go);
    if (next === item) continue;
    pruned ??= list.slice();
    pruned[index] = next;
  }
  return pruned ?? list;
}

function pruneObject(schema: Schema, value: Record<string, unknown>, go: boolean): unknown {
  const { properties, additionalProperties } = schema;
  const keepUnknown =
    schema.preserveUnknownFields === true || additionalProperties === true || (schema.type === 'any' && !properties);
  if (keepUnknown && properties === undefined && typeof additionalProperties !== 'object') return value;
  let pruned: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const known = properties?.[key];
    let next: unknown;
    if (known !== undefined) {
      if (go && item === null) next = undefined;
      else {
        next = pruneValue(known, item, go);
        if (known.omitZero === true && isZero(known, next)) next = undefined;
      }
    } else if (typeof additionalProperties === 'object') {
      next = go && item === null ? zeroValue(additionalProperties) : pruneValue(additionalProperties, item, go);
    } else {
      next = keepUnknown ? item : undefined;
    }
    if (next === item) continue;
    pruned ??= { ...value };
    if (next === undefined) delete pruned[key];
    else setOwn(pruned, key, next);
  }
  return pruned ?? value;
}

/** Whether the value is the zero value of its type; values of a wrong type are left for validation to report. */
function isZero(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case 'string':
      return value === '';
    case 'integer':
    case 'number':
      return value === 0;
    case 'boolean':
      return value === false;
    case 'array':
      return Array.isArray(value) && value.length === 0;
    case 'object':
      return isRecord(value) && isEmptyRecord(value);
    default:
      return false;
  }
}

function isEmptyRecord(value: Record<string, unknown>): boolean {
  for (const _ in value) return false;
  return true;
}

/** What Go puts for a null inside a list or a map. */
function zeroValue(schema: Schema): unknown {
  switch (schema.type) {
    case 'string':
      return schema.format === 'byte' ? null : '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    case 'int-or-string':
      return 0;
    case 'object':
      return schema.goType === undefined ? null : {};
    default:
      return null;
  }
}

function canonicalScalar(schema: Schema, value: unknown): unknown {
  if (schema.type === 'quantity')
    return tryParseQuantity(value) === undefined ? value : canonicalQuantity(value as string);
  if (schema.format === 'date-time' && typeof value === 'string') return canonicalTime(value);
  return value;
}

const plainTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z$/;
const zonedTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Times are kept in UTC with whole seconds. Exactly six decimals in UTC are a MicroTime and stay. */
function canonicalTime(text: string): string {
  if (plainTime.test(text) || !zonedTime.test(text)) return text;
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/**
 * The paths (`spec.template.spec.containers[0].imag`) of fields that the schema does not know, in the order of the value:
 * what fieldValidation=Strict refuses and Warn warns of.
 */
export function unknownFields(schema: Schema, value: unknown): string[] {
  const found: string[] = [];
  try {
    collectUnknown(schema, value, '', found);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

function collectUnknown(schema: Schema, value: unknown, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    const items = schema.type === 'array' ? schema.items : undefined;
    if (items === undefined || !holdsObjects(items)) return;
    for (let index = 0; index < value.length; index++) collectUnknown(items, value[index], `${path}[${index}]`, found);
    return;
  }
  if (!isRecord(value) || (schema.type !== 'object' && schema.type !== 'any')) return;
  const { properties, additionalProperties } = schema;
  const keepUnknown =
    schema.preserveUnknownFields === true || additionalProperties === true || (schema.type === 'any' && !properties);
  if (
    properties === undefined &&
    (keepUnknown || (typeof additionalProperties === 'object' && !holdsObjects(additionalProperties)))
  ) {
    return;
  }
  for (const key of Object.keys(value)) {
    const child = properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (child !== undefined) {
      if (holdsObjects(child)) collectUnknown(child, value[key], path === '' ? key : `${path}.${key}`, found);
    } else if (!keepUnknown) {
      found.push(path === '' ? key : `${path}.${key}`);
    }
  }
}

function holdsObjects(schema: Schema): boolean {
  return schema.type === 'object' || schema.type === 'array' || schema.type === 'any';
}
