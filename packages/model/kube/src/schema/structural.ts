import { type FieldError, forbidden, invalid, notSupported, required } from './field-error.ts';
import { isRecord, type Schema } from './schema.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Json = Record<string, unknown>;

/** Whether something is said at all: null and the empty string are nothing. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Parts of OpenAPI that no custom resource may use. */
export function checkUnsupported(source: Json, path: string, errors: FieldError[]): void {
  for (const key of ['definitions', 'dependencies', 'id', 'patternProperties', '$ref', '$schema', 'additionalItems']) {
    const value = source[key];
    if (!isPresent(value) || (isRecord(value) && Object.keys(value).length === 0)) continue;
    errors.push(forbidden(`${path}.${key}`, `${key} is not supported`));
  }
  if (source['uniqueItems'] === true) {
    const fault = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(`${path}.uniqueItems`, fault));
  }
}

const emptyFault = 'must be empty to be structural';
const undefinedFault = 'must be undefined to be structural';
const falseFault = 'must be false to be structural';
const nestedFaults: Readonly<Record<string, string>> = {
  type: emptyFault,
  title: emptyFault,
  description: emptyFault,
  'x-kubernetes-list-map-keys': emptyFault,
  'x-kubernetes-validations': emptyFault,
  additionalProperties: undefinedFault,
  default: undefinedFault,
  'x-kubernetes-list-type': undefinedFault,
  'x-kubernetes-map-type': undefinedFault,
  nullable: falseFault,
  'x-kubernetes-preserve-unknown-fields': falseFault,
  'x-kubernetes-embedded-resource': falseFault,
  'x-kubernetes-int-or-string': falseFault,
};

/** What gives values their structure has no place below allOf, anyOf, oneOf and not. */
export function checkNested(source: Json, path: string, errors: FieldError[]): void {
  for (const [key, fault] of Object.entries(nestedFaults)) {
    const value = source[key];
    if (!isPresent(value) || (fault === falseFault && value !== true)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    errors.push(forbidden(`${path}.${key}`, fault));
  }
  if (isRecord(source['properties']) && Object.hasOwn(source['properties'], 'metadata')) {
    errors.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  }
}

/** The fields that every object has may be named at the root and in embedded objects, but not changed. */
export function checkMeta(source: Json, path: string, isRoot: boolean, errors: FieldError[]): void {
  const properties = source['properties'];
  if (!isRecord(properties)) return;
  for (const key of ['kind', 'apiVersion']) {
    const property = properties[key];
    if (!isRecord(property) || property['type'] === 'string') continue;
    errors.push(invalid(`${path}.properties[${key}].type`, property['type'] ?? '', 'must be string'));
  }
  const metadata = properties['metadata'];
  if (!isRecord(metadata)) return;
  const at = `${path}.properties[metadata]`;
  if (metadata['type'] !== 'object') errors.push(invalid(`${at}.type`, metadata['type'] ?? '', 'must be object'));
  if (!isRoot) return;
  const said = Object.keys(metadata).filter((key) => !['type', 'properties', 'default'].includes(key));
  const fields = isRecord(metadata['properties']) ? Object.keys(metadata['properties']) : [];
  if (said.length > 0 || fields.some((field) => field !== 'name' && field !== 'generateName')) {
    const fault = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(at, fault));
  }
}

/** nullable has no meaning where an object begins. */
export function checkRoot(source: Json, path: string, errors: FieldError[]): void {
  if (source['nullable'] === true) errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
}

/** Reads x-kubernetes-*: what is kept, how lists and maps are merged. */
export function readExtensions(source: Json, schema: Mutable<Schema>, path: string, errors: FieldError[]): void {
  const preserve = source['x-kubernetes-preserve-unknown-fields'];
  const intOrString = source['x-kubernetes-int-or-string'] === true;
  const embedded = source['x-kubernetes-embedded-resource'] === true;
  if (preserve === true) schema.preserveUnknownFields = true;
  else if (preserve === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  if (embedded) schema.embeddedResource = true;
  if (intOrString) {
    const fault = 'must be false if x-kubernetes-int-or-string is true';
    if (preserve === true) errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, fault));
    if (embedded) errors.push(invalid(`${path}.x-kubernetes-embedded-resource`, true, fault));
  }
  readMapType(source, schema, path, errors);
  readListType(source, schema, path, errors);
}

function readMapType(source: Json, schema: Mutable<Schema>, path: string, errors: FieldError[]): void {
  const mapType = source['x-kubernetes-map-type'];
  if (mapType === undefined || mapType === null) return;
  checkType(source, 'object', 'must be object if x-kubernetes-map-type is specified', path, errors);
  if (mapType !== 'granular' && mapType !== 'atomic') {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  } else if (schema.properties === undefined) schema.mapType = mapType;
  else schema.structType = mapType;
}

function checkType(source: Json, type: string, fault: string, path: string, errors: FieldError[]): void {
  if (source['type'] === type) return;
  const at = `${path}.type`;
  errors.push(isPresent(source['type']) ? invalid(at, source['type'], fault) : required(at, fault));
}

function readListType(source: Json, schema: Mutable<Schema>, path: string, errors: FieldError[]): void {
  const listType = source['x-kubernetes-list-type'];
  const keys = source['x-kubernetes-list-map-keys'];
  const at = `${path}.x-kubernetes-list-type`;
  const hasKeys = Array.isArray(keys) && keys.length > 0;
  if (hasKeys) schema.listMapKeys = keys.filter((key) => typeof key === 'string');
  if (listType === undefined || listType === null) {
    if (hasKeys) errors.push(required(at, 'must be map if x-kubernetes-list-map-keys is non-empty'));
    return;
  }
  checkType(source, 'array', 'must be array if x-kubernetes-list-type is specified', path, errors);
  if (listType !== 'atomic' && listType !== 'set' && listType !== 'map') {
    errors.push(notSupported(at, listType, ['atomic', 'set', 'map']));
    return;
  }
  schema.listType = listType;
  if (listType !== 'map' && hasKeys) {
    errors.push(invalid(at, listType, 'must be map if x-kubernetes-list-map-keys is non-empty'));
  }
  if (listType === 'set') checkSet(source, schema, path, errors);
  if (listType === 'map') checkMap(schema, path, errors);
  if (listType !== 'atomic' && schema.items?.nullable === true) {
    errors.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
}

function checkSet(source: Json, schema: Schema, path: string, errors: FieldError[]): void {
  if (source['type'] !== 'array') return;
  const fault = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const items = schema.items;
  if (items?.type === 'array' && items.listType !== undefined && items.listType !== 'atomic') {
    errors.push(invalid(`${path}.items.x-kubernetes-list-type`, items.listType, fault));
  }
  if (items?.type === 'object' && (items.mapType ?? items.structType) !== 'atomic') {
    errors.push(invalid(`${path}.items.x-kubernetes-map-type`, null, fault));
  }
}

function checkMap(schema: Schema, path: string, errors: FieldError[]): void {
  const { items, listMapKeys: keys } = schema;
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys === undefined) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
    return;
  }
  if (items.type !== 'object') {
    const fault = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(`${path}.items.type`, items.type === 'any' ? '' : items.type, fault));
  }
  for (const [index, key] of (keys ?? []).entries()) {
    const property = items.properties?.[key];
    const where = `${path}.items.properties[${key}]`;
    if (items.type === 'object') {
      if (property === undefined) errors.push(invalid(at, keys, 'entries must all be names of item properties'));
      else if (property.type === 'array' || property.type === 'object') {
        const fault = "must be a scalar type if parent array's x-kubernetes-list-type is map";
        errors.push(invalid(`${where}.type`, items.type, fault));
      }
      if ((keys ?? []).indexOf(key) < index) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
    }
    if (property === undefined) continue;
    if (property.default === undefined && items.required?.includes(key) !== true) {
      const fault =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(`${where}.default`, fault));
    }
    if (property.nullable === true) {
      const fault = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      errors.push(forbidden(`${where}.nullable`, fault));
    }
  }
}

/**
 * Whatever a branch of the root's allOf, anyOf, oneOf or not speaks of must be specified beside the branches as well.
 * Upstream asks this of the root's branches alone.
 */
export function checkJunctors(schema: Schema, path: string, errors: FieldError[]): void {
  checkBranches(schema, schema, path, path, errors);
}

function checkBranches(branch: Schema, complete: Schema, branchPath: string, path: string, errors: FieldError[]): void {
  const constraints = branch.constraints;
  if (constraints === undefined) return;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    constraints[key]?.forEach((inner, index) => {
      checkSpecified(inner, complete, `${branchPath}.${key}[${index}]`, path, errors);
    });
  }
  if (constraints.not !== undefined) checkSpecified(constraints.not, complete, `${branchPath}.not`, path, errors);
}

function checkSpecified(
  branch: Schema,
  complete: Schema | undefined,
  branchPath: string,
  path: string,
  errors: FieldError[],
): void {
  if (complete === undefined) {
    errors.push(required(path, `because it is defined in ${branchPath}`));
    return;
  }
  checkBranches(branch, complete, branchPath, path, errors);
  if (branch.items !== undefined) {
    checkSpecified(branch.items, complete.items, `${branchPath}.items`, `${path}.items`, errors);
  }
  for (const [name, property] of Object.entries(branch.properties ?? {})) {
    const at = `.properties[${name}]`;
    checkSpecified(property, complete.properties?.[name], `${branchPath}${at}`, `${path}${at}`, errors);
  }
}
