import { checkDepth, type JsonObject } from './json.ts';

/**
 * Equality of two JSON values: order of keys does not matter, order of lists does. A key whose value is `undefined`
 * counts as absent.
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  return equalAt(a, b, 0);
}

function equalAt(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  checkDepth(depth);
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equalAt(a[i], b[i], depth + 1)) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  return equalObjects(a as JsonObject, b as JsonObject, depth);
}

function equalObjects(a: JsonObject, b: JsonObject, depth: number): boolean {
  let shared = 0;
  for (const key of Object.keys(a)) {
    const value = a[key];
    if (value === undefined) continue;
    if (!Object.hasOwn(b, key) || !equalAt(value, b[key], depth + 1)) return false;
    shared++;
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) shared--;
  return shared === 0;
}

/**
 * JSON text with sorted keys and no spaces: equal values give equal text. What JSON cannot say is treated as
 * `JSON.stringify` does (`undefined` keys are left out, other holes become null).
 * @throws SekishoError OBJECT_TOO_DEEP (also for values that contain themselves)
 */
export function canonicalJson(value: unknown): string {
  return writeCanonical(value, 0);
}

function writeCanonical(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value === 0 ? 0 : value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      return 'null';
  }
  if (value === null) return 'null';
  checkDepth(depth);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${writeCanonical(item, depth + 1)}`;
    return `[${text}]`;
  }
  const object = value as JsonObject;
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${writeCanonical(member, depth + 1)}`;
  }
  return `{${text}}`;
}
