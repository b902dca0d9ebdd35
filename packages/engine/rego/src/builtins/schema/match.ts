import { equalValues } from '../../value/equals.ts';
import { toJson } from '../../value/json.ts';
import { isNumber, kindOf } from '../../value/kind.ts';
import { compareNumbers, div, isIntegerNumber, type NumberValue, numberText } from '../../value/number.ts';
import { type ObjectValue, sortedKeys, valueAt } from '../../value/object.ts';
import { mapKeyOf, type Value } from '../../value/value.ts';
import type { BuiltinContext } from '../builtin.ts';
import { hasFormat } from './formats.ts';
import { type Schema, SchemaFault, type SchemaType } from './schema.ts';

/** One way in which a document differs from its schema. */
export interface Mismatch {
  readonly field: string;
  readonly type: string;
  readonly desc: string;
}

/** Nesting of schemas and references. */
const MAX_DEPTH = 400;

/**
 * Compares a document (JSON, no sets) with a schema.
 *
 * @throws SchemaFault when references go in circles without coming further
 */
export function matchSchema(context: BuiltinContext, schema: Schema, document: Value): readonly Mismatch[] {
  return new Matcher(context).match(schema, document, '', 0).mismatches;
}

/** What was found, and how many checks were made: of several alternatives the one that came furthest is told about. */
class Result {
  readonly mismatches: Mismatch[] = [];
  score = 0;

  merge(other: Result): void {
    for (const mismatch of other.mismatches) this.mismatches.push(mismatch);
    this.score += other.score;
  }
}

class Matcher {
  readonly #context: BuiltinContext;

  constructor(context: BuiltinContext) {
    this.#context = context;
  }

  match(schema: Schema, value: Value, path: string, depth: number): Result {
    this.#context.spend(1);
    if (depth > MAX_DEPTH) throw new SchemaFault(`schemas nested deeper than ${MAX_DEPTH} levels`);
    if (schema.ref !== undefined) return this.match(schema.ref, value, path, depth + 1);
    const check = new Check(this.#context, this, schema, value, path, depth);
    check.all();
    return check.result;
  }
}

/** One value against one schema. */
class Check {
  readonly result = new Result();
  readonly #context: BuiltinContext;
  readonly #matcher: Matcher;
  readonly #schema: Schema;
  readonly #value: Value;
  readonly #path: string;
  readonly #depth: number;

  constructor(context: BuiltinContext, matcher: Matcher, schema: Schema, value: Value, path: string, depth: number) {
    this.#context = context;
    this.#matcher = matcher;
    this.#schema = schema;
    this.#value = value;
    this.#path = path;
    this.#depth = depth;
  }

  all(): void {
    if (this.#schema.always === false) this.#add('false', 'False always fails validation');
    const given = typeOf(this.#value);
    const { types } = this.#schema;
    if (types !== undefined && !types.includes(given) && !(given === 'integer' && types.includes('number'))) {
      const expected = types.length === 1 ? types[0] : `[${types.join(',')}]`;
      this.#add('invalid_type', `Invalid type. Expected: ${expected}, given: ${given}`);
      return;
    }
    this.#combinations();
    this.#conditions();
    this.#values();
    if (Array.isArray(this.#value)) this.#array(this.#value as readonly Value[]);
    else if (given === 'object') this.#object(this.#value as ObjectValue);
    else if (typeof this.#value === 'string') this.#string(this.#value);
    else if (isNumber(this.#value)) this.#number(this.#value);
    this.result.score += 1;
  }

  get #field(): string {
    return this.#path === '' ? '(Root)' : this.#path;
  }

  #add(type: string, desc: string): void {
    this.result.mismatches.push({ field: this.#field, type, desc });
  }

  /** This value against another schema. */
  #other(schema: Schema): Result {
    return this.#matcher.match(schema, this.#value, this.#path, this.#depth + 1);
  }

  #child(schema: Schema, value: Value, key: string | number): void {
    const path = this.#path === '' ? `${key}` : `${this.#path}.${key}`;
    this.result.merge(this.#matcher.match(schema, value, path, this.#depth + 1));
  }

  #combinations(): void {
    const { anyOf = [], oneOf = [], allOf = [], not } = this.#schema;
    if (anyOf.length > 0) {
      const { matching, best } = this.#alternatives(anyOf, 1);
      if (matching === 0) {
        this.#add('number_any_of', 'Must validate at least one schema (anyOf)');
        this.result.merge(best);
      }
    }
    if (oneOf.length > 0) {
      const { matching, best } = this.#alternatives(oneOf, oneOf.length);
      if (matching !== 1) {
        this.#add('number_one_of', 'Must validate one and only one schema (oneOf)');
        if (matching === 0) this.result.merge(best);
      }
    }
    const parts = allOf.map((schema) => this.#other(schema));
    for (const part of parts) this.result.merge(part);
    if (parts.some((part) => part.mismatches.length > 0))
      this.#add('number_all_of', 'Must validate all the schemas (allOf)');
    if (not !== undefined && this.#other(not).mismatches.length === 0)
      this.#add('number_not', 'Must not validate the schema (not)');
  }

  /** How many match, at most `enough`, and of those that don't the one with the highest score. */
  #alternatives(schemas: readonly Schema[], enough: number): { matching: number; best: Result } {
    let matching = 0;
    let best: Result | undefined;
    for (const schema of schemas) {
      const result = this.#other(schema);
      if (result.mismatches.length === 0) matching += 1;
      else if (best === undefined || result.score > best.score) best = result;
      if (matching >= enough) break;
    }
    return { matching, best: best ?? new Result() };
  }

  #conditions(): void {
    const { if: condition, thenSchema, else: otherwise, dependencies } = this.#schema;
    if (dependencies !== undefined && kindOf(this.#value) === 'object') this.#dependencies(this.#value as ObjectValue);
    if (condition === undefined) return;
    const holds = this.#other(condition).mismatches.length === 0;
    const chosen = holds ? thenSchema : otherwise;
    if (chosen === undefined) return;
    const result = this.#other(chosen);
    if (result.mismatches.length === 0) return;
    if (holds) this.#add('condition_then', 'Must validate "then" as "if" was valid');
    else this.#add('condition_else', 'Must validate "else" as "if" was not valid');
    this.result.merge(result);
  }

  #dependencies(object: ObjectValue): void {
    for (const [name, dependency] of this.#schema.dependencies ?? []) {
      if (valueAt(object, name) === undefined) continue;
      if (!isNames(dependency)) {
        this.result.merge(this.#other(dependency));
        continue;
      }
      for (const other of dependency)
        if (valueAt(object, other) === undefined) this.#add('missing_dependency', `Has a dependency on ${other}`);
    }
  }

  #values(): void {
    const { const: constant, enum: values } = this.#schema;
    if (constant !== undefined && !equalValues(constant, this.#value))
      this.#add('const', `${this.#field} does not match: ${toJson(constant)}`);
    if (values === undefined || values.some((value) => equalValues(value, this.#value))) return;
    this.#add('enum', `${this.#field} must be one of the following: ${values.map(toJson).join(', ')}`);
  }

  #array(items: readonly Value[]): void {
    this.#context.spend(items.length);
    this.#items(items);
    const { minItems, maxItems, uniqueItems, contains } = this.#schema;
    if (minItems !== undefined && items.length < minItems)
      this.#add('array_min_items', `Array must have at least ${minItems} items`);
    if (maxItems !== undefined && items.length > maxItems)
      this.#add('array_max_items', `Array must have at most ${maxItems} items`);
    if (uniqueItems === true) this.#unique(items);
    if (contains !== undefined) this.#contains(contains, items);
  }

  #items(items: readonly Value[]): void {
    const { items: schemas, additionalItems } = this.#schema;
    if (schemas === undefined) return;
    items.forEach((item, index) => {
      const schema = isSchema(schemas) ? schemas : (schemas[index] ?? additionalItems);
      if (schema !== undefined && typeof schema !== 'boolean') this.#child(schema, item, index);
    });
    if (!isSchema(schemas) && additionalItems === false && items.length > schemas.length)
      this.#add('array_no_additional_items', 'No additional items allowed on array');
  }

  #unique(items: readonly Value[]): void {
    const first = new Map<unknown, number>();
    items.forEach((item, index) => {
      const key = mapKeyOf(item);
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, index);
      else this.#add('unique', `array items[${earlier},${index}] must be unique`);
    });
  }

  #contains(schema: Schema, items: readonly Value[]): void {
    let best: Result | undefined;
    for (const [index, item] of items.entries()) {
      const path = this.#path === '' ? `${index}` : `${this.#path}.${index}`;
      const result = this.#matcher.match(schema, item, path, this.#depth + 1);
      if (result.mismatches.length === 0) return;
      if (best === undefined || result.score > best.score) best = result;
    }
    this.#add('contains', 'At least one of the items must match');
    if (best !== undefined) this.result.merge(best);
  }

  #object(object: ObjectValue): void {
    const names = sortedKeys(object).map((key) => `${key}`);
    this.#context.spend(names.length);
    const { minProperties, maxProperties, required = [] } = this.#schema;
    if (minProperties !== undefined && names.length < minProperties)
      this.#add('array_min_properties', `Must have at least ${minProperties} properties`);
    if (maxProperties !== undefined && names.length > maxProperties)
      this.#add('array_max_properties', `Must have at most ${maxProperties} properties`);
    for (const name of required) if (valueAt(object, name) === undefined) this.#add('required', `${name} is required`);
    for (const name of names) this.#undeclared(object, name);
    this.#propertyNames(names);
    for (const [name, schema] of this.#schema.properties ?? []) {
      const value = valueAt(object, name);
      if (value !== undefined) this.#child(schema, value, name);
    }
  }

  /** Patterns of names, and what holds for names that nothing else speaks of. */
  #undeclared(object: ObjectValue, name: string): void {
    const value = valueAt(object, name) as Value;
    let isKnown = this.#schema.properties?.has(name) === true;
    for (const { pattern, schema } of this.#schema.patternProperties ?? []) {
      this.#context.spend(1 + (name.length >> 3));
      if (!pattern.matches(name)) continue;
      isKnown = true;
      this.#child(schema, value, name);
    }
    const { additionalProperties } = this.#schema;
    if (isKnown || additionalProperties === undefined || additionalProperties === true) return;
    if (additionalProperties === false)
      this.#add('additional_property_not_allowed', `Additional property ${name} is not allowed`);
    else this.#child(additionalProperties, value, name);
  }

  #propertyNames(names: readonly string[]): void {
    const { propertyNames } = this.#schema;
    if (propertyNames === undefined) return;
    for (const name of names) {
      const result = this.#matcher.match(propertyNames, name, this.#path, this.#depth + 1);
      if (result.mismatches.length === 0) continue;
      this.#add('invalid_property_name', `Property name of "${name}" does not match`);
      this.result.merge(result);
    }
  }

  #string(text: string): void {
    const { minLength, maxLength, pattern, format } = this.#schema;
    if (minLength !== undefined || maxLength !== undefined) {
      const length = [...text].length;
      if (minLength !== undefined && length < minLength)
        this.#add('string_gte', `String length must be greater than or equal to ${minLength}`);
      if (maxLength !== undefined && length > maxLength)
        this.#add('string_lte', `String length must be less than or equal to ${maxLength}`);
    }
    this.#context.spend(text.length >> 3);
    if (pattern !== undefined && !pattern.matches(text))
      this.#add('pattern', `Does not match pattern '${pattern.source}'`);
    if (format !== undefined && !hasFormat(format, text)) this.#add('format', `Does not match format '${format}'`);
  }

  #number(value: NumberValue): void {
    const { multipleOf, minimum, maximum } = this.#schema;
    if (multipleOf !== undefined && !isIntegerNumber(div(value, multipleOf)))
      this.#add('multiple_of', `Must be a multiple of ${numberText(multipleOf)}`);
    if (maximum !== undefined) {
      const order = compareNumbers(value, maximum.value);
      if (maximum.exclusive ? order >= 0 : order > 0)
        this.#add(
          maximum.exclusive ? 'number_lt' : 'number_lte',
          `Must be less than ${maximum.exclusive ? '' : 'or equal to '}${numberText(maximum.value)}`,
        );
    }
    if (minimum === undefined) return;
    const order = compareNumbers(value, minimum.value);
    if (minimum.exclusive ? order <= 0 : order < 0)
      this.#add(
        minimum.exclusive ? 'number_gt' : 'number_gte',
        `Must be greater than ${minimum.exclusive ? '' : 'or equal to '}${numberText(minimum.value)}`,
      );
  }
}

function isNames(value: Schema | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}

function isSchema(value: Schema | readonly Schema[]): value is Schema {
  return !Array.isArray(value);
}

function typeOf(value: Value): SchemaType {
  const kind = kindOf(value);
  if (kind === 'set') return 'array';
  if (kind !== 'number') return kind;
  return isIntegerNumber(value as NumberValue) ? 'integer' : 'number';
}
