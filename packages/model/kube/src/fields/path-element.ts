import { SekishoError } from '@sekisho/base';
import { canonicalJson } from '../equal.ts';
import { isJsonObject, ownValue } from '../json.ts';
import type { ListType } from './field-type.ts';

/**
 * One step of a field path in the notation of FieldsV1: `f:name` (field), `k:{"name":"web"}` (list item by its keys),
 * `v:"x"` (set item by its value), `i:0` (list item by position). Always canonical: equal steps are equal strings.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  let element = fieldElements.get(name);
  if (element === undefined) {
    element = `f:${name}`;
    remember(fieldElements, name, element);
  }
  return element;
}

/** Field names repeat all the time; joining and hashing them anew would be most of the cost of an apply. */
const fieldElements = new Map<string, PathElement>();
const maxRemembered = 10_000;

function remember(cache: Map<string, PathElement>, key: string, element: PathElement): void {
  if (cache.size >= maxRemembered) cache.clear();
  if (key.length <= 256) cache.set(key, element);
}

/** The same for items of lists with one key that is a text, by list. */
const itemElements = new WeakMap<ListType, Map<string, PathElement>>();

/** The identity of an item of an associative list, or undefined when it has none (see {@link itemProblem}). */
export function itemElement(list: ListType, item: unknown): PathElement | undefined {
  if (list.keys.length === 0) {
    return item === null || typeof item === 'object' || item === undefined ? undefined : `v:${canonicalJson(item)}`;
  }
  if (!isJsonObject(item)) return undefined;
  if (list.keys.length === 1) {
    const value = ownValue(item, list.keys[0] as string);
    if (typeof value === 'string') return singleKeyElement(list, value);
  }
  let body = '';
  for (let i = 0; i < list.keys.length; i++) {
    const key = list.keys[i] as string;
    const value = ownValue(item, key) ?? (Object.hasOwn(item, key) ? null : list.keyDefaults[i]);
    if (value === undefined) continue;
    body += `${body === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return body === '' ? undefined : `k:{${body}}`;
}

function singleKeyElement(list: ListType, value: string): PathElement {
  let cache = itemElements.get(list);
  if (cache === undefined) {
    cache = new Map();
    itemElements.set(list, cache);
  }
  let element = cache.get(value);
  if (element === undefined) {
    element = `k:{${JSON.stringify(list.keys[0])}:${JSON.stringify(value)}}`;
    remember(cache, value, element);
  }
  return element;
}

/** Why an item of an associative list has no identity, in the API server's words. */
export function itemProblem(list: ListType, item: unknown): string {
  if (list.keys.length === 0) {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    return Array.isArray(item)
      ? 'not supported: associative list with lists as elements'
      : "associative list without keys has an element that's a map type";
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

/**
 * Reads a key of FieldsV1 and makes it canonical.
 * @returns undefined for kinds of steps that are not known (to be ignored, as the API server does)
 * @throws SekishoError FIELDS_INVALID
 */
export function parsePathElement(key: string): PathElement | undefined {
  const body = key.slice(2);
  switch (key.slice(0, 2)) {
    case 'f:':
      return key;
    case 'k:': {
      const keys = parseJson(body, key);
      if (!isJsonObject(keys)) throw invalid(key);
      return `k:${canonicalJson(keys)}`;
    }
    case 'v:':
      return `v:${canonicalJson(parseJson(body, key))}`;
    case 'i:':
      if (!/^-?\d{1,15}$/.test(body)) throw invalid(key);
      return `i:${Number(body)}`;
    default:
      if (key[1] !== ':') throw invalid(key);
      return undefined;
  }
}

function parseJson(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(key, cause);
  }
}

function invalid(key: string, cause?: unknown): SekishoError {
  return new SekishoError('FIELDS_INVALID', `${JSON.stringify(key.slice(0, 200))} is not a step of a field path`, {
    hint: 'Keys of fieldsV1 look like f:spec, k:{"name":"web"}, v:"x" or i:0.',
    cause,
  });
}

/** As the API server prints it: `.spec`, `[name="web"]`, `[="x"]`, `[0]`. */
export function formatPathElement(element: PathElement): string {
  const body = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${body}`;
    case 'k': {
      const keys = JSON.parse(body) as Record<string, unknown>;
      return `[${Object.keys(keys)
        .sort()
        .map((key) => `${key}=${formatValue(keys[key])}`)
        .join(',')}]`;
    }
    case 'v':
      return `[=${formatValue(JSON.parse(body))}]`;
    default:
      return `[${body}]`;
  }
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(',')}]`;
  if (isJsonObject(value)) {
    return Object.keys(value)
      .map((key) => `${key}=${formatValue(value[key])}`)
      .join('');
  }
  return JSON.stringify(value);
}

/** `.spec.containers[name="web"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatPathElement).join('');
}

const rank: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** The order of FieldsV1: fields by name, then items by keys, by value, by position; numbers numerically. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const kind = a[0] as string;
  if (kind !== b[0]) return (rank[kind] ?? 4) - (rank[b[0] as string] ?? 4);
  if (kind === 'f') return a < b ? -1 : 1;
  if (kind === 'i') return Number(a.slice(2)) - Number(b.slice(2));
  const left: unknown = JSON.parse(a.slice(2));
  const right: unknown = JSON.parse(b.slice(2));
  if (kind === 'v') return compareValues(left, right);
  return compareKeys(left as Record<string, unknown>, right as Record<string, unknown>);
}

function compareKeys(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const namesA = Object.keys(a).sort();
  const namesB = Object.keys(b).sort();
  for (let i = 0; i < Math.min(namesA.length, namesB.length); i++) {
    const nameA = namesA[i] as string;
    const nameB = namesB[i] as string;
    if (nameA !== nameB) return nameA < nameB ? -1 : 1;
    const order = compareValues(a[nameA], b[nameB]);
    if (order !== 0) return order;
  }
  return namesA.length - namesB.length;
}

function compareValues(a: unknown, b: unknown): number {
  const kindA = valueRank(a);
  const kindB = valueRank(b);
  if (kindA !== kindB) return kindA - kindB;
  if (typeof a === 'number') return a - (b as number);
  const left = typeof a === 'string' ? a : canonicalJson(a);
  const right = typeof b === 'string' ? b : canonicalJson(b);
  return left === right ? 0 : left < right ? -1 : 1;
}

function valueRank(value: unknown): number {
  if (value === null) return 5;
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  return Array.isArray(value) ? 3 : 4;
}
