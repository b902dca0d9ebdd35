/**
 * What templates compute with, one JavaScript form per Go kind:
 *
 * | Go | here |
 * | --- | --- |
 * | `float64` (every number of a values file) | number |
 * | `int` (numbers written in templates, `len`, `index`) | bigint |
 * | other integers (`int64` of `--set` and most of Sprig, `uint8` of `index "text" 0`) | {@link Integer} |
 * | `string`, `bool` | string, boolean |
 * | `[]interface {}`, `map[string]interface {}` | array, plain object |
 * | other lists and maps (`[]string`, a named map with methods) | the same, marked by {@link typed} |
 * | structs, and what is opaque (`time.Time`) | {@link GoObject} |
 * | a nil interface | null |
 * | no value at all (a missing key, what an empty pipeline gives) | undefined |
 */
export type Value = unknown;

export type IntegerType =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'time.Duration'
  | 'time.Month'
  | 'time.Weekday';

/** An integer of another type than `int`. */
export class Integer {
  readonly type: IntegerType;
  readonly value: bigint;
  constructor(type: IntegerType, value: bigint) {
    this.type = type;
    this.value = value;
  }
  toString(): string {
    return this.value.toString();
  }
}

/** Go's int64, within its 64 bits. */
export function int64(value: bigint | number): Integer {
  return new Integer('int64', BigInt.asIntN(64, BigInt(value)));
}

/** A struct, or something that templates only hand on. */
export class GoObject {
  /** As `%T` gives it: `time.Time`, `*semver.Version`. */
  readonly type: string;
  readonly fields: Readonly<Record<string, Value>>;
  /** Called by `.Name args`; the names begin with a capital letter. */
  readonly methods: Readonly<Record<string, Method>>;
  /** What `%v` prints. */
  readonly text: () => string;
  /** The JavaScript value behind it, for the functions that made it. */
  readonly inner: unknown;
  constructor(options: {
    readonly type: string;
    readonly fields?: Readonly<Record<string, Value>>;
    readonly methods?: Readonly<Record<string, Method>>;
    readonly text?: () => string;
    readonly inner?: unknown;
  }) {
    this.type = options.type;
    this.fields = options.fields ?? {};
    this.methods = options.methods ?? {};
    this.text = options.text ?? (() => `{${Object.values(this.fields).map(String).join(' ')}}`);
    this.inner = options.inner;
  }
  toString(): string {
    return this.text();
  }
}

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

/** A method: it takes what stands behind its name. */
export type Method = TemplateFunction;

const TYPE = Symbol('go type');
const METHODS = Symbol('go methods');

interface Marked {
  [TYPE]?: string;
  [METHODS]?: Readonly<Record<string, Method>>;
}

/**
 * Marks a list or map as one of another Go type than `[]interface {}` or `map[string]interface {}`, and gives it methods.
 * The value itself is changed; other programs see nothing of it, and copies lose it.
 *
 * @param type as `%T` gives it: `[]string`, `map[string]string`, `common.Values`
 */
export function typed<T extends object>(value: T, type: string, methods?: Readonly<Record<string, Method>>): T {
  Object.defineProperty(value, TYPE, { value: type, configurable: true });
  if (methods !== undefined) Object.defineProperty(value, METHODS, { value: methods, configurable: true });
  return value;
}

/** The method of that name, if this is something that has one. */
export function methodOf(value: object, name: string): Method | undefined {
  const methods = value instanceof GoObject ? value.methods : (value as Marked)[METHODS];
  return methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An `int` or another integer as a bigint. */
export function integerOf(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof Integer ? value.value : undefined;
}

/** Go's truth: false, 0, nil, and what is empty are not true; structs always are. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      return value !== 0;
    case 'bigint':
      return value !== 0n;
    case 'undefined':
      return false;
    case 'object':
      if (value === null) return false;
      if (Array.isArray(value)) return value.length > 0;
      if (value instanceof Integer) return value.value !== 0n;
      return isMap(value) ? hasKeys(value) : true;
    default:
      return true;
  }
}

function hasKeys(map: Readonly<Record<string, Value>>): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return true;
  return false;
}

/** Go's name of the type: `%T`. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'function':
      return 'func(...interface {}) interface {}';
    case 'object': {
      if (value === null) return '<nil>';
      if (value instanceof Integer || value instanceof GoObject) return value.type;
      const marked = (value as Marked)[TYPE];
      if (marked !== undefined) return marked;
      if (Array.isArray(value)) return '[]interface {}';
      if (value instanceof Uint8Array) return '[]uint8';
      return isMap(value) ? 'map[string]interface {}' : 'struct {}';
    }
    default:
      return '<nil>';
  }
}

/** The type of what a list or map holds: `interface {}`, or `string` in a `[]string`. */
export function elementType(container: Value): string {
  // A range over an integer gives integers of its type.
  if (typeof container === 'bigint' || container instanceof Integer) return typeName(container);
  const name = typeof container === 'object' && container !== null ? (container as Marked)[TYPE] : undefined;
  if (name === undefined) return container instanceof Uint8Array ? 'uint8' : 'interface {}';
  if (name.startsWith('[]')) return name.slice(2);
  if (name.startsWith('map[string]')) return name.slice(11);
  return 'interface {}';
}

/** What a key that is not there has in a map of such elements. */
export function zeroOf(type: string): Value {
  switch (type) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int':
      return 0n;
    case 'float64':
      return 0;
    default:
      return null;
  }
}

/** Go orders the keys of a map by their bytes, which is the order of code points. */
export function sortedKeys(map: Readonly<Record<string, Value>>): string[] {
  return Object.keys(map).sort(compareText);
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (x === y) continue;
    // Surrogates stand for characters above all others, though their numbers are lower than those of some.
    const [highX, highY] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000];
    return highX === highY ? x - y : highX ? 1 : -1;
  }
  return a.length - b.length;
}
