import { deepEqual } from '../equal.ts';
import { isJsonObject } from '../json.ts';

/** One operation of a JSON Patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * A JSON Patch (RFC 6902) that makes `after` out of `before`. Lists are compared by position: what one has beyond the other
 * is appended, or removed from the end.
 */
export function createJsonPatch(before: unknown, after: unknown): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [];
  compare(before, after, '', operations);
  return operations;
}

function compare(before: unknown, after: unknown, path: string, operations: JsonPatchOperation[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, operations);
  else if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of Object.keys(before)) {
      if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path: below(path, key) });
    }
    for (const [key, value] of Object.entries(after)) {
      if (Object.hasOwn(before, key)) compare(before[key], value, below(path, key), operations);
      else operations.push({ op: 'add', path: below(path, key), value });
    }
  } else if (!deepEqual(before, after)) operations.push({ op: 'replace', path, value: after });
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  operations: JsonPatchOperation[],
): void {
  const shared = Math.min(before.length, after.length);
  for (let index = 0; index < shared; index++) compare(before[index], after[index], `${path}/${index}`, operations);
  for (let index = before.length - 1; index >= shared; index--)
    operations.push({ op: 'remove', path: `${path}/${index}` });
  for (let index = shared; index < after.length; index++)
    operations.push({ op: 'add', path: `${path}/-`, value: after[index] });
}

function below(path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
