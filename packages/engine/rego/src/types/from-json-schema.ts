import { compareCodePoints } from '../value/compare.ts';
import type { ObjectType } from './algebra.ts';
import { bounded, compareTypes, unionOf } from './algebra.ts';
import { anyType, arrayOf, booleanType, numberType, objectOf, stringType } from './construct.ts';
import type { Type } from './type.ts';

/** A schema can't be read, or has parts that contradict each other. */
export class SchemaFault extends Error {
  override readonly name = 'SchemaFault';
}

const KINDS = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];
const MAX_DEPTH = 64;
const MAX_PARTS = 20_000;

type Schema = Readonly<Record<string, unknown>>;

/**
 * The type of what a JSON schema (draft 7) describes, by OPA's rules: `type`, `properties`, `items`, `$ref` within the schema,
 * `allOf` and `anyOf`; formats, patterns, enums and bounds say nothing. An object with `properties` has no others, whatever
 * `additionalProperties` says. Types of definitions that contain themselves are `any` inside.
 *
 * @param schema  JSON as it was read
 * @throws SchemaFault  the message ends a `rego_type_error`; also for refs to other documents, which are never fetched
 */
export function fromJsonSchema(schema: unknown): Type {
  return new SchemaReader(schema).typeOf(schema, 0);
}

class SchemaReader {
  readonly #root: unknown;
  readonly #definitions = new Map<string, Type | 'open'>();
  #parts = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  typeOf(schema: unknown, depth: number): Type {
    if (typeof schema === 'boolean') return anyType;
    if (!isSchema(schema)) throw new SchemaFault('unable to compile the schema: schema is invalid');
    if (depth > MAX_DEPTH || this.#parts++ > MAX_PARTS) return anyType;
    if (typeof schema.$ref === 'string') return this.#definition(schema.$ref, depth);
    const kinds = kindsOf(schema);
    const own = this.#own(schema, kinds, depth);
    const all = listOf(schema, 'allOf').map((part) => this.typeOf(part, depth + 1));
    if (all.length > 0) return bounded([...(own ? [own] : []), ...all].reduce(mergeAll));
    const any = listOf(schema, 'anyOf').map((part) => this.typeOf(part, depth + 1));
    if (any.length > 0) return unionOf([own, ...any]) ?? anyType;
    return own ?? anyType;
  }

  /** What `type`, `properties` and `items` say; undefined: nothing. */
  #own(schema: Schema, kinds: readonly string[], depth: number): Type | undefined {
    if (kinds.includes('boolean')) return booleanType;
    if (kinds.includes('string')) return stringType;
    if (kinds.includes('integer') || kinds.includes('number')) return numberType;
    const isTyped = kinds.length > 0;
    if (isTyped ? kinds.includes('object') : schema.properties !== undefined) return this.#object(schema, depth);
    if (isTyped ? kinds.includes('array') : schema.items !== undefined) return this.#array(schema, depth);
    return isTyped ? anyType : undefined;
  }

  #object(schema: Schema, depth: number): Type {
    const { properties } = schema;
    if (properties === undefined) return objectOf(anyType, anyType);
    if (!isSchema(properties)) throw new SchemaFault('unable to compile the schema: Properties must be of type object');
    const names = Object.keys(properties).sort(compareCodePoints);
    if (names.length === 0) return objectOf(anyType, anyType);
    const members = names.map((name) => [name, this.typeOf(properties[name], depth + 1)] as const);
    return bounded({ kind: 'object', static: members, dynamic: undefined });
  }

  #array(schema: Schema, depth: number): Type {
    const { items } = schema;
    if (items === undefined) return arrayOf(anyType);
    if (!Array.isArray(items)) return arrayOf(this.typeOf(items, depth + 1));
    const list: readonly unknown[] = items;
    return bounded({ kind: 'array', static: list.map((item) => this.typeOf(item, depth + 1)), dynamic: undefined });
  }

  #definition(ref: string, depth: number): Type {
    const known = this.#definitions.get(ref);
    if (known) return known === 'open' ? anyType : known;
    if (!ref.startsWith('#'))
      throw new SchemaFault(`unable to compile the schema: ${ref} is another document, which is not fetched`);
    this.#definitions.set(ref, 'open');
    const type = this.typeOf(this.#find(ref), depth + 1);
    this.#definitions.set(ref, type);
    return type;
  }

  #find(ref: string): unknown {
    let found: unknown = this.#root;
    for (const part of ref.slice(1).split('/').slice(1)) {
      const name = decodePointer(part);
      const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, name);
      if (!isThere) throw new SchemaFault(`unable to compile the schema: Object has no key '${name}'`);
      found = (found as Schema)[name];
    }
    return found;
  }
}

function decodePointer(part: string): string {
  const text = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(schema: Schema, name: string): readonly unknown[] {
  const value = schema[name];
  return Array.isArray(value) ? value : [];
}

function kindsOf(schema: Schema): readonly string[] {
  const { type } = schema;
  if (type === undefined) return [];
  const kinds: readonly unknown[] = Array.isArray(type) ? type : [type];
  return kinds.map((kind) => {
    if (typeof kind === 'string' && KINDS.includes(kind)) return kind;
    throw new SchemaFault(
      `unable to compile the schema: has a primitive type that is NOT VALID -- given: /${String(kind)}/ Expected valid values are:[${KINDS.join(' ')}]`,
    );
  });
}

/** What is of both types: objects with the members of both. */
function mergeAll(a: Type, b: Type): Type {
  if (a === anyType) return b;
  if (b === anyType || compareTypes(a, b) === 0) return a;
  if (a.kind === 'object' && b.kind === 'object') return mergeObjects(a, b);
  if (a.kind === b.kind) throw new SchemaFault('type checking: unable to merge these schemas');
  throw new SchemaFault(`type checking: unable to merge these schemas: type mismatch: ${a.kind} and ${b.kind}`);
}

function mergeObjects(a: ObjectType, b: ObjectType): Type {
  const members = new Map(a.static);
  for (const [key, type] of b.static) {
    const other = members.get(key);
    members.set(key, other ? (unionOf([other, type]) ?? anyType) : type);
  }
  const entries = [...members].sort(([x], [y]) => compareCodePoints(String(x), String(y)));
  return { kind: 'object', static: entries, dynamic: a.dynamic ?? b.dynamic };
}
