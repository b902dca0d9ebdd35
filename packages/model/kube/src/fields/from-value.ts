import { checkDepth, isJsonObject } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { FieldSet } from './field-set.ts';
import { type FieldType, type ListType, type MapType, memberType, objectTypeOf, shapeOf } from './field-type.ts';
import { itemElement, type PathElement } from './path-element.ts';

type Children = Map<PathElement, FieldSet>;

/**
 * The fields that somebody who states `object` owns: leaves, atomic values as a whole, list items by identity, and map
 * keys that no schema names. Struct fields are owned through what lies below them.
 * @param schema of the whole object; undefined: everything is deduced (maps granular, lists atomic)
 * @throws SekishoError OBJECT_TOO_DEEP
 * @see structured-merge-diff, ToFieldSet
 */
export function fieldSetOf(schema: Schema | undefined, object: unknown): FieldSet {
  return statedFields(objectTypeOf(schema), object);
}

export function statedFields(type: FieldType, value: unknown): FieldSet {
  return FieldSet.node(false, statedNode(type, value, false, 0).children);
}

function statedNode(type: FieldType, value: unknown, isMember: boolean, depth: number): FieldSet {
  checkDepth(depth);
  switch (shapeOf(type, value)) {
    case 'scalar':
      return FieldSet.leaf;
    case 'list': {
      const list = type.list as ListType;
      if (!list.associative) return FieldSet.leaf;
      return FieldSet.node(isMember, Array.isArray(value) ? statedItems(list, value, depth) : undefined);
    }
    case 'map': {
      const map = type.map as MapType;
      if (map.atomic) return FieldSet.leaf;
      return FieldSet.node(isMember, isJsonObject(value) ? statedMembers(map, value, depth) : undefined);
    }
  }
}

function statedMembers(map: MapType, value: Record<string, unknown>, depth: number): Children | undefined {
  let children: Children | undefined;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    const declared = map.field(key);
    const type = declared ?? map.element;
    if (type === undefined) continue;
    const isMember = declared === undefined || member === null || isEmptyObject(member);
    const child = statedNode(type, member, isMember, depth + 1);
    if (child.isEmpty) continue;
    children ??= new Map();
    children.set(`f:${key}`, child);
  }
  return children;
}

function statedItems(list: ListType, items: readonly unknown[], depth: number): Children | undefined {
  let children: Children | undefined;
  let repeated: Set<PathElement> | undefined;
  for (const item of items) {
    const element = itemElement(list, item);
    if (element === undefined || repeated?.has(element)) continue;
    children ??= new Map();
    if (children.has(element)) {
      // Items that share an identity are owned as one, without a look inside.
      repeated ??= new Set();
      repeated.add(element);
      children.set(element, FieldSet.leaf);
    } else {
      children.set(element, statedNode(list.element, item, true, depth + 1));
    }
  }
  return children;
}

/**
 * Every path of a value that is new (or gone) as a whole: like {@link statedFields}, but every map and list on the way is
 * a member too.
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
      if (map.atomic || !isJsonObject(value)) break;
      for (const key of Object.keys(value)) {
        const member = value[key];
        const memberTypeOf = memberType(map, key);
        if (member === undefined || memberTypeOf === undefined) continue;
        children ??= new Map();
        children.set(`f:${key}`, wholeFields(memberTypeOf, member, depth + 1));
      }
    }
  }
  return FieldSet.node(true, children);
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

function isEmptyObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const _ in value) return false;
  return true;
}
