import type { Node } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from './library.ts';
import { isMergeKey, keyText, offsetOf } from './values.ts';

/**
 * The offset where a path of keys and indexes stands: of a map entry its key, of a list item its first character.
 * Follows aliases and merge keys. Undefined when there is no such path.
 */
export function offsetOfPath(root: Node | null, path: readonly (string | number)[]): number | undefined {
  if (root === null) return undefined;
  const anchors = new Map<string, Node>();
  let place: Place | undefined = { offset: offsetOf(root), node: root };
  for (const step of path) {
    const node: Node | null = resolve(place.node, root, anchors);
    if (isMap(node)) place = entryOf(node, String(step), root, anchors);
    else if (isSeq(node) && typeof step === 'number') place = itemOf(node.items[step] as Node | null | undefined);
    else return undefined;
    if (place === undefined) return undefined;
  }
  return place.offset;
}

interface Place {
  readonly offset: number;
  readonly node: Node | null;
}

function itemOf(item: Node | null | undefined): Place | undefined {
  return item ? { offset: offsetOf(item), node: item } : undefined;
}

/** Merge sources act where they stand, so the last of all candidates is the one that counts. */
function entryOf(map: Node, key: string, root: Node, anchors: Map<string, Node>, hops = 0): Place | undefined {
  if (!isMap(map) || hops > 20) return undefined;
  let found: Place | undefined;
  for (const pair of map.items) {
    const keyNode = pair.key as Node | null;
    if (isMergeKey(keyNode)) {
      const source = resolve(pair.value as Node | null, root, anchors);
      const sources = isSeq(source) ? (source.items as (Node | null)[]) : [source];
      for (const one of sources) {
        const merged = resolve(one, root, anchors);
        const place = merged === null ? undefined : entryOf(merged, key, root, anchors, hops + 1);
        if (place !== undefined) {
          found = place;
          break;
        }
      }
    } else if (keyNode !== null && keyText(keyNode) === key) {
      found = { offset: offsetOf(keyNode), node: pair.value as Node | null };
    }
  }
  return found;
}

/** The node behind an alias: the last one with that anchor before the alias. */
function resolve(node: Node | null, root: Node, anchors: Map<string, Node>): Node | null {
  if (!isAlias(node)) return node;
  const key = `${node.source}@${offsetOf(node)}`;
  const known = anchors.get(key);
  if (known !== undefined) return known;
  const target = lastAnchor(root, node.source, offsetOf(node));
  if (target !== undefined) anchors.set(key, target);
  return target ?? null;
}

function lastAnchor(node: Node | null, anchor: string, before: number): Node | undefined {
  if (node === null || isAlias(node) || offsetOf(node) >= before) return undefined;
  let found: Node | undefined = 'anchor' in node && node.anchor === anchor ? node : undefined;
  if (isScalar(node)) return found;
  if (isSeq(node)) {
    for (const item of node.items as (Node | null)[]) found = lastAnchor(item, anchor, before) ?? found;
  } else if (isMap(node)) {
    for (const pair of node.items) {
      found = lastAnchor(pair.key as Node | null, anchor, before) ?? found;
      found = lastAnchor(pair.value as Node | null, anchor, before) ?? found;
    }
  }
  return found;
}
