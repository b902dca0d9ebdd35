import { BigNumber } from '../value/number.ts';
import { RegoObject, RegoSet } from '../value/value.ts';

const INHERITED: ReadonlySet<string> = new Set(
  [Object, Array, String, Number, Boolean, RegoObject, RegoSet, BigNumber]
    .flatMap((type) => Object.getOwnPropertyNames(type.prototype))
    .concat('length', 'text', '__proto__'),
);

/**
 * Whether reading the property from any value gives what JSON has there or undefined: no value inherits it, and it is no index of
 * an array or string.
 */
export function isSafeProperty(key: string): boolean {
  return !INHERITED.has(key) && !/^\d/.test(key);
}
