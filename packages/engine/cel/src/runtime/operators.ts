import { equalityCost, listCost } from '../library/cost.ts';
import type { CelFunction } from '../library/function.ts';
import { isEqual } from '../value/compare.ts';
import { isList } from '../value/kind.ts';
import { CelMap, type CelValue } from '../value/value.ts';
import { invoke } from './call.ts';
import type { Evaluation } from './evaluation.ts';

export function equals(evaluation: Evaluation, left: CelValue, right: CelValue): boolean {
  evaluation.charge(equalityCost(left, right));
  return isEqual(left, right);
}

/** `value in container` */
export function isIn(evaluation: Evaluation, found: CelFunction, value: CelValue, container: CelValue): CelValue {
  if (typeof value !== 'string') return invoke(evaluation, found, value, container);
  if (isList(container)) {
    evaluation.charge(listCost(container));
    return container.includes(value);
  }
  if (!(container instanceof CelMap)) return invoke(evaluation, found, value, container);
  evaluation.charge(1);
  return container.has(value);
}
