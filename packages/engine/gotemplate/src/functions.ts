import { plain, sprint, sprintf } from './format.ts';
import { isMap, isTrue, typeName, type Value } from './value.ts';

/** What a template may call. Throwing ends the execution with the message. */
export type TemplateFunction = (...args: Value[]) => Value;

/** Go's own, except `and` and `or`, which the executor knows. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  call: (called, ...args) => {
    if (typeof called === 'function') return (called as TemplateFunction)(...args);
    throw new Error(`non-function of type ${typeName(called)}`);
  },
  not: taking(1, (value) => !isTrue(value)),
  len: taking(1, (value) => {
    if (typeof value === 'string') return BigInt(new TextEncoder().encode(value).length);
    if (Array.isArray(value)) return BigInt(value.length);
    if (isMap(value)) return BigInt(Object.keys(value).length);
    throw new Error(`len of type ${typeName(value)}`);
  }),
  index: (value, ...path) => path.reduce(indexed, value),
  slice: (value, ...bounds) => {
    if (typeof value !== 'string' && !Array.isArray(value))
      throw new Error(`can't slice item of type ${typeName(value)}`);
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const [from = 0n, to = BigInt(bytes.length)] = bounds as bigint[];
    if (typeof from !== 'bigint' || typeof to !== 'bigint') throw new Error('cannot index slice/array with this type');
    if (from < 0n || to < from || to > BigInt(bytes.length))
      throw new Error(`index out of range: ${from < 0n ? from : to}`);
    const part = bytes.slice(Number(from), Number(to));
    return part instanceof Uint8Array ? new TextDecoder().decode(part) : part;
  },
  print: (...values) => sprint(values),
  println: (...values) => `${values.map(plain).join(' ')}\n`,
  printf: (format, ...values) => {
    if (typeof format !== 'string') throw new Error(`wrong type for value; expected string; got ${typeName(format)}`);
    return sprintf(format, values);
  },
  html: (...values) => sprint(values).replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char),
  js: (...values) =>
    sprint(values).replace(
      /[\\'"<>&=\p{Cc}]/gu,
      (char) => JS[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    ),
  urlquery: (...values) =>
    encodeURIComponent(sprint(values))
      .replace(/[!'()*]/g, percent)
      .replaceAll('%20', '+'),
  eq: (first, ...rest) => {
    if (rest.length === 0) throw new Error('missing argument for comparison');
    return rest.some((value) => equals(first, value));
  },
  ne: taking(2, (a, b) => !equals(a, b)),
  lt: taking(2, (a, b) => compare(a, b) < 0),
  le: taking(2, (a, b) => compare(a, b) <= 0),
  gt: taking(2, (a, b) => compare(a, b) > 0),
  ge: taking(2, (a, b) => compare(a, b) >= 0),
};

function taking(count: number, run: TemplateFunction): TemplateFunction {
  return (...args) => {
    if (args.length !== count) throw new Error(`wrong number of args: want ${count} got ${args.length}`);
    return run(...args);
  };
}

function indexed(value: Value, key: Value): Value {
  if (value === null || value === undefined) throw new Error('index of untyped nil');
  if (isMap(value)) {
    if (typeof key !== 'string') throw new Error(`value has type ${typeName(key)}; should be string`);
    return Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (typeof key !== 'bigint' && !(typeof key === 'number' && Number.isInteger(key))) {
    throw new Error(`cannot index slice/array with type ${typeName(key)}`);
  }
  const at = Number(key);
  const items = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!Array.isArray(items) && !(items instanceof Uint8Array))
    throw new Error(`can't index item of type ${typeName(value)}`);
  if (at < 0 || at >= items.length) throw new Error(`index out of range: ${at}`);
  const found: Value = items[at];
  return items instanceof Uint8Array ? BigInt(found as number) : found;
}

/** Numbers of both kinds compare with each other: whoever writes `1` in a template means what stands in the YAML. */
function equals(a: Value, b: Value): boolean {
  const [x, y] = [a ?? null, b ?? null];
  if (x === null || y === null) return x === y;
  const numbers = isNumber(x) && isNumber(y);
  if (!numbers && typeof x !== typeof y) throw new Error('incompatible types for comparison');
  if (typeof x === 'object' || typeof y === 'object') throw new Error('non-comparable type');
  // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1 is what is meant
  return x == y;
}

function compare(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a !== typeof b) throw new Error('incompatible types for comparison');
  throw new Error('invalid type for comparison');
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};
const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
