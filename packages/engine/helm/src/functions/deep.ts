import { elementType, GoObject, Integer, isMap, typed, typeName, type Value } from '@sekisho/gotemplate';
import { checkDepth } from './limits.ts';

/** `reflect.DeepEqual`: values of different types are never equal. */
export function deepEqual(a: Value, b: Value, depth = 0): boolean {
  const [x, y] = [a ?? null, b ?? null];
  if (x === y || (typeof x === 'number' && x === y)) return true;
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return false;
  checkDepth(depth);
  if (typeName(x) !== typeName(y)) return false;
  if (x instanceof Integer) return y instanceof Integer && x.value === y.value;
  if (x instanceof GoObject) return y instanceof GoObject && x.toString() === y.toString();
  if (Array.isArray(x)) {
    return Array.isArray(y) && x.length === y.length && x.every((item, index) => deepEqual(item, y[index], depth + 1));
  }
  if (!isMap(x) || !isMap(y)) return false;
  const keys = Object.keys(x);
  return (
    keys.length === Object.keys(y).length &&
    keys.every((key) => Object.hasOwn(y, key) && deepEqual(x[key], y[key], depth + 1))
  );
}

/** Lists and maps anew, all the way down. */
export function deepCopy(value: Value, depth = 0): Value {
  checkDepth(depth);
  if (Array.isArray(value)) {
    const copy = value.map((item) => deepCopy(item, depth + 1));
    return elementType(value) === 'interface {}' ? copy : typed(copy, typeName(value));
  }
  if (!isMap(value)) return value;
  const copy: Record<string, Value> = {};
  for (const [key, item] of Object.entries(value)) put(copy, key, deepCopy(item, depth + 1));
  return typeName(value) === 'map[string]interface {}' ? copy : typed(copy, typeName(value));
}

/** Sets an own key, `__proto__` too. */
export function put(map: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  } else map[key] = value;
}

/** What stands in a map under its own key; undefined: nothing. */
export function own(map: Readonly<Record<string, Value>>, key: string): Value {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
