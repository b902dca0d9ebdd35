import type { ConfigFault } from '../parse-task.ts';
import type { Assertion, Bind, Expression, ObjectField, Parameter } from './syntax.ts';

export type JsonnetValue = null | boolean | number | string | Thunk[] | JsonnetObject | JsonnetFunction;

/** Names in sight of an expression; `object` is what `self` means. */
export interface Scope {
  readonly names: ReadonlyMap<string, Thunk>;
  readonly parent: Scope | undefined;
  readonly object?: { readonly self: JsonnetObject; readonly layer: number };
  /** The file, for imports relative to it. */
  readonly file: string;
}

/** A value that is worked out when it is first wanted. */
export class Thunk {
  #compute: (() => JsonnetValue) | undefined;
  #value: JsonnetValue = null;
  #isOpen = false;

  constructor(compute: () => JsonnetValue) {
    this.#compute = compute;
  }

  static of(value: JsonnetValue): Thunk {
    const thunk = new Thunk(() => value);
    thunk.force();
    return thunk;
  }

  /** @throws RangeError  when the value is needed to work itself out */
  force(): JsonnetValue {
    if (this.#compute === undefined) return this.#value;
    if (this.#isOpen) throw new InfiniteRecursion();
    this.#isOpen = true;
    try {
      this.#value = this.#compute();
    } finally {
      this.#isOpen = false;
    }
    this.#compute = undefined;
    return this.#value;
  }
}

export class InfiniteRecursion extends Error {}

export interface Layer {
  readonly fields: ReadonlyMap<string, LayerField>;
  readonly locals: readonly Bind[];
  readonly assertions: readonly Assertion[];
  readonly scope: Scope;
}

export interface LayerField {
  readonly visibility: ObjectField['visibility'];
  readonly isPlus: boolean;
  readonly value: Expression;
  /** Names of the field's own, as in an object with `for`. */
  readonly scope: Scope;
  readonly offset: number;
}

export class JsonnetObject {
  /** The base first; later ones override. */
  readonly layers: readonly Layer[];
  readonly values = new Map<string, Thunk>();
  readonly scopes: (Scope | undefined)[] = [];
  isChecked = false;

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  has(name: string): boolean {
    return this.layers.some(({ fields }) => fields.has(name));
  }

  isVisible(name: string): boolean {
    let isVisible = true;
    for (const { fields } of this.layers) {
      const visibility = fields.get(name)?.visibility;
      if (visibility === '::') isVisible = false;
      else if (visibility === ':::') isVisible = true;
    }
    return isVisible;
  }

  /** Names in order of their code units. */
  names(withHidden: boolean): string[] {
    const names = new Set(this.layers.flatMap(({ fields }) => [...fields.keys()]));
    return [...names].filter((name) => withHidden || this.isVisible(name)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  offsetOf(name: string): number {
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const offset = this.layers[index]?.fields.get(name)?.offset;
      if (offset !== undefined) return offset;
    }
    return 0;
  }
}

export class JsonnetFunction {
  readonly parameters: readonly Parameter[];
  readonly call: (parameters: readonly (Thunk | undefined)[]) => JsonnetValue;

  constructor(parameters: readonly Parameter[], call: (parameters: readonly (Thunk | undefined)[]) => JsonnetValue) {
    this.parameters = parameters;
    this.call = call;
  }
}

export function typeOf(value: JsonnetValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof JsonnetObject) return 'object';
  return value instanceof JsonnetFunction ? 'function' : typeof value;
}

/** What functions of `std` and the formatter ask of the evaluator. */
export interface JsonnetMachine {
  readonly file: string;
  force(thunk: Thunk): JsonnetValue;
  call(target: JsonnetValue, values: readonly (Thunk | undefined)[]): JsonnetValue;
  field(object: JsonnetObject, name: string): JsonnetValue;
  manifest(value: JsonnetValue, mark: boolean): unknown;
  toText(value: JsonnetValue): string;
  equals(a: JsonnetValue, b: JsonnetValue): boolean;
  compare(a: JsonnetValue, b: JsonnetValue): number;
  slice(operand: JsonnetValue, bounds: readonly (JsonnetValue | undefined)[]): JsonnetValue;
  checkLength(length: number): void;
  spend(amount: number): void;
  fault(message: string): ConfigFault;
}
