import { CelFault } from '../runtime/fault.ts';
import { compare, isEqual } from '../value/compare.ts';
import { isList, kindOf } from '../value/kind.ts';
import { Duration } from '../value/time.ts';
import type { CelValue } from '../value/value.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { listCost } from './cost.ts';
import { CelFunction, globalFunction, method, type Overload } from './function.ts';

type List = readonly CelValue[];

const MAX_RANGE = 1_000_000;
const MAX_DEPTH = 100;
const ADD = new CelFunction('_+_');
ADD.overloads.push(...ARITHMETIC.filter((overload) => overload.name === '_+_'));

const squared = (left: List, right: List) => listCost(left) * listCost(right);
const contains = (list: List, value: CelValue) => list.some((element) => isEqual(element, value));

function ordered(left: CelValue, right: CelValue): number {
  const order = compare(left, right);
  if (order === undefined) throw new CelFault(`no such overload: ${kindOf(left)} and ${kindOf(right)} have no order`);
  return order;
}

function isSorted(list: List): boolean {
  return list.every((element, index) => index === 0 || ordered(list[index - 1] as CelValue, element) <= 0);
}

/** Of nothing it is the int zero: lists don't tell their types. */
function sum(list: List): CelValue {
  return list.reduce((total, element, index) => {
    if (index === 0 && !isSummand(element)) throw new CelFault(`no such overload: sum of ${kindOf(element)}`);
    if (index === 0) return element;
    return (ADD.choose([total, element]).call as (...args: CelValue[]) => CelValue)(total, element);
  }, 0n as CelValue);
}

function isSummand(value: CelValue): boolean {
  return ['int', 'uint', 'double'].includes(kindOf(value)) || value instanceof Duration;
}

function extreme(name: string, sign: 1 | -1): (list: List) => CelValue {
  return (list) => {
    if (list.length === 0) throw new CelFault(`${name} called on empty list`);
    return list.reduce((best, element) => (ordered(element, best) * sign > 0 ? element : best));
  };
}

function distinct(list: List): List {
  const kept: CelValue[] = [];
  for (const element of list) if (!contains(kept, element)) kept.push(element);
  return kept;
}

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end < start || end > BigInt(list.length))
    throw new CelFault(`cannot slice(${start}, ${end}) a list of ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function flatten(list: List, depth = 1n): List {
  if (depth < 0n) throw new CelFault('level must be non-negative');
  const levels = depth > MAX_DEPTH ? MAX_DEPTH : Number(depth);
  return levels === 0
    ? list
    : list.flatMap((element) => (isList(element) ? flatten(element, BigInt(levels - 1)) : [element]));
}

function range(count: bigint): List {
  if (count > MAX_RANGE) throw new CelFault(`lists.range of more than ${MAX_RANGE}`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index));
}

const position = (index: number) => BigInt(index);

/** Kubernetes' lists, cel-go's lists, and sets (lists, too). */
export const LISTS: readonly Overload[] = [
  method('list.isSorted()', isSorted, listCost),
  method('list.sum()', sum, listCost),
  method('list.min()', extreme('min', -1), listCost),
  method('list.max()', extreme('max', 1), listCost),
  method(
    'list.indexOf(dyn)',
    (list: List, value: CelValue) => position(list.findIndex((element) => isEqual(element, value))),
    listCost,
  ),
  method(
    'list.lastIndexOf(dyn)',
    (list: List, value: CelValue) => position(list.findLastIndex((element) => isEqual(element, value))),
    listCost,
  ),
  method('list.distinct()', distinct, (list: List) => squared(list, list)),
  method('list.reverse()', (list: List) => [...list].reverse(), listCost),
  method('list.slice(int, int)', slice, listCost),
  method(
    'list.sort()',
    (list: List) => [...list].sort(ordered),
    (list: List) => squared(list, list),
  ),
  method('list.flatten()', flatten, listCost),
  method('list.flatten(int)', flatten, listCost),
  globalFunction('lists.range(int)', range, (count: bigint) => Math.max(1, Number(count))),
  globalFunction(
    'sets.contains(list, list)',
    (list: List, other: List) => other.every((value) => contains(list, value)),
    squared,
  ),
  globalFunction(
    'sets.equivalent(list, list)',
    (list: List, other: List) =>
      other.every((value) => contains(list, value)) && list.every((value) => contains(other, value)),
    squared,
  ),
  globalFunction(
    'sets.intersects(list, list)',
    (list: List, other: List) => other.some((value) => contains(list, value)),
    squared,
  ),
];
