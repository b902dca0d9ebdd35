import { anyType, booleanType, fn } from '../types/construct.ts';
import { compareValues } from '../value/compare.ts';
import { equalValues } from '../value/equals.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';

const type = fn([anyType, anyType], booleanType);

function comparison(name: string, infix: string, test: (a: Value, b: Value) => boolean, description: string): Builtin {
  return { name, infix, type, description, evaluate: (_, a, b) => test(a as Value, b as Value) };
}

/** Operators that compare by the total order of values. `eq` and `assign` are the compiler's. */
export const COMPARISON_BUILTINS: readonly Builtin[] = [
  { name: 'eq', infix: '=', type, description: 'Unifies two terms.' },
  { name: 'assign', infix: ':=', type, description: 'Declares variables and gives them a value.' },
  comparison('equal', '==', equalValues, 'Whether two values are equal.'),
  comparison('neq', '!=', (a, b) => !equalValues(a, b), 'Whether two values differ.'),
  comparison('lt', '<', (a, b) => compareValues(a, b) < 0, 'Whether the first value comes before the second.'),
  comparison('lte', '<=', (a, b) => compareValues(a, b) <= 0, 'Whether the first value is not after the second.'),
  comparison('gt', '>', (a, b) => compareValues(a, b) > 0, 'Whether the first value comes after the second.'),
  comparison('gte', '>=', (a, b) => compareValues(a, b) >= 0, 'Whether the first value is not before the second.'),
];
