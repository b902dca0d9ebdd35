import type { Diagnostic } from '@sekisho/base';
import { BuiltinFault } from '../builtins/builtin.ts';
import { parseJson } from '../value/json.ts';
import { isObject } from '../value/kind.ts';
import { valueAt } from '../value/object.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { Bundle, PatchOperation } from './bundle.ts';
import { changeValue } from './change-value.ts';
import { bundleFault } from './faults.ts';
import { outside, RootSet } from './roots.ts';

export const PATCH_FILE = 'patch.json';

/** Reads the changes of a delta bundle, and checks that they stay within the roots. */
export function readPatch(
  text: string,
  roots: readonly string[],
): { patch?: readonly PatchOperation[]; faults: readonly Diagnostic[] } {
  let json: Value;
  try {
    json = parseJson(text);
  } catch (error) {
    return { faults: [patchFault((error as Error).message)] };
  }
  const operations = isObject(json) ? valueAt(json, 'data') : undefined;
  if (!Array.isArray(operations)) return { faults: [patchFault('"data" is not an array of changes')] };
  const claimed = new RootSet(roots);
  const patch: PatchOperation[] = [];
  const faults: Diagnostic[] = [];
  for (const [index, operation] of (operations as readonly Value[]).entries()) {
    const read = readOperation(operation);
    if (typeof read === 'string') faults.push(patchFault(`data[${index}]: ${read}`));
    else if (!claimed.covers(read.path.join('/')))
      faults.push(outside(PATCH_FILE, roots, `data patch at path '${read.path.join('/')}'`));
    else patch.push(read);
  }
  return faults.length > 0 ? { faults } : { patch, faults };
}

function readOperation(operation: Value): PatchOperation | string {
  if (!isObject(operation)) return 'it is no object';
  const op = valueAt(operation, 'op');
  const path = valueAt(operation, 'path');
  const value = valueAt(operation, 'value');
  if (op !== 'upsert' && op !== 'replace' && op !== 'remove')
    return 'bad patch operation: not upsert, replace or remove';
  if (typeof path !== 'string') return '"path" is no string';
  const keys = path.replace(/^\//, '').split('/').map(unescapeKey);
  if (keys.length === 1 && keys[0] === '') return 'the root itself is not changed';
  if (op === 'remove') return { op, path: keys };
  return value === undefined ? '"value" is missing' : { op, path: keys, value };
}

/** RFC 6901. */
function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function patchFault(message: string): Diagnostic {
  return bundleFault('BUNDLE_PATCH', PATCH_FILE, message);
}

/**
 * A bundle after the changes of a delta bundle; `upsert` makes what is missing on the way. All or nothing. The revision
 * is that of the delta bundle.
 */
export function applyPatch(bundle: Bundle, delta: Bundle): { bundle?: Bundle; faults: readonly Diagnostic[] } {
  let data: Value = bundle.data;
  for (const operation of delta.patch ?? []) {
    try {
      data = changeValue(data, operation);
    } catch (error) {
      if (!(error instanceof BuiltinFault)) throw error;
      return { faults: [patchFault(`${operation.op} of /${operation.path.join('/')}: ${error.message}`)] };
    }
  }
  const { revision } = delta.manifest;
  const manifest = { ...bundle.manifest, revision: revision === '' ? bundle.manifest.revision : revision };
  return { bundle: { ...bundle, manifest, data: data as PlainObject }, faults: [] };
}
