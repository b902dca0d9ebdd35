import { isList } from '../value/kind.ts';
import { CelMap, type CelValue } from '../value/value.ts';

/** Of going over a text, per character. */
const TRAVERSAL = 0.1;
const REGEX = 0.25;

/** As cel-go sizes a value: texts, lists and maps by what is in them, all else as one. */
export function sizeOf(value: CelValue): number {
  if (typeof value === 'string' || value instanceof Uint8Array || isList(value)) return value.length;
  return value instanceof CelMap ? value.size : 1;
}

/** Of going once over a text (a list is gone over by `listCost`). */
export function textCost(text: string | Uint8Array): number {
  return Math.max(1, Math.ceil(text.length * TRAVERSAL));
}

export function listCost(list: readonly CelValue[]): number {
  return Math.max(1, list.length);
}

export function equalityCost(left: CelValue, right: CelValue): number {
  return Math.ceil(Math.max(1, Math.min(sizeOf(left), sizeOf(right))) * TRAVERSAL);
}

export function concatenationCost(left: string | Uint8Array, right: string | Uint8Array): number {
  return Math.max(1, Math.ceil((left.length + right.length) * TRAVERSAL));
}

/** Of looking for a text in another. */
export function searchCost(text: string, part: string): number {
  return Math.max(1, Math.ceil(text.length * TRAVERSAL)) * Math.max(1, Math.ceil(part.length * TRAVERSAL));
}

export function regexCost(text: string, pattern: string): number {
  return Math.ceil((text.length + 1) * TRAVERSAL) * Math.max(1, Math.ceil(pattern.length * REGEX));
}
