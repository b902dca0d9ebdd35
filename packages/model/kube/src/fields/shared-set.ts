import { FieldSet } from './field-set.ts';
import type { PathElement } from './path-element.ts';

/** Branches remembered in each of two generations; what was not asked for during one whole generation is forgotten. */
const GENERATION = 8192;

let lastId = 0;
let young = new Map<string, FieldSet>();
let old = new Map<string, FieldSet>();

/**
 * The same set as an instance that other owners of the same fields have too. Objects of one kind are owned alike, and most
 * of what a cluster holds in memory would be copies of the same few hundred branches. What is remembered is bounded: beyond
 * that, sets are simply not shared.
 */
export function shared(set: FieldSet): FieldSet {
  if (set.children === undefined || set.sharedId > 0) return set;
  const parts: (string | number)[] = [set.isMember ? '.' : ''];
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, child] of set.children) {
    const same = shared(child);
    if (same !== child) {
      children ??= new Map(set.children);
      children.set(element, same);
    }
    parts.push(element, same.sharedId);
  }
  const key = parts.join('\n');
  const known = young.get(key) ?? old.get(key);
  const result = known ?? (children === undefined ? set : FieldSet.node(set.isMember, children));
  if (known === undefined) result.sharedId = ++lastId;
  remember(key, result);
  return result;
}

function remember(key: string, set: FieldSet): void {
  if (young.size >= GENERATION) {
    old = young;
    young = new Map();
  }
  young.set(key, set);
}
