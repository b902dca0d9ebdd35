import { checkCount } from './function.ts';
import { isStackFull, type State } from './runtime.ts';
import {
  elementType,
  GoObject,
  isMap,
  type Method,
  methodOf,
  type Signature,
  typeName,
  type Value,
  zeroOf,
} from './value.ts';

/** No argument was piped: nil is something else. */
export const MISSING: unique symbol = Symbol('missing');

/** Evaluates what stands behind a method's name, as the method wants it. */
export type Arguments = (signature: Signature | undefined) => Value[];

/**
 * `.name` of a value.
 *
 * @param arguments_ what stands behind the name; only methods take any
 * @param isElement whether it comes out of a list or map, so that Go knows it as interface {} only
 * @param container the list or map, where it is known
 */
export function fieldOf(
  state: State,
  receiver: Value,
  name: string,
  isExported: boolean,
  arguments_: Arguments | undefined,
  isElement: boolean,
  container?: Value,
): Value {
  if (receiver === undefined) {
    if (state.templates.missingKey === 'error') state.fail(`nil data; no entry for key "${name}"`);
    return undefined;
  }
  if (receiver === null) return state.fail(`nil pointer evaluating ${elementType(container)}.${name}`);
  if (typeof receiver === 'object') {
    if (isExported) {
      const method = methodOf(receiver, name);
      if (method !== undefined) return call(state, method, name, arguments_);
    }
    if (isMap(receiver)) {
      if (arguments_ !== undefined) state.fail(`${name} is not a method but has arguments`);
      if (Object.hasOwn(receiver, name)) return receiver[name] ?? null;
      switch (state.templates.missingKey) {
        case 'error':
          return state.fail(`map has no entry for key "${name}"`);
        case 'zero':
          return zeroOf(elementType(receiver));
        default:
          return undefined;
      }
    }
    if (receiver instanceof GoObject && Object.hasOwn(receiver.fields, name)) {
      if (arguments_ !== undefined) state.fail(`${name} has arguments but cannot be invoked as function`);
      return receiver.fields[name] ?? null;
    }
  }
  // Go knows what a struct's fields are; of what a list or map holds only that they hold anything.
  const isKnown = !isElement || container instanceof GoObject;
  return state.fail(`can't evaluate field ${name} in type ${isKnown ? typeName(receiver) : elementType(container)}`);
}

function call(state: State, method: Method, name: string, args: Arguments | undefined): Value {
  const { signature } = method;
  if (args === undefined && signature !== undefined) checkCount(state, name, signature, 0);
  const values = args === undefined ? [] : args(signature);
  try {
    return method(...values);
  } catch (error) {
    if (state.budget.ended === error || isStackFull(error)) throw error;
    return state.fail(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Whether Go would look for a method of this name. */
export function isExported(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}
