import { isTable } from '../chart/yaml.ts';

/** What an `unevaluated` keyword asks of the rest of the validator. */
export interface EvaluationContext {
  /** Whether the value fits a schema. */
  fits(schema: unknown, value: unknown): boolean;
  matches(pattern: string, text: string): boolean;
  resolve(reference: string): unknown;
}

/** Names of an object, and places of a list, that the keywords of a schema have looked at. */
export class Evaluated {
  readonly keys = new Set<string>();
  readonly items = new Set<number>();
}

/**
 * Adds what a schema, and what it applies in place (`allOf`, `$ref`, `then` and the like), evaluates of a value that fits it.
 *
 * @see JSON Schema 2020-12, 11 "A Vocabulary for Unevaluated Locations"
 */
export function collectEvaluated(schema: unknown, value: unknown, context: EvaluationContext, into: Evaluated): void {
  if (!isTable(schema)) return;
  if (isTable(value)) evaluatedKeys(schema, Object.keys(value), context, into);
  else if (Array.isArray(value)) evaluatedItems(schema, value, context, into);
  else return;
  for (const inner of inPlace(schema, value, context)) {
    if (context.fits(inner, value)) collectEvaluated(inner, value, context, into);
  }
}

function evaluatedKeys(
  schema: Record<string, unknown>,
  keys: readonly string[],
  context: EvaluationContext,
  { keys: into }: Evaluated,
): void {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema;
  const patterns = isTable(patternProperties) ? Object.keys(patternProperties) : [];
  const takesAll = additionalProperties !== undefined || unevaluatedProperties !== undefined;
  for (const key of keys) {
    const isNamed = isTable(properties) && Object.hasOwn(properties, key);
    if (takesAll || isNamed || patterns.some((pattern) => context.matches(pattern, key))) into.add(key);
  }
}

function evaluatedItems(
  schema: Record<string, unknown>,
  value: readonly unknown[],
  context: EvaluationContext,
  { items: into }: Evaluated,
): void {
  const { prefixItems, items, additionalItems, unevaluatedItems, contains } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems.length : Array.isArray(items) ? items.length : 0;
  const rest = Array.isArray(items) ? additionalItems : items;
  const takesAll = rest !== undefined || unevaluatedItems !== undefined;
  for (const [index, item] of value.entries()) {
    if (takesAll || index < first || (contains !== undefined && context.fits(contains, item))) into.add(index);
  }
}

/** Schemas that are applied to the same value. */
function inPlace(schema: Record<string, unknown>, value: unknown, context: EvaluationContext): unknown[] {
  const found: unknown[] = [];
  for (const name of ['$ref', '$dynamicRef', '$recursiveRef']) {
    const reference = schema[name];
    if (typeof reference === 'string') found.push(context.resolve(reference));
  }
  for (const name of ['allOf', 'anyOf', 'oneOf']) {
    const list = schema[name];
    if (Array.isArray(list)) found.push(...list);
  }
  for (const name of ['dependentSchemas', 'dependencies']) {
    const dependents = schema[name];
    if (!isTable(dependents) || !isTable(value)) continue;
    for (const [key, inner] of Object.entries(dependents)) if (Object.hasOwn(value, key)) found.push(inner);
  }
  if (schema.if !== undefined) {
    if (context.fits(schema.if, value)) found.push(schema.if, schema.then);
    else found.push(schema.else);
  }
  return found.filter((inner) => inner !== undefined);
}
