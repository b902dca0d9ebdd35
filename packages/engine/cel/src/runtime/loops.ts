import { isList, kindOf } from '../value/kind.ts';
import { mapKey } from '../value/map.ts';
import { CelMap, type CelValue } from '../value/value.ts';
import { CelFault } from './fault.ts';

/** What a macro goes over: the elements of a list, the keys of a map. */
export function rangeOf(value: CelValue): readonly CelValue[] {
  if (isList(value)) return value;
  if (value instanceof CelMap) return [...value.keys()];
  throw new CelFault(`no such overload: ${kindOf(value)} is nothing to go over`);
}

export function valueAt(map: CelMap, key: CelValue): CelValue {
  const index = mapKey(key);
  return (index === undefined ? undefined : map.get(index)) ?? null;
}

/** Adds what an entry of `transformMapEntry` gave. */
export function addEntries(entries: [CelValue, CelValue][], map: CelValue): void {
  if (!(map instanceof CelMap)) throw new CelFault(`no such overload: transformMapEntry with ${kindOf(map)}`);
  for (const key of map.keys()) entries.push([key, valueAt(map, key)]);
}
