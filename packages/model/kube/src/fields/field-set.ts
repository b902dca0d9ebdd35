import { SekishoError } from '@sekisho/base';
import { checkDepth, isJsonObject, type JsonObject, ownValue } from '../json.ts';
import { comparePathElements, formatPath, type PathElement, parsePathElement } from './path-element.ts';

type Children = ReadonlyMap<PathElement, FieldSet>;

/**
 * A set of field paths, as a trie: the paths that FieldsV1 of `managedFields` names. Immutable; operations share
 * unchanged branches. A node is a member itself (`isMember`), has members below it, or both.
 * @see the FieldsV1 format in the API reference of ManagedFieldsEntry
 */
export class FieldSet {
  readonly isMember: boolean;
  /** Undefined when nothing lies below. No child is empty. */
  readonly children: Children | undefined;
  /** Tells instances of `shared` apart; 0: not one of them. */
  sharedId = 0;
  #fieldsV1: Record<string, unknown> | undefined;
  #branch: Record<string, unknown> | undefined;

  static readonly empty: FieldSet = new FieldSet(false, undefined);
  /** A member with nothing below. */
  static readonly leaf: FieldSet = new FieldSet(true, undefined);

  private constructor(isMember: boolean, children: Children | undefined) {
    this.isMember = isMember;
    this.children = children;
  }

  /** A node; children that are empty must not be passed. */
  static node(isMember: boolean, children: Children | undefined): FieldSet {
    if (children === undefined || children.size === 0) return isMember ? FieldSet.leaf : FieldSet.empty;
    return new FieldSet(isMember, children);
  }

  /** The set of these paths. */
  static of(...paths: (readonly PathElement[])[]): FieldSet {
    let set = FieldSet.empty;
    for (const path of paths) {
      let branch = FieldSet.leaf;
      for (let i = path.length - 1; i >= 0; i--) branch = FieldSet.node(false, new Map([[path[i] as string, branch]]));
      set = set.union(branch);
    }
    return set;
  }

  /**
   * Reads FieldsV1. Steps of unknown kinds are ignored. The same object gives the same set without being read again.
   * @throws SekishoError FIELDS_INVALID | OBJECT_TOO_DEEP
   */
  static parse(fieldsV1: unknown): FieldSet {
    if (!isJsonObject(fieldsV1)) throw notAnObject();
    let set = parsed.get(fieldsV1);
    if (set === undefined) {
      const children = parseChildren(fieldsV1, 0);
      set = FieldSet.node(false, children);
      parsed.set(fieldsV1, set);
    }
    return set;
  }

  /** FieldsV1 with keys in the API server's order; the same set gives the same (shared, read-only) object. */
  toFieldsV1(): Record<string, unknown> {
    if (this.#fieldsV1 === undefined) {
      this.#fieldsV1 = this.children === undefined ? nothingBelow : writeChildren(this.children);
      parsed.set(this.#fieldsV1, this.isMember ? FieldSet.node(false, this.children) : this);
    }
    return this.#fieldsV1;
  }

  /** FieldsV1 as a parent shows it, written once; a leading `.` keeps its place. */
  toBranch(): Record<string, unknown> {
    if (this.#branch === undefined) {
      const below = this.children === undefined ? nothingBelow : writeChildren(this.children);
      this.#branch = this.isMember && this.children !== undefined ? { '.': nothingBelow, ...below } : below;
    }
    return this.#branch;
  }

  get isEmpty(): boolean {
    return !this.isMember && this.children === undefined;
  }

  child(element: PathElement): FieldSet {
    return this.children?.get(element) ?? FieldSet.empty;
  }

  /** Whether the path itself (not only something below it) is in the set. */
  has(path: readonly PathElement[]): boolean {
    let node: FieldSet = this;
    for (const element of path) {
      const next = node.children?.get(element);
      if (next === undefined) return false;
      node = next;
    }
    return node.isMember;
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.isMember !== other.isMember || this.children?.size !== other.children?.size) return false;
    if (this.children === undefined || other.children === undefined) return true;
    for (const [element, child] of this.children) {
      const twin = other.children.get(element);
      if (twin === undefined || !child.equals(twin)) return false;
    }
    return true;
  }

  union(other: FieldSet): FieldSet {
    if (this === other || other.isEmpty) return this;
    if (this.isEmpty) return other;
    const isMember = this.isMember || other.isMember;
    if (this.children === undefined)
      return other.isMember === isMember ? other : FieldSet.node(isMember, other.children);
    if (other.children === undefined) return this.isMember === isMember ? this : FieldSet.node(isMember, this.children);
    let children: Map<PathElement, FieldSet> | undefined;
    for (const [element, child] of other.children) {
      const mine = this.children.get(element);
      const next = mine === undefined ? child : mine.union(child);
      if (next === mine) continue;
      children ??= new Map(this.children);
      children.set(element, next);
    }
    if (children === undefined && isMember === this.isMember) return this;
    return FieldSet.node(isMember, children ?? this.children);
  }

  intersection(other: FieldSet): FieldSet {
    if (this === other) return this;
    const isMember = this.isMember && other.isMember;
    if (this.children === undefined || other.children === undefined) return FieldSet.node(isMember, undefined);
    const [small, large] =
      this.children.size <= other.children.size ? [this.children, other.children] : [other.children, this.children];
    let children: Map<PathElement, FieldSet> | undefined;
    for (const [element, child] of small) {
      const twin = large.get(element);
      const both = twin?.intersection(child);
      if (both === undefined || both.isEmpty) continue;
      children ??= new Map();
      children.set(element, both);
    }
    return FieldSet.node(isMember, children);
  }

  /** Members of this set that are not members of the other. What lies below a member of the other stays. */
  difference(other: FieldSet): FieldSet {
    return this.subtract(other, false);
  }

  /** As {@link difference}, but a member of the other takes everything below it along. */
  recursiveDifference(other: FieldSet): FieldSet {
    return this.subtract(other, true);
  }

  private subtract(other: FieldSet, recursive: boolean): FieldSet {
    if (other.isEmpty || this.isEmpty) return this;
    if (this === other && !recursive) return FieldSet.empty;
    const isMember = this.isMember && !other.isMember;
    if (this.children === undefined || other.children === undefined) {
      return isMember === this.isMember ? this : FieldSet.node(isMember, this.children);
    }
    let children: Map<PathElement, FieldSet> | undefined;
    for (const [element, theirs] of other.children) {
      const mine = this.children.get(element);
      if (mine === undefined) continue;
      const rest = recursive && theirs.isMember ? FieldSet.empty : mine.subtract(theirs, recursive);
      if (rest === mine) continue;
      children ??= new Map(this.children);
      if (rest.isEmpty) children.delete(element);
      else children.set(element, rest);
    }
    if (children === undefined && isMember === this.isMember) return this;
    return FieldSet.node(isMember, children ?? this.children);
  }

  /** Members with no member below them. */
  leaves(): FieldSet {
    if (this.children === undefined) return this;
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) children.set(element, child.leaves());
    return FieldSet.node(false, children);
  }

  /** Number of members. */
  get size(): number {
    let count = this.isMember ? 1 : 0;
    if (this.children !== undefined) for (const child of this.children.values()) count += child.size;
    return count;
  }

  /** All member paths in the API server's order: members of a node first, then what lies below each. */
  paths(): PathElement[][] {
    const out: PathElement[][] = [];
    collect(this, [], out);
    return out;
  }

  /** One printed path per line (for messages and tests). */
  toString(): string {
    return this.paths().map(formatPath).join('\n');
  }
}

const parsed = new WeakMap<object, FieldSet>();

function parseChildren(fields: JsonObject, depth: number): Children | undefined {
  checkDepth(depth);
  let children: Map<PathElement, FieldSet> | undefined;
  for (const key of Object.keys(fields)) {
    if (key === '.') continue;
    const element = parsePathElement(key);
    if (element === undefined) continue;
    const below = ownValue(fields, key);
    if (!isJsonObject(below)) throw notAnObject();
    const grandchildren = parseChildren(below, depth + 1);
    // Nothing below, or only unknown steps: the field itself is meant.
    const isMember = grandchildren === undefined || Object.hasOwn(below, '.');
    const child = FieldSet.node(isMember, grandchildren);
    children ??= new Map();
    children.set(element, children.get(element)?.union(child) ?? child);
  }
  return children;
}

/** What stands below a member with nothing below it: one object for all of them. */
const nothingBelow: Record<string, unknown> = Object.freeze({});

function writeChildren(children: Children): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  // `f:` plus a name is never `__proto__`, so plain assignment is safe.
  for (const [element, child] of sortedChildren(children)) fields[element] = child.toBranch();
  return fields;
}

function sortedChildren(children: Children): (readonly [PathElement, FieldSet])[] {
  return [...children].sort((a, b) => comparePathElements(a[0], b[0]));
}

function collect(set: FieldSet, prefix: readonly PathElement[], out: PathElement[][]): void {
  if (set.children === undefined) return;
  const children = sortedChildren(set.children);
  for (const [element, child] of children) if (child.isMember) out.push([...prefix, element]);
  for (const [element, child] of children) if (child.children !== undefined) collect(child, [...prefix, element], out);
}

function notAnObject(): SekishoError {
  return new SekishoError('FIELDS_INVALID', 'fieldsV1 must hold objects only', {
    hint: 'Each value of fieldsV1 is an object of further steps, or {}.',
  });
}
