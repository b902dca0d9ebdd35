import { plain, sprintf } from './format.ts';
import { compareText, GoObject, Integer, integerOf, isMap, typeName, type Value } from './value.ts';

type Kind = 'bool' | 'int' | 'uint' | 'float' | 'string';

/** The kinds that Go compares; undefined for lists, maps, structs and nil. */
function basicKind(value: Value): Kind | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'string':
      return 'string';
    default:
      return value instanceof Integer ? (value.type.startsWith('uint') ? 'uint' : 'int') : undefined;
  }
}

/** Go's `eq` of two. @throws Error with Go's words for what does not compare */
export function equals(a: Value, b: Value): boolean {
  const [x, y] = [basicKind(a), basicKind(b)];
  if (x !== y) {
    if (isInteger(x) && isInteger(y)) return integerOf(a) === integerOf(b);
    if (isNil(a) || isNil(b)) return false;
    throw incompatible(a, b);
  }
  if (x !== undefined) return isInteger(x) ? integerOf(a) === integerOf(b) : a === b;
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (kindOf(a) !== kindOf(b)) {
    throw new Error(`non-comparable types ${shown(a)}, ${typeName(b)}: ${plain(b)}`);
  }
  if (!isComparable(b)) throw new Error(`non-comparable type ${shown(b)}`);
  return a === b;
}

/** Less than 0 when `a` comes first. @throws Error with Go's words for what has no order */
export function compare(a: Value, b: Value): number {
  const [x, y] = [basicKind(a), basicKind(b)];
  if (x === undefined || y === undefined) throw new Error('invalid type for comparison');
  if (x !== y && !(isInteger(x) && isInteger(y))) throw incompatible(a, b);
  switch (x) {
    case 'bool':
      throw new Error('invalid type for comparison');
    case 'string':
      return compareText(a as string, b as string);
    case 'float':
      return (a as number) - (b as number);
    default: {
      const [left, right] = [integerOf(a) ?? 0n, integerOf(b) ?? 0n];
      return left < right ? -1 : left > right ? 1 : 0;
    }
  }
}

function isInteger(kind: Kind | undefined): boolean {
  return kind === 'int' || kind === 'uint';
}

function isNil(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

function isComparable(value: Value): boolean {
  return value instanceof GoObject || !(Array.isArray(value) || value instanceof Uint8Array || isMap(value));
}

/** Of what has no basic kind. */
function kindOf(value: Value): string {
  if (Array.isArray(value) || value instanceof Uint8Array) return 'list';
  return isMap(value) ? 'map' : 'other';
}

/** The value as Go shows it there, with a verb that does not fit numbers. */
function shown(value: Value): string {
  return `${sprintf('%s', [value])}: ${typeName(value)}`;
}

function incompatible(a: Value, b: Value): Error {
  return new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}
