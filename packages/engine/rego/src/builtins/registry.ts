import { AGGREGATE_BUILTINS } from './aggregates.ts';
import { ARITHMETIC_BUILTINS } from './arithmetic.ts';
import { ARRAY_BUILTINS } from './arrays.ts';
import type { Builtin } from './builtin.ts';
import { COMPARISON_BUILTINS } from './comparison.ts';
import { MEMBERSHIP_BUILTINS } from './membership.ts';
import { OBJECT_BUILTINS } from './objects.ts';
import { SET_BUILTINS } from './sets.ts';

const FAMILIES: readonly (readonly Builtin[])[] = [
  COMPARISON_BUILTINS,
  ARITHMETIC_BUILTINS,
  AGGREGATE_BUILTINS,
  SET_BUILTINS,
  MEMBERSHIP_BUILTINS,
  ARRAY_BUILTINS,
  OBJECT_BUILTINS,
];

/** Every built-in by name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flatMap((family) => family.map((builtin) => [builtin.name, builtin] as const)),
);
