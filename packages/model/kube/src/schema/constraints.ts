import { duplicate, invalid, tooLong, tooMany } from './field-error.ts';
import { compilePattern } from './pattern.ts';
import { isRecord, type Schema, type SchemaConstraints, setOwn } from './schema.ts';
import { pathText, type ValidationContext } from './validation-context.ts';

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

/** Of one text only the first fault is told. */
function checkText(constraints: SchemaConstraints, text: string, context: ValidationContext): void {
  const { minLength, maxLength, pattern } = constraints;
  if (maxLength !== undefined && text.length > maxLength && [...text].length > maxLength) {
    context.errors.push(tooLong(pathText(context), maxLength));
  } else if (minLength !== undefined && (text.length < minLength || [...text].length < minLength)) {
    report(context, text, `should be at least ${minLength} chars long`);
  } else if (pattern !== undefined) {
    const program = compilePattern(pattern);
    if (text.length > maxMatchedLength) context.errors.push(tooLong(pathText(context), maxMatchedLength));
    else if (program === undefined) report(context, text, `should match '${pattern}', but pattern is invalid`);
    else if (!program.test(text)) report(context, text, `should match '${pattern}'`);
  }
}

/** Of one number only the first fault is told. */
function checkNumber(constraints: SchemaConstraints, value: number, context: ValidationContext): void {
  const { minimum, maximum, multipleOf } = constraints;
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    report(context, value, `should be a multiple of ${multipleOf}`);
  } else if (maximum !== undefined && constraints.exclusiveMaximum === true && value >= maximum) {
    report(context, value, `should be less than ${maximum}`);
  } else if (maximum !== undefined && value > maximum) {
    report(context, value, `should be less than or equal to ${maximum}`);
  } else if (minimum !== undefined && constraints.exclusiveMinimum === true && value <= minimum) {
    report(context, value, `should be greater than ${minimum}`);
  } else if (minimum !== undefined && value < minimum) {
    report(context, value, `should be greater than or equal to ${minimum}`);
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

/** The branches of allOf, anyOf, oneOf and not. Where none of several holds, the faults of the first are told as well. */
export function checkBranches(constraints: SchemaConstraints, value: unknown, context: ValidationContext): void {
  const { allOf, anyOf, oneOf, not } = constraints;
  const fail = (detail: string): void => {
    // Upstream tells no path for these.
    context.errors.push(invalid('', '', `${JSON.stringify(pathText(context))} ${detail}`));
  };
  if (allOf !== undefined) {
    const before = context.errors.length;
    for (const branch of allOf) context.validate(branch, value, context);
    if (context.errors.length > before) fail('must validate all the schemas (allOf)');
  }
  if (anyOf !== undefined && !anyOf.some((branch) => conforms(branch, value, context))) {
    fail('must validate at least one schema (anyOf)');
    if (anyOf[0] !== undefined) context.validate(anyOf[0], value, context);
  }
  if (oneOf !== undefined) {
    const valid = oneOf.filter((branch) => conforms(branch, value, context)).length;
    if (valid === 0) {
      fail('must validate one and only one schema (oneOf). Found none valid');
      if (oneOf[0] !== undefined) context.validate(oneOf[0], value, context);
    } else if (valid > 1) {
      fail(`must validate one and only one schema (oneOf). Found ${valid} valid alternatives`);
    }
  }
  if (not !== undefined && conforms(not, value, context)) fail('must not validate the schema (not)');
}

/** Whether the value conforms, for the branches of anyOf, oneOf and not. */
function conforms(schema: Schema, value: unknown, context: ValidationContext): boolean {
  const probe: ValidationContext = { ...context, errors: [] };
  context.validate(schema, value, probe);
  return probe.errors.length === 0;
}

/** Lists of type set hold each value once, of type map each combination of keys once. A value is told of once. */
export function checkListType(schema: Schema, list: readonly unknown[], context: ValidationContext): void {
  if (schema.listType === 'atomic') return;
  const isMap = schema.listType === 'map';
  const stranger = isMap ? list.findIndex((item) => item !== null && !isRecord(item)) : -1;
  if (stranger >= 0) {
    const fault = 'must be an object for an array of list-type map';
    context.path.push(stranger);
    context.errors.push(invalid(pathText(context), list[stranger], fault));
    context.path.pop();
    return;
  }
  if (list.length < 2) return;
  const seen = new Map<string, boolean>();
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const identity = isMap ? keysOf(schema, isRecord(item) ? item : {}) : item;
    const text = sortedJson(identity);
    const told = seen.get(text);
    if (told === false) {
      context.path.push(index);
      context.errors.push(duplicate(pathText(context), identity));
      context.path.pop();
    }
    seen.set(text, told !== undefined);
  }
}

function keysOf(schema: Schema, item: Record<string, unknown>): Record<string, unknown> {
  const keys: Record<string, unknown> = {};
  for (const key of schema.listMapKeys ?? []) {
    const value = Object.hasOwn(item, key) ? item[key] : schema.items?.properties?.[key]?.default;
    if (value !== undefined) setOwn(keys, key, value);
  }
  return keys;
}

/** JSON with sorted keys, so that equal values have equal texts. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
