import { checkDepth, isJsonObject, setOwn } from '../json.ts';
import type { FieldSet } from './field-set.ts';
import { type FieldType, type ListType, type MapType, memberType, shapeOf } from './field-type.ts';
import { fieldElement, itemElement } from './path-element.ts';

/**
 * The value without the fields and items of `gone`. A map or list that loses its last member stays as an empty one; so does
 * an atomic value of which only a part is to go. (It becomes null where the schema allows that.)
 * Unchanged branches are shared; `value` is not changed.
 * @see structured-merge-diff, RemoveItems
 */
export function removeFields(type: FieldType, value: unknown, gone: FieldSet): unknown {
  return removeNode(type, value, gone, 0);
}

function removeNode(type: FieldType, value: unknown, gone: FieldSet, depth: number): unknown {
  checkDepth(depth);
  let left: unknown;
  switch (shapeOf(type, value)) {
    case 'scalar':
      return value;
    case 'list':
      left = removeItems(type.list as ListType, value, gone, depth);
      break;
    case 'map':
      left = removeMembers(type.map as MapType, value, gone, depth);
  }
  if (left !== undefined) return left;
  if (type.nullable || value === null) return null;
  return Array.isArray(value) ? [] : {};
}

/** Undefined when nothing is left. */
function removeItems(list: ListType, value: unknown, gone: FieldSet, depth: number): unknown[] | undefined {
  if (!Array.isArray(value) || !list.associative) return undefined;
  const out: unknown[] = [];
  for (const item of value) {
    const below = gone.child(itemElement(list, item) ?? '');
    if (below.isMember) continue;
    out.push(below.isEmpty ? item : removeNode(list.element, item, below, depth + 1));
  }
  return out.length === 0 ? undefined : out;
}

/** Undefined when nothing is left. */
function removeMembers(
  map: MapType,
  value: unknown,
  gone: FieldSet,
  depth: number,
): Record<string, unknown> | undefined {
  if (!isJsonObject(value) || map.atomic) return undefined;
  let kept = 0;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const below = gone.child(fieldElement(key));
    if (below.isMember) continue;
    let member = value[key];
    const type = below.isEmpty ? undefined : memberType(map, key);
    if (type !== undefined) {
      member = removeNode(type, member, below, depth + 1);
    }
    setOwn(out, key, member);
    kept++;
  }
  return kept === 0 ? undefined : out;
}
