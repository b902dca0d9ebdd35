import { CelFault } from '../runtime/fault.ts';
import { compare, isEqual } from '../value/compare.ts';
import { isList, kindOf } from '../value/kind.ts';
import { mapKey } from '../value/map.ts';
import { CelType } from '../value/type.ts';
import type { CelMap, CelValue } from '../value/value.ts';
import { concatenationCost, equalityCost, listCost, regexCost, searchCost, textCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';
import { compileRegex } from './regex.ts';
import { checkedText, countCharacters } from './text.ts';

const MAX_ELEMENTS = 1_000_000;

function membership(value: CelValue, container: CelValue): boolean {
  if (isList(container)) return container.some((element) => isEqual(element, value));
  const key = mapKey(value);
  return key !== undefined && (container as CelMap).has(key);
}

function concatenateLists(left: readonly CelValue[], right: readonly CelValue[]): readonly CelValue[] {
  if (left.length + right.length > MAX_ELEMENTS) throw new CelFault(`a list is longer than ${MAX_ELEMENTS}`);
  if (right.length === 0) return left;
  return left.length === 0 ? right : [...left, ...right];
}

function ordering(name: string, holds: (order: number) => boolean): Overload {
  return globalFunction(
    `${name}(dyn, dyn)`,
    (left: CelValue, right: CelValue) => {
      const order = compare(left, right);
      if (order === undefined) throw new CelFault(`no such overload: ${kindOf(left)} ${name} ${kindOf(right)}`);
      return holds(order);
    },
    equalityCost,
  );
}

function sizes(kind: string, count: (value: never) => number): Overload[] {
  const call = (value: never) => BigInt(count(value));
  return [globalFunction(`size(${kind})`, call), method(`${kind}.size()`, call)].map((size) => ({ ...size, count }));
}

const matches = (text: string, pattern: string) => compileRegex(pattern).matcher(text).find();

/** Operators and what every implementation has, times and conversions apart. */
export const STANDARD: readonly Overload[] = [
  globalFunction('!_(bool)', (value: boolean) => !value),
  globalFunction('_==_(dyn, dyn)', isEqual, equalityCost),
  globalFunction('_!=_(dyn, dyn)', (left: CelValue, right: CelValue) => !isEqual(left, right), equalityCost),
  ordering('_<_', (order) => order < 0),
  ordering('_<=_', (order) => order <= 0),
  ordering('_>_', (order) => order > 0),
  ordering('_>=_', (order) => order >= 0),
  globalFunction('@in(dyn, list)', membership, (_: CelValue, list: readonly CelValue[]) => listCost(list)),
  globalFunction('@in(dyn, map)', membership),
  globalFunction(
    '_+_(string, string)',
    (left: string, right: string) => checkedText(left.length + right.length) ?? left + right,
    concatenationCost,
  ),
  globalFunction(
    '_+_(bytes, bytes)',
    (left: Uint8Array, right: Uint8Array) => checkedText(left.length + right.length) ?? concatBytes(left, right),
    concatenationCost,
  ),
  globalFunction('_+_(list, list)', concatenateLists),
  ...sizes('string', (value: string) => countCharacters(value)),
  ...sizes('bytes', (value: Uint8Array) => value.length),
  ...sizes('list', (value: readonly CelValue[]) => value.length),
  ...sizes('map', (value: CelMap) => value.size),
  method('string.contains(string)', (text: string, part: string) => text.includes(part), searchCost),
  method(
    'string.startsWith(string)',
    (text: string, part: string) => text.startsWith(part),
    (_: string, part: string) => textCost(part),
  ),
  method(
    'string.endsWith(string)',
    (text: string, part: string) => text.endsWith(part),
    (_: string, part: string) => textCost(part),
  ),
  method('string.matches(string)', matches, regexCost),
  globalFunction('matches(string, string)', matches, regexCost),
  globalFunction('type(dyn)', (value: CelValue) => new CelType(kindOf(value))),
  globalFunction('dyn(dyn)', (value: CelValue) => value),
];

function concatBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
