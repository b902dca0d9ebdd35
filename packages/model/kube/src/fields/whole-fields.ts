import { checkDepth, isJsonObject } from '../json.ts';
import { FieldSet } from './field-set.ts';
import { type FieldType, type ListType, type MapType, memberType, shapeOf } from './field-type.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';

type Children = Map<PathElement, FieldSet>;

/**
 * Every path of a value that is new (or gone) as a whole. Unlike the fields that a configuration states, every map and list
 * on the way is a member too.
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function wholeFields(type: FieldType, value: unknown, depth: number): FieldSet {
  checkDepth(depth);
  let children: Children | undefined;
  switch (shapeOf(type, value)) {
    case 'scalar':
      break;
    case 'list': {
      const list = type.list as ListType;
      if (list.associative && Array.isArray(value)) children = wholeItems(list, value, depth);
      break;
    }
    case 'map': {
      const map = type.map as MapType;
      if (!map.atomic && isJsonObject(value)) children = wholeMembers(map, value, depth);
    }
  }
  return FieldSet.node(true, children);
}

function wholeMembers(map: MapType, value: Record<string, unknown>, depth: number): Children {
  const children: Children = new Map();
  for (const key of Object.keys(value)) {
    const type = memberType(map, key);
    if (value[key] !== undefined && type !== undefined) {
      children.set(fieldElement(key), wholeFields(type, value[key], depth + 1));
    }
  }
  return children;
}

function wholeItems(list: ListType, items: readonly unknown[], depth: number): Children {
  const children: Children = new Map();
  for (const item of items) {
    const element = itemElement(list, item);
    if (element === undefined) continue;
    children.set(element, children.has(element) ? FieldSet.leaf : wholeFields(list.element, item, depth + 1));
  }
  return children;
}
