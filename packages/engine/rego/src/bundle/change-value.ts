import { JSON_PATCH_BUILTINS } from '../builtins/json-patch.ts';
import { Evaluation } from '../runtime/evaluation.ts';
import { isObject } from '../value/kind.ts';
import { valueAt } from '../value/object.ts';
import type { Value } from '../value/value.ts';

/** A change of a JSON value. */
export interface ValueChange {
  /** `upsert` makes what is missing on the way, and inserts into arrays as JSON patch does; `replace` and `remove` need what they change. */
  readonly op: 'upsert' | 'replace' | 'remove';
  readonly path: readonly string[];
  /** Not with `remove`. */
  readonly value?: Value;
}

/** The value after a change; the value itself stays as it is. @throws BuiltinFault when it can't be made */
export function changeValue(data: Value, { op, path, value }: ValueChange): Value {
  if (op === 'remove') return jsonPatch(data, [{ op, path }]);
  if (op === 'replace') return jsonPatch(data, [{ op, path, value: value ?? null }]);
  const missing: Value[] = [];
  let parent: Value | undefined = data;
  for (const [index, key] of path.slice(0, -1).entries()) {
    if (parent !== undefined) parent = childOf(parent, key);
    if (parent === undefined) missing.push({ op: 'add', path: path.slice(0, index + 1), value: {} });
  }
  return jsonPatch(data, [...missing, { op: 'add', path, value: value ?? null }]);
}

/** What is under a key of an object, or at a position of an array. */
export function childOf(parent: Value, key: string): Value | undefined {
  if (Array.isArray(parent)) return (parent as readonly Value[])[Number(key)];
  return isObject(parent) ? valueAt(parent, key) : undefined;
}

function jsonPatch(data: Value, operations: readonly Value[]): Value {
  const [builtin] = JSON_PATCH_BUILTINS;
  const context = new Evaluation();
  context.begin({});
  return builtin?.evaluate?.(context, data, operations) ?? data;
}
