import type { BuiltinContext } from './builtin.ts';
import { builtinFault } from './operand.ts';

/** Longest text that a built-in makes, in UTF-16 units. */
export const MAX_TEXT = 1 << 26;

/** Counts the making of a text against the budget. @throws BuiltinFault when it would be longer than {@link MAX_TEXT} */
export function spendText(context: BuiltinContext, name: string, length: number): void {
  if (length > MAX_TEXT) throw builtinFault(name, `result is longer than ${MAX_TEXT} characters`);
  if (length >= 64) context.spend(length >>> 4);
}
