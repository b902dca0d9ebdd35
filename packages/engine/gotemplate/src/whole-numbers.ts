import { int64, isMap, type Value } from './value.ts';

/** JSON as Kubernetes' own programs read it: whole numbers are int64, not float64. A copy, where there is any. */
export function withWholeNumbers(value: Value): Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? int64(value) : value;
  if (Array.isArray(value)) return value.map(withWholeNumbers);
  if (!isMap(value)) return value;
  const copy: Record<string, Value> = Object.create(null);
  for (const key of Object.keys(value)) copy[key] = withWholeNumbers(value[key]);
  return copy;
}
