import { formatText } from './format.ts';
import { ARRAY_FUNCTIONS } from './standard-arrays.ts';
import { fromJson, numberOf, objectFrom, objectOf, type StandardFunction, textOf } from './standard-function.ts';
import { STRING_FUNCTIONS } from './standard-strings.ts';
import { JsonnetFunction, type JsonnetMachine, JsonnetObject, type JsonnetValue, Thunk, typeOf } from './value.ts';

/** `std`: all functions hidden. */
export function standardLibrary(evaluator: JsonnetMachine): JsonnetObject {
  const functions: readonly Readonly<Record<string, StandardFunction>>[] = [
    FUNCTIONS,
    ARRAY_FUNCTIONS,
    STRING_FUNCTIONS,
  ];
  const entries = functions.flatMap((table) =>
    Object.entries(table).map(([name, standard]) => [name, native(evaluator, standard)] as const),
  );
  const constants: [string, JsonnetValue][] = [
    ['pi', Math.PI],
    ['thisFile', evaluator.file],
  ];
  return objectFrom([...entries, ...constants], true);
}

const NULL: { readonly kind: 'literal'; readonly value: null; readonly offset: number } = {
  kind: 'literal',
  value: null,
  offset: 0,
};

function native(evaluator: JsonnetMachine, { parameters, call }: StandardFunction): JsonnetFunction {
  const names = parameters.split(' ').filter((name) => name !== '');
  const list = names.map((name) => ({ name: name.replace('?', ''), fallback: name.endsWith('?') ? NULL : undefined }));
  return new JsonnetFunction(list, (values) =>
    call(
      evaluator,
      list.map((_, index) => (values[index] === undefined ? null : evaluator.force(values[index]))),
    ),
  );
}

function math(operate: (value: number) => number): StandardFunction {
  return {
    parameters: 'x',
    call: (evaluator, [x]) => {
      const result = operate(numberOf(evaluator, x));
      if (!Number.isFinite(result)) throw evaluator.fault('the result is no number');
      return result;
    },
  };
}

function isType(type: string): StandardFunction {
  return { parameters: 'v', call: (_, [v = null]) => typeOf(v) === type };
}

function fields(withHidden: boolean): StandardFunction {
  return {
    parameters: 'o',
    call: (e, [o]) =>
      objectOf(e, o)
        .names(withHidden)
        .map((name) => Thunk.of(name)),
  };
}

function values(withHidden: boolean): StandardFunction {
  return {
    parameters: 'o',
    call: (e, [o]) => {
      const object = objectOf(e, o);
      return object.names(withHidden).map((name) => new Thunk(() => e.field(object, name)));
    },
  };
}

function keysValues(withHidden: boolean): StandardFunction {
  return {
    parameters: 'o',
    call: (e, [o]) => {
      const object = objectOf(e, o);
      return object.names(withHidden).map((name) => {
        const value = new Thunk(() => e.field(object, name));
        return Thunk.of(objectFrom([['key', name] as const, ['value', value] as const]));
      });
    },
  };
}

function has(withHidden: boolean): StandardFunction {
  return {
    parameters: 'o f',
    call: (e, [o, f]) => {
      const object = objectOf(e, o);
      const name = textOf(e, f);
      return object.has(name) && (withHidden || object.isVisible(name));
    },
  };
}

function mergePatch(evaluator: JsonnetMachine, target: unknown, patch: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    evaluator.spend(1);
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(evaluator, merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function prune(value: unknown): unknown {
  const isEmpty = (item: unknown) =>
    item === null || (typeof item === 'object' && item !== null && Object.keys(item).length === 0);
  if (Array.isArray(value)) return value.map(prune).filter((item) => !isEmpty(item));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, prune(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => !isEmpty(member)));
}

const FUNCTIONS: Readonly<Record<string, StandardFunction>> = {
  length: {
    parameters: 'x',
    call: (e, [x = null]) => {
      if (typeof x === 'string') return [...x].length;
      if (Array.isArray(x)) return x.length;
      if (x instanceof JsonnetObject) return x.names(false).length;
      if (x instanceof JsonnetFunction) return x.parameters.length;
      throw e.fault(`a value of type ${typeOf(x)} has no length`);
    },
  },
  type: { parameters: 'x', call: (_, [x = null]) => typeOf(x) },
  toString: { parameters: 'a', call: (e: JsonnetMachine, [a = null]: readonly JsonnetValue[]) => e.toText(a) },
  format: { parameters: 'str vals', call: (e, [str, vals = null]) => formatText(e, textOf(e, str), vals) },
  isString: isType('string'),
  isNumber: isType('number'),
  isBoolean: isType('boolean'),
  isObject: isType('object'),
  isArray: isType('array'),
  isFunction: isType('function'),
  isNull: isType('null'),
  abs: math(Math.abs),
  sign: math(Math.sign),
  floor: math(Math.floor),
  ceil: math(Math.ceil),
  round: math(Math.round),
  sqrt: math(Math.sqrt),
  exp: math(Math.exp),
  log: math(Math.log),
  log2: math(Math.log2),
  log10: math(Math.log10),
  sin: math(Math.sin),
  cos: math(Math.cos),
  tan: math(Math.tan),
  max: { parameters: 'a b', call: (e, [a, b]) => Math.max(numberOf(e, a), numberOf(e, b)) },
  min: { parameters: 'a b', call: (e, [a, b]) => Math.min(numberOf(e, a), numberOf(e, b)) },
  pow: { parameters: 'x n', call: (e, [x, n]) => checked(e, numberOf(e, x) ** numberOf(e, n)) },
  mod: {
    parameters: 'a b',
    call: (e, [a, b = null]) =>
      typeof a === 'string' ? formatText(e, a, b) : checked(e, numberOf(e, a) % numberOf(e, b)),
  },
  clamp: {
    parameters: 'x minVal maxVal',
    call: (e, [x, low, high]) => Math.min(Math.max(numberOf(e, x), numberOf(e, low)), numberOf(e, high)),
  },
  xor: { parameters: 'x y', call: (_, [x, y]) => x !== y },
  xnor: { parameters: 'x y', call: (_, [x, y]) => x === y },
  equals: { parameters: 'a b', call: (e, [a = null, b = null]) => e.equals(a, b) },
  primitiveEquals: { parameters: 'a b', call: (_, [a, b]) => a === b },
  assertEqual: {
    parameters: 'a b',
    call: (e, [a = null, b = null]) => {
      if (e.equals(a, b)) return true;
      throw e.fault(`assertion failed: ${e.toText(a)} != ${e.toText(b)}`);
    },
  },
  objectFields: fields(false),
  objectFieldsAll: fields(true),
  objectValues: values(false),
  objectValuesAll: values(true),
  objectKeysValues: keysValues(false),
  objectKeysValuesAll: keysValues(true),
  objectHas: has(false),
  objectHasAll: has(true),
  objectHasEx: {
    parameters: 'o f hidden',
    call: (e, [o = null, f = null, hidden]) => has(hidden === true).call(e, [o, f]),
  },
  get: {
    parameters: 'o f default? inc_hidden?',
    call: (e, [o, f, fallback = null, hidden]) => {
      const object = objectOf(e, o);
      const name = textOf(e, f);
      return object.has(name) && (hidden !== false || object.isVisible(name)) ? e.field(object, name) : fallback;
    },
  },
  objectRemoveKey: {
    parameters: 'obj key',
    call: (e, [obj, key]) => {
      const object = objectOf(e, obj);
      const names = object.names(false).filter((name) => name !== key);
      return objectFrom(names.map((name) => [name, new Thunk(() => e.field(object, name))] as const));
    },
  },
  mapWithKey: {
    parameters: 'func obj',
    call: (e, [func = null, obj]) => {
      const object = objectOf(e, obj);
      const entry = (name: string) =>
        new Thunk(() => e.call(func, [Thunk.of(name), new Thunk(() => e.field(object, name))]));
      return objectFrom(object.names(false).map((name) => [name, entry(name)] as const));
    },
  },
  mergePatch: {
    parameters: 'target patch',
    call: (e, [target = null, patch = null]) =>
      fromJson(mergePatch(e, e.manifest(target, false), e.manifest(patch, false))),
  },
  prune: { parameters: 'a', call: (e, [a = null]) => fromJson(prune(e.manifest(a, false))) },
  manifestJson: { parameters: 'value', call: (e, [value = null]) => indented(e, value, '    ') },
  manifestJsonMinified: { parameters: 'value', call: (e, [value = null]) => JSON.stringify(e.manifest(value, false)) },
  manifestJsonEx: {
    parameters: 'value indent newline? key_val_sep?',
    call: (e, [value = null, indent]) => indented(e, value, textOf(e, indent)),
  },
  trace: { parameters: 'str rest', call: (_, [, rest = null]) => rest },
  extVar: {
    parameters: 'x',
    call: (e, [x = null]) => {
      throw e.fault(`there is no external variable ${JSON.stringify(x)}`);
    },
  },
  native: { parameters: 'name', call: () => null },
};

/** Jsonnet writes an empty line between the brackets of what is empty. */
function indented(evaluator: JsonnetMachine, value: JsonnetValue, indent: string): string {
  const text = JSON.stringify(evaluator.manifest(value, false), null, indent);
  evaluator.spend(text.length);
  const empty = /^([ \t]*)((?:"(?:[^"\\]|\\.)*": )?)(\{\}|\[\])(?=,?$)/gm;
  return text.replace(empty, (_, blank: string, head: string, brackets: string) => {
    return `${blank}${head}${brackets[0]}\n\n${blank}${brackets[1]}`;
  });
}

function checked(evaluator: JsonnetMachine, value: number): number {
  if (!Number.isFinite(value)) throw evaluator.fault('the result is no number');
  return value;
}
