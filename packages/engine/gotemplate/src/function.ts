import type { Value } from './value.ts';

/**
 * What a template may call. What it throws ends the execution: `error calling NAME: MESSAGE`. Both kinds of nil come as
 * they are: null and undefined. Without a signature it takes anything, in any number.
 */
export interface TemplateFunction {
  (...args: Value[]): Value;
  readonly signature?: Signature;
}

/** Go's types of the parameters; the executor checks the arguments with Go's messages before it calls. */
export interface Signature {
  readonly parameters: readonly string[];
  /** The last parameter's type is that of any number of arguments. */
  readonly isVariadic: boolean;
}

/** A fault that a function tells of; any other Error does the same. */
export class TemplateFunctionError extends Error {}

/**
 * Gives a function its signature: `goFunction(['string', '...interface {}'], run)`. Types are those of `%T`, and
 * `interface {}` or `reflect.Value` for anything (a nil as well; only the latter takes no value at all).
 */
export function goFunction(types: readonly string[], run: (...args: never[]) => Value): TemplateFunction {
  const last = types.at(-1);
  const isVariadic = last?.startsWith('...') === true;
  const parameters = isVariadic ? [...types.slice(0, -1), last.slice(3)] : types;
  return Object.assign((...args: Value[]) => (run as TemplateFunction)(...args), {
    signature: { parameters, isVariadic },
  });
}
