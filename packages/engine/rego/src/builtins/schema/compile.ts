import { equalValues } from '../../value/equals.ts';
import { isNumber, isObject } from '../../value/kind.ts';
import { compareNumbers, type NumberValue } from '../../value/number.ts';
import { type ObjectValue, sortedKeys, valueAt } from '../../value/object.ts';
import type { Value } from '../../value/value.ts';
import { compileRegex, RegexSyntaxError } from '../regex/engine.ts';
import { type Bound, type Pattern, type Schema, SchemaFault, type SchemaType } from './schema.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'] as const satisfies SchemaType[];
const MAX_DEPTH = 500;

/**
 * Checks a JSON schema of drafts 4 to 7 and makes it ready to match. References may lead to places in the schema itself,
 * never elsewhere.
 *
 * @throws SchemaFault
 */
export function compileSchema(root: Value): Schema {
  return new Compiler(root).schema(root, 0, 'schema is invalid');
}

class Compiler {
  readonly #root: Value;
  /** By the object that a schema was read from: references to it, and cycles, find it here. */
  readonly #known = new Map<Value, Schema>();

  constructor(root: Value) {
    this.#root = root;
  }

  /** @param fault what to say when it is no schema at all */
  schema(value: Value, depth: number, fault = 'Expected: Valid Schema, given: Invalid JSON'): Schema {
    if (typeof value === 'boolean') return { always: value };
    if (!isObject(value)) throw new SchemaFault(fault);
    if (depth > MAX_DEPTH) throw new SchemaFault(`nested deeper than ${MAX_DEPTH} levels`);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const schema: Schema = {};
    this.#known.set(value, schema);
    new SchemaReader(this, value, schema, depth + 1).read();
    return schema;
  }

  /** The schema at `#/a/b`. */
  reference(text: string, depth: number): Schema {
    if (!text.startsWith('#')) throw new SchemaFault(`remote reference loading disabled: ${text}`);
    let found = this.#root;
    const segments = text.slice(1).split('/').slice(1);
    for (const segment of segments) found = child(found, pointerSegment(segment));
    return this.schema(found, depth);
  }
}

function pointerSegment(segment: string): string {
  let text = segment;
  try {
    text = decodeURIComponent(segment);
  } catch {
    // Not escaped as in a URI: taken as it is.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

function child(value: Value, key: string): Value {
  if (Array.isArray(value)) {
    const item = /^\d+$/.test(key) ? (value as readonly Value[])[Number(key)] : undefined;
    if (item !== undefined) return item;
    throw new SchemaFault(`Out of bound array index '${key}'`);
  }
  if (!isObject(value)) throw new SchemaFault(`Invalid token reference '${key}'`);
  const member = valueAt(value, key);
  if (member === undefined) throw new SchemaFault(`Object has no key '${key}'`);
  return member;
}

/** Reads the keywords of one schema, in the order in which OPA's library finds faults. */
class SchemaReader {
  readonly #compiler: Compiler;
  readonly #source: ObjectValue;
  readonly #schema: Schema;
  readonly #depth: number;

  constructor(compiler: Compiler, source: ObjectValue, schema: Schema, depth: number) {
    this.#compiler = compiler;
    this.#source = source;
    this.#schema = schema;
    this.#depth = depth;
  }

  read(): void {
    const dialect = this.#get('$schema');
    if (dialect !== undefined && typeof dialect !== 'string') throw new SchemaFault('$schema must be of type string');
    const ref = this.#text('$ref');
    for (const name of ['$id', 'id', 'title', 'description']) this.#text(name);
    if (ref !== undefined) {
      this.#schema.ref = this.#compiler.reference(ref, this.#depth);
      return;
    }
    this.#readDefinitions();
    this.#readTypes();
    this.#readObjectKeywords();
    this.#readArraySchemas();
    this.#readNumberKeywords();
    this.#readStringKeywords();
    this.#readSizes();
    this.#readValues();
    this.#readCombinations();
  }

  #get(name: string): Value | undefined {
    return valueAt(this.#source, name);
  }

  #text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new SchemaFault(`Invalid type. Expected: string, given: ${name}`);
  }

  #sub(value: Value, fault?: string): Schema {
    return this.#compiler.schema(value, this.#depth, fault);
  }

  #readDefinitions(): void {
    const definitions = this.#get('definitions');
    if (definitions === undefined) return;
    const fault = 'Invalid type. Expected: Array Of Schemas, given: definitions';
    if (!isObject(definitions)) throw new SchemaFault(fault);
    for (const key of sortedKeys(definitions)) this.#sub(valueAt(definitions, key) as Value, fault);
  }

  #readTypes(): void {
    const value = this.#get('type');
    if (value === undefined) return;
    const names = Array.isArray(value) ? (value as readonly Value[]) : [value];
    const types: SchemaType[] = [];
    for (const name of names) {
      if (typeof name !== 'string')
        throw new SchemaFault('Invalid type. Expected: type, given: string/Array Of Strings');
      const type = TYPES.find((each) => each === name);
      if (type === undefined)
        throw new SchemaFault(
          `has a primitive type that is NOT VALID -- given: /${name}/ Expected valid values are:[array boolean integer number null object string]`,
        );
      if (types.includes(type)) throw new SchemaFault(`${type} type is duplicated`);
      types.push(type);
    }
    this.#schema.types = types;
  }

  #readObjectKeywords(): void {
    const properties = this.#get('properties');
    if (properties !== undefined) {
      if (!isObject(properties)) throw new SchemaFault('Properties must be of type object');
      this.#schema.properties = this.#map(properties, (value) => this.#sub(value));
    }
    const additional = this.#schemaOrBoolean('additionalProperties');
    if (additional !== undefined) this.#schema.additionalProperties = additional;
    const patterns = this.#get('patternProperties');
    if (patterns !== undefined) {
      if (!isObject(patterns)) throw new SchemaFault('Invalid type. Expected: Valid Schema, given: patternProperties');
      this.#schema.patternProperties = [...this.#map(patterns, (value) => value)].map(([source, value]) => ({
        pattern: pattern(source, `Invalid regex pattern '${source}'`),
        schema: this.#sub(value),
      }));
    }
    const names = this.#get('propertyNames');
    if (names !== undefined)
      this.#schema.propertyNames = this.#sub(names, 'Invalid type. Expected: Valid Schema, given: patternProperties');
    this.#readDependencies();
  }

  #map<Result>(object: ObjectValue, make: (value: Value) => Result): Map<string, Result> {
    const result = new Map<string, Result>();
    for (const key of sortedKeys(object))
      if (typeof key === 'string') result.set(key, make(valueAt(object, key) as Value));
    return result;
  }

  #readDependencies(): void {
    const dependencies = this.#get('dependencies');
    if (dependencies === undefined) return;
    if (!isObject(dependencies)) throw new SchemaFault('dependencies must be of type object');
    const fault = 'Dependency must be of type Schema Or Array Of Strings';
    this.#schema.dependencies = this.#map(dependencies, (value) => {
      if (!Array.isArray(value)) return this.#sub(value, fault);
      const names = value as readonly Value[];
      if (names.every((name) => typeof name === 'string')) return names;
      throw new SchemaFault(fault);
    });
  }

  #schemaOrBoolean(name: string): Schema | boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#sub(value, `Invalid type. Expected: boolean/Valid Schema, given: ${name}`);
  }

  #readArraySchemas(): void {
    const items = this.#get('items');
    if (items !== undefined) {
      const fault = 'Invalid type. Expected: Valid Schema/Array Of Schemas, given: items';
      this.#schema.items = Array.isArray(items)
        ? (items as readonly Value[]).map((item) => this.#sub(item, fault))
        : this.#sub(items, fault);
    }
    const additional = this.#schemaOrBoolean('additionalItems');
    if (additional !== undefined) this.#schema.additionalItems = additional;
  }

  #readNumberKeywords(): void {
    const multiple = this.#get('multipleOf');
    if (multiple !== undefined) {
      if (!isNumber(multiple)) throw new SchemaFault('Invalid type. Expected: Number, given: multipleOf');
      if (compareNumbers(multiple, 0) <= 0) throw new SchemaFault('multipleOf must be strictly greater than 0');
      this.#schema.multipleOf = multiple;
    }
    const minimum = this.#bound('minimum', 'exclusiveMinimum', (a, b) => compareNumbers(a, b) >= 0);
    if (minimum !== undefined) this.#schema.minimum = minimum;
    const maximum = this.#bound('maximum', 'exclusiveMaximum', (a, b) => compareNumbers(a, b) <= 0);
    if (maximum !== undefined) this.#schema.maximum = maximum;
  }

  /** In draft 4 the exclusive keyword is a boolean beside the other, later a number of its own. */
  #bound(
    name: string,
    exclusiveName: string,
    isTighter: (a: NumberValue, b: NumberValue) => boolean,
  ): Bound | undefined {
    const value = this.#get(name);
    if (value !== undefined && !isNumber(value)) throw new SchemaFault(`${name} must be of a Number`);
    const exclusive = this.#get(exclusiveName);
    if (typeof exclusive === 'boolean' && value === undefined)
      throw new SchemaFault(`${exclusiveName} cannot be used without ${name}`);
    if (exclusive === undefined || typeof exclusive === 'boolean')
      return value === undefined ? undefined : { value, exclusive: exclusive === true };
    if (!isNumber(exclusive)) throw new SchemaFault(`${exclusiveName} must be of a Number`);
    if (value !== undefined && !isTighter(exclusive, value)) return { value, exclusive: false };
    return { value: exclusive, exclusive: true };
  }

  #readStringKeywords(): void {
    this.#range('minLength', 'maxLength');
    if (
      this.#schema.minLength !== undefined &&
      this.#schema.maxLength !== undefined &&
      this.#schema.minLength > this.#schema.maxLength
    )
      throw new SchemaFault('minLength cannot be greater than maxLength');
    const source = this.#text('pattern');
    if (source !== undefined) this.#schema.pattern = pattern(source, 'pattern must be a valid regex');
    const format = this.#text('format');
    if (format !== undefined) this.#schema.format = format;
  }

  #range(...names: ('minLength' | 'maxLength' | 'minItems' | 'maxItems' | 'minProperties' | 'maxProperties')[]): void {
    for (const name of names) {
      const value = this.#get(name);
      if (value === undefined) continue;
      if (typeof value !== 'number' || !Number.isInteger(value)) throw new SchemaFault(`${name} must be of an integer`);
      if (value < 0) throw new SchemaFault(`${name} must be greater than or equal to 0`);
      this.#schema[name] = value;
    }
  }

  #readSizes(): void {
    this.#range('minProperties', 'maxProperties');
    const required = this.#get('required');
    if (required !== undefined) {
      const names = list('required', required);
      for (const name of names)
        if (typeof name !== 'string') throw new SchemaFault('Invalid type. Expected: string, given: required');
      if (new Set(names).size < names.length) throw new SchemaFault('required items must be unique');
      this.#schema.required = names as readonly string[];
    }
    this.#range('minItems', 'maxItems');
    const unique = this.#get('uniqueItems');
    if (unique !== undefined && typeof unique !== 'boolean') throw new SchemaFault('uniqueItems must be of a boolean');
    if (unique === true) this.#schema.uniqueItems = true;
    const contains = this.#get('contains');
    if (contains !== undefined) this.#schema.contains = this.#sub(contains);
  }

  #readValues(): void {
    const constant = this.#get('const');
    if (constant !== undefined) this.#schema.const = constant;
    const values = this.#get('enum');
    if (values === undefined) return;
    const items = list('enum', values);
    if (items.some((item, index) => items.slice(0, index).some((other) => equalValues(item, other))))
      throw new SchemaFault('enum items must be unique');
    this.#schema.enum = items;
  }

  #readCombinations(): void {
    for (const name of ['oneOf', 'anyOf', 'allOf'] as const) {
      const value = this.#get(name);
      if (value !== undefined) this.#schema[name] = list(name, value).map((item) => this.#sub(item));
    }
    for (const [name, member] of [
      ['not', 'not'],
      ['if', 'if'],
      ['then', 'thenSchema'],
      ['else', 'else'],
    ] as const) {
      const value = this.#get(name);
      if (value !== undefined) this.#schema[member] = this.#sub(value, `${name} must be of an object`);
    }
  }
}

function list(name: string, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  throw new SchemaFault(`${name} must be of an array`);
}

function pattern(source: string, fault: string): Pattern {
  try {
    const regex = compileRegex(source);
    return { source, matches: (text) => regex.test(text) };
  } catch (error) {
    if (error instanceof RegexSyntaxError) throw new SchemaFault(fault);
    throw error;
  }
}
