import { isRecord } from '../../schema/schema.ts';

/** Whether two JSON values are the same for the API server: absent, null and empty are one, the order of fields is none. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  for (const key of Object.keys(a)) {
    if (!sameJson(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
  }
  return Object.keys(b).every((key) => Object.hasOwn(a, key) || isNothing(b[key]));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
