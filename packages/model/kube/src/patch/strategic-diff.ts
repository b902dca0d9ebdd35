import { deepEqual } from '../equal.ts';
import { checkDepth, isJsonObject, type JsonObject, ownValue, setOwn } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { identityOf, itemKind, sortByOrder } from './list-order.ts';
import {
  deleteFromListPrefix,
  directive,
  elementOrderPrefix,
  type PatchMeta,
  patchInvalid,
  patchMetaOf,
  retainKeysDirective,
} from './patch-meta.ts';

/** Which differences a patch takes up. */
export interface DiffOptions {
  readonly deletions: boolean;
  readonly changes: boolean;
}

/**
 * The strategic merge patch that makes `original` into `modified`.
 * @throws SekishoError PATCH_INVALID (an item lacks its merge key, mixed lists) | OBJECT_TOO_DEEP
 * @see apimachinery, strategicpatch.CreateTwoWayMergePatch
 */
export function createStrategicMergePatch(
  schema: Schema | undefined,
  original: JsonObject,
  modified: JsonObject,
  options: DiffOptions = { deletions: true, changes: true },
): JsonObject {
  return diffMaps(schema, original, modified, options, false, 0);
}

function diffMaps(
  schema: Schema | undefined,
  original: JsonObject,
  modified: JsonObject,
  options: DiffOptions,
  retainKeys: boolean,
  depth: number,
): JsonObject {
  checkDepth(depth);
  const patch: JsonObject = {};
  for (const key of Object.keys(modified)) {
    const after = modified[key];
    if (after === undefined) continue;
    const before = ownValue(original, key);
    if (before === undefined) {
      if (options.changes) setOwn(patch, key, after);
    } else if (isJsonObject(before) && isJsonObject(after)) {
      diffMapField(schema, patch, key, before, after, options, depth);
    } else if (Array.isArray(before) && Array.isArray(after)) {
      diffListField(schema, patch, key, before, after, options, depth);
    } else if (options.changes && !deepEqual(before, after)) {
      setOwn(patch, key, after);
    }
  }
  let lost = false;
  for (const key of Object.keys(original)) {
    const before = original[key];
    if (before === undefined || ownValue(modified, key) !== undefined) continue;
    lost ||= before !== null;
    if (options.deletions) setOwn(patch, key, null);
  }
  if (retainKeys && (lost || Object.keys(patch).length > 0)) {
    const kept = Object.keys(modified).filter((key) => modified[key] !== undefined && modified[key] !== null);
    if (kept.length > 0) patch[retainKeysDirective] = kept.sort();
  }
  return patch;
}

function diffMapField(
  schema: Schema | undefined,
  patch: JsonObject,
  key: string,
  before: JsonObject,
  after: JsonObject,
  options: DiffOptions,
  depth: number,
): void {
  const meta = patchMetaOf(schema, key);
  if (meta.strategy === 'replace') {
    if (options.changes && !deepEqual(before, after)) setOwn(patch, key, after);
    return;
  }
  const below = diffMaps(meta.schema, before, after, options, meta.retainKeys, depth + 1);
  if (Object.keys(below).length > 0) setOwn(patch, key, below);
}

function diffListField(
  schema: Schema | undefined,
  patch: JsonObject,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  options: DiffOptions,
  depth: number,
): void {
  const meta = patchMetaOf(schema, key);
  if (meta.strategy !== 'merge') {
    if (options.changes && !deepEqual(before, after)) setOwn(patch, key, after);
    return;
  }
  if (before.length === 0) {
    if (after.length > 0 && options.changes) setOwn(patch, key, after);
    return;
  }
  if (itemKind(before, after) === 'map') diffObjectList(patch, key, meta, before, after, options, depth);
  else diffPrimitiveList(patch, key, before, after, options);
}

function diffPrimitiveList(
  patch: JsonObject,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  options: DiffOptions,
): void {
  const had = new Set(before);
  const has = new Set(after);
  const addedItems = options.changes ? after.filter((item) => !had.has(item)) : [];
  const removedItems = options.deletions ? [...had].filter((item) => !has.has(item)) : [];
  if (addedItems.length > 0) setOwn(patch, key, addedItems);
  if (removedItems.length > 0) setOwn(patch, `${deleteFromListPrefix}/${key}`, removedItems.sort());
  // Upstream compares with a sorted copy and so asks for an order that is there already; this asks only when it differs.
  if (after.length > 0 && (removedItems.length > 0 || (options.changes && !deepEqual(before, after)))) {
    setOwn(patch, `${elementOrderPrefix}/${key}`, after);
  }
}

function diffObjectList(
  patch: JsonObject,
  key: string,
  meta: PatchMeta,
  before: readonly unknown[],
  after: readonly unknown[],
  options: DiffOptions,
  depth: number,
): void {
  const { mergeKey } = meta;
  if (mergeKey === '') throw patchInvalid(`${key} is a list of objects without a merge key`);
  const unmatched = groupByIdentity(before, mergeKey);
  const items: unknown[] = [];
  for (const item of after as JsonObject[]) {
    const identity = identityOf(item, mergeKey);
    const twin = unmatched.get(String(identity))?.shift();
    if (twin === undefined) {
      if (options.changes) items.push(item);
      continue;
    }
    const below = diffMaps(meta.schema, twin, item, options, meta.retainKeys, depth + 1);
    if (Object.keys(below).length === 0) continue;
    setOwn(below, mergeKey, identity);
    items.push(below);
  }
  const deletions = options.deletions ? deletionsOf(unmatched, mergeKey) : [];
  const list = [...sortByOrder(items, after, mergeKey), ...deletions];
  if (list.length > 0) setOwn(patch, key, list);
  if (after.length > 0 && (list.length > 0 || (options.changes && !sameOrder(before, after, mergeKey)))) {
    setOwn(
      patch,
      `${elementOrderPrefix}/${key}`,
      after.map((item) => keyOnly(item as JsonObject, mergeKey)),
    );
  }
}

function groupByIdentity(items: readonly unknown[], mergeKey: string): Map<string, JsonObject[]> {
  const groups = new Map<string, JsonObject[]>();
  for (const item of items) {
    const identity = String(identityOf(item, mergeKey));
    const group = groups.get(identity);
    if (group === undefined) groups.set(identity, [item as JsonObject]);
    else group.push(item as JsonObject);
  }
  return groups;
}

function sameOrder(before: readonly unknown[], after: readonly unknown[], mergeKey: string): boolean {
  return (
    before.length === after.length &&
    before.every((item, index) => identityOf(item, mergeKey) === identityOf(after[index], mergeKey))
  );
}

/** Items to delete, by name: the order of a patch does not depend on the order it was made from. */
function deletionsOf(unmatched: ReadonlyMap<string, readonly JsonObject[]>, mergeKey: string): JsonObject[] {
  return [...unmatched.keys()].sort().flatMap((identity) =>
    (unmatched.get(identity) ?? []).map((item) => {
      const out = keyOnly(item, mergeKey);
      out[directive] = 'delete';
      return out;
    }),
  );
}

function keyOnly(item: JsonObject, mergeKey: string): JsonObject {
  const out: JsonObject = {};
  setOwn(out, mergeKey, ownValue(item, mergeKey));
  return out;
}
