import { objectMetaSchema } from '../builtin/builtin-schema.ts';
import { type FieldError, forbidden, invalid, notSupported, required, typeInvalid } from './field-error.ts';
import { compilePattern } from './pattern.ts';
import { prune } from './prune.ts';
import { isRecord, type Schema, type SchemaConstraints } from './schema.ts';
import { checkJunctors, checkListKeys } from './structural.ts';
import { validateObject } from './validate.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Json = Record<string, unknown>;

/** Deeper schemas are refused. */
const maxDepth = 100;
const scalarTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string'] as const;

/** Where in a schema we are; decides what may be said there. */
type Place = 'root' | 'property' | 'items' | 'additionalProperties' | 'junctor';

const emptyTypeFaults: Readonly<Record<Place, string>> = {
  root: 'must not be empty at the root',
  property: 'must not be empty for specified object fields',
  items: 'must not be empty for specified array items',
  additionalProperties: 'must not be empty for specified object fields',
  junctor: '',
};

/**
 * Reads the openAPIV3Schema of a CustomResourceDefinition version and checks that it is structural.
 *
 * @param openAPIV3Schema as written; not modified
 * @param path            where it lies in the definition, for the errors: `spec.versions[0].schema.openAPIV3Schema`
 * @returns the schema with apiVersion, kind and metadata as every object has them, and all faults. With faults the schema is
 *   what could be read.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function parseCrdSchema(openAPIV3Schema: unknown, path: string): { schema: Schema; errors: FieldError[] } {
  const parser = new Parser();
  if (openAPIV3Schema === undefined || openAPIV3Schema === null) {
    return { schema: asResource({ type: 'object' }), errors: [required(path, 'schemas are required')] };
  }
  const schema = parser.read(openAPIV3Schema, path, 'root', 0);
  if (isRecord(openAPIV3Schema)) parser.checkRoot(openAPIV3Schema, path);
  return { schema: asResource(schema, schema.properties?.['metadata']), errors: parser.errors };
}

/** Adds the fields that every object has. `restricted` may limit metadata.name and metadata.generateName. */
function asResource(schema: Schema, restricted?: Schema): Schema {
  const properties: Record<string, Schema> = Object.assign(Object.create(null), schema.properties);
  properties['apiVersion'] = { ...properties['apiVersion'], type: 'string' };
  properties['kind'] = { ...properties['kind'], type: 'string' };
  properties['metadata'] = restrictedMeta(restricted);
  return { ...schema, type: 'object', properties };
}

function restrictedMeta(restricted: Schema | undefined): Schema {
  const meta = objectMetaSchema();
  const names = ['name', 'generateName'].filter((key) => restricted?.properties?.[key]?.constraints !== undefined);
  if (names.length === 0) return meta;
  const properties: Record<string, Schema> = Object.assign(Object.create(null), meta.properties);
  for (const key of names) {
    const constraints = restricted?.properties?.[key]?.constraints;
    const own = properties[key];
    if (own !== undefined && constraints !== undefined) properties[key] = { ...own, constraints };
  }
  return { ...meta, properties };
}

class Parser {
  readonly errors: FieldError[] = [];

  read(source: unknown, path: string, place: Place, depth: number): Schema {
    if (!isRecord(source)) {
      this.errors.push(typeInvalid(path, source, 'must be a schema object'));
      return { type: 'any' };
    }
    if (depth > maxDepth) {
      this.errors.push(invalid(path, undefined, `schemas may be nested at most ${maxDepth} levels deep`));
      return { type: 'any', preserveUnknownFields: true };
    }
    const schema: Mutable<Schema> = { type: this.#type(source, path, place) };
    this.#forbidden(source, path, place);
    if (typeof source['title'] === 'string') schema.title = source['title'];
    if (typeof source['description'] === 'string') schema.description = source['description'];
    if (typeof source['format'] === 'string') schema.format = source['format'];
    if (source['nullable'] === true) schema.nullable = true;
    if (Array.isArray(source['enum']) && source['enum'].length > 0) schema.enum = source['enum'];
    if (Array.isArray(source['required'])) {
      const names = source['required'].filter((name) => typeof name === 'string');
      if (names.length > 0) schema.required = names;
    }
    this.#children(source, schema, path, place, depth);
    this.#extensions(source, schema, path);
    const constraints = this.#constraints(source, path, depth);
    if (constraints !== undefined) schema.constraints = constraints;
    if (place !== 'junctor') {
      checkJunctors(schema, path, this.errors);
      this.#embedded(schema, path);
      this.#default(source, schema, path);
    }
    return schema;
  }

  checkRoot(source: Json, path: string): void {
    if (source['nullable'] === true)
      this.errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
    const type = source['type'];
    if (typeof type === 'string' && type !== '' && type !== 'object') {
      this.errors.push(invalid(`${path}.type`, type, 'must be object at the root'));
    }
    const metadata = isRecord(source['properties']) ? source['properties']['metadata'] : undefined;
    if (!isRecord(metadata)) return;
    const said = Object.keys(metadata).filter((key) => !['type', 'properties', 'description'].includes(key));
    const fields = isRecord(metadata['properties']) ? Object.keys(metadata['properties']) : [];
    if (said.length > 0 || fields.some((field) => field !== 'name' && field !== 'generateName')) {
      const fault = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
      this.errors.push(forbidden(`${path}.properties[metadata]`, fault));
    }
  }

  #type(source: Json, path: string, place: Place): Schema['type'] {
    const type = source['type'];
    const isIntOrString = source['x-kubernetes-int-or-string'] === true;
    if (type === undefined || type === null || type === '') {
      if (isIntOrString) return 'int-or-string';
      if (place !== 'junctor' && source['x-kubernetes-preserve-unknown-fields'] !== true) {
        this.errors.push(required(`${path}.type`, emptyTypeFaults[place]));
      }
      return place === 'root' ? 'object' : 'any';
    }
    const known = scalarTypes.find((scalar) => scalar === type);
    if (known === undefined) {
      this.errors.push(notSupported(`${path}.type`, type, scalarTypes));
      return 'any';
    }
    if (isIntOrString) {
      this.errors.push(invalid(`${path}.type`, type, 'must be empty if x-kubernetes-int-or-string is true'));
      return 'int-or-string';
    }
    return known;
  }

  /** Parts of OpenAPI that no structural schema may use. */
  #forbidden(source: Json, path: string, place: Place): void {
    for (const key of ['definitions', 'dependencies', 'id', 'patternProperties', '$ref', 'additionalItems']) {
      if (isPresent(source[key])) this.errors.push(forbidden(`${path}.${key}`, `${key} is not supported`));
    }
    if (source['uniqueItems'] === true) {
      const fault = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
      this.errors.push(forbidden(`${path}.uniqueItems`, fault));
    }
    if (place !== 'junctor') return;
    for (const key of [
      'description',
      'default',
      'additionalProperties',
      'nullable',
      'x-kubernetes-preserve-unknown-fields',
    ]) {
      if (isPresent(source[key]) && source[key] !== false) {
        this.errors.push(forbidden(`${path}.${key}`, 'must be empty to be structural'));
      }
    }
  }

  #children(source: Json, schema: Mutable<Schema>, path: string, place: Place, depth: number): void {
    const below = (own: Place): Place => (place === 'junctor' ? 'junctor' : own);
    const { properties, additionalProperties, items } = source;
    if (isRecord(properties)) {
      const read: Record<string, Schema> = Object.create(null);
      for (const [name, property] of Object.entries(properties)) {
        // The root's metadata is known already and may only be limited.
        const own = place === 'root' && name === 'metadata' ? 'junctor' : below('property');
        read[name] = this.read(withoutType(property, own, name), `${path}.properties[${name}]`, own, depth + 1);
      }
      schema.properties = read;
    }
    if (additionalProperties === false) {
      this.errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties cannot be set to false'));
    } else if (additionalProperties === true) {
      schema.additionalProperties = true;
    } else if (isPresent(additionalProperties)) {
      const at = `${path}.additionalProperties`;
      if (isRecord(properties) && Object.keys(properties).length > 0) {
        this.errors.push(forbidden(at, 'additionalProperties and properties are mutual exclusive'));
      }
      schema.additionalProperties = this.read(additionalProperties, at, below('additionalProperties'), depth + 1);
    }
    if (Array.isArray(items)) {
      this.errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
    } else if (isPresent(items)) {
      schema.items = this.read(items, `${path}.items`, below('items'), depth + 1);
    } else if (schema.type === 'array' && place !== 'junctor') {
      this.errors.push(required(`${path}.items`, 'must be specified'));
    }
  }

  #extensions(source: Json, schema: Mutable<Schema>, path: string): void {
    const preserve = source['x-kubernetes-preserve-unknown-fields'];
    if (preserve === true) schema.preserveUnknownFields = true;
    else if (preserve === false) {
      this.errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
    }
    if (source['x-kubernetes-embedded-resource'] === true) schema.embeddedResource = true;
    const mapType = source['x-kubernetes-map-type'];
    if (mapType === 'granular' || mapType === 'atomic') {
      if (schema.properties === undefined) schema.mapType = mapType;
      else schema.structType = mapType;
    } else if (isPresent(mapType)) {
      this.errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
    }
    const listType = source['x-kubernetes-list-type'];
    const keys = source['x-kubernetes-list-map-keys'];
    if (listType === 'atomic' || listType === 'set' || listType === 'map') {
      schema.listType = listType;
    } else if (isPresent(listType)) {
      this.errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']));
    }
    if (Array.isArray(keys) && keys.length > 0) schema.listMapKeys = keys.filter((key) => typeof key === 'string');
    checkListKeys(schema, path, this.errors);
  }

  #constraints(source: Json, path: string, depth: number): SchemaConstraints | undefined {
    const constraints: Mutable<SchemaConstraints> = {};
    for (const key of numericConstraints) {
      const value = source[key];
      if (typeof value === 'number') constraints[key] = value;
    }
    for (const key of ['exclusiveMinimum', 'exclusiveMaximum'] as const) {
      if (source[key] === true) constraints[key] = true;
    }
    const pattern = source['pattern'];
    if (typeof pattern === 'string' && pattern !== '') {
      if (compilePattern(pattern) === undefined) {
        const fault = 'must be a valid regular expression, but is not one that RE2 understands';
        this.errors.push(invalid(`${path}.pattern`, pattern, fault));
      } else {
        constraints.pattern = pattern;
      }
    }
    for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
      const branches = source[key];
      if (!Array.isArray(branches) || branches.length === 0) continue;
      constraints[key] = branches.map((branch, index) =>
        this.#branch(branch, `${path}.${key}[${index}]`, source, depth),
      );
    }
    if (isRecord(source['not'])) constraints.not = this.#branch(source['not'], `${path}.not`, source, depth);
    const validations = source['x-kubernetes-validations'];
    if (Array.isArray(validations) && validations.length > 0) {
      constraints.validations = validations;
      validations.forEach((validation, index) => {
        if (isRecord(validation) && typeof validation['rule'] === 'string' && validation['rule'].trim() !== '') return;
        this.errors.push(required(`${path}.x-kubernetes-validations[${index}].rule`, 'rule is not specified'));
      });
    }
    return Object.keys(constraints).length === 0 ? undefined : constraints;
  }

  /** A branch may repeat no type, except to spell out what x-kubernetes-int-or-string means. */
  #branch(branch: unknown, path: string, parent: Json, depth: number): Schema {
    if (isRecord(branch) && isPresent(branch['type']) && parent['x-kubernetes-int-or-string'] !== true) {
      if (!isIntOrStringSpelledOut(branch)) {
        this.errors.push(forbidden(`${path}.type`, 'must be empty to be structural'));
      }
    }
    return this.read(branch, path, 'junctor', depth + 1);
  }

  #embedded(schema: Mutable<Schema>, path: string): void {
    if (schema.embeddedResource !== true) return;
    if (schema.type !== 'object') {
      const fault = 'must be object if x-kubernetes-embedded-resource is true';
      this.errors.push(invalid(`${path}.type`, schema.type === 'any' ? '' : schema.type, fault));
      return;
    }
    if (schema.properties === undefined && schema.preserveUnknownFields !== true) {
      const fault =
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
      this.errors.push(required(`${path}.properties`, fault));
    }
    const properties: Record<string, Schema> = Object.assign(Object.create(null), schema.properties);
    properties['apiVersion'] = { ...properties['apiVersion'], type: 'string' };
    properties['kind'] = { ...properties['kind'], type: 'string' };
    properties['metadata'] = objectMetaSchema();
    schema.properties = properties;
  }

  /** A default must itself conform, and hold nothing that would be dropped. */
  #default(source: Json, schema: Mutable<Schema>, path: string): void {
    const value = source['default'];
    if (value === undefined || (value === null && schema.nullable !== true)) return;
    const before = this.errors.length;
    for (const error of validateObject(schema, value, { path: `${path}.default` })) this.errors.push(error);
    if (this.errors.length === before && prune(schema, value) !== value) {
      this.errors.push(invalid(`${path}.default`, value, 'must not have unknown fields'));
    }
    schema.default = value;
  }
}

const numericConstraints = [
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function isIntOrStringSpelledOut(branch: Json): boolean {
  return Object.keys(branch).length === 1 && (branch['type'] === 'integer' || branch['type'] === 'string');
}

/** Limits of the root's metadata are read like a branch, where a type has no place; there it is allowed. */
function withoutType(property: unknown, place: Place, name: string): unknown {
  if (place !== 'junctor' || name !== 'metadata' || !isRecord(property)) return property;
  const { description: _description, ...rest } = property;
  return rest;
}
