import { isSekishoError } from '@sekisho/base';
import {
  anyOf,
  anyType,
  arrayOf,
  booleanType,
  fn,
  nullType,
  objectOf,
  objectWith,
  stringType,
  tupleOf,
} from '../types/construct.ts';
import { parseJson, toJsonValue } from '../value/json.ts';
import { isObject } from '../value/kind.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault } from './operand.ts';
import { compileSchema } from './schema/compile.ts';
import { matchSchema } from './schema/match.ts';
import { type Schema, SchemaFault } from './schema/schema.ts';

const document = anyOf(stringType, objectOf(anyType, anyType));

/** Schemas of objects that live on, such as constants of policies, are made ready once. */
const ready = new WeakMap<object, Schema>();

/** A document as an object or as the text of its JSON. @throws SchemaFault */
function read(context: BuiltinContext, value: Value): Value {
  if (typeof value !== 'string') {
    if (isObject(value)) return toJsonValue(value);
    throw new SchemaFault('wrong type, expected string or object');
  }
  context.spend(value.length >> 4);
  try {
    return parseJson(value);
  } catch (error) {
    if (isSekishoError(error)) throw new SchemaFault('invalid JSON string');
    throw error;
  }
}

function schemaOf(context: BuiltinContext, value: Value): Schema {
  const known = typeof value === 'object' && value !== null ? ready.get(value) : undefined;
  if (known !== undefined) return known;
  const schema = compileSchema(read(context, value));
  if (typeof value === 'object' && value !== null) ready.set(value, schema);
  return schema;
}

function match(context: BuiltinContext, value: Value, schema: Value): Value {
  try {
    const instance = read(context, value);
    const mismatches = matchSchema(context, schemaOf(context, schema), instance);
    const found = mismatches.map(({ field, type, desc }) => ({ field, type, desc, error: `${field}: ${desc}` }));
    return [found.length === 0, found];
  } catch (error) {
    if (error instanceof SchemaFault) throw builtinFault('json.match_schema', error.message);
    throw error;
  }
}

function verify(context: BuiltinContext, schema: Value): Value {
  try {
    schemaOf(context, schema);
    return [true, null];
  } catch (error) {
    if (error instanceof SchemaFault) return [false, `jsonschema: ${error.message}`];
    throw error;
  }
}

const mismatch = objectWith({ desc: stringType, error: stringType, field: stringType, type: stringType });

export const JSON_SCHEMA_BUILTINS: readonly Builtin[] = [
  {
    name: 'json.match_schema',
    type: fn([document, document], tupleOf([booleanType, arrayOf(mismatch)])),
    description: 'Whether a document matches a JSON schema (drafts 4 to 7), and where it does not.',
    evaluate: (context, value, schema) => match(context, value as Value, schema as Value),
  },
  {
    name: 'json.verify_schema',
    type: fn([document], tupleOf([booleanType, anyOf(nullType, stringType)])),
    description: 'Whether a document is a JSON schema, and why it is none.',
    evaluate: (context, schema) => verify(context, schema as Value),
  },
];
