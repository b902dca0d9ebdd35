import { anyOf, anyType, arrayOf, fn, objectOf, setOf, stringType } from '../types/construct.ts';
import { isObject } from '../value/kind.ts';
import { forEachEntry, ObjectBuilder } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { type PathTree, pathTree } from './json-paths.ts';
import { objectOperand } from './operand.ts';

const anyObject = objectOf(anyType, anyType);
const path = anyOf(stringType, arrayOf(anyType));
const paths = anyOf(arrayOf(path), setOf(path));

/**
 * Builds a copy by what `pick` gives for each member: undefined leaves it out. Items of arrays go by the text of their
 * index, members of sets by themselves.
 */
function rebuild(context: BuiltinContext, value: Value, pick: (key: Value, member: Value) => Value | undefined): Value {
  if (Array.isArray(value)) {
    const items: Value[] = [];
    (value as readonly Value[]).forEach((item, index) => {
      const picked = pick(`${index}`, item);
      if (picked !== undefined) items.push(picked);
    });
    context.spend(value.length);
    return items;
  }
  if (value instanceof RegoSet) {
    const members = new RegoSet();
    for (const member of value.values()) {
      const picked = pick(member, member);
      if (picked !== undefined) members.add(picked);
    }
    context.spend(value.size);
    return members;
  }
  if (!isObject(value)) return value;
  const object = new ObjectBuilder();
  let size = 0;
  forEachEntry(value, (key, member) => {
    size += 1;
    const picked = pick(key, member);
    if (picked !== undefined) object.set(key, picked);
  });
  context.spend(size);
  return object.build();
}

function filter(context: BuiltinContext, value: Value, tree: PathTree): Value {
  return rebuild(context, value, (key, member) => {
    const below = tree.child(key);
    if (below === undefined) return undefined;
    return below.isLeaf ? member : filter(context, member, below);
  });
}

function remove(context: BuiltinContext, value: Value, tree: PathTree): Value {
  return rebuild(context, value, (key, member) => {
    const below = tree.child(key);
    if (below === undefined) return member;
    return below.isLeaf ? undefined : remove(context, member, below);
  });
}

export const JSON_FILTER_BUILTINS: readonly Builtin[] = [
  {
    name: 'json.filter',
    type: fn([anyObject, paths], anyObject),
    description: 'What stands at some paths of an object, and nothing else.',
    evaluate: (context, value, names) => {
      const object = objectOperand('json.filter', 1, value as Value);
      return filter(context, object, pathTree(context, 'json.filter', names as Value));
    },
  },
  {
    name: 'json.remove',
    type: fn([anyObject, paths], anyObject),
    description: 'An object without what stands at some paths.',
    evaluate: (context, value, names) => {
      const object = objectOperand('json.remove', 1, value as Value);
      return remove(context, object, pathTree(context, 'json.remove', names as Value));
    },
  },
];
