import { tryParseQuantity } from '../quantity.ts';
import { checkBranches, checkConstraints, checkListType } from './constraints.ts';
import { type FieldError, invalid, notSupported, required, typeInvalid } from './field-error.ts';
import { hasFormat, isBase64, isDateTime } from './formats.ts';
import { goStructName, goTypeName, jsonTypeName } from './go-types.ts';
import { isRecord, type Schema } from './schema.ts';
import { pathText, type ValidationContext } from './validation-context.ts';

/** Deeper values are refused. Upstream's limit is larger; nothing that people write comes near. */
const maxDepth = 512;

const quantityFault = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/**
 * Holds a value against a schema: types, required fields, closed value sets, formats, limits, list keys.
 *
 * In built-in types null counts as absent, wrong types are worded as Go's decoder words them (the API server answers 400 with
 * them), and required fields are left to validateBuiltin. x-kubernetes-validations (CEL) are not evaluated.
 *
 * @param options path: where the value lies, when it is a part of an object; default the root
 * @returns all faults, in the order of the schema's fields; none when the value conforms
 */
export function validateObject(schema: Schema, value: unknown, options: { path?: string } = {}): FieldError[] {
  const context: ValidationContext = {
    errors: [],
    path: options.path === undefined || options.path === '' ? [] : [options.path],
    go: false,
    struct: '',
    validate: validateValue,
  };
  try {
    validateValue(schema, value, context);
  } catch (error) {
    // Values that are kept as they are may be nested deeper than the stack when they are compared.
    if (!(error instanceof RangeError)) throw error;
    context.errors.push(invalid(pathText(context), undefined, 'nested too deeply'));
  }
  return context.errors;
}

function validateValue(schema: Schema, value: unknown, context: ValidationContext): void {
  if (context.path.length > maxDepth) {
    context.errors.push(invalid(pathText(context), undefined, `nested more than ${maxDepth} levels deep`));
    return;
  }
  const outerGo = context.go;
  if (schema.goType !== undefined) context.go = true;
  const absent =
    value === undefined || (value === null && (context.go || schema.nullable === true || schema.type === 'any'));
  if (!absent && value !== null && hasType(schema, value)) {
    validateTyped(schema, value, context);
  } else if (!absent) {
    reportType(schema, value, context);
    if (!context.go) {
      if (schema.enum !== undefined) checkEnum(schema.enum, value, context);
      if (schema.constraints !== undefined) checkBranches(schema.constraints, value, context);
    }
  }
  context.go = outerGo;
}

function hasType(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case 'any':
      return true;
    case 'object':
      return isRecord(value);
    case 'array':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'int-or-string':
      return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value));
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
  }
}

function validateTyped(schema: Schema, value: unknown, context: ValidationContext): void {
  // Empty optional strings of built-in types stand for absent ones.
  if (schema.enum !== undefined && !(context.go && value === '')) checkEnum(schema.enum, value, context);
  if (schema.constraints !== undefined) checkConstraints(schema.constraints, value, context);
  if (typeof value !== 'object') {
    validateScalar(schema, value, context);
  } else if (Array.isArray(value)) {
    if (schema.items !== undefined) validateList(schema, schema.items, value, context);
  } else {
    validateFields(schema, value as Record<string, unknown>, context);
  }
}

function validateList(schema: Schema, items: Schema, list: readonly unknown[], context: ValidationContext): void {
  const { path } = context;
  for (let index = 0; index < list.length; index++) {
    path.push(index);
    validateValue(items, list[index], context);
    path.pop();
  }
  if (!context.go && schema.listType !== undefined) checkListType(schema, list, context);
}

function validateFields(schema: Schema, value: Record<string, unknown>, context: ValidationContext): void {
  const { path } = context;
  const outerStruct = context.struct;
  if (schema.goType !== undefined) context.struct = schema.goType;
  if (!context.go && schema.required !== undefined) {
    for (const key of schema.required) {
      if (Object.hasOwn(value, key)) continue;
      path.push(key);
      context.errors.push(required(pathText(context)));
      path.pop();
    }
  }
  if (schema.embeddedResource === true) checkEmbedded(value, context);
  const { properties, additionalProperties } = schema;
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  if (properties !== undefined || rest !== undefined) {
    for (const key in value) {
      const property = properties?.[key];
      const child = property ?? rest;
      if (child === undefined) continue;
      path.push(property === undefined && context.go ? { key } : key);
      validateValue(child, value[key], context);
      path.pop();
    }
  }
  context.struct = outerStruct;
}

/** An embedded object must say what it is. */
function checkEmbedded(value: Record<string, unknown>, context: ValidationContext): void {
  for (const key of ['apiVersion', 'kind']) {
    const text = value[key];
    if (typeof text === 'string' && text !== '') continue;
    context.path.push(key);
    context.errors.push(required(pathText(context), text === '' ? 'must not be empty' : ''));
    context.path.pop();
  }
}

function validateScalar(schema: Schema, value: unknown, context: ValidationContext): void {
  if (context.go) {
    validateGoScalar(schema, value, context);
  } else if (typeof value === 'string') {
    if (schema.format !== undefined && !hasFormat(schema.format, value)) {
      const path = pathText(context);
      const shown = JSON.stringify(value);
      context.errors.push(
        typeInvalid(path, value, `${path || '<nil>'} in body must be of type ${schema.format}: ${shown}`),
      );
    }
  } else if (schema.type === 'integer' && schema.format === 'int32' && !isInt32(value as number)) {
    const path = pathText(context);
    context.errors.push(invalid(path, value, `${path} in body must be of type integer with format int32`));
  }
}

function validateGoScalar(schema: Schema, value: unknown, context: ValidationContext): void {
  if (typeof value === 'number') {
    if ((schema.format === 'int32' || schema.type === 'int-or-string') && !isInt32(value)) {
      reportDecode(schema, `number ${value}`, value, context);
    } else if (schema.type === 'integer' && Math.abs(value) > 2 ** 63) {
      reportDecode(schema, `number ${value}`, value, context);
    }
  }
  if (schema.type === 'quantity') {
    if (tryParseQuantity(value) === undefined) {
      context.errors.push({ path: pathText(context), type: 'typeInvalid', value, message: quantityFault });
    }
  } else if (typeof value === 'string' && schema.format !== undefined) {
    if (schema.format === 'byte' && !isBase64(value)) {
      const at = base64Fault(value);
      context.errors.push({
        path: pathText(context),
        type: 'typeInvalid',
        message: `illegal base64 data at input byte ${at}`,
      });
    } else if (schema.format === 'date-time' && !isDateTime(value)) {
      const shown = JSON.stringify(value);
      context.errors.push({
        path: pathText(context),
        type: 'typeInvalid',
        value,
        message: `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`,
      });
    }
  }
}

function base64Fault(text: string): number {
  const bad = text.search(/[^A-Za-z0-9+/\r\n]/);
  return bad < 0 ? Math.floor(text.length / 4) * 4 : bad;
}

function isInt32(value: number): boolean {
  return value >= -(2 ** 31) && value < 2 ** 31;
}

function checkEnum(choices: readonly unknown[], value: unknown, context: ValidationContext): void {
  if (!inEnum(choices, value)) context.errors.push(notSupported(pathText(context), value, choices));
}

function inEnum(choices: readonly unknown[], value: unknown): boolean {
  if (choices.includes(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const text = JSON.stringify(value);
  return choices.some((choice) => typeof choice === 'object' && JSON.stringify(choice) === text);
}

function reportType(schema: Schema, value: unknown, context: ValidationContext): void {
  if (context.go) {
    const fractional = schema.type === 'integer' && typeof value === 'number';
    reportDecode(schema, fractional ? `number ${value}` : jsonTypeName(value), value, context);
    return;
  }
  const path = pathText(context);
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const expected = schema.type === 'int-or-string' ? 'integer,string' : schema.type;
  const shown = JSON.stringify(actual);
  context.errors.push(typeInvalid(path, actual, `${path || '<nil>'} in body must be of type ${expected}: ${shown}`));
}

function reportDecode(schema: Schema, what: string, value: unknown, context: ValidationContext): void {
  if (schema.type === 'quantity') {
    context.errors.push({ path: pathText(context), type: 'typeInvalid', message: quantityFault });
    return;
  }
  // Go names the struct and the fields on the way, without indices and keys.
  const fields = context.path.filter((segment) => typeof segment === 'string').join('.');
  // Times are read as texts of their own.
  const apart = context.struct === '' || schema.format === 'date-time';
  const where = apart ? '' : `Go struct field ${goStructName(context.struct)}.${fields} of type `;
  context.errors.push({
    path: pathText(context),
    type: 'typeInvalid',
    ...(typeof value === 'object' ? {} : { value }),
    message: `json: cannot unmarshal ${what} into ${where === '' ? 'Go value of type ' : where}${
      schema.format === 'date-time' ? 'string' : goTypeName(schema)
    }`,
  });
}
