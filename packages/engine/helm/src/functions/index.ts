import type { TemplateFunction } from '@sekisho/gotemplate';
import type { FunctionContext } from './context.ts';

export type { FunctionContext } from './context.ts';

/** All functions of Sprig and Helm 4 that templates of charts may call, by name. */
export function createFunctions(_context: FunctionContext): Record<string, TemplateFunction> {
  return {};
}
