import { deepEqual } from '../equal.ts';
import { checkDepth, isJsonObject, type JsonObject, ownValue, setOwn } from '../json.ts';

/**
 * Applies a JSON merge patch (RFC 7396): objects merge, null removes, everything else replaces. Unchanged branches are
 * shared with `value`, which is not changed itself.
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function applyMergePatch(value: unknown, patch: unknown): unknown {
  return mergeAt(value, patch, 0);
}

function mergeAt(value: unknown, patch: unknown, depth: number): unknown {
  if (!isJsonObject(patch)) return patch;
  checkDepth(depth);
  const base: JsonObject = isJsonObject(value) ? value : {};
  let out: JsonObject | undefined = base === value ? undefined : base;
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    const before = ownValue(base, key);
    if (change === undefined) continue;
    if (change === null) {
      if (!Object.hasOwn(base, key)) continue;
      out ??= { ...base };
      delete out[key];
      continue;
    }
    const next = mergeAt(before, change, depth + 1);
    if (next === before) continue;
    out ??= { ...base };
    setOwn(out, key, next);
  }
  return out ?? base;
}

/**
 * The JSON merge patch from `before` to `after` (objects): what is gone is null, lists are replaced.
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function createMergePatch(before: unknown, after: unknown): JsonObject {
  const out: JsonObject = {};
  const from = isJsonObject(before) ? before : {};
  const to = isJsonObject(after) ? after : {};
  diffInto(out, from, to, 'all', 0);
  return out;
}

/**
 * kubectl's three-way patch for objects without merge keys: what `original` had and `modified` has not is removed, what
 * `modified` states differently from `current` is set. Everything else of `current` stays.
 * @see jsonmergepatch, CreateThreeWayJSONMergePatch
 */
export function createThreeWayMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject): JsonObject {
  const patch: JsonObject = {};
  diffInto(patch, original, modified, 'deletions', 0);
  diffInto(patch, current, modified, 'additions', 0);
  return patch;
}

type Kept = 'all' | 'additions' | 'deletions';

function diffInto(out: JsonObject, before: JsonObject, after: JsonObject, kept: Kept, depth: number): void {
  checkDepth(depth);
  if (kept !== 'additions') {
    for (const key of Object.keys(before)) {
      if (before[key] !== undefined && ownValue(after, key) === undefined) setOwn(out, key, null);
    }
  }
  for (const key of Object.keys(after)) {
    const next = after[key];
    const previous = ownValue(before, key);
    if (next === undefined) continue;
    if (isJsonObject(next) && isJsonObject(previous)) {
      const known = ownValue(out, key);
      const below = isJsonObject(known) ? known : {};
      diffInto(below, previous, next, kept, depth + 1);
      if (Object.keys(below).length > 0) setOwn(out, key, below);
    } else if (kept !== 'deletions' && (previous === undefined || !deepEqual(previous, next))) {
      setOwn(out, key, combine(ownValue(out, key), next, depth + 1));
    }
  }
}

/** A patch with another laid over it: deletions (null) of the first stay where the second says nothing. */
function combine(first: unknown, second: unknown, depth: number): unknown {
  if (!isJsonObject(first) || !isJsonObject(second)) return second;
  checkDepth(depth);
  const out = { ...first };
  for (const key of Object.keys(second)) setOwn(out, key, combine(ownValue(first, key), second[key], depth + 1));
  return out;
}
