import { isMap, isTrue, typed, typeName } from '@sekisho/gotemplate';
import type { Parameters } from '../spec/application-set.ts';

/** Two parameter sets say different things of one name, where only texts can be told apart. */
export class CombineError extends Error {}

/** Both sets of texts in one. @throws CombineError when they differ in a parameter */
export function combineTexts(first: Parameters, second: Parameters): Parameters {
  for (const [key, value] of Object.entries(second)) {
    const other = Object.hasOwn(first, key) ? first[key] : undefined;
    if (other === undefined || other === value) continue;
    throw new CombineError(`found duplicate key ${key} with different value, a: ${String(other)} ,b: ${String(value)}`);
  }
  return { ...first, ...second };
}

/** `top` over `base`: maps are merged, everything else of `top` wins, as in the library that Argo CD merges with. */
export function override(base: Parameters, top: Parameters): Parameters {
  return mergeBy(base, top, (below, value) => {
    return isMap(below) && isMap(value) ? keepType(override(below, value), below, value) : value;
  });
}

/** `value`, and from `defaults` what it leaves open or empty; lists are taken whole. */
export function fillEmpty(value: Parameters, defaults: Parameters): Parameters {
  return mergeBy(value, defaults, (own, other) => {
    if (isMap(own) && isMap(other)) return fillEmpty(own, other);
    return isTrue(own) ? own : other;
  });
}

/** Keys of both; `choose` decides where the second has one. Any key may be a key, `__proto__` as well. */
function mergeBy(
  first: Parameters,
  second: Parameters,
  choose: (first: unknown, second: unknown) => unknown,
): Parameters {
  const merged = new Map(Object.entries(first));
  for (const [key, value] of Object.entries(second)) merged.set(key, choose(merged.get(key), value));
  return Object.fromEntries(merged);
}

/** Copies lose the Go type of a map: what a template does with a missing key depends on it. */
function keepType<T extends object>(merged: T, first: object, second: object): T {
  const type = typeName(first);
  return type === typeName(second) && type !== typeName({}) ? typed(merged, type) : merged;
}
