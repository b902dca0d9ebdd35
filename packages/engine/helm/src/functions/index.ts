import { goFunction, type TemplateFunction } from '@sekisho/gotemplate';
import type { FunctionContext } from './context.ts';
import { cryptoFunctions } from './crypto.ts';
import { dataFunctions } from './data.ts';
import { dateFunctions } from './dates.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encodings.ts';
import { flowFunctions } from './flow.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { randomFunctions } from './random.ts';
import { reflectionFunctions } from './reflection.ts';
import { regexFunctions } from './regex.ts';
import { semverFunctions } from './semver.ts';
import { stringFunctions } from './strings.ts';
import { tomlFunctions } from './toml.ts';
import { urlFunctions } from './urls.ts';

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
    ...regexFunctions,
    ...dataFunctions,
    ...semverFunctions,
    ...tomlFunctions,
    ...urlFunctions,
    ...randomFunctions(context),
    ...cryptoFunctions(context),
    ...dateFunctions(context),
    ...flowFunctions(context),
    lookup: goFunction(['string', 'string', 'string', 'string'], context.lookup ?? (() => ({}))),
    ...(context.include === undefined ? {} : { include: context.include }),
    ...(context.tpl === undefined ? {} : { tpl: context.tpl }),
  };
}
