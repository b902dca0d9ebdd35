import type { Value } from '../value/value.ts';
import { UNDEFINED } from './context.ts';

/** What a function gave, by its argument. */
export type Memory = Map<string, Value | typeof UNDEFINED>;

/** Of one function. */
const MAX_REMEMBERED = 256;
/** Of a text, in UTF-16 units. */
const MAX_LENGTH = 64;

/** Keeps what a function gave for a short text, when that is short itself. */
export function remember(memory: Memory, argument: Value, result: Value | undefined): void {
  if (typeof argument !== 'string' || argument.length > MAX_LENGTH || !isShort(result)) return;
  if (memory.size >= MAX_REMEMBERED) memory.clear();
  memory.set(argument, result === undefined ? UNDEFINED : result);
}

function isShort(value: Value | undefined): value is string | number | boolean | undefined {
  return typeof value === 'string' ? value.length <= MAX_LENGTH : typeof value !== 'object';
}
