import type { State } from './runtime.ts';
import { elementType, type Signature, type TemplateFunction, typeName, type Value } from './value.ts';

/** A fault that a function tells of; any other Error does the same. */
export class TemplateFunctionError extends Error {}

/**
 * Gives a new function its signature (the function itself is marked, unless it has one already): `goFunction(['string', '...interface {}'], run)`. Types are those of `%T`, and
 * `interface {}` or `reflect.Value` for anything (a nil as well; only the latter takes no value at all).
 */
export function goFunction(types: readonly string[], run: (...args: never[]) => Value): TemplateFunction {
  const last = types.at(-1);
  const isVariadic = last?.startsWith('...') === true;
  const parameters = isVariadic ? [...types.slice(0, -1), last.slice(3)] : types;
  const signature = { parameters, isVariadic };
  if (Object.hasOwn(run, 'signature'))
    return Object.assign((...args: Value[]) => (run as TemplateFunction)(...args), { signature });
  return Object.assign(run as TemplateFunction, { signature });
}

/** The type of the argument at this place; undefined when there is none. */
export function parameterOf({ parameters, isVariadic }: Signature, index: number): string | undefined {
  if (isVariadic && index >= parameters.length - 1) return parameters.at(-1);
  return parameters[index];
}

/** Fails with Go's words when there are too few or too many. */
export function checkCount(state: State, name: string, { parameters, isVariadic }: Signature, count: number): void {
  const wants = parameters.length;
  if (isVariadic ? count >= wants - 1 : count === wants) return;
  const least = isVariadic ? `at least ${wants - 1}` : `${wants}`;
  state.fail(`wrong number of args for ${name}: want ${least} got ${count}`);
}

export const ANYTHING: ReadonlySet<string> = new Set(['interface {}', 'reflect.Value', 'any']);

/** Types that have a nil. */
export function mayBeNil(type: string): boolean {
  return /^(?:\[\]|map|\*|func|interface)/.test(type);
}

/** The value as an argument of that type; fails with Go's words when it is of another. */
export function assignable(state: State, value: Value, type: string): Value {
  if (value === undefined) {
    if (type === 'reflect.Value') return value;
    if (ANYTHING.has(type) || mayBeNil(type)) return null;
    return state.fail(`invalid value; expected ${type}`);
  }
  if (ANYTHING.has(type)) return value;
  if (value === null) return state.fail(`wrong type for value; expected ${type}; got interface {}`);
  const got = typeName(value);
  // A named map is as good as its form; a list of strings is none of interfaces.
  if (got === type || underlying(value, got) === type) return value;
  return state.fail(`wrong type for value; expected ${type}; got ${got}`);
}

function underlying(value: Value, name: string): string {
  if (/^(?:map)?\[/.test(name) || typeof value !== 'object' || value === null) return name;
  if (Array.isArray(value)) return `[]${elementType(value)}`;
  return Object.getPrototypeOf(value) === Object.prototype ? `map[string]${elementType(value)}` : name;
}
