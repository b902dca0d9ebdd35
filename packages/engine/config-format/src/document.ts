import type { Position } from '@sekisho/base';

/** Keys of objects and indexes of arrays, from the root of a document's value down. */
export type ConfigPath = readonly (string | number)[];

export interface ConfigDocument {
  /** JSON: null, boolean, number, string, array, plain object. Read-only: parts may be shared. */
  readonly value: unknown;
  /**
   * Where a path stands: of a member its key (or the block's header), of an item its first character; `[]` is the
   * document's start. A path that goes on below what the format tells positions of gets the nearest place above.
   * Undefined when there is no such path.
   */
  positionOf(path: ConfigPath): Position | undefined;
}

/** Where the members of objects and the items of arrays stand, by the object or array that holds them. */
export class Positions {
  readonly #offsets = new Map<object, Map<string | number, number>>();

  mark(container: object, key: string | number, offset: number): void {
    let offsets = this.#offsets.get(container);
    if (offsets === undefined) {
      offsets = new Map();
      this.#offsets.set(container, offsets);
    }
    offsets.set(key, offset);
  }

  offsetOf(container: object, key: string | number): number | undefined {
    return this.#offsets.get(container)?.get(key);
  }

  /** The offset of `path` in `root`, or of the nearest marked place above it; undefined when there is no such path. */
  find(root: unknown, path: ConfigPath, start: number): number | undefined {
    let value = root;
    let offset = start;
    for (const key of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      const name = Array.isArray(value) ? Number(key) : String(key);
      if (!Object.hasOwn(value, name)) return undefined;
      offset = this.offsetOf(value, name) ?? offset;
      value = (value as Record<string | number, unknown>)[name];
    }
    return offset;
  }
}

/** A plain object of a file's keys. `__proto__` is a key like any other: see {@link setMember}. */
export type Members = Record<string, unknown>;

/** Sets an own member whatever its name. */
export function setMember(target: Members, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/** An own member; inherited ones (`constructor`) are none. */
export function memberOf(target: Members, key: string): unknown {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
