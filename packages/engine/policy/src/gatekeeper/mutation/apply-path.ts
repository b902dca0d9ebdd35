import { isRecord } from '../document.ts';
import type { MutationPath, PathNode } from './path.ts';

/** A mutation that doesn't fit the object. */
export class MutationFault extends Error {}

/** What a setter gives when nothing is to be changed. */
export const UNCHANGED = Symbol('unchanged');

/** The new value of the field at the end of a location, or {@link UNCHANGED}. */
export type Setter = (existing: unknown) => unknown;

/** What must be so at a part of the location, by the number of its steps. */
export type PathTests = ReadonlyMap<number, 'MustExist' | 'MustNotExist'>;

/**
 * Sets what lies at a location. Objects and lists on the way that are missing are made, except elements of which any would do.
 *
 * @returns the same instance when nothing changed; the given value is never modified
 * @throws MutationFault  the value has another shape than the location
 */
export function applyAtPath(value: unknown, path: MutationPath, tests: PathTests, set: Setter): unknown {
  return new Walk(path, tests, set).step(value, 0);
}

class Walk {
  readonly #path: MutationPath;
  readonly #tests: PathTests;
  readonly #set: Setter;

  constructor(path: MutationPath, tests: PathTests, set: Setter) {
    this.#path = path;
    this.#tests = tests;
    this.#set = set;
  }

  step(current: unknown, depth: number): unknown {
    const node = this.#path[depth] as PathNode;
    return node.type === 'object' ? this.#field(current, node.name, depth) : this.#elements(current, node, depth);
  }

  #field(current: unknown, name: string, depth: number): unknown {
    if (!isRecord(current)) throw mismatch('an object', current);
    const existing = Object.hasOwn(current, name) ? current[name] : undefined;
    if (!this.#allows(depth, existing !== undefined)) return current;
    const next = this.#isLast(depth)
      ? this.#set(existing)
      : this.step(existing === undefined || existing === null ? this.#emptyFor(depth + 1) : existing, depth + 1);
    if (next === UNCHANGED || next === existing || isUntouched(existing, next)) return current;
    return withField(current, name, next);
  }

  #elements(current: unknown, node: Extract<PathNode, { type: 'list' }>, depth: number): unknown {
    if (!Array.isArray(current)) throw mismatch('a list', current);
    const items: readonly unknown[] = current;
    const { key, value } = node;
    // What every element must not be can't be tested.
    if (value === undefined && this.#tests.get(depth) === 'MustNotExist') return current;
    const isMeant = (item: unknown): boolean => value === undefined || (isRecord(item) && item[key] === value);
    if (!items.some(isMeant)) return value === undefined ? current : this.#added(items, key, value, depth);
    if (!this.#allows(depth, true)) return current;
    const changed = items.map((item) => (isMeant(item) ? this.#element(item, node, depth) : item));
    return changed.every((item, i) => item === items[i]) ? current : changed;
  }

  #element(item: unknown, { key, value }: Extract<PathNode, { type: 'list' }>, depth: number): unknown {
    if (!this.#isLast(depth)) return this.step(item, depth + 1);
    const next = this.#set(item);
    if (next === UNCHANGED) return item;
    if (!isRecord(next) || next[key] !== value) throw new MutationFault(`the element's key ${key} must not change`);
    return next;
  }

  #added(items: readonly unknown[], key: string, value: string | number, depth: number): readonly unknown[] {
    if (!this.#allows(depth, false)) return items;
    const element = this.#isLast(depth) ? this.#set(undefined) : this.step({ [key]: value }, depth + 1);
    return element === UNCHANGED ? items : [...items, element];
  }

  #isLast(depth: number): boolean {
    return depth === this.#path.length - 1;
  }

  #allows(depth: number, exists: boolean): boolean {
    const test = this.#tests.get(depth);
    return test === undefined || (test === 'MustExist') === exists;
  }

  #emptyFor(depth: number): unknown {
    return this.#path[depth]?.type === 'list' ? EMPTY_LIST : EMPTY_OBJECT;
  }
}

const EMPTY_LIST: readonly unknown[] = Object.freeze([]);
const EMPTY_OBJECT: Readonly<Record<string, unknown>> = Object.freeze({});

/** Nothing was there, and nothing was put into what would have been made. */
function isUntouched(existing: unknown, next: unknown): boolean {
  return (existing === undefined || existing === null) && (next === EMPTY_LIST || next === EMPTY_OBJECT);
}

/** A copy with a field, whatever its name. */
function withField(object: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  const copy = { ...object };
  Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

function mismatch(wanted: string, current: unknown): MutationFault {
  const is = Array.isArray(current) ? 'a list' : isRecord(current) ? 'an object' : JSON.stringify(current);
  return new MutationFault(`the location needs ${wanted} where the object has ${is}`);
}
