import {
  anyOf,
  anyType,
  arrayOf,
  booleanType,
  fn,
  numberType,
  objectOf,
  setOf,
  stringType,
} from '../types/construct.ts';
import { compareValues } from '../value/compare.ts';
import { isNumber, isObject, kindOf } from '../value/kind.ts';
import { type NumberValue, product, sum } from '../value/number.ts';
import { objectSize } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { operandFault, typeFault } from './operand.ts';

const anyArray = arrayOf(anyType);
const anySet = setOf(anyType);
const collection = anyOf(anySet, anyArray);
const numbers = anyOf(setOf(numberType), arrayOf(numberType));

function count(value: Value): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string') return codePoints(value);
  if (value instanceof RegoSet) return value.size;
  if (isObject(value)) return objectSize(value);
  throw operandFault('count', 1, value, 'array', 'object', 'set', 'string');
}

function codePoints(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next < 0xdc00 || next > 0xdfff) continue;
    length -= 1;
    i += 1;
  }
  return length;
}

function* membersOf(name: string, value: Value): Generator<NumberValue, void, undefined> {
  const kind = kindOf(value);
  for (const member of (value as readonly Value[] | RegoSet).values()) {
    if (!isNumber(member))
      throw typeFault(name, `operand 1 must be ${kind} of numbers but got ${kind} containing ${kindOf(member)}`);
    yield member;
  }
}

/** Sum or product. */
function folding(name: 'sum' | 'product', description: string): Builtin {
  return {
    name,
    type: fn([numbers], numberType),
    description,
    evaluate: (context, value) => {
      const members = sized(context, name, value as Value);
      if (name === 'sum') {
        const plain = plainSum(members);
        if (plain !== undefined) return plain;
      }
      const numbers = { [Symbol.iterator]: () => membersOf(name, members) };
      return name === 'sum' ? sum(numbers) : product(numbers);
    },
  };
}

/** Sum of small integers; undefined where more care is needed. */
function plainSum(members: readonly Value[] | RegoSet): number | undefined {
  let total = 0;
  for (const member of members.values()) {
    if (!Number.isSafeInteger(member)) return undefined;
    total += member as number;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total;
}

/** An array or set, whose members were paid for. */
function sized(context: BuiltinContext, name: string, value: Value): readonly Value[] | RegoSet {
  if (value instanceof RegoSet) {
    context.spend(value.size);
    return value;
  }
  if (!Array.isArray(value)) throw operandFault(name, 1, value, 'set', 'array');
  context.spend(value.length);
  return value as readonly Value[];
}

/** The member that comes first, or last, in the total order; undefined when there is none. */
function extreme(name: string, sign: number, description: string): Builtin {
  return {
    name,
    type: fn([collection], anyType),
    description,
    evaluate: (context, value) => {
      let found: Value | undefined;
      for (const member of sized(context, name, value as Value).values())
        if (found === undefined || compareValues(member, found) * sign > 0) found = member;
      return found;
    },
  };
}

function sort(context: BuiltinContext, value: Value): Value {
  const members = sized(context, 'sort', value);
  return members instanceof RegoSet ? members.sorted(compareValues) : members.toSorted(compareValues);
}

/** `all` and `any` of v0. */
function booleans(name: string, description: string, test: (value: readonly Value[] | RegoSet) => boolean): Builtin {
  return {
    name,
    type: fn([collection], booleanType),
    deprecated: true,
    description,
    evaluate: (context, value) => test(sized(context, name, value as Value)),
  };
}

export const AGGREGATE_BUILTINS: readonly Builtin[] = [
  {
    name: 'count',
    type: fn([anyOf(stringType, anyArray, objectOf(anyType, anyType), anySet)], numberType),
    description: 'Number of items, members, keys or code points.',
    evaluate: (_, value) => count(value as Value),
  },
  folding('sum', 'Sum of the numbers of a collection.'),
  folding('product', 'Product of the numbers of a collection.'),
  extreme('max', 1, 'Greatest member by the order of values; undefined when there is none.'),
  extreme('min', -1, 'Least member by the order of values; undefined when there is none.'),
  {
    name: 'sort',
    type: fn([collection], anyArray),
    description: 'Members as an array in the order of values.',
    evaluate: (context, value) => sort(context, value as Value),
  },
  booleans('all', 'Whether all members are true.', (value) => {
    for (const member of value.values()) if (member !== true) return false;
    return true;
  }),
  booleans('any', 'Whether a member is true.', (value) => {
    for (const member of value.values()) if (member === true) return true;
    return false;
  }),
];
