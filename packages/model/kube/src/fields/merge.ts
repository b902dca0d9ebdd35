import { deepEqual } from '../equal.ts';
import { checkDepth, isJsonObject, type JsonObject, ownValue, setOwn } from '../json.ts';
import { type FieldType, type ListType, type MapType, memberType, shapeOf } from './field-type.ts';
import { itemElement, type PathElement } from './path-element.ts';

/**
 * The live object with everything that `applied` states laid over it. Nothing is removed. Branches that do not change are
 * the live object's own instances; when nothing changes at all the result is `live` itself.
 * @param applied must be valid for the type ({@link checkApplied})
 * @see structured-merge-diff, Merge
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function mergeApplied(type: FieldType, live: unknown, applied: unknown): unknown {
  return mergeNode(type, live, applied, 0);
}

function mergeNode(type: FieldType, live: unknown, applied: unknown, depth: number): unknown {
  if (applied === undefined || live === applied) return live;
  if (live === undefined) return applied;
  checkDepth(depth);
  switch (applied === null ? shapeOf(type, live) : shapeOf(type, applied)) {
    case 'scalar':
      return applied;
    case 'list': {
      const list = type.list as ListType;
      const left = Array.isArray(live) ? live : [];
      const right = Array.isArray(applied) ? applied : [];
      if (!list.associative || (left.length === 0 && right.length === 0)) return keepEqual(live, applied);
      return mergeItems(list, left, right, depth);
    }
    case 'map': {
      const map = type.map as MapType;
      const left = isJsonObject(live) ? live : {};
      const right = isJsonObject(applied) ? applied : {};
      if (map.atomic || (isEmpty(left) && isEmpty(right))) return keepEqual(live, applied);
      return mergeMembers(map, left, right, depth);
    }
  }
}

function keepEqual(live: unknown, applied: unknown): unknown {
  return deepEqual(live, applied) ? live : applied;
}

function mergeMembers(map: MapType, live: JsonObject, applied: JsonObject, depth: number): JsonObject {
  let out: JsonObject | undefined;
  for (const key of Object.keys(applied)) {
    const value = applied[key];
    const type = memberType(map, key);
    if (value === undefined || type === undefined) continue;
    const before = ownValue(live, key);
    const merged = mergeNode(type, before, value, depth + 1);
    if (merged === before) continue;
    out ??= { ...live };
    setOwn(out, key, merged);
  }
  return out ?? live;
}

/**
 * Merges two lists of identified items. The order that `applied` states is kept for its items; live items that it does
 * not name stay where they were relative to their neighbours.
 */
function mergeItems(list: ListType, live: readonly unknown[], applied: readonly unknown[], depth: number): unknown[] {
  const liveKeys = live.map((item) => itemElement(list, item) ?? '');
  const appliedKeys = applied.map((item) => itemElement(list, item) ?? '');
  if (samePlaces(liveKeys, appliedKeys)) return mergeInPlace(list, live, applied, depth);
  const liveItems = indexUnique(liveKeys, live);
  const appliedItems = new Map(appliedKeys.map((key, index) => [key, applied[index]]));
  const shared = appliedKeys.filter((key) => liveItems.has(key));
  let nextShared = 0;

  const out: unknown[] = [];
  const placed = new Set<PathElement>();
  const place = (key: PathElement): void => {
    placed.add(key);
    const before = liveItems.get(key);
    out.push(mergeNode(list.element, before ?? undefined, appliedItems.get(key), depth + 1));
  };

  let l = 0;
  let a = 0;
  while (l < live.length || a < applied.length) {
    const liveKey = liveKeys[l];
    const appliedKey = appliedKeys[a];
    if (liveKey !== undefined && appliedKey !== undefined) {
      if (liveKey === appliedKey) {
        place(liveKey);
        l++;
        a++;
        nextShared++;
        continue;
      }
      if (appliedItems.has(liveKey) && nextShared < shared.length && shared[nextShared] !== liveKey) {
        // Shared, but its turn comes later in the applied order.
        l++;
        continue;
      }
    }
    if (liveKey !== undefined) {
      if (!appliedItems.has(liveKey)) {
        out.push(live[l]);
        l++;
        continue;
      }
      if (placed.has(liveKey)) l++;
    }
    if (appliedKey !== undefined) {
      place(appliedKey);
      a++;
      if (shared[nextShared] === appliedKey) nextShared++;
    }
  }
  return out.length === live.length && out.every((item, index) => item === live[index]) ? (live as unknown[]) : out;
}

/** The usual case: the same items in the same order (applied items never share an identity). */
function samePlaces(a: readonly PathElement[], b: readonly PathElement[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function mergeInPlace(list: ListType, live: readonly unknown[], applied: readonly unknown[], depth: number): unknown[] {
  let out: unknown[] | undefined;
  for (let i = 0; i < live.length; i++) {
    const merged = mergeNode(list.element, live[i], applied[i], depth + 1);
    if (merged === live[i]) continue;
    out ??= [...live];
    out[i] = merged;
  }
  return out ?? (live as unknown[]);
}

/** Items by identity; an identity that occurs twice maps to null: such items are replaced, not merged. */
function indexUnique(keys: readonly PathElement[], items: readonly unknown[]): Map<PathElement, unknown> {
  const index = new Map<PathElement, unknown>();
  keys.forEach((key, i) => {
    index.set(key, index.has(key) ? null : items[i]);
  });
  return index;
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}
