import { deepEqual } from '../equal.ts';
import { checkDepth, isJsonObject, type JsonObject, ownValue } from '../json.ts';
import { FieldSet } from './field-set.ts';
import { type FieldType, type ListType, type MapType, memberType, shapeOf } from './field-type.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';
import { wholeFields } from './whole-fields.ts';

/** What differs between two states of an object; no path is in two of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const same: Comparison = { added: FieldSet.empty, modified: FieldSet.empty, removed: FieldSet.empty };
const added: Comparison = { ...same, added: FieldSet.leaf };
const modified: Comparison = { ...same, modified: FieldSet.leaf };
const removed: Comparison = { ...same, removed: FieldSet.leaf };

/**
 * Compares two states of an object field by field, with identity of list items by the schema. Branches that are the same
 * instance on both sides cost nothing.
 * @see structured-merge-diff, Compare
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function compareFields(type: FieldType, before: unknown, after: unknown): Comparison {
  return compareNode(type, before, after, 0);
}

function compareNode(type: FieldType, before: unknown, after: unknown, depth: number): Comparison {
  if (before === after) return same;
  if (before === undefined) return { ...same, added: wholeFields(type, after, depth) };
  if (after === undefined) return { ...same, removed: wholeFields(type, before, depth) };
  checkDepth(depth);
  const shapeBefore = before === null ? shapeOf(type, after) : shapeOf(type, before);
  const shapeAfter = after === null ? shapeBefore : shapeOf(type, after);
  if (shapeBefore !== shapeAfter)
    return merge(compareAs(type, shapeBefore, before, after, depth), compareAs(type, shapeAfter, before, after, depth));
  return compareAs(type, shapeAfter, before, after, depth);
}

function compareAs(
  type: FieldType,
  shape: 'map' | 'list' | 'scalar',
  before: unknown,
  after: unknown,
  depth: number,
): Comparison {
  switch (shape) {
    case 'scalar':
      return deepEqual(before, after) ? same : modified;
    case 'list': {
      const list = type.list as ListType;
      const left = Array.isArray(before) ? before : [];
      const right = Array.isArray(after) ? after : [];
      if (!list.associative || (left.length === 0 && right.length === 0)) {
        return deepEqual(before, after) ? same : modified;
      }
      return compareItems(list, left, right, depth);
    }
    case 'map': {
      const map = type.map as MapType;
      const left = isJsonObject(before) ? before : {};
      const right = isJsonObject(after) ? after : {};
      if (map.atomic || (isEmpty(left) && isEmpty(right))) return deepEqual(before, after) ? same : modified;
      return compareMembers(map, left, right, depth);
    }
  }
}

function compareMembers(map: MapType, before: JsonObject, after: JsonObject, depth: number): Comparison {
  const out = new ComparisonBuilder();
  for (const key of Object.keys(before)) {
    const type = memberType(map, key);
    if (type !== undefined && before[key] !== undefined) {
      out.add(fieldElement(key), compareNode(type, before[key], ownValue(after, key), depth + 1));
    }
  }
  for (const key of Object.keys(after)) {
    if (after[key] === undefined || ownValue(before, key) !== undefined) continue;
    const type = memberType(map, key);
    if (type !== undefined) out.add(fieldElement(key), compareNode(type, undefined, after[key], depth + 1));
  }
  return out.build();
}

function compareItems(
  list: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
  depth: number,
): Comparison {
  const left = groupItems(list, before);
  const right = groupItems(list, after);
  const out = new ComparisonBuilder();
  for (const [element, items] of left) out.add(element, compareGroups(list, items, right.get(element) ?? [], depth));
  for (const [element, items] of right) {
    if (!left.has(element)) out.add(element, compareGroups(list, [], items, depth));
  }
  return out.build();
}

function groupItems(list: ListType, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const element = itemElement(list, item);
    if (element === undefined) continue;
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [item]);
    else group.push(item);
  }
  return groups;
}

/** Items that share an identity count as one atomic value; a change between one and several replaces it. */
function compareGroups(
  list: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
  depth: number,
): Comparison {
  if (before.length <= 1 && after.length <= 1) return compareNode(list.element, before[0], after[0], depth + 1);
  if (before.length >= 2 && after.length >= 2) return deepEqual(before, after) ? same : modified;
  if (before.length >= 2) {
    return after.length === 0 ? removed : merge(compareNode(list.element, undefined, after[0], depth + 1), removed);
  }
  return before.length === 0 ? added : merge(compareNode(list.element, before[0], undefined, depth + 1), added);
}

class ComparisonBuilder {
  #added: Map<PathElement, FieldSet> | undefined;
  #modified: Map<PathElement, FieldSet> | undefined;
  #removed: Map<PathElement, FieldSet> | undefined;

  add(element: PathElement, child: Comparison): void {
    if (child === same) return;
    if (!child.added.isEmpty) this.#added = (this.#added ?? new Map()).set(element, child.added);
    if (!child.modified.isEmpty) this.#modified = (this.#modified ?? new Map()).set(element, child.modified);
    if (!child.removed.isEmpty) this.#removed = (this.#removed ?? new Map()).set(element, child.removed);
  }

  build(): Comparison {
    if (this.#added === undefined && this.#modified === undefined && this.#removed === undefined) return same;
    return {
      added: FieldSet.node(false, this.#added),
      modified: FieldSet.node(false, this.#modified),
      removed: FieldSet.node(false, this.#removed),
    };
  }
}

function merge(a: Comparison, b: Comparison): Comparison {
  return {
    added: a.added.union(b.added),
    modified: a.modified.union(b.modified),
    removed: a.removed.union(b.removed),
  };
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}
