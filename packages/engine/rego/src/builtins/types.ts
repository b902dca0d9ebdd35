import { quoteGo } from '@sekisho/base';
import {
  anyOf,
  anyType,
  arrayOf,
  booleanType,
  fn,
  nullType,
  numberType,
  objectOf,
  setOf,
  stringType,
} from '../types/construct.ts';
import type { Type } from '../types/type.ts';
import { isNumber, kindOf } from '../value/kind.ts';
import { parseNumber } from '../value/number.ts';
import { sortedMembers } from '../value/object.ts';
import { RegoSet, type Value, type ValueKind } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, operandFault, typeFault } from './operand.ts';

/** Whether a value is of a type. */
function typeTest(kind: ValueKind): Builtin {
  return {
    name: `is_${kind}`,
    type: fn([anyType], booleanType),
    description: `Whether a value is of type ${kind}.`,
    evaluate: (_, value) => kindOf(value as Value) === kind,
  };
}

/** Gives the value back when it is of a type. */
function cast(kind: ValueKind, result: Type): Builtin {
  const name = `cast_${kind}`;
  return {
    name,
    type: fn([anyType], result),
    deprecated: true,
    description: `The value, which must be of type ${kind}.`,
    evaluate: (_, value) => {
      if (kindOf(value as Value) === kind) return value;
      throw operandFault(name, 1, value as Value, kind);
    },
  };
}

function castArray(context: BuiltinContext, value: Value): Value {
  if (Array.isArray(value)) return value;
  if (!(value instanceof RegoSet)) throw operandFault('cast_array', 1, value, 'array', 'set');
  context.spend(value.size);
  return sortedMembers(value);
}

function castSet(context: BuiltinContext, value: Value): Value {
  if (value instanceof RegoSet) return value;
  if (!Array.isArray(value)) throw operandFault('cast_set', 1, value, 'array', 'set');
  context.spend(value.length);
  const result = new RegoSet();
  for (const item of value as readonly Value[]) result.add(item);
  return result;
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** What Go's `strconv.ParseFloat` also takes as a number; OPA then refuses it. */
const NAMED_NUMBER = /^[+-]?(?:inf|infinity|nan)$/i;

function toNumber(value: Value): Value {
  if (isNumber(value)) return value;
  if (value === null || value === false) return 0;
  if (value === true) return 1;
  if (typeof value !== 'string') throw operandFault('to_number', 1, value, 'null', 'boolean', 'number', 'string');
  const number = JSON_NUMBER.test(value) ? parseNumber(value) : undefined;
  if (number !== undefined && !Number.isFinite(Number(value)))
    throw builtinFault('to_number', `strconv.ParseFloat: parsing ${quoteGo(value)}: value out of range`);
  if (number !== undefined) return number;
  if (NAMED_NUMBER.test(value)) throw typeFault('to_number', 'operand 1 must be valid number string but got string');
  throw builtinFault('to_number', `strconv.ParseFloat: parsing ${quoteGo(value)}: invalid syntax`);
}

export const TYPE_BUILTINS: readonly Builtin[] = [
  {
    name: 'type_name',
    type: fn([anyType], stringType),
    description: 'Name of the type of a value.',
    evaluate: (_, value) => kindOf(value as Value),
  },
  typeTest('array'),
  typeTest('boolean'),
  typeTest('null'),
  typeTest('number'),
  typeTest('object'),
  typeTest('set'),
  typeTest('string'),
  {
    name: 'cast_array',
    type: fn([anyType], arrayOf(anyType)),
    deprecated: true,
    description: 'An array; of a set its members in order.',
    evaluate: (context, value) => castArray(context, value as Value),
  },
  {
    name: 'cast_set',
    type: fn([anyType], setOf(anyType)),
    deprecated: true,
    description: 'A set; of an array its items.',
    evaluate: (context, value) => castSet(context, value as Value),
  },
  cast('boolean', booleanType),
  cast('null', nullType),
  cast('object', objectOf(anyType, anyType)),
  cast('string', stringType),
  {
    name: 'to_number',
    type: fn([anyOf(nullType, booleanType, numberType, stringType)], numberType),
    description: 'Number that a string, boolean or null stands for.',
    evaluate: (_, value) => toNumber(value as Value),
  },
];
