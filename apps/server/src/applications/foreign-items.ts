import type { KubeObject, Schema } from '@sekisho/kube';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * `original` (what was applied last) with the live list items added that `wanted` doesn't have: a three-way patch from
 * it deletes them. Lists that `wanted` doesn't declare, and everything outside lists, stay out of it.
 *
 * A three-way patch keeps items that others added. Where somebody changed the key of an item by hand (the port of a
 * Service, say) that leaves the old item beside the new one, which the API may refuse for ever.
 *
 * @returns undefined when there are no such items
 */
export function withForeignItems(
  schema: Schema,
  original: KubeObject,
  wanted: KubeObject,
  live: KubeObject,
): KubeObject | undefined {
  const claimed = claimFields(schema, original, wanted, live);
  return claimed === original ? undefined : (claimed as KubeObject);
}

function claimFields(schema: Schema | undefined, original: JsonObject, wanted: JsonObject, live: JsonObject) {
  let claimed = original;
  for (const [name, value] of Object.entries(wanted)) {
    const before = original[name];
    const after = claim(schema?.properties?.[name], before, value, live[name]);
    if (after !== before) claimed = { ...claimed, [name]: after };
  }
  return claimed;
}

function claim(schema: Schema | undefined, original: unknown, wanted: unknown, live: unknown): unknown {
  if (isObject(wanted) && isObject(live)) {
    const before = isObject(original) ? original : {};
    const claimed = claimFields(schema, before, wanted, live);
    return claimed === before ? original : claimed;
  }
  const key = schema?.patchMergeKey;
  if (key === undefined || !Array.isArray(wanted) || !Array.isArray(live)) return original;
  const before = Array.isArray(original) ? original : [];
  const keyOf = (item: unknown) => (isObject(item) ? item[key] : undefined);
  const find = (items: readonly unknown[], id: unknown) => items.find((item) => keyOf(item) === id);
  let changed = false;
  const kept = before.map((item) => {
    const [inWanted, inLive] = [find(wanted, keyOf(item)), find(live, keyOf(item))];
    if (inWanted === undefined || inLive === undefined) return item;
    const claimed = claim(schema?.items, item, inWanted, inLive);
    if (claimed !== item) changed = true;
    return claimed;
  });
  const foreign = live.filter((item) => {
    const id = keyOf(item);
    return id !== undefined && find(wanted, id) === undefined && find(before, id) === undefined;
  });
  return changed || foreign.length > 0 ? [...kept, ...foreign] : original;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
