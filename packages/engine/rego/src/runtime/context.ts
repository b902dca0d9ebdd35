import type { Builtin } from '../builtins/builtin.ts';
import type { Location } from '../syntax/location.ts';
import { setOwn } from '../value/object.ts';
import { type PlainObject, RegoObject, type RegoSet, type Value } from '../value/value.ts';
import { get, sizeOfObject } from './access.ts';
import type { Evaluation } from './evaluation.ts';

/** What a rule without a value leaves in its slot. */
export const UNDEFINED: unique symbol = Symbol('undefined');

/** What rules see: documents, what they gave before, and what `with` put in the place of what. One per `with` and evaluation. */
export class Context {
  input: Value | undefined;
  data: Value | undefined;
  /** Values of rules by slot. */
  readonly slots: (Value | typeof UNDEFINED | undefined)[];
  /** Paths below `data` whose rules are hidden by a `with`. */
  hidden: readonly (readonly string[])[];
  replacements: ReadonlyMap<string, Replacement> | undefined;
  #plain: Context | undefined;

  constructor(
    input: Value | undefined,
    data: Value | undefined,
    slots: (Value | typeof UNDEFINED | undefined)[],
    hidden: readonly (readonly string[])[],
    replacements: ReadonlyMap<string, Replacement> | undefined,
  ) {
    this.input = input;
    this.data = data;
    this.slots = slots;
    this.hidden = hidden;
    this.replacements = replacements;
  }

  /** The same without replaced functions: what stands in for a function reaches the functions that were there before. */
  get plain(): Context {
    this.#plain ??= new Context(this.input, this.data, emptySlots(this), this.hidden, undefined);
    return this.#plain;
  }
}

function emptySlots(context: Context): (Value | typeof UNDEFINED | undefined)[] {
  return new Array(context.slots.length).fill(undefined);
}

type Callable = (context: Context, ...args: readonly Value[]) => Value | undefined;

/** What stands in the place of a function: another, or a value that every call gives. */
export class Replacement {
  readonly call: Callable | undefined;
  readonly value: Value | undefined;

  constructor(call: Callable | undefined, value: Value | undefined) {
    this.call = call;
    this.value = value;
  }
}

/** A context that sees the same and remembers nothing. */
export function childOf(parent: Context): Context {
  return new Context(parent.input, parent.data, emptySlots(parent), parent.hidden, parent.replacements);
}

export function replaceInput(context: Context, path: readonly string[], value: Value): void {
  context.input = patched(context.input, path, 0, value);
}

export function replaceData(context: Context, path: readonly string[], value: Value): void {
  context.data = patched(context.data, path, 0, value);
  context.hidden = [...context.hidden, path];
}

/** A copy of `document` with `value` at `path`; what is no object on the way gives way to one. */
function patched(document: Value | undefined, path: readonly string[], from: number, value: Value): Value {
  const key = path[from];
  if (key === undefined) return value;
  const below = patched(document === undefined ? undefined : get(document, key), path, from + 1, value);
  if (document instanceof RegoObject) {
    const copy = new RegoObject();
    for (const [name, item] of document.entries()) copy.set(name, item);
    return copy.set(key, below);
  }
  const copy: Record<string, Value> =
    document === undefined || sizeOfObject(document) < 0 ? {} : { ...(document as PlainObject) };
  setOwn(copy, key, below);
  return copy;
}

/** Whether a `with` hides the rules at a path, or all above it. */
export function isHidden(context: Context, path: readonly string[]): boolean {
  return context.hidden.some(
    (hidden) => hidden.length <= path.length && hidden.every((key, index) => key === path[index]),
  );
}

/** The base document at a path. */
export function baseAt(context: Context, path: readonly string[]): Value | undefined {
  let value = context.data;
  for (const key of path) value = value === undefined ? undefined : get(value, key);
  return value;
}

export function replaceFunction(context: Context, name: string, replacement: Replacement): void {
  context.replacements = new Map(context.replacements).set(name, replacement);
}

export function replacementOf(context: Context, name: string): Replacement | undefined {
  return context.replacements?.get(name);
}

export function callReplacement(context: Context, replacement: Replacement, args: readonly Value[]): Value | undefined {
  if (replacement.call === undefined) return replacement.value;
  return replacement.call(context.plain, ...args);
}

export function builtinReplacement(evaluation: Evaluation, builtin: Builtin, location: Location): Replacement {
  return new Replacement((_, ...args) => {
    try {
      return builtin.evaluate?.(evaluation, ...args);
    } catch (thrown) {
      evaluation.fault(thrown, location);
      return undefined;
    }
  }, undefined);
}

export function push(evaluation: Evaluation, list: Value[], value: Value): void {
  if (--evaluation.members < 0) evaluation.outOfMembers();
  list.push(value);
}

export function add(evaluation: Evaluation, set: RegoSet, value: Value): void {
  if (--evaluation.members < 0) evaluation.outOfMembers();
  set.add(value);
}
