import { isJsonObject, type JsonObject, ownValue } from '../json.ts';
import { directive, patchInvalid } from './patch-meta.ts';

/** The kind of the items of lists that are merged; undefined when all are empty. Mixed kinds cannot be merged. */
export function itemKind(...lists: (readonly unknown[])[]): string | undefined {
  let kind: string | undefined;
  for (const list of lists) {
    for (const item of list) {
      const next = item === null ? 'null' : isJsonObject(item) ? 'map' : typeof item;
      if (Array.isArray(item)) throw patchInvalid('lists of lists are not supported');
      if (kind !== undefined && kind !== next) throw patchInvalid('list element types are not identical');
      kind = next;
    }
  }
  return kind;
}

/** The merge key's value of an item, or the item itself in lists of primitives. */
export function identityOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return item;
  if (!isJsonObject(item)) throw patchInvalid('an item of a list of objects is not an object');
  const value = ownValue(item, mergeKey);
  if (value === undefined) throw patchInvalid(`map does not contain declared merge key: ${mergeKey}`);
  return value;
}

/** First position of each identity. */
export function positionsOf(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const positions = new Map<unknown, number>();
  list.forEach((item, index) => {
    const identity = identityOf(item, mergeKey);
    if (!positions.has(identity)) positions.set(identity, index);
  });
  return positions;
}

/** Items in the given order; items that it does not name keep their places, deletions go last. */
export function sortByOrder(items: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  const positions = positionsOf(order, mergeKey);
  const stay = items.filter((item) => !isDeletion(item));
  stay.sort((a, b) => {
    const left = positions.get(identityOf(a, mergeKey));
    const right = positions.get(identityOf(b, mergeKey));
    return left === undefined || right === undefined ? 0 : left - right;
  });
  return [...stay, ...items.filter(isDeletion)];
}

export function isDeletion(item: unknown): item is JsonObject {
  return isJsonObject(item) && ownValue(item, directive) === 'delete';
}

/**
 * Orders a merged list: items that the patch names in the patch's order, the server's own items in the server's order,
 * and both relative to each other as the server had them.
 */
export function orderMerged(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const named = positionsOf(patchOrder, mergeKey);
  const fromPatch: unknown[] = [];
  const fromServer: unknown[] = [];
  for (const item of merged) (named.has(identityOf(item, mergeKey)) ? fromPatch : fromServer).push(item);
  return interleave(
    sortByOrder(fromServer, serverOrder, mergeKey),
    sortByOrder(fromPatch, patchOrder, mergeKey),
    positionsOf(serverOrder, mergeKey),
    mergeKey,
  );
}

function interleave(
  server: readonly unknown[],
  patch: readonly unknown[],
  serverPositions: ReadonlyMap<unknown, number>,
  mergeKey: string,
): unknown[] {
  const out: unknown[] = [];
  let s = 0;
  for (const item of patch) {
    const position = serverPositions.get(identityOf(item, mergeKey));
    while (position !== undefined && s < server.length) {
      const own = serverPositions.get(identityOf(server[s], mergeKey));
      if (own === undefined || own >= position) break;
      out.push(server[s]);
      s++;
    }
    out.push(item);
  }
  return [...out, ...server.slice(s)];
}

/** Without repetition; the first of equal values stays. */
export function unique(items: readonly unknown[]): unknown[] {
  return [...new Set(items)];
}
