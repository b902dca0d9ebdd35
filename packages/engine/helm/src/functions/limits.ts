import { TemplateFunctionError } from '@sekisho/gotemplate';

/** Longest text, and most items of a list, that a function makes: beyond it a render would only run out of memory. */
export const MAX_TEXT = 50 * 1024 * 1024;
export const MAX_ITEMS = 1_000_000;
/** Deepest nesting of values that functions walk through. */
export const MAX_DEPTH = 1_000;

/** What a template wanted goes beyond a limit; renders report it as HELM_FUNCTION_LIMIT. */
export class FunctionLimitError extends TemplateFunctionError {
  readonly code = 'HELM_FUNCTION_LIMIT';
}

export function checkLength(length: number): void {
  if (length > MAX_TEXT) throw new FunctionLimitError(`text of more than ${MAX_TEXT} characters`);
}

export function checkCount(count: number): void {
  if (count > MAX_ITEMS) throw new FunctionLimitError(`list of more than ${MAX_ITEMS} items`);
}

export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new FunctionLimitError(`values nested deeper than ${MAX_DEPTH} levels`);
}
