import { createRequire } from 'node:module';
import type * as Graphql from 'graphql';
import { anyOf, anyType, booleanType, fn, objectOf, stringType, tupleOf } from '../types/construct.ts';
import { isObject } from '../value/kind.ts';
import type { Value } from '../value/value.ts';
import { type Builtin, type BuiltinContext, BuiltinFault } from './builtin.ts';
import { GraphqlFormError, queryFromJson, schemaFromJson } from './graphql/from-json.ts';
import { queryToJson, schemaToJson } from './graphql/to-json.ts';
import { builtinFault, operandFault, stringOperand } from './operand.ts';

/** Checks of queries take time quadratic in their fields. */
const MAX_TOKENS = 20_000;
/** A document of blanks, commas and comments only has nothing in it, which OPA takes for a document. */
const EMPTY = /^(?:[\s,\ufeff]|#[^\n\r]*)*$/;

type Library = typeof Graphql;
const load = createRequire(import.meta.url);
let loaded: Library | undefined;

/** The library is large, and few policies read GraphQL. */
function library(): Library {
  loaded ??= load('graphql') as Library;
  return loaded;
}

/** Of a text, or of the text of a document in JSON. */
interface Document {
  readonly node: Graphql.DocumentNode;
  /** As it was given, or what it was parsed into. */
  readonly json: Value;
}

function parseText(context: BuiltinContext, name: string, text: string): Graphql.DocumentNode {
  context.spend(1 + (text.length >>> 2));
  if (EMPTY.test(text)) return { kind: 'Document', definitions: [] } as unknown as Graphql.DocumentNode;
  try {
    return library().parse(text, { maxTokens: MAX_TOKENS, allowLegacyFragmentVariables: true });
  } catch (error) {
    throw asFault(name, error, text);
  }
}

function asFault(name: string, error: unknown, text: string): BuiltinFault {
  if (error instanceof BuiltinFault) return error;
  if (error instanceof RangeError) return builtinFault(name, 'the document nests too deeply');
  if (error instanceof GraphqlFormError) return builtinFault(name, error.message);
  if (error instanceof library().GraphQLError) return builtinFault(name, describe(error, text));
  throw error;
}

/** In the words of OPA's parser. */
function describe(error: Graphql.GraphQLError, text: string): string {
  const { line = 1, column = 1 } = error.locations?.[0] ?? {};
  let message = error.message.replace(/^Syntax Error: /, '').replace(/\.$/, '');
  message = message.replace(/"([^\w"\s]+)"/g, '$1').replace(/^Unexpected variable .*/, 'Unexpected $');
  const at = error.positions?.[0] ?? 0;
  if (text.charAt(at) === '"' && message.startsWith('Unexpected')) {
    // Where the text between the quotes begins.
    const quoted = /^"(?:[^"\\\n]|\\.)*"/.exec(text.slice(at))?.[0] ?? '""';
    return `Unexpected String ${quoted} in GraphQL string at location ${line}:${column + 1}`;
  }
  if (message === 'Expected Name, found }' && text.slice(0, at).trimEnd().endsWith('{')) {
    message = 'expected at least one definition, found }';
  }
  return `${message} in GraphQL string at location ${line}:${column}`;
}

function checkKinds(name: string, node: Graphql.DocumentNode, isExecutable: boolean): void {
  for (const definition of node.definitions) {
    const found = definition.kind === 'OperationDefinition' || definition.kind === 'FragmentDefinition';
    if (found === isExecutable) continue;
    const { line = 1, column = 1 } = definition.loc?.startToken ?? {};
    const shown = definition.loc?.startToken.value ?? definition.kind;
    throw builtinFault(name, `Unexpected Name "${shown}" in GraphQL string at location ${line}:${column}`);
  }
}

function queryOf(context: BuiltinContext, name: string, value: Value): Document {
  const node = parseText(context, name, textOf(name, 1, value, queryFromJson));
  checkKinds(name, node, true);
  return { node, json: typeof value === 'string' ? queryToJson(node) : value };
}

function schemaOf(context: BuiltinContext, name: string, value: Value, position: number): Document {
  const node = parseText(context, name, textOf(name, position, value, schemaFromJson));
  checkKinds(name, node, false);
  return { node, json: typeof value === 'string' ? schemaToJson(node) : value };
}

function textOf(name: string, position: number, value: Value, print: typeof queryFromJson): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) throw operandFault(name, position, value, 'string', 'object');
  try {
    return print(value);
  } catch (error) {
    throw asFault(name, error, '');
  }
}

/** The first fault of a schema; one without queries has none, and extensions of types that aren't there make them. */
function buildSchema(name: string, document: Document): Graphql.GraphQLSchema {
  const { buildASTSchema, validateSchema } = library();
  const node = defineExtended(document.node);
  try {
    const unknown = firstSdlError(node);
    if (unknown !== undefined) throw unknown;
    const schema = buildASTSchema(node, { assumeValidSDL: true });
    const error = validateSchema(schema).find(({ message }) => message !== 'Query root type must be provided.');
    if (error !== undefined) throw error;
    return schema;
  } catch (error) {
    if (error instanceof Error && !(error instanceof library().GraphQLError) && !(error instanceof RangeError)) {
      throw builtinFault(name, error.message);
    }
    throw asFault(name, error, '');
  }
}

function firstSdlError(node: Graphql.DocumentNode): Error | undefined {
  const sdl = load('graphql/validation/validate.js') as {
    validateSDL(document: Graphql.DocumentNode): readonly Graphql.GraphQLError[];
  };
  return sdl.validateSDL(node)[0];
}

function defineExtended(document: Graphql.DocumentNode): Graphql.DocumentNode {
  const defined = new Set<string>();
  const name = (node: Graphql.DefinitionNode) => ('name' in node ? node.name?.value : undefined);
  for (const node of document.definitions) {
    if (node.kind.endsWith('TypeDefinition')) defined.add(name(node) ?? '');
  }
  const definitions = document.definitions.map((node) => {
    const own = name(node);
    if (!node.kind.endsWith('TypeExtension') || own === undefined || defined.has(own)) return node;
    defined.add(own);
    return { ...node, kind: node.kind.replace('Extension', 'Definition') } as Graphql.DefinitionNode;
  });
  return { ...document, definitions };
}

function verify(context: BuiltinContext, name: string, queryValue: Value, schemaValue: Value): [Value, Value] {
  const query = queryOf(context, name, queryValue);
  const schema = schemaOf(context, name, schemaValue, 2);
  const built = buildSchema(name, schema);
  if (query.node.definitions.length > 0) {
    context.spend(query.node.definitions.length);
    const { specifiedRules, validate } = library();
    let errors: readonly Graphql.GraphQLError[];
    try {
      errors = validate(built, query.node, specifiedRules, { maxErrors: 1 });
    } catch (error) {
      throw asFault(name, error, '');
    }
    const [error] = errors;
    if (error !== undefined) throw asFault(name, error, '');
  }
  return [query.json, schema.json];
}

/** Undefined of what faults. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof BuiltinFault) return undefined;
    throw error;
  }
}

const object = objectOf(anyType, anyType);
const operand = anyOf(stringType, object);

export const GRAPHQL_BUILTINS: readonly Builtin[] = [
  {
    name: 'graphql.parse',
    type: fn([operand, operand], tupleOf([object, object])),
    evaluate: (context, query, schema) => verify(context, 'graphql.parse', query as Value, schema as Value),
  },
  {
    name: 'graphql.parse_and_verify',
    type: fn([operand, operand], tupleOf([booleanType, object, object])),
    evaluate: (context, query, schema) => {
      const found = attempt(() => verify(context, 'graphql.parse_and_verify', query as Value, schema as Value));
      return found === undefined ? [false, {}, {}] : [true, ...found];
    },
  },
  {
    name: 'graphql.parse_query',
    type: fn([stringType], object),
    evaluate: (context, query) =>
      queryOf(context, 'graphql.parse_query', stringOperand('graphql.parse_query', 1, query as Value)).json,
  },
  {
    name: 'graphql.parse_schema',
    type: fn([stringType], object),
    evaluate: (context, schema) =>
      schemaOf(context, 'graphql.parse_schema', stringOperand('graphql.parse_schema', 1, schema as Value), 1).json,
  },
  {
    name: 'graphql.is_valid',
    type: fn([operand, operand], booleanType),
    evaluate: (context, query, schema) =>
      attempt(() => verify(context, 'graphql.is_valid', query as Value, schema as Value)) !== undefined,
  },
  {
    name: 'graphql.schema_is_valid',
    type: fn([operand], booleanType),
    evaluate: (context, schema) => {
      const name = 'graphql.schema_is_valid';
      return attempt(() => buildSchema(name, schemaOf(context, name, schema as Value, 1))) !== undefined;
    },
  },
];
