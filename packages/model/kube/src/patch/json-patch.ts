import { SekishoError } from '@sekisho/base';
import { canonicalJson, deepEqual } from '../equal.ts';
import { checkDepth, isJsonObject, type JsonObject, ownValue, setOwn } from '../json.ts';

/** The API server's bounds: operations in one patch, and bytes that `copy` may multiply. */
const maxOperations = 10_000;
const maxCopiedBytes = 3 * 1024 * 1024;

interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: readonly string[];
  readonly from: readonly string[];
  readonly value: unknown;
  readonly text: string;
}

/**
 * Applies a JSON Patch (RFC 6902). Unchanged branches are shared with `value`, which is not changed itself.
 * Negative positions count from the end of a list, as in the API server; keys such as `constructor` are plain data.
 * @throws SekishoError JSON_PATCH_INVALID (not a patch, or over a bound) | JSON_PATCH_FAILED (a path does not exist, or a
 *   `test` does not hold; `details.op` is the operation) | OBJECT_TOO_DEEP
 */
export function applyJsonPatch(value: unknown, patch: unknown): unknown {
  const operations = parsePatch(patch);
  let result = value;
  let copiedBytes = 0;
  for (const operation of operations) {
    if (operation.op === 'copy') {
      copiedBytes += canonicalJson(getAt(result, operation.from, operation)).length;
      if (copiedBytes > maxCopiedBytes) {
        throw invalid(`copy operations multiply more than ${maxCopiedBytes} bytes`);
      }
    }
    result = applyOperation(result, operation);
  }
  return result;
}

function applyOperation(value: unknown, operation: Operation): unknown {
  const { op, path, from } = operation;
  switch (op) {
    case 'add':
      return change(value, path, 'add', operation.value, operation);
    case 'replace':
      return change(value, path, 'replace', operation.value, operation);
    case 'remove':
      return change(value, path, 'remove', undefined, operation);
    case 'copy':
      return change(value, path, 'add', getAt(value, from, operation), operation);
    case 'move': {
      const moved = getAt(value, from, operation);
      if (isPrefix(from, path)) {
        if (from.length === path.length) return value;
        throw failed(operation, 'a value cannot be moved into itself');
      }
      return change(change(value, from, 'remove', undefined, operation), path, 'add', moved, operation);
    }
    case 'test': {
      if (deepEqual(findAt(value, path) ?? null, operation.value ?? null)) return value;
      throw failed(operation, 'the tested value is another');
    }
  }
}

function change(
  value: unknown,
  path: readonly string[],
  action: 'add' | 'replace' | 'remove',
  next: unknown,
  operation: Operation,
): unknown {
  const [token, ...rest] = path;
  if (token === undefined) {
    if (action === 'remove') throw failed(operation, 'the whole document cannot be removed');
    return next;
  }
  const below = (current: unknown): unknown => change(current, rest, action, next, operation);
  if (Array.isArray(value)) return changeList(value, token, rest.length === 0, action, next, operation, below);
  if (!isJsonObject(value)) throw failed(operation, 'the path does not exist');
  return changeObject(value, token, rest.length === 0, action, next, operation, below);
}

function changeObject(
  object: JsonObject,
  key: string,
  isLast: boolean,
  action: 'add' | 'replace' | 'remove',
  next: unknown,
  operation: Operation,
  below: (current: unknown) => unknown,
): JsonObject {
  if ((!isLast || action !== 'add') && !Object.hasOwn(object, key)) throw failed(operation, 'the path does not exist');
  const out = { ...object };
  if (!isLast) setOwn(out, key, below(ownValue(object, key)));
  else if (action === 'remove') delete out[key];
  else setOwn(out, key, next);
  return out;
}

function changeList(
  list: readonly unknown[],
  token: string,
  isLast: boolean,
  action: 'add' | 'replace' | 'remove',
  next: unknown,
  operation: Operation,
  below: (current: unknown) => unknown,
): unknown[] {
  const appends = isLast && action === 'add';
  if (token === '-' && appends) return [...list, next];
  const length = appends ? list.length + 1 : list.length;
  const index = listIndex(token, length);
  if (index === undefined)
    throw failed(operation, `${JSON.stringify(token)} is not a position in a list of ${list.length}`);
  const out = [...list];
  if (!isLast) out[index] = below(list[index]);
  else if (action === 'add') out.splice(index, 0, next);
  else if (action === 'remove') out.splice(index, 1);
  else out[index] = next;
  return out;
}

function listIndex(token: string, length: number): number | undefined {
  if (!/^(?:0|-?[1-9]\d{0,8})$/.test(token)) return undefined;
  const index = Number(token);
  const position = index < 0 ? length + index : index;
  return position >= 0 && position < length ? position : undefined;
}

function getAt(value: unknown, path: readonly string[], operation: Operation): unknown {
  const found = findAt(value, path);
  if (found === undefined) throw failed(operation, 'the path it takes from does not exist');
  return found;
}

function findAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const token of path) {
    if (Array.isArray(current)) {
      const index = listIndex(token, current.length);
      current = index === undefined ? undefined : current[index];
    } else {
      current = isJsonObject(current) ? ownValue(current, token) : undefined;
    }
  }
  return current;
}

function isPrefix(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((token, index) => token === path[index]);
}

function parsePatch(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw invalid('a JSON patch is a list of operations');
  if (patch.length > maxOperations) {
    throw invalid(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`);
  }
  return patch.map(parseOperation);
}

function parseOperation(operation: unknown, index: number): Operation {
  if (!isJsonObject(operation)) throw invalid(`operation ${index} is not an object`);
  const op = ownValue(operation, 'op');
  const path = parsePointer(ownValue(operation, 'path'), `operation ${index}: path`);
  const text = `operation ${index}: ${String(op)} ${String(ownValue(operation, 'path'))}`;
  switch (op) {
    case 'add':
    case 'replace':
      if (!Object.hasOwn(operation, 'value')) throw invalid(`${text} has no value`);
      return { op, path, from: [], value: operation['value'], text };
    case 'test':
    case 'remove':
      return { op, path, from: [], value: ownValue(operation, 'value'), text };
    case 'move':
    case 'copy':
      return {
        op,
        path,
        from: parsePointer(ownValue(operation, 'from'), `operation ${index}: from`),
        value: undefined,
        text,
      };
    default:
      throw invalid(`operation ${index}: ${JSON.stringify(op)} is not add, remove, replace, move, copy or test`);
  }
}

function parsePointer(pointer: unknown, where: string): string[] {
  if (typeof pointer !== 'string') throw invalid(`${where} is missing`);
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw invalid(`${where} does not start with /`);
  const tokens = pointer.slice(1).split('/');
  checkDepth(tokens.length);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function invalid(problem: string): SekishoError {
  return new SekishoError('JSON_PATCH_INVALID', `The JSON patch cannot be read: ${problem}`, {
    hint: 'A JSON patch looks like [{"op":"replace","path":"/spec/replicas","value":2}].',
  });
}

function failed(operation: Operation, problem: string): SekishoError {
  return new SekishoError(
    'JSON_PATCH_FAILED',
    `The JSON patch does not fit the object: ${operation.text}: ${problem}`,
    {
      hint: 'Read the object again and make the patch from what it says now.',
      details: { op: operation.op },
    },
  );
}
