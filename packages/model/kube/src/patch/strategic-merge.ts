import { deepEqual } from '../equal.ts';
import { checkDepth, isJsonObject, type JsonObject, ownValue, setOwn } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { identityOf, isDeletion, itemKind, orderMerged, unique } from './list-order.ts';
import {
  deleteFromListPrefix,
  directive,
  directiveTarget,
  elementOrderPrefix,
  type PatchMeta,
  patchInvalid,
  patchMetaOf,
  retainKeysDirective,
} from './patch-meta.ts';

/** `apply`: directives take effect. `combine`: two patches become one, directives are kept. */
export type MergeMode = 'apply' | 'combine';

/**
 * Applies a strategic merge patch: lists with a merge key merge by it, and the directives `$patch` (replace, delete, merge),
 * `$retainKeys`, `$deleteFromPrimitiveList/…` and `$setElementOrder/…` work as the API server has them.
 * @param schema of the whole object; without one lists are replaced and maps merged
 * @throws SekishoError PATCH_INVALID | OBJECT_TOO_DEEP
 * @see apimachinery, strategicpatch.StrategicMergePatch
 */
export function applyStrategicMergePatch(schema: Schema | undefined, value: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) throw patchInvalid('a patch is an object');
  return mergeMaps(schema, isJsonObject(value) ? value : {}, patch, 'apply', 0);
}

export function mergeMaps(
  schema: Schema | undefined,
  original: JsonObject,
  patch: JsonObject,
  mode: MergeMode,
  depth: number,
): JsonObject {
  checkDepth(depth);
  const marker = ownValue(patch, directive);
  if (marker === 'delete') return {};
  if (marker === 'replace') return plainCopy(without(patch, directive), mode, depth) as JsonObject;
  if (marker !== undefined && marker !== 'merge') throw patchInvalid(`unknown patch type: ${String(marker)}`);
  const rest: JsonObject = marker === undefined ? { ...patch } : without(patch, directive);
  const out: JsonObject = { ...original };
  retainKeys(out, rest, mode);
  mergeOrderedLists(schema, out, rest, mode, depth);
  for (const key of Object.keys(rest)) mergeField(schema, out, key, rest[key], mode, depth);
  return out;
}

function mergeField(
  schema: Schema | undefined,
  out: JsonObject,
  key: string,
  change: unknown,
  mode: MergeMode,
  depth: number,
): void {
  if (change === undefined) return;
  if (key.startsWith(deleteFromListPrefix)) {
    if (mode === 'combine') setOwn(out, key, change);
    else deleteFromList(out, directiveTarget(key, deleteFromListPrefix), change);
    return;
  }
  if (change === null) {
    if (mode === 'apply') delete out[key];
    else setOwn(out, key, null);
    return;
  }
  const before = ownValue(out, key);
  if (isJsonObject(before) && isJsonObject(change)) {
    const meta = patchMetaOf(schema, key);
    setOwn(
      out,
      key,
      meta.strategy === 'replace'
        ? plainCopy(change, mode, depth)
        : mergeMaps(meta.schema, before, change, mode, depth + 1),
    );
  } else if (Array.isArray(before) && Array.isArray(change)) {
    const meta = patchMetaOf(schema, key);
    setOwn(
      out,
      key,
      meta.strategy === 'merge' ? mergeLists(meta, before, change, mode, depth) : plainCopy(change, mode, depth),
    );
  } else {
    const plain = withoutDirectives(change, mode, depth);
    if (plain === undefined) delete out[key];
    else setOwn(out, key, plain);
  }
}

function deleteFromList(out: JsonObject, key: string, values: unknown): void {
  const before = ownValue(out, key);
  if (!Array.isArray(values)) throw patchInvalid(`${deleteFromListPrefix}/${key} is not a list`);
  if (!Array.isArray(before)) return;
  if (itemKind(before, values) === 'map') throw patchInvalid(`${key} is not a list of primitives`);
  const gone = new Set(values);
  setOwn(
    out,
    key,
    before.filter((item) => !gone.has(item)),
  );
}

function retainKeys(out: JsonObject, patch: JsonObject, mode: MergeMode): void {
  const kept = ownValue(patch, retainKeysDirective);
  if (kept === undefined) return;
  delete patch[retainKeysDirective];
  if (mode === 'combine') {
    const known = ownValue(out, retainKeysDirective);
    if (known !== undefined && !deepEqual(known, kept))
      throw patchInvalid(`two patches disagree on ${retainKeysDirective}`);
    out[retainKeysDirective] = kept;
    return;
  }
  if (!Array.isArray(kept)) throw patchInvalid(`${retainKeysDirective} is not a list of keys`);
  const keys = new Set(kept);
  for (const key of Object.keys(patch)) {
    const isDirective = key.startsWith(deleteFromListPrefix) || key.startsWith(elementOrderPrefix);
    if (patch[key] !== null && !isDirective && !keys.has(key)) {
      throw patchInvalid(`${retainKeysDirective} does not name ${JSON.stringify(key)}, which the patch sets`);
    }
  }
  for (const key of Object.keys(out)) if (!keys.has(key)) delete out[key];
}

/** Merges the lists for which the patch gives an order, and takes them out of the patch. */
function mergeOrderedLists(
  schema: Schema | undefined,
  out: JsonObject,
  patch: JsonObject,
  mode: MergeMode,
  depth: number,
): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(elementOrderPrefix)) continue;
    const order = patch[key];
    delete patch[key];
    if (!Array.isArray(order)) throw patchInvalid(`${key} is not a list`);
    if (mode === 'combine') {
      const known = ownValue(out, key);
      if (known !== undefined && !deepEqual(known, order)) throw patchInvalid(`two patches disagree on ${key}`);
      setOwn(out, key, order);
    }
    const field = directiveTarget(key, elementOrderPrefix);
    const meta = patchMetaOf(schema, field);
    const before = listOrNothing(out, field);
    const change = listOrNothing(patch, field);
    delete patch[field];
    if (before === undefined && change === undefined) continue;
    checkOrder(change ?? [], order, meta.mergeKey, key);
    let merged: unknown[];
    if (change === undefined) merged = before ?? [];
    else if (before === undefined) merged = withoutDirectives(change, mode, depth) as unknown[];
    else merged = meta.strategy === 'merge' ? mergeLists(meta, before, change, mode, depth) : change;
    setOwn(
      out,
      field,
      orderMerged(merged, order, serverOrder(before ?? [], change ?? [], meta.mergeKey), meta.mergeKey),
    );
  }
}

/**
 * The order that the server's items had. Items that a patch adds in place of ones it deletes count as coming last, as they do
 * in the API server (there a side effect of reusing the list).
 */
function serverOrder(before: readonly unknown[], change: readonly unknown[], mergeKey: string): readonly unknown[] {
  const deleted = new Set(change.filter(isDeletion).map((item) => ownValue(item, mergeKey)));
  if (deleted.size === 0 || mergeKey === '') return before;
  const kept = before.filter((item) => !deleted.has(identityOf(item, mergeKey)));
  const known = new Set(kept.map((item) => identityOf(item, mergeKey)));
  const added = change.filter(
    (item) => isJsonObject(item) && !Object.hasOwn(item, directive) && !known.has(identityOf(item, mergeKey)),
  );
  return [...kept, ...added].slice(0, before.length);
}

function listOrNothing(object: JsonObject, key: string): unknown[] | undefined {
  const value = ownValue(object, key);
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw patchInvalid(`${key} is not a list`);
  return value;
}

/** The items of a patch must come in the order that the patch itself asks for. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string, key: string): void {
  if (order.length === 0) return;
  let at = 0;
  for (const item of change) {
    if (isJsonObject(item) && Object.hasOwn(item, directive)) continue;
    const identity = identityOf(item, mergeKey);
    while (at < order.length && identityOf(order[at], mergeKey) !== identity) at++;
    if (at >= order.length) throw patchInvalid(`the order in the patch's list does not match ${key}`);
    at++;
  }
}

function mergeLists(
  meta: PatchMeta,
  original: readonly unknown[],
  patch: readonly unknown[],
  mode: MergeMode,
  depth: number,
): unknown[] {
  const { mergeKey } = meta;
  if (itemKind(original, patch) !== 'map') return orderMerged(unique([...original, ...patch]), patch, original, '');
  if (mergeKey === '') throw patchInvalid('a list of objects cannot be merged without a merge key');

  let base = [...original];
  const items: JsonObject[] = [];
  let replace = false;
  for (const item of patch as JsonObject[]) {
    const marker = ownValue(item, directive);
    if (marker === undefined) {
      items.push(item);
    } else if (marker === 'delete') {
      const identity = identityOf(item, mergeKey);
      base = base.filter((other) => !(isJsonObject(other) && ownValue(other, mergeKey) === identity));
    } else if (marker === 'replace') {
      replace = true;
    } else {
      throw patchInvalid(`${String(marker)} is not a directive for list items`);
    }
  }
  if (replace) return items.map((item) => plainCopy(item, mode, depth));

  const merged = [...base];
  const positions = new Map<unknown, number>();
  base.forEach((item, index) => {
    const identity = isJsonObject(item) ? ownValue(item, mergeKey) : undefined;
    if (!positions.has(identity)) positions.set(identity, index);
  });
  for (const item of items) {
    const identity = identityOf(item, mergeKey);
    const position = positions.get(identity);
    if (position === undefined) {
      positions.set(identity, merged.length);
      merged.push(plainCopy(item, mode, depth));
    } else {
      merged[position] = mergeMaps(meta.schema, merged[position] as JsonObject, item, mode, depth + 1);
    }
  }
  return orderMerged(merged, items, base, mergeKey);
}

/**
 * A value that has no counterpart to merge with: objects that carry `$patch` disappear. So do, when the patch is applied,
 * nulls (they mean "remove", and there is nothing) and all other directives. (The API server leaves some of them in.)
 */
function withoutDirectives(value: unknown, mode: MergeMode, depth: number): unknown {
  checkDepth(depth);
  if (Array.isArray(value)) {
    return value.map((item) => withoutDirectives(item, mode, depth + 1)).filter((item) => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (mode === 'apply' && (value[key] === null || isDirective(key))) continue;
    const member = withoutDirectives(value[key], mode, depth + 1);
    if (member !== undefined) setOwn(out, key, member);
  }
  return out;
}

/** A value that replaces another: as it is when patches are combined, else without nulls and directives. */
function plainCopy(value: unknown, mode: MergeMode, depth: number): unknown {
  return mode === 'combine' ? value : withoutDirectives(value, mode, depth);
}

function isDirective(key: string): boolean {
  return key === retainKeysDirective || key.startsWith(deleteFromListPrefix) || key.startsWith(elementOrderPrefix);
}

function without(object: JsonObject, key: string): JsonObject {
  const out = { ...object };
  delete out[key];
  return out;
}
