import { type JsonnetMachine, JsonnetObject, type JsonnetValue, type LayerField, Thunk, typeOf } from './value.ts';

/** A function of `std` over evaluated arguments; a parameter with `?` may be left out and is then null. */
export interface StandardFunction {
  readonly parameters: string;
  readonly call: (evaluator: JsonnetMachine, values: readonly JsonnetValue[]) => JsonnetValue;
}

export function numberOf(evaluator: JsonnetMachine, value: JsonnetValue | undefined): number {
  if (typeof value !== 'number') throw evaluator.fault(`a number is wanted, not ${typeOf(value ?? null)}`);
  return value;
}

export function textOf(evaluator: JsonnetMachine, value: JsonnetValue | undefined): string {
  if (typeof value !== 'string') throw evaluator.fault(`a string is wanted, not ${typeOf(value ?? null)}`);
  return value;
}

export function arrayOf(evaluator: JsonnetMachine, value: JsonnetValue | undefined): readonly Thunk[] {
  if (!Array.isArray(value)) throw evaluator.fault(`an array is wanted, not ${typeOf(value ?? null)}`);
  return value;
}

export function objectOf(evaluator: JsonnetMachine, value: JsonnetValue | undefined): JsonnetObject {
  if (!(value instanceof JsonnetObject)) throw evaluator.fault(`an object is wanted, not ${typeOf(value ?? null)}`);
  return value;
}

/** An object of evaluated fields. */
export function objectFrom(
  entries: Iterable<readonly [string, JsonnetValue | Thunk]>,
  isHidden = false,
): JsonnetObject {
  const fields = new Map<string, LayerField>();
  const scope = { names: new Map(), parent: undefined, file: '' };
  const values = [...entries];
  for (const [name, value] of values) {
    const inner = { ...scope, names: new Map([['value', value instanceof Thunk ? value : Thunk.of(value)]]) };
    const expression = { kind: 'name', name: 'value', offset: 0 } as const;
    fields.set(name, { visibility: isHidden ? '::' : ':', isPlus: false, value: expression, scope: inner, offset: 0 });
  }
  return new JsonnetObject([{ fields, locals: [], assertions: [], scope }]);
}

/** JSON as a value of Jsonnet. */
export function fromJson(value: unknown): JsonnetValue {
  if (Array.isArray(value)) return value.map((item) => Thunk.of(fromJson(item)));
  if (typeof value === 'object' && value !== null)
    return objectFrom(Object.entries(value).map(([key, member]) => [key, fromJson(member)] as const));
  return value as JsonnetValue;
}
