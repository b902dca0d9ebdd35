import { anyType, fn, setOf } from '../types/construct.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { setOperand } from './operand.ts';

const anySet = setOf(anyType);

export function difference(context: BuiltinContext, a: RegoSet, b: RegoSet): RegoSet {
  context.spend(a.size);
  return a.filter(b, false);
}

export function intersectionOf(context: BuiltinContext, a: RegoSet, b: RegoSet): RegoSet {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  context.spend(small.size);
  return small.filter(large, true);
}

export function unionOf(context: BuiltinContext, a: RegoSet, b: RegoSet): RegoSet {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const result = new RegoSet();
  addAll(context, result, a);
  addAll(context, result, b);
  return result;
}

function addAll(context: BuiltinContext, into: RegoSet, from: RegoSet): void {
  context.spend(from.size);
  into.addAll(from);
}

function unionOfAll(context: BuiltinContext, sets: RegoSet): RegoSet {
  const result = new RegoSet();
  for (const member of sets.list()) addAll(context, result, setOperand('union', 1, member));
  return result;
}

function intersectionOfAll(context: BuiltinContext, sets: RegoSet): RegoSet {
  let result: RegoSet | undefined;
  for (const member of sets.list()) {
    const set = setOperand('intersection', 1, member);
    result = result === undefined ? set : intersectionOf(context, result, set);
  }
  return result ?? new RegoSet();
}

type SetOperation = (context: BuiltinContext, a: RegoSet, b: RegoSet) => RegoSet;

function operator(name: string, infix: string | undefined, description: string, apply: SetOperation): Builtin {
  return {
    name,
    ...(infix === undefined ? { deprecated: true } : { infix }),
    type: fn([anySet, anySet], anySet),
    description,
    evaluate: (context, a, b) => apply(context, setOperand(name, 1, a as Value), setOperand(name, 2, b as Value)),
  };
}

export const SET_BUILTINS: readonly Builtin[] = [
  operator('and', '&', 'Members that are in both sets.', intersectionOf),
  operator('or', '|', 'Members that are in either set.', unionOf),
  operator('set_diff', undefined, 'Members of the first set that are not in the second.', difference),
  {
    name: 'union',
    type: fn([setOf(anySet)], anySet),
    description: 'Members of any of the sets in a set.',
    evaluate: (context, sets) => unionOfAll(context, setOperand('union', 1, sets as Value)),
  },
  {
    name: 'intersection',
    type: fn([setOf(anySet)], anySet),
    description: 'Members of all of the sets in a set.',
    evaluate: (context, sets) => intersectionOfAll(context, setOperand('intersection', 1, sets as Value)),
  },
];
