import { checkDepth, isJsonObject, setOwn } from '../json.ts';
import type { FieldSet } from './field-set.ts';
import { type FieldType, type ListType, type MapType, memberType, shapeOf } from './field-type.ts';
import { fieldElement, itemElement } from './path-element.ts';

/** What becomes of a map or list that loses its last member: an explicit null (upstream's reading), or its key goes too. */
export type Emptied = 'null' | 'drop';

/**
 * The value without the fields and items of `gone`. Atomic values that something below is to be removed from become
 * empty as a whole. Unchanged branches are shared; `value` is not changed.
 * @see structured-merge-diff, RemoveItems
 */
export function removeFields(type: FieldType, value: unknown, gone: FieldSet, emptied: Emptied): unknown {
  return removeNode(type, value, gone, emptied, 0);
}

function removeNode(type: FieldType, value: unknown, gone: FieldSet, emptied: Emptied, depth: number): unknown {
  checkDepth(depth);
  switch (shapeOf(type, value)) {
    case 'scalar':
      return value;
    case 'list':
      return removeItems(type.list as ListType, value, gone, emptied, depth);
    case 'map':
      return removeMembers(type.map as MapType, value, gone, emptied, depth);
  }
}

function removeItems(list: ListType, value: unknown, gone: FieldSet, emptied: Emptied, depth: number): unknown {
  if (!Array.isArray(value) || value.length === 0 || !list.associative) return null;
  const out: unknown[] = [];
  for (const item of value) {
    const below = gone.child(itemElement(list, item) ?? '');
    if (below.isMember) continue;
    out.push(below.isEmpty ? item : removeNode(list.element, item, below, emptied, depth + 1));
  }
  return out.length === 0 ? null : out;
}

function removeMembers(map: MapType, value: unknown, gone: FieldSet, emptied: Emptied, depth: number): unknown {
  if (!isJsonObject(value) || map.atomic) return null;
  let kept = 0;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const below = gone.child(fieldElement(key));
    if (below.isMember) continue;
    let member = value[key];
    const type = below.isEmpty ? undefined : memberType(map, key);
    if (type !== undefined) {
      member = removeNode(type, member, below, emptied, depth + 1);
      if (member === null && emptied === 'drop') continue;
    }
    setOwn(out, key, member);
    kept++;
  }
  return kept === 0 ? null : out;
}
