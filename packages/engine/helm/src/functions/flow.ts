import {
  GoObject,
  goFunction,
  isTrue,
  type TemplateFunction,
  TemplateFunctionError,
  type Value,
} from '@sekisho/gotemplate';
import type { FunctionContext } from './context.ts';

/** Sprig's `empty`: what Go's templates hold for false; structs never are. */
export function isEmpty(value: Value): boolean {
  return !(value instanceof GoObject) && !isTrue(value);
}

const ANY = 'interface {}';
const MANY = '...interface {}';

export function flowFunctions({ isLint = false }: FunctionContext): Record<string, TemplateFunction> {
  return {
    fail: goFunction(['string'], (message: string) => {
      if (isLint) return '';
      throw new TemplateFunctionError(message);
    }),
    required: goFunction(['string', ANY], (message: string, value: Value) => {
      if (value !== null && value !== undefined && value !== '') return value;
      if (isLint) return '';
      throw new TemplateFunctionError(message);
    }),
    default: goFunction([ANY, MANY], (fallback: Value, ...given: Value[]) =>
      given.length === 0 || isEmpty(given[0]) ? fallback : given[0],
    ),
    coalesce: goFunction([MANY], (...values: Value[]) => values.find((value) => !isEmpty(value)) ?? null),
    ternary: goFunction([ANY, ANY, 'bool'], (yes: Value, no: Value, condition: boolean) => (condition ? yes : no)),
    empty: goFunction([ANY], isEmpty),
    all: goFunction([MANY], (...values: Value[]) => !values.some(isEmpty)),
    any: goFunction([MANY], (...values: Value[]) => values.some((value) => !isEmpty(value))),
    hello: goFunction([], () => 'Hello!'),
  };
}
