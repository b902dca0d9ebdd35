import { BuiltinFault } from '../builtins/builtin.ts';
import { changeValue, childOf } from '../bundle/change-value.ts';
import { isObject } from '../value/kind.ts';
import { sortedMembers, valueAt } from '../value/object.ts';
import { type PlainObject, RegoSet, type Value } from '../value/value.ts';

interface Mask {
  /** As the policy wrote it. */
  readonly pointer: string;
  /** `input`, `result` or `nd_builtin_cache`. */
  readonly member: string;
  readonly path: readonly string[];
  /** Undefined: it is removed. */
  readonly value: Value | undefined;
}

export interface Masked {
  readonly event: PlainObject;
  /** Pointers to what was taken out; only of what was there. */
  readonly erased: readonly string[];
  /** Pointers to what got another value. */
  readonly masked: readonly string[];
}

const MEMBERS = new Set(['input', 'result', 'nd_builtin_cache']);

/** What the rule of masks asks for, in order. A text says why that can't be done. */
export function readMasks(value: Value | undefined): readonly Mask[] | string {
  if (value === undefined) return [];
  const items = value instanceof RegoSet ? sortedMembers(value) : value;
  if (!Array.isArray(items)) return 'the masks are neither a set nor an array';
  const masks: Mask[] = [];
  for (const item of items as readonly Value[]) {
    const mask = readMask(item);
    if (typeof mask === 'string') return mask;
    masks.push(mask);
  }
  return masks;
}

function readMask(item: Value): Mask | string {
  const op = isObject(item) ? valueAt(item, 'op') : 'remove';
  const pointer = isObject(item) ? valueAt(item, 'path') : item;
  if (op !== 'remove' && op !== 'upsert') return 'a mask has an op that is neither remove nor upsert';
  if (typeof pointer !== 'string' || !pointer.startsWith('/')) return 'a mask has no path that begins with /';
  const [member = '', ...path] = pointer.slice(1).split('/').map(unescapeKey);
  if (!MEMBERS.has(member)) return 'a mask is about something else than input, result and nd_builtin_cache';
  const value = op === 'upsert' && isObject(item) ? (valueAt(item, 'value') ?? null) : undefined;
  return { pointer, member, path, value };
}

/** RFC 6901. */
function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The event with all masks on it. A text says why one can't be put on: nothing is to be shown then. */
export function maskEvent(event: PlainObject, masks: readonly Mask[]): Masked | string {
  let result = event;
  const erased: string[] = [];
  const masked: string[] = [];
  for (const { pointer, member, path, value } of masks) {
    const full = [member, ...path];
    const isThere = exists(result, full);
    if (value === undefined && !isThere) continue;
    try {
      const op = value === undefined ? 'remove' : isThere ? 'replace' : 'upsert';
      result = changeValue(result, { op, path: full, ...(value !== undefined && { value }) }) as PlainObject;
    } catch (error) {
      if (!(error instanceof BuiltinFault)) throw error;
      return 'a mask has a path that can not be made';
    }
    (value === undefined ? erased : masked).push(pointer);
  }
  return { event: result, erased, masked };
}

function exists(root: Value, path: readonly string[]): boolean {
  let value: Value | undefined = root;
  for (const key of path) {
    if (value === undefined) return false;
    value = childOf(value, key);
  }
  return value !== undefined;
}
