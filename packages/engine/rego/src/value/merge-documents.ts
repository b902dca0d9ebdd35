import { setOwn } from './entries.ts';
import type { Value } from './value.ts';

/** JSON; numbers may be kept exactly. */
type Members = Record<string, unknown>;

/**
 * Takes a document into another one, which grows; objects that were read are not changed.
 *
 * @returns false when a value stands where there is another one
 */
export function mergeDocuments(target: Members, source: unknown): boolean {
  if (!isObject(source)) return false;
  for (const [name, value] of Object.entries(source)) {
    const present = Object.hasOwn(target, name) ? target[name] : undefined;
    if (present === undefined)
      setOwn(target as Record<string, Value>, name, (isObject(value) ? copied(value) : value) as Value);
    else if (!isObject(present) || !mergeDocuments(present, value)) return false;
  }
  return true;
}

function copied(source: Members): Members {
  const copy: Members = {};
  mergeDocuments(copy, source);
  return copy;
}

/** Numbers that are kept exactly are objects of a class: they are values. */
function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
