import { duplicate, invalid, tooLong, tooMany } from './field-error.ts';
import { compilePattern } from './pattern.ts';
import { isRecord, type Schema, type SchemaConstraints } from './schema.ts';
import { conforms, pathText, type ValidationContext, validateValue } from './validate.ts';

/** Longer texts are not searched for a pattern but refused: matching is linear, yet no name or address is that long. */
const maxMatchedLength = 262_144;

export function checkConstraints(constraints: SchemaConstraints, value: unknown, context: ValidationContext): void {
  if (typeof value === 'string') checkText(constraints, value, context);
  else if (typeof value === 'number') checkNumber(constraints, value, context);
  else if (Array.isArray(value)) checkList(constraints, value, context);
  else if (isRecord(value)) checkObject(constraints, value, context);
  checkBranches(constraints, value, context);
}

function report(context: ValidationContext, value: unknown, detail: string): void {
  const path = pathText(context);
  context.errors.push(invalid(path, value, `${path === '' ? '<nil>' : path} in body ${detail}`));
}

function checkText(constraints: SchemaConstraints, text: string, context: ValidationContext): void {
  const { minLength, maxLength, pattern } = constraints;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = text.length <= (minLength ?? 0) || text.length > (maxLength ?? 0) ? [...text].length : text.length;
    if (maxLength !== undefined && length > maxLength) context.errors.push(tooLong(pathText(context), maxLength));
    if (minLength !== undefined && length < minLength)
      report(context, text, `should be at least ${minLength} chars long`);
  }
  if (pattern !== undefined) {
    const program = compilePattern(pattern);
    if (text.length > maxMatchedLength) context.errors.push(tooLong(pathText(context), maxMatchedLength));
    else if (program === undefined) report(context, text, `should match '${pattern}', but pattern is invalid`);
    else if (!program.test(text)) report(context, text, `should match '${pattern}'`);
  }
}

function checkNumber(constraints: SchemaConstraints, value: number, context: ValidationContext): void {
  const { minimum, maximum, multipleOf } = constraints;
  if (maximum !== undefined) {
    if (constraints.exclusiveMaximum === true && value >= maximum)
      report(context, value, `should be less than ${maximum}`);
    else if (value > maximum) report(context, value, `should be less than or equal to ${maximum}`);
  }
  if (minimum !== undefined) {
    if (constraints.exclusiveMinimum === true && value <= minimum)
      report(context, value, `should be greater than ${minimum}`);
    else if (value < minimum) report(context, value, `should be greater than or equal to ${minimum}`);
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    report(context, value, `should be a multiple of ${multipleOf}`);
  }
}

function checkList(constraints: SchemaConstraints, list: readonly unknown[], context: ValidationContext): void {
  const { minItems, maxItems } = constraints;
  if (maxItems !== undefined && list.length > maxItems) {
    context.errors.push(tooMany(pathText(context), list.length, maxItems));
  }
  if (minItems !== undefined && list.length < minItems) report(context, list, `should have at least ${minItems} items`);
  if (constraints.uniqueItems === true && new Set(list.map(sortedJson)).size < list.length) {
    report(context, list, "shouldn't contain duplicates");
  }
}

function checkObject(constraints: SchemaConstraints, value: Record<string, unknown>, context: ValidationContext): void {
  const { minProperties, maxProperties } = constraints;
  if (minProperties === undefined && maxProperties === undefined) return;
  const count = Object.keys(value).length;
  if (maxProperties !== undefined && count > maxProperties) {
    context.errors.push(tooMany(pathText(context), count, maxProperties));
  }
  if (minProperties !== undefined && count < minProperties) {
    report(context, value, `should have at least ${minProperties} properties`);
  }
}

function checkBranches(constraints: SchemaConstraints, value: unknown, context: ValidationContext): void {
  const { allOf, anyOf, oneOf, not } = constraints;
  const fail = (detail: string): void => {
    const path = pathText(context);
    context.errors.push(invalid(path, '', `${JSON.stringify(path)} ${detail}`));
  };
  if (allOf !== undefined) {
    const before = context.errors.length;
    for (const branch of allOf) validateValue(branch, value, context);
    if (context.errors.length > before) fail('must validate all the schemas (allOf)');
  }
  if (anyOf !== undefined && !anyOf.some((branch) => conforms(branch, value, context))) {
    fail('must validate at least one schema (anyOf)');
  }
  if (oneOf !== undefined) {
    const valid = oneOf.filter((branch) => conforms(branch, value, context)).length;
    if (valid !== 1) {
      const found = valid === 0 ? 'none valid' : `${valid} valid alternatives`;
      fail(`must validate one and only one schema (oneOf). Found ${found}`);
    }
  }
  if (not !== undefined && conforms(not, value, context)) fail('must not validate the schema (not)');
}

/** Lists of type set hold each value once, of type map each combination of keys once. */
export function checkListType(schema: Schema, list: readonly unknown[], context: ValidationContext): void {
  if (schema.listType === 'atomic') return;
  const seen = new Set<string>();
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const identity = schema.listType === 'set' ? item : keysOf(schema, item);
    if (identity === undefined) continue;
    const text = sortedJson(identity);
    if (seen.has(text)) {
      context.path.push(index);
      context.errors.push(duplicate(pathText(context), identity));
      context.path.pop();
    }
    seen.add(text);
  }
}

function keysOf(schema: Schema, item: unknown): Record<string, unknown> | undefined {
  if (!isRecord(item)) return undefined;
  const keys: Record<string, unknown> = {};
  for (const key of schema.listMapKeys ?? []) {
    const value = Object.hasOwn(item, key) ? item[key] : schema.items?.properties?.[key]?.default;
    if (value !== undefined) keys[key] = value;
  }
  return keys;
}

/** JSON with sorted keys, so that equal values have equal texts. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
