import { isRecord } from '../../schema/schema.ts';

/**
 * Copy-on-write edits of shared JSON values. Each function takes the value as it came (`original`) and what it has become so far
 * (`draft`, the same instance until the first change) and returns what it becomes.
 */
export type Json = Record<string, unknown>;

/** Gives `key` a value, unless it has one already. Null counts as absent, as for Go's decoder. */
export function fill(original: Json, draft: Json, key: string, value: unknown): Json {
  return draft[key] === undefined || draft[key] === null ? put(original, draft, key, value) : draft;
}

/** Like {@link fill}, and replaces the empty string, which plain Go fields take for absent. */
export function fillText(original: Json, draft: Json, key: string, value: string): Json {
  return draft[key] === undefined || draft[key] === null || draft[key] === ''
    ? put(original, draft, key, value)
    : draft;
}

/** Like {@link fill}, and replaces 0, which plain Go fields take for absent. */
export function fillNumber(original: Json, draft: Json, key: string, value: number): Json {
  return draft[key] === undefined || draft[key] === null || draft[key] === 0 ? put(original, draft, key, value) : draft;
}

export function put(original: Json, draft: Json, key: string, value: unknown): Json {
  const next = draft === original ? { ...original } : draft;
  next[key] = value;
  return next;
}

/** Edits the object under `key`, when there is one. */
export function within(original: Json, draft: Json, key: string, edit: (value: Json) => Json): Json {
  const value = draft[key];
  if (!isRecord(value)) return draft;
  const edited = edit(value);
  return edited === value ? draft : put(original, draft, key, edited);
}

/** Edits the object under `key`, which is made when absent. */
export function ensure(original: Json, draft: Json, key: string, edit: (value: Json) => Json): Json {
  const value = draft[key];
  if (value === undefined || value === null) return put(original, draft, key, edit({}));
  return within(original, draft, key, edit);
}

/** Edits each object in the list under `key`. */
export function each(original: Json, draft: Json, key: string, edit: (item: Json) => Json): Json {
  const list = draft[key];
  if (!Array.isArray(list)) return draft;
  let edited: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item: unknown = list[index];
    if (!isRecord(item)) continue;
    const next = edit(item);
    if (next === item) continue;
    edited ??= list.slice();
    edited[index] = next;
  }
  return edited === undefined ? draft : put(original, draft, key, edited);
}

export const empty: Json = Object.freeze({});
