import { SekishoError } from '@sekisho/base';

export type JsonObject = Record<string, unknown>;

/** Objects nested deeper are refused: recursion stays far from the end of the stack. */
export const MAX_DEPTH = 512;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key. Never answers from the prototype, so `constructor` and `__proto__` are plain data. */
export function ownValue(object: Readonly<JsonObject>, key: string): unknown {
  const value = object[key];
  // What a JSON object inherits is a function, or its prototype under `__proto__`: the slow check is for those alone.
  if (typeof value !== 'function' && key !== '__proto__') return value;
  return Object.hasOwn(object, key) ? value : undefined;
}

/** Sets an own key; `__proto__` becomes an ordinary key instead of changing the prototype. */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** @throws SekishoError OBJECT_TOO_DEEP when `depth` is over {@link MAX_DEPTH} */
export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new SekishoError('OBJECT_TOO_DEEP', `The value is nested more than ${MAX_DEPTH} levels deep`, {
      hint: 'Flatten the object; no Kubernetes type needs this depth.',
    });
  }
}
