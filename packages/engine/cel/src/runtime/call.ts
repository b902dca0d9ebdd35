import type { CelFunction } from '../library/function.ts';
import type { CelValue } from '../value/value.ts';
import type { Evaluation } from './evaluation.ts';

type Cost = (...args: readonly CelValue[]) => number;
type Call = (...args: readonly CelValue[]) => CelValue;

/** Calls the overload that the values ask for. */
export function invoke(evaluation: Evaluation, found: CelFunction, ...args: readonly CelValue[]): CelValue {
  const { cost, call } = found.choose(args);
  evaluation.charge(cost === undefined ? 1 : (cost as Cost)(...args));
  return (call as Call)(...args);
}

/** The same for overloads that give numbers. */
export function invokeCount(evaluation: Evaluation, found: CelFunction, ...args: readonly CelValue[]): number {
  const { cost, count } = found.choose(args);
  evaluation.charge(cost === undefined ? 1 : (cost as Cost)(...args));
  return (count as (...args: readonly CelValue[]) => number)(...args);
}
