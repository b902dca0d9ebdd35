import type { TemplateFunction } from '@sekisho/gotemplate';
import type { FunctionContext } from './context.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encodings.ts';
import { flowFunctions } from './flow.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { reflectionFunctions } from './reflection.ts';
import { stringFunctions } from './strings.ts';

export type { FunctionContext } from './context.ts';

/** All functions of Sprig and Helm 4 that templates of charts may call, by name. */
export function createFunctions(context: FunctionContext): Record<string, TemplateFunction> {
  return {
    ...stringFunctions,
    ...listFunctions,
    ...dictFunctions,
    ...numberFunctions,
    ...encodingFunctions,
    ...pathFunctions,
    ...reflectionFunctions,
    ...flowFunctions(context),
  };
}
