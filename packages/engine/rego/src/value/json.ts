import { SekishoError } from '@sekisho/base';
import { endOfString, readExactJson } from './exact-json.ts';
import { BigNumber } from './number.ts';
import { ObjectBuilder, type ObjectValue, sortedKeys, sortedMembers, valueAt } from './object.ts';
import { RegoSet, type Value } from './value.ts';

export interface JsonLimits {
  /** Deepest nesting of arrays and objects. Default 2,000, which recursive work on values can go through safely. */
  readonly maxDepth?: number;
  /** Longest text in UTF-16 units. Default 512 Mi. */
  readonly maxLength?: number;
}

const DEFAULT_MAX_DEPTH = 2000;
const DEFAULT_MAX_LENGTH = 512 * 1024 * 1024;

/**
 * Numbers that a double may not give back: 16 digits and more, exponents, -0. A text in quotes may look the same, which
 * costs time only.
 */
const EXACT_NUMBERS = /(?:^\s*|"\s*:\s*|[[,]\s*)(?:-?(?:[\d.]{16}|[\d.]+[eE])|-0(?:\.0*)?(?![.\d]))/;

/**
 * Reads JSON with numbers of any size exactly. Keys named `__proto__` are keys as all others.
 *
 * @throws SekishoError REGO_JSON_SYNTAX | REGO_JSON_TOO_DEEP | REGO_JSON_TOO_LARGE
 */
export function parseJson(text: string, limits: JsonLimits = {}): Value {
  const maxLength = limits.maxLength ?? DEFAULT_MAX_LENGTH;
  if (text.length > maxLength)
    throw new SekishoError('REGO_JSON_TOO_LARGE', `JSON of ${text.length} characters; ${maxLength} are allowed`);
  checkDepth(text, limits.maxDepth ?? DEFAULT_MAX_DEPTH);
  if (EXACT_NUMBERS.test(text)) return readExactJson(text);
  try {
    return JSON.parse(text) as Value;
  } catch {
    // The exact reader words the fault, the same one for all versions of the runtime.
    return readExactJson(text);
  }
}

/** Brackets outside strings are counted; whether they match is the parser's matter. */
function checkDepth(text: string, maxDepth: number): void {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) {
      i = endOfString(text, i);
      if (i < 0) return;
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > maxDepth) throw new SekishoError('REGO_JSON_TOO_DEEP', `JSON nested deeper than ${maxDepth} levels`);
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
}

/** Keys in order, sets as sorted arrays, keys that are no strings as the text of their JSON. */
export function toJson(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return `${value}`;
  if (value instanceof BigNumber) return value.text;
  if (Array.isArray(value)) return listJson(value as readonly Value[]);
  if (value instanceof RegoSet) return listJson(sortedMembers(value));
  const object = value as ObjectValue;
  let text = '';
  for (const [name, key] of namedKeys(object))
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${toJson(valueAt(object, key) as Value)}`;
  return `{${text}}`;
}

function listJson(items: readonly Value[]): string {
  let text = '';
  for (const item of items) text += text === '' ? toJson(item) : `,${toJson(item)}`;
  return `[${text}]`;
}

/** Keys as names of JSON members, in the order of the names; of two keys of one name the later one in the order of values. */
export function namedKeys(object: ObjectValue): readonly (readonly [name: string, key: Value])[] {
  const keys = sortedKeys(object);
  if (keys.every((key) => typeof key === 'string')) return keys.map((key) => [key as string, key] as const);
  const names = new Map<string, Value>();
  for (const key of keys) names.set(keyName(key), key);
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The name that a key has in JSON. */
export function keyName(key: Value): string {
  return typeof key === 'string' ? key : toJson(key);
}

/** What JSON can hold: sets are sorted arrays, keys are strings. Parts that are JSON already are shared. */
export function toJsonValue(value: Value): Value {
  if (typeof value !== 'object' || value === null || value instanceof BigNumber) return value;
  if (value instanceof RegoSet) return sortedMembers(value).map(toJsonValue);
  if (Array.isArray(value)) return mapIfChanged(value as readonly Value[]);
  const object = value as ObjectValue;
  const result = new ObjectBuilder();
  for (const [name, key] of namedKeys(object)) result.set(name, toJsonValue(valueAt(object, key) as Value));
  return result.build();
}

function mapIfChanged(items: readonly Value[]): readonly Value[] {
  const mapped = items.map(toJsonValue);
  return mapped.some((item, index) => item !== items[index]) ? mapped : items;
}

/**
 * Takes what JSON.parse or a YAML reader gives as a value: checks that there is nothing in it but JSON, and its depth. The
 * value itself is returned unless a number in it needs another form.
 *
 * @throws SekishoError REGO_VALUE_INVALID (names the path) | REGO_JSON_TOO_DEEP
 */
export function fromJson(value: unknown, limits: JsonLimits = {}): Value {
  checkJson(value, limits.maxDepth ?? DEFAULT_MAX_DEPTH);
  return value as Value;
}

/** Walks with its own stack: depth is what it is to find out. */
function checkJson(root: unknown, maxDepth: number): void {
  const stack: { value: unknown; depth: number; path: string }[] = [{ value: root, depth: 0, path: '' }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth, path } = next;
    if (isScalar(value)) continue;
    if (depth >= maxDepth) throw new SekishoError('REGO_JSON_TOO_DEEP', `value nested deeper than ${maxDepth} levels`);
    if (typeof value !== 'object' || value === null || !isPlain(value))
      throw new SekishoError('REGO_VALUE_INVALID', `${path === '' ? 'the value' : path} is not JSON: ${typeof value}`);
    for (const [key, item] of Object.entries(value))
      if (!isScalar(item)) stack.push({ value: item, depth: depth + 1, path: `${path}/${key}` });
  }
}

function isScalar(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value instanceof BigNumber)
    return true;
  return typeof value === 'number' && Number.isFinite(value);
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
