import type { Type } from './type.ts';

/** Stands for the type of a variable that nothing is known of yet, inside of arrays and objects. No other type is this object. */
export const UNSET: Type = Object.freeze({ kind: 'any', of: [] });

const unset = new WeakMap<Type, boolean>();

/** Is some part of the type still unknown? */
export function hasUnset(type: Type): boolean {
  if (type === UNSET) return true;
  if (type.kind !== 'array' && type.kind !== 'object') return false;
  const known = unset.get(type);
  if (known !== undefined) return known;
  const found =
    type.kind === 'array'
      ? type.static.some(hasUnset)
      : type.static.some(([, value]) => hasUnset(value)) ||
        (type.dynamic !== undefined && hasUnset(type.dynamic.value));
  unset.set(type, found);
  return found;
}
