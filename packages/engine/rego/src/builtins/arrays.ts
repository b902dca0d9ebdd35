import { anyType, arrayOf, fn, numberType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { clampedInteger } from './integer-operand.ts';
import { arrayOperand } from './operand.ts';

const anyArray = arrayOf(anyType);

function concat(context: BuiltinContext, a: readonly Value[], b: readonly Value[]): readonly Value[] {
  context.spend(a.length + b.length);
  return a.concat(b);
}

/** Items from `from` to before `to`; bounds outside are cut. */
function slice(context: BuiltinContext, items: readonly Value[], from: number, to: number): readonly Value[] {
  const start = Math.max(0, from);
  const end = Math.min(items.length, to);
  if (start >= end) return [];
  context.spend(end - start);
  return items.slice(start, end);
}

/** Arrays inside are replaced by their items, one level. */
function flatten(context: BuiltinContext, items: readonly Value[]): readonly Value[] {
  const result: Value[] = [];
  for (const item of items) {
    if (Array.isArray(item)) for (const inner of item as readonly Value[]) result.push(inner);
    else result.push(item);
  }
  context.spend(items.length + result.length);
  return result;
}

export const ARRAY_BUILTINS: readonly Builtin[] = [
  {
    name: 'array.concat',
    type: fn([anyArray, anyArray], anyArray),
    description: 'Items of one array, then those of another.',
    evaluate: (context, a, b) =>
      concat(context, arrayOperand('array.concat', 1, a as Value), arrayOperand('array.concat', 2, b as Value)),
  },
  {
    name: 'array.slice',
    type: fn([anyArray, numberType, numberType], anyArray),
    description: 'Items from a position to before another.',
    evaluate: (context, items, from, to) =>
      slice(
        context,
        arrayOperand('array.slice', 1, items as Value),
        clampedInteger('array.slice', 2, from as Value),
        clampedInteger('array.slice', 3, to as Value),
      ),
  },
  {
    name: 'array.reverse',
    type: fn([anyArray], anyArray),
    description: 'Items from last to first.',
    evaluate: (context, value) => {
      const items = arrayOperand('array.reverse', 1, value as Value);
      context.spend(items.length);
      return items.toReversed();
    },
  },
  {
    name: 'array.flatten',
    type: fn([anyArray], anyArray),
    description: 'Arrays inside an array replaced by their items, one level.',
    evaluate: (context, items) => flatten(context, arrayOperand('array.flatten', 1, items as Value)),
  },
];
