import { formatFloat, Integer } from '@sekisho/gotemplate';
import { RE2JS } from 're2js';
import { isTable } from '../chart/yaml.ts';
import { collectEvaluated, Evaluated, type EvaluationContext } from './schema-evaluated.ts';

/** What does not fit, as a tree: an `anyOf` has those of its branches. */
export interface SchemaFault {
  /** JSON pointer into the values. */
  readonly at: string;
  /** Undefined: several faults of one schema. */
  readonly message?: string;
  /** The several faults are those of a schema that was referred to: they stay together. */
  readonly isReference?: boolean;
  readonly causes: readonly SchemaFault[];
}

/** A schema that can not be used, or takes too long. */
export class SchemaError extends Error {}

type Schema = boolean | Readonly<Record<string, unknown>>;

const MAX_STEPS = 400_000;
/** Steps between looks at the signal. */
const STEPS_PER_TICK = 4096;
const MAX_DEPTH = 200;

/**
 * Holds a value against a JSON Schema (drafts 4 to 2020-12, without `format`, which Helm does not assert). References stay inside of the schema: nothing is ever loaded.
 *
 * @param tick called now and then; what it throws is thrown
 * @throws SchemaError
 */
export function validateSchema(schema: unknown, value: unknown, tick: () => void = () => {}): SchemaFault | undefined {
  return new Validator(schema, tick).run(value);
}

class Validator {
  readonly #root: unknown;
  readonly #tick: () => void;
  readonly #patterns = new Map<string, RE2JS>();
  readonly #references = new Map<string, Schema>();
  /** Siblings of `$ref` count since draft 2019-09. */
  readonly #refAlone: boolean;
  #steps = 0;
  #depth = 0;

  constructor(root: unknown, tick: () => void) {
    this.#root = root;
    this.#tick = tick;
    const dialect = isTable(root) ? String(root.$schema ?? '') : '';
    this.#refAlone = /draft-0[4-7]/.test(dialect);
  }

  run(value: unknown): SchemaFault | undefined {
    return this.#check(asSchema(this.#root), value, '');
  }

  #check(schema: Schema, value: unknown, at: string): SchemaFault | undefined {
    if (++this.#steps > MAX_STEPS) throw new SchemaError(`the schema takes more than ${MAX_STEPS} steps`);
    if (this.#steps % STEPS_PER_TICK === 0) this.#tick();
    if (schema === true) return undefined;
    if (schema === false) return leaf(at, 'false schema');
    if (++this.#depth > MAX_DEPTH) throw new SchemaError(`the schema refers to itself more than ${MAX_DEPTH} deep`);
    const faults: SchemaFault[] = [];
    const add = (fault: SchemaFault | undefined) => {
      if (fault !== undefined) faults.push(fault);
    };
    for (const name of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const reference = schema[name];
      if (typeof reference === 'string') add(referred(this.#check(this.#resolve(reference), value, at), at));
    }
    if (!(typeof schema.$ref === 'string' && this.#refAlone)) {
      this.#keywords(schema, value, at, add);
      if (schema.unevaluatedProperties !== undefined || schema.unevaluatedItems !== undefined)
        this.#unevaluated(schema, value, at, add);
    }
    this.#depth--;
    return grouped(at, faults);
  }

  #keywords(
    schema: Readonly<Record<string, unknown>>,
    value: unknown,
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const wrongType = typeFault(schema.type, value);
    // Go's validator looks at nothing else of a value that has the wrong type.
    if (wrongType !== undefined) {
      add(leaf(at, wrongType));
      return;
    }
    if (Object.hasOwn(schema, 'const') && !equal(schema.const, value)) {
      add(leaf(at, isScalar(schema.const) ? `value must be ${shown(schema.const)}` : "'const' failed"));
    }
    if (Array.isArray(schema.enum) && !schema.enum.some((item) => equal(item, value))) {
      add(
        leaf(
          at,
          schema.enum.every(isScalar) ? `value must be one of ${schema.enum.map(shown).join(', ')}` : "'enum' failed",
        ),
      );
    }
    if (typeof schema.format === 'string') this.#steps++;
    if (isTable(value)) this.#object(schema, value, at, add);
    else if (Array.isArray(value)) this.#list(schema, value, at, add);
    else if (typeof value === 'string') this.#text(schema, value, at, add);
    else if (numberOf(value) !== undefined) numberFaults(schema, numberOf(value) ?? 0, at).forEach(add);
    this.#combinations(schema, value, at, add);
  }

  /** What no other keyword has looked at, in this schema or those that it applies to the same value. */
  #unevaluated(
    schema: Readonly<Record<string, unknown>>,
    value: unknown,
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const { unevaluatedProperties, unevaluatedItems, ...others } = schema;
    const evaluated = new Evaluated();
    const context: EvaluationContext = {
      fits: (inner, item) => this.#check(asSchema(inner), item, '') === undefined,
      matches: (pattern, text) => this.#matches(pattern, text),
      resolve: (reference) => this.#resolve(reference),
    };
    collectEvaluated(others, value, context, evaluated);
    if (isTable(value) && unevaluatedProperties !== undefined) {
      for (const [key, item] of Object.entries(value)) {
        if (!evaluated.keys.has(key)) add(this.#check(asSchema(unevaluatedProperties), item, `${at}/${escaped(key)}`));
      }
    } else if (Array.isArray(value) && unevaluatedItems !== undefined) {
      for (const [index, item] of value.entries()) {
        if (!evaluated.items.has(index)) add(this.#check(asSchema(unevaluatedItems), item, `${at}/${index}`));
      }
    }
  }

  #object(
    schema: Readonly<Record<string, unknown>>,
    value: Record<string, unknown>,
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const keys = Object.keys(value);
    const { minProperties, maxProperties, required, properties, patternProperties, additionalProperties } = schema;
    if (typeof minProperties === 'number' && keys.length < minProperties)
      add(leaf(at, `minProperties: got ${count(keys.length)}, want ${count(minProperties)}`));
    if (typeof maxProperties === 'number' && keys.length > maxProperties)
      add(leaf(at, `maxProperties: got ${count(keys.length)}, want ${count(maxProperties)}`));
    const missing = texts(required).filter((name) => !Object.hasOwn(value, name));
    if (missing.length > 0) add(leaf(at, `missing ${plural(missing)}`));
    this.#dependents(schema, value, at, add);
    const evaluated = new Set<string>();
    for (const key of keys) {
      if (isTable(properties) && Object.hasOwn(properties, key)) {
        evaluated.add(key);
        add(this.#check(asSchema(properties[key]), value[key], `${at}/${escaped(key)}`));
      }
      for (const [pattern, sub] of isTable(patternProperties) ? Object.entries(patternProperties) : []) {
        if (!this.#matches(pattern, key)) continue;
        evaluated.add(key);
        add(this.#check(asSchema(sub), value[key], `${at}/${escaped(key)}`));
      }
    }
    if (schema.propertyNames !== undefined) {
      for (const key of keys) {
        const fault = this.#check(asSchema(schema.propertyNames), key, '');
        if (fault !== undefined) add({ at: '', message: `invalid propertyName ${quoted(key)}`, causes: [fault] });
      }
    }
    if (additionalProperties === undefined) return;
    const others = keys.filter((key) => !evaluated.has(key));
    if (additionalProperties === false) {
      if (others.length > 0) add(leaf(at, `additional properties ${others.map(quoted).join(', ')} not allowed`));
    } else
      for (const key of others) add(this.#check(asSchema(additionalProperties), value[key], `${at}/${escaped(key)}`));
  }

  #dependents(
    schema: Readonly<Record<string, unknown>>,
    value: Record<string, unknown>,
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    for (const keyword of ['dependentRequired', 'dependencies', 'dependentSchemas']) {
      const dependents = schema[keyword];
      if (!isTable(dependents)) continue;
      for (const [key, wanted] of Object.entries(dependents)) {
        if (!Object.hasOwn(value, key)) continue;
        if (!Array.isArray(wanted)) {
          add(this.#check(asSchema(wanted), value, at));
          continue;
        }
        const missing = texts(wanted).filter((name) => !Object.hasOwn(value, name));
        if (missing.length > 0)
          add(leaf(at, `properties ${missing.map(quoted).join(', ')} required, if ${quoted(key)} exists`));
      }
    }
  }

  #list(
    schema: Readonly<Record<string, unknown>>,
    value: readonly unknown[],
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const { minItems, maxItems, uniqueItems, contains } = schema;
    if (typeof minItems === 'number' && value.length < minItems)
      add(leaf(at, `minItems: got ${count(value.length)}, want ${count(minItems)}`));
    if (typeof maxItems === 'number' && value.length > maxItems)
      add(leaf(at, `maxItems: got ${count(value.length)}, want ${count(maxItems)}`));
    if (uniqueItems === true) add(this.#duplicate(value, at));
    // Drafts before 2020-12 have the first ones in `items`, the others in `additionalItems`.
    const first = Array.isArray(schema.prefixItems)
      ? schema.prefixItems
      : Array.isArray(schema.items)
        ? schema.items
        : [];
    const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
    const surplus = value.length - first.length;
    if (Array.isArray(schema.items) && rest === false && surplus > 0)
      add(leaf(at, `last ${count(surplus)} additionalItem(s) not allowed`));
    for (const [index, item] of value.entries()) {
      if (index >= first.length && Array.isArray(schema.items) && rest === false) break;
      const sub: unknown = index < first.length ? first[index] : rest;
      if (sub !== undefined) add(this.#check(asSchema(sub), item, `${at}/${index}`));
    }
    if (contains !== undefined) this.#contains(schema, value, at, add);
  }

  #contains(
    schema: Readonly<Record<string, unknown>>,
    value: readonly unknown[],
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const { contains, minContains = 1, maxContains } = schema;
    const faults = value.map((item, index) => this.#check(asSchema(contains), item, `${at}/${index}`));
    const matched = faults.flatMap((fault, index) => (fault === undefined ? [index] : []));
    const causes = faults.filter((fault) => fault !== undefined);
    if (matched.length < Number(minContains)) {
      const message =
        schema.minContains === undefined
          ? 'no items match contains schema'
          : `min ${String(minContains)} items required to match contains schema, but ${matchedItems(matched)}`;
      add({ at, message, causes });
    }
    if (typeof maxContains === 'number' && matched.length > maxContains) {
      add(leaf(at, `max ${maxContains} items required to match contains schema, but ${matchedItems(matched)}`));
    }
  }

  #duplicate(value: readonly unknown[], at: string): SchemaFault | undefined {
    for (let second = 1; second < value.length; second++) {
      for (let first = 0; first < second; first++) {
        if (++this.#steps > MAX_STEPS) throw new SchemaError(`the schema takes more than ${MAX_STEPS} steps`);
        if (equal(value[first], value[second])) return leaf(at, `items at ${first} and ${second} are equal`);
      }
    }
    return undefined;
  }

  #text(
    schema: Readonly<Record<string, unknown>>,
    value: string,
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const { minLength, maxLength, pattern } = schema;
    const length = Array.from(value).length;
    if (typeof minLength === 'number' && length < minLength)
      add(leaf(at, `minLength: got ${count(length)}, want ${count(minLength)}`));
    if (typeof maxLength === 'number' && length > maxLength)
      add(leaf(at, `maxLength: got ${count(length)}, want ${count(maxLength)}`));
    if (typeof pattern === 'string' && !this.#matches(pattern, value))
      add(leaf(at, `${quoted(value)} does not match pattern ${quoted(pattern)}`));
  }

  #combinations(
    schema: Readonly<Record<string, unknown>>,
    value: unknown,
    at: string,
    add: (fault: SchemaFault | undefined) => void,
  ): void {
    const { allOf, anyOf, oneOf, not } = schema;
    if (not !== undefined && this.#check(asSchema(not), value, at) === undefined) add(leaf(at, "'not' failed"));
    if (Array.isArray(allOf)) {
      const causes = this.#faultsOf(allOf, value, at).filter((fault) => fault !== undefined);
      if (causes.length > 0) add({ at, message: "'allOf' failed", causes });
    }
    if (Array.isArray(anyOf)) {
      const faults = this.#faultsOf(anyOf, value, at);
      const causes = faults.filter((fault) => fault !== undefined);
      if (causes.length === faults.length && faults.length > 0) add({ at, message: "'anyOf' failed", causes });
    }
    if (Array.isArray(oneOf)) {
      const faults = this.#faultsOf(oneOf, value, at);
      const matched = faults.flatMap((fault, index) => (fault === undefined ? [index] : []));
      if (matched.length === 0)
        add({ at, message: "'oneOf' failed, none matched", causes: faults.filter((fault) => fault !== undefined) });
      else if (matched.length > 1)
        add(leaf(at, `'oneOf' failed, subschemas ${matched.slice(0, 2).join(', ')} matched`));
    }
    if (schema.if !== undefined) {
      const branch = this.#check(asSchema(schema.if), value, at) === undefined ? schema.then : schema.else;
      if (branch !== undefined) add(this.#check(asSchema(branch), value, at));
    }
  }

  #faultsOf(schemas: readonly unknown[], value: unknown, at: string): (SchemaFault | undefined)[] {
    return schemas.map((schema) => this.#check(asSchema(schema), value, at));
  }

  #matches(pattern: string, text: string): boolean {
    let compiled = this.#patterns.get(pattern);
    if (compiled === undefined) {
      try {
        compiled = RE2JS.compile(pattern);
      } catch {
        throw new SchemaError(`${quoted(pattern)} is not valid regex`);
      }
      this.#patterns.set(pattern, compiled);
    }
    return compiled.matcher(text).find();
  }

  #resolve(reference: string): Schema {
    const known = this.#references.get(reference) ?? this.#find(reference);
    this.#references.set(reference, known);
    return known;
  }

  #find(reference: string): Schema {
    if (reference === '#' || reference === '') return asSchema(this.#root);
    if (!reference.startsWith('#'))
      throw new SchemaError(
        `failing loading ${JSON.stringify(reference)}: references outside of the schema are not followed`,
      );
    const fragment = reference.slice(1);
    if (!fragment.startsWith('/')) {
      const found = findAnchor(this.#root, fragment);
      if (found === undefined) throw new SchemaError(`anchor in "file:///values.schema.json${reference}" not found`);
      return asSchema(found);
    }
    let target: unknown = this.#root;
    for (const part of fragment.slice(1).split('/')) {
      const key = unescaped(part);
      const next: unknown = Array.isArray(target)
        ? target[Number(key)]
        : isTable(target) && Object.hasOwn(target, key)
          ? target[key]
          : undefined;
      if (next === undefined)
        throw new SchemaError(`json-pointer in "file:///values.schema.json${reference}" not found`);
      target = next;
    }
    return asSchema(target);
  }
}

function asSchema(value: unknown): Schema {
  return typeof value === 'boolean' || isTable(value) ? value : true;
}

function findAnchor(schema: unknown, name: string, depth = 0): unknown {
  if (depth > MAX_DEPTH || typeof schema !== 'object' || schema === null) return undefined;
  if (
    isTable(schema) &&
    (schema.$anchor === name || schema.$dynamicAnchor === name || schema.$id === `#${name}` || schema.id === `#${name}`)
  )
    return schema;
  for (const inner of Object.values(schema)) {
    const found = findAnchor(inner, name, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function matchedItems(matched: readonly number[]): string {
  return matched.length === 0 ? 'none matched' : `matched ${matched.length} items at ${matched.join(' ')}`;
}

function referred(fault: SchemaFault | undefined, at: string): SchemaFault | undefined {
  if (fault === undefined || fault.message !== undefined || fault.isReference === true) return fault;
  return { at, causes: fault.causes, isReference: true };
}

function grouped(at: string, faults: readonly SchemaFault[]): SchemaFault | undefined {
  return faults.length <= 1 ? faults[0] : { at, causes: faults };
}

function leaf(at: string, message: string): SchemaFault {
  return { at, message, causes: [] };
}

function typeFault(type: unknown, value: unknown): string | undefined {
  const wanted = typeof type === 'string' ? [type] : texts(type);
  if (wanted.length === 0) return undefined;
  const kind = kindOf(value);
  const number = numberOf(value);
  if (wanted.includes(kind) || (number !== undefined && wanted.includes('integer') && Number.isInteger(number)))
    return undefined;
  return `got ${kind}, want ${wanted.sort().join(' or ')}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (numberOf(value) !== undefined) return 'number';
  return typeof value;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Integer ? Number(value.value) : undefined;
}

function numberFaults(schema: Readonly<Record<string, unknown>>, value: number, at: string): SchemaFault[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const faults: SchemaFault[] = [];
  const check = (name: string, limit: unknown, fits: (limit: number) => boolean) => {
    if (typeof limit === 'number' && !fits(limit))
      faults.push(leaf(at, `${name}: got ${count(value)}, want ${count(limit)}`));
  };
  // Draft 4 has a boolean beside the limit.
  check(exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum', minimum, (limit) =>
    exclusiveMinimum === true ? value > limit : value >= limit,
  );
  check(exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum', maximum, (limit) =>
    exclusiveMaximum === true ? value < limit : value <= limit,
  );
  check('exclusiveMinimum', exclusiveMinimum, (limit) => value > limit);
  check('exclusiveMaximum', exclusiveMaximum, (limit) => value < limit);
  check('multipleOf', multipleOf, (limit) => {
    const times = value / limit;
    return Math.abs(times - Math.round(times)) < 1e-9;
  });
  return faults;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number as Helm's validator writes it: `65,535`, `1.5×10⁰⁷`. */
function count(value: number): string {
  const text = formatFloat(value, 'g');
  const [mantissa = '', power] = text.split('e');
  if (power !== undefined) return `${mantissa}×10${superscript(power)}`;
  const [whole = '', part] = mantissa.split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return part === undefined ? grouped : `${grouped}.${part}`;
}

function superscript(power: string): string {
  return power.replace(/[+\-\d]/g, (char) =>
    char === '+' ? '' : char === '-' ? '⁻' : (SUPERSCRIPTS[Number(char)] ?? ''),
  );
}

function equal(a: unknown, b: unknown): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined || y !== undefined) return x === y;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isTable(a) || !isTable(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function plural(names: readonly string[]): string {
  return `${names.length === 1 ? 'property' : 'properties'} ${names.map(quoted).join(', ')}`;
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : value === null ? '<nil>' : String(value);
}

export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}
