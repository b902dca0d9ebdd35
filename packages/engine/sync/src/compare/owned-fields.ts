import type { KubeObject } from '@sekisho/kube';
import { isObject, type JsonObject } from '../json.ts';

/** The fields that `manager` owns by server-side apply, as FieldsV1; undefined when it never applied the object. */
export function ownedFields(live: KubeObject, manager: string): JsonObject | undefined {
  const entry = live.metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === manager && candidate.operation === 'Apply' && (candidate.subresource ?? '') === '',
  );
  return isObject(entry?.fieldsV1) ? entry.fieldsV1 : undefined;
}

/**
 * Live without the fields that the manager owns and no longer wishes: server-side apply would remove them.
 *
 * @param fields FieldsV1 of the manager
 * @returns `live` itself when there is nothing to remove
 */
export function withoutUnwished(live: unknown, desired: unknown, fields: JsonObject): unknown {
  if (isObject(live) && isObject(desired)) return objectWithout(live, desired, fields);
  if (Array.isArray(live) && Array.isArray(desired)) return listWithout(live, desired, fields);
  return live;
}

function objectWithout(live: JsonObject, desired: JsonObject, fields: JsonObject): JsonObject {
  let result: Record<string, unknown> | undefined;
  for (const [entry, inner] of Object.entries(fields)) {
    if (!entry.startsWith('f:')) continue;
    const key = entry.slice(2);
    if (live[key] === undefined) continue;
    const wanted = desired[key];
    if (wanted === undefined || wanted === null) {
      if (isObject(inner) && ownsWhole(inner)) {
        result ??= { ...live };
        delete result[key];
        continue;
      }
    }
    if (!isObject(inner)) continue;
    // Only some fields below are ours: those go, the rest of the value stays.
    const kept = withoutUnwished(live[key], wanted ?? (Array.isArray(live[key]) ? [] : {}), inner);
    if (kept === live[key]) continue;
    result ??= { ...live };
    result[key] = kept;
  }
  return result ?? live;
}

/** Whether the entry stands for the value itself: a leaf, or a container whose existence (`.`) is owned. */
function ownsWhole(inner: JsonObject): boolean {
  const keys = Object.keys(inner);
  return keys.length === 0 || (keys.length === 1 && keys[0] === '.');
}

function listWithout(live: readonly unknown[], desired: readonly unknown[], fields: JsonObject): readonly unknown[] {
  let result: unknown[] | undefined;
  const remove = (item: unknown) => {
    result = (result ?? [...live]).filter((candidate) => candidate !== item);
  };
  for (const [entry, inner] of Object.entries(fields)) {
    if (entry.startsWith('v:')) {
      const value = parseJson(entry.slice(2));
      if (live.includes(value) && !desired.includes(value)) remove(value);
      continue;
    }
    if (!entry.startsWith('k:')) continue;
    const key = parseJson(entry.slice(2));
    if (!isObject(key)) continue;
    const item = live.find((candidate) => isObject(candidate) && hasKey(candidate, key, false));
    if (item === undefined) continue;
    const wanted = desired.find((candidate) => isObject(candidate) && hasKey(candidate, key, true));
    if (wanted === undefined) {
      remove(item);
      continue;
    }
    if (!isObject(inner)) continue;
    const kept = withoutUnwished(item, wanted, inner);
    if (kept !== item) result = (result ?? [...live]).map((candidate) => (candidate === item ? kept : candidate));
  }
  return result ?? live;
}

/** A manifest may leave out a key that has a default (`protocol`). */
function hasKey(item: JsonObject, key: JsonObject, mayLack: boolean): boolean {
  return Object.entries(key).every(([name, value]) => item[name] === value || (mayLack && item[name] === undefined));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
