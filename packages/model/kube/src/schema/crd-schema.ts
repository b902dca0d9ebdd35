import { objectMetaSchema } from '../builtin/builtin-schema.ts';
import { type FieldError, forbidden, invalid, notSupported, required, typeInvalid } from './field-error.ts';
import { compilePattern } from './pattern.ts';
import { prune } from './prune.ts';
import { isRecord, type Schema, type SchemaConstraints } from './schema.ts';
import {
  checkJunctors,
  checkMeta,
  checkNested,
  checkRoot,
  checkUnsupported,
  isPresent,
  readExtensions,
} from './structural.ts';
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
  if (openAPIV3Schema === undefined || openAPIV3Schema === null) {
    return { schema: asResource({ type: 'object' }), errors: [required(path, 'schemas are required')] };
  }
  const parser = new Parser();
  const schema = parser.read(openAPIV3Schema, path, 'root', 0);
  checkJunctors(schema, path, parser.errors);
  parser.checkDefaults();
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
  /** Defaults are looked at when the schemas they must conform to are known to be sound. */
  readonly #defaults: { schema: Schema; value: unknown; path: string }[] = [];

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
    checkUnsupported(source, path, this.errors);
    if (place === 'junctor') checkNested(source, path, this.errors);
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
    readExtensions(source, schema, path, this.errors);
    const constraints = this.#constraints(source, path, depth);
    if (constraints !== undefined) schema.constraints = constraints;
    if (place === 'junctor') return schema;
    if (place === 'root') checkRoot(source, path, this.errors);
    if (place === 'root' || schema.embeddedResource === true) checkMeta(source, path, place === 'root', this.errors);
    if (schema.embeddedResource === true) this.#embed(source, schema, path);
    const value = source['default'];
    if (value !== undefined && (value !== null || schema.nullable === true)) {
      schema.default = value;
      this.#defaults.push({ schema, value, path: `${path}.default` });
    }
    return schema;
  }

  /** A default must itself conform, and hold nothing that would be dropped. */
  checkDefaults(): void {
    if (this.errors.length > 0) return;
    for (const { schema, value, path } of this.#defaults) {
      const faults = validateObject(schema, value, { path });
      this.errors.push(...faults);
      if (faults.length === 0 && prune(schema, value) !== value) {
        this.errors.push(invalid(path, value, 'must not have unknown fields'));
      }
    }
  }

  #type(source: Json, path: string, place: Place): Schema['type'] {
    const type = source['type'];
    const isIntOrString = source['x-kubernetes-int-or-string'] === true;
    if (!isPresent(type)) {
      if (isIntOrString) return 'int-or-string';
      const open = source['x-kubernetes-preserve-unknown-fields'] === true;
      if (place !== 'junctor' && !open && source['x-kubernetes-embedded-resource'] !== true) {
        this.errors.push(required(`${path}.type`, emptyTypeFaults[place]));
      }
      return place === 'root' ? 'object' : 'any';
    }
    const known = scalarTypes.find((scalar) => scalar === type);
    if (known === undefined) {
      this.errors.push(notSupported(`${path}.type`, type, scalarTypes));
      return 'any';
    }
    if (place === 'root' && known !== 'object') {
      this.errors.push(invalid(`${path}.type`, type, 'must be object at the root'));
    }
    return known;
  }

  #children(source: Json, schema: Mutable<Schema>, path: string, place: Place, depth: number): void {
    const below = (own: Place): Place => (place === 'junctor' ? 'junctor' : own);
    const { properties, additionalProperties, items } = source;
    const named = isRecord(properties) && Object.keys(properties).length > 0;
    if (isRecord(properties)) {
      const read: Record<string, Schema> = Object.create(null);
      for (const [name, property] of Object.entries(properties)) {
        read[name] = this.read(property, `${path}.properties[${name}]`, below('property'), depth + 1);
      }
      schema.properties = read;
    }
    const at = `${path}.additionalProperties`;
    if (isPresent(additionalProperties) && place === 'root') {
      this.errors.push(forbidden(at, 'must not be used at the root'));
    }
    if (additionalProperties === true) schema.additionalProperties = true;
    else if (isPresent(additionalProperties)) {
      if (named) this.errors.push(forbidden(at, 'additionalProperties and properties are mutual exclusive'));
      if (additionalProperties !== false) {
        schema.additionalProperties = this.read(additionalProperties, at, below('additionalProperties'), depth + 1);
      }
    }
    if (Array.isArray(items)) {
      this.errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
    } else if (isPresent(items)) {
      schema.items = this.read(items, `${path}.items`, below('items'), depth + 1);
    } else if (schema.type === 'array' && place !== 'junctor') {
      this.errors.push(required(`${path}.items`, 'must be specified'));
    }
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
      // Only this spelling of x-kubernetes-int-or-string may repeat types.
      const spelledOut = key === 'anyOf' && isIntOrString(branches);
      constraints[key] = branches.map((branch, index) => {
        const at = `${path}.${key}[${index}]`;
        if (spelledOut) return { type: branch['type'] };
        const nested = isRecord(branch) ? branch['anyOf'] : undefined;
        if (key === 'allOf' && index === 0 && Array.isArray(nested) && isIntOrString(nested)) {
          const own = this.read({ ...branch, anyOf: undefined }, at, 'junctor', depth + 1);
          return { ...own, constraints: { ...own.constraints, anyOf: nested.map(({ type }) => ({ type })) } };
        }
        return this.read(branch, at, 'junctor', depth + 1);
      });
    }
    if (isRecord(source['not'])) constraints.not = this.read(source['not'], `${path}.not`, 'junctor', depth + 1);
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

  #embed(source: Json, schema: Mutable<Schema>, path: string): void {
    if (schema.type !== 'object') {
      const fault = 'must be object if x-kubernetes-embedded-resource is true';
      const type = source['type'];
      this.errors.push(isPresent(type) ? invalid(`${path}.type`, type, fault) : required(`${path}.type`, fault));
    }
    if (isPresent(source['additionalProperties'])) {
      const fault = 'must not be used if x-kubernetes-embedded-resource is set';
      this.errors.push(forbidden(`${path}.additionalProperties`, fault));
    }
    const names = Object.keys(schema.properties ?? {});
    if (names.length === 0 && schema.preserveUnknownFields !== true) {
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

/** `[{type: integer}, {type: string}]`, and nothing else. */
function isIntOrString(branches: readonly unknown[]): branches is { type: 'integer' | 'string' }[] {
  const [first, second] = branches;
  const only = (branch: unknown, type: string): boolean =>
    isRecord(branch) && branch['type'] === type && Object.keys(branch).length === 1;
  return branches.length === 2 && only(first, 'integer') && only(second, 'string');
}
