/**
 * What templates compute with: JSON, with Go's int as bigint and float64 as number. Maps have string keys. What a function
 * gives and takes may be anything else; it is opaque then.
 */
export type Value = unknown;

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) !== null
    ? Object.getPrototypeOf(value) === Object.prototype
    : typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go's truth: false, 0, nil, and what is empty are not true. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined || value === false) return false;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  return isMap(value) ? Object.keys(value).length > 0 : true;
}

/** What Go would call it, for messages. */
export function typeName(value: Value): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'slice';
  return isMap(value) ? 'map' : typeof value;
}

/** Go orders the keys of a map by their bytes; this is the same for UTF-16 without surrogates, and near enough with. */
export function sortedKeys(map: Readonly<Record<string, Value>>): string[] {
  return Object.keys(map).sort(compareText);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
