import { anyType, arrayOf, fn, tupleOf } from '../types/construct.ts';
import { kindOf } from '../value/kind.ts';
import { type ObjectValue, sortedKeys, sortedMembers, valueAt } from '../value/object.ts';
import type { RegoSet, Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';

interface Step {
  readonly path: readonly Value[];
  readonly value: Value;
}

/** `[path, value]` of a value and everything in it, outer before inner, in the order of keys; a set's members are keys. */
function walk(context: BuiltinContext, root: Value): readonly Value[] {
  const result: Value[] = [];
  const stack: Step[] = [{ path: [], value: root }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { path, value } = step;
    context.spend(path.length + 1);
    result.push([path, value]);
    pushChildren(stack, path, value);
  }
  return result;
}

function pushChildren(stack: Step[], path: readonly Value[], value: Value): void {
  switch (kindOf(value)) {
    case 'array': {
      const items = value as readonly Value[];
      for (let i = items.length - 1; i >= 0; i -= 1) stack.push({ path: [...path, i], value: items[i] as Value });
      return;
    }
    case 'set': {
      for (const member of sortedMembers(value as RegoSet).toReversed())
        stack.push({ path: [...path, member], value: member });
      return;
    }
    case 'object': {
      const object = value as ObjectValue;
      for (const key of sortedKeys(object).toReversed())
        stack.push({ path: [...path, key], value: valueAt(object, key) as Value });
      return;
    }
    default:
  }
}

export const WALK_BUILTINS: readonly Builtin[] = [
  {
    name: 'walk',
    type: fn([anyType], tupleOf([arrayOf(anyType), anyType])),
    relation: true,
    description: 'Path and value of everything in a value, itself included.',
    evaluate: (context, value) => walk(context, value as Value),
  },
];
