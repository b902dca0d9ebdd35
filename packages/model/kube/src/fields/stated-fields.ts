import { checkDepth, isJsonObject } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { FieldSet } from './field-set.ts';
import { type FieldType, type ListType, type MapType, objectTypeOf, shapeOf } from './field-type.ts';
import { fieldElement, formatPathElement, itemElement, itemProblem, type PathElement } from './path-element.ts';

/** What {@link readApplied} found in an applied configuration. */
export interface AppliedFields {
  readonly set: FieldSet;
  /** In the API server's words: `.spec.foo: field not declared in schema`. Empty when it fits its type. */
  readonly problems: readonly string[];
  readonly hasNull: boolean;
}

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
  return FieldSet.node(false, new Reader(false).node(type, value, false).children);
}

/**
 * The fields of an applied configuration, and whether it fits its type: declared fields, types, list items with an identity
 * that no other has.
 * @throws SekishoError OBJECT_TOO_DEEP
 * @see structured-merge-diff, ToFieldSet and Validate
 */
export function readApplied(type: FieldType, value: unknown): AppliedFields {
  const reader = new Reader(true);
  const set = FieldSet.node(false, reader.node(type, value, false).children);
  return { set, problems: reader.problems, hasNull: reader.hasNull };
}

type Children = Map<PathElement, FieldSet>;

const expectations = {
  untyped: 'any scalar',
  numeric: 'numeric (int or float)',
  string: 'string',
  boolean: 'boolean',
} as const;

class Reader {
  readonly problems: string[] = [];
  hasNull = false;
  readonly #checks: boolean;
  /** From the root to the value that is read; a number is a position in an atomic list. */
  readonly #path: (PathElement | number)[] = [];

  constructor(checks: boolean) {
    this.#checks = checks;
  }

  node(type: FieldType, value: unknown, isMember: boolean): FieldSet {
    if (value === null) this.hasNull = true;
    switch (shapeOf(type, value)) {
      case 'scalar':
        if (this.#checks && value !== null) this.#checkScalar(type, value);
        return FieldSet.leaf;
      case 'list': {
        const list = type.list as ListType;
        const items = Array.isArray(value) ? value : undefined;
        if (items === undefined && value !== null) this.#report(`expected list, got ${describe(value)}`);
        if (!list.associative) {
          if (this.#checks && items !== undefined) this.#checkAtomic(list, items);
          return FieldSet.leaf;
        }
        return FieldSet.node(isMember, items === undefined ? undefined : this.#items(list, items));
      }
      case 'map': {
        const map = type.map as MapType;
        if (!isJsonObject(value)) {
          if (value !== null) this.#report(`expected map, got ${describe(value)}`);
          return map.atomic ? FieldSet.leaf : FieldSet.node(isMember, undefined);
        }
        if (!map.atomic) return FieldSet.node(isMember, this.#members(map, value));
        if (this.#checks) this.#members(map, value);
        return FieldSet.leaf;
      }
    }
  }

  #members(map: MapType, value: Record<string, unknown>): Children | undefined {
    checkDepth(this.#path.length);
    let children: Children | undefined;
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === undefined) continue;
      const element = fieldElement(key);
      const declared = map.field(key);
      const type = declared ?? map.element;
      this.#path.push(element);
      if (type === undefined) {
        this.#report('field not declared in schema');
      } else {
        const isMember = declared === undefined || member === null || isEmptyObject(member);
        const child = this.node(type, member, isMember);
        if (!child.isEmpty) {
          children ??= new Map();
          children.set(element, child);
        }
      }
      this.#path.pop();
    }
    return children;
  }

  #items(list: ListType, items: readonly unknown[]): Children | undefined {
    checkDepth(this.#path.length);
    let children: Children | undefined;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const element = itemElement(list, item);
      if (element === undefined) {
        this.#report(`element ${index}: ${itemProblem(list, item)}`);
        continue;
      }
      children ??= new Map();
      const isRepeated = children.has(element);
      if (isRepeated) this.#report(`duplicate entries for key ${formatPathElement(element)}`);
      this.#path.push(element);
      const child = this.node(list.element, item, true);
      this.#path.pop();
      // Items that share an identity are owned as one, without a look inside.
      children.set(element, isRepeated ? FieldSet.leaf : child);
    }
    return children;
  }

  #checkAtomic(list: ListType, items: readonly unknown[]): void {
    checkDepth(this.#path.length);
    for (let index = 0; index < items.length; index++) {
      this.#path.push(index);
      this.node(list.element, items[index], true);
      this.#path.pop();
    }
  }

  #checkScalar(type: FieldType, value: unknown): void {
    const fits =
      type.scalar === 'untyped'
        ? typeof value !== 'object'
        : typeof value === (type.scalar === 'numeric' ? 'number' : type.scalar);
    if (!fits) this.#report(`expected ${expectations[type.scalar ?? 'untyped']}, got ${describe(value)}`);
  }

  #report(problem: string): void {
    if (!this.#checks) return;
    const path = this.#path.map((step) => (typeof step === 'number' ? `[${step}]` : formatPathElement(step))).join('');
    this.problems.push(path === '' ? problem : `${path}: ${problem}`);
  }
}

/** The kind of a value and, for numbers and booleans, the value. Never a text: it could be a secret. */
function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'list' : 'map';
}

function isEmptyObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const _ in value) return false;
  return true;
}
