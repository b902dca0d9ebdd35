import { compare, equals } from './comparison.ts';
import { plain, sprint, sprintf } from './format.ts';
import { goFunction } from './function.ts';
import {
  elementType,
  Integer,
  integerOf,
  isMap,
  isTrue,
  type TemplateFunction,
  typed,
  typeName,
  type Value,
  zeroOf,
} from './value.ts';

const ANY = 'reflect.Value';

/** Go's own. Of `and` and `or` only the names: they look at no more arguments than they need, so the compiler knows them. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  and: () => undefined,
  or: () => undefined,
  call: goFunction([ANY, `...${ANY}`], (called: Value, ...args: Value[]) => (called as TemplateFunction)(...args)),
  not: goFunction([ANY], (value: Value) => !isTrue(value)),
  len: goFunction([ANY], (value: Value) => {
    if (typeof value === 'string') return BigInt(byteLength(value));
    if (Array.isArray(value) || value instanceof Uint8Array) return BigInt(value.length);
    if (isMap(value)) return BigInt(Object.keys(value).length);
    if (value === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value');
    if (value === null) throw new Error('len of nil pointer');
    throw new Error(`len of type ${typeName(value)}`);
  }),
  index: goFunction([ANY, `...${ANY}`], (value: Value, ...path: Value[]) => {
    if (value === undefined || value === null) throw new Error('index of untyped nil');
    let item: Value = value;
    for (const key of path) item = indexed(item, key);
    return item;
  }),
  slice: goFunction([ANY, `...${ANY}`], sliced),
  print: (...values) => sprint(values),
  println: (...values) => `${values.map(plain).join(' ')}\n`,
  printf: goFunction(['string', '...interface {}'], (format: string, ...values: Value[]) => sprintf(format, values)),
  html: (...values) => shown(values).replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char),
  js: (...values) => shown(values).replace(/[\\'"<>&=\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeScript),
  urlquery: (...values) =>
    encodeURIComponent(shown(values))
      .replace(/[!'()*]/g, percent)
      .replaceAll('%20', '+'),
  eq: goFunction([ANY, `...${ANY}`], (first: Value, ...rest: Value[]) => {
    if (rest.length === 0) throw new Error('missing argument for comparison');
    for (const value of rest) if (equals(first, value)) return true;
    return false;
  }),
  ne: goFunction([ANY, ANY], (a: Value, b: Value) => !equals(a, b)),
  lt: goFunction([ANY, ANY], (a: Value, b: Value) => compare(a, b) < 0),
  le: goFunction([ANY, ANY], (a: Value, b: Value) => compare(a, b) <= 0),
  gt: goFunction([ANY, ANY], (a: Value, b: Value) => compare(a, b) > 0),
  ge: goFunction([ANY, ANY], (a: Value, b: Value) => compare(a, b) >= 0),
};

/** What the escaping functions take: nil is a text to them. */
function shown(values: readonly Value[]): string {
  return sprint(values.map((value) => value ?? '<no value>'));
}

function byteLength(text: string): number {
  for (let index = 0; index < text.length; index++)
    if (text.charCodeAt(index) > 0x7f) return new TextEncoder().encode(text).length;
  return text.length;
}

function indexed(value: Value, key: Value): Value {
  if (value === null || value === undefined) throw new Error('index of nil pointer');
  if (isMap(value)) {
    if (key === null || key === undefined) throw new Error('value is nil; should be of type string');
    if (typeof key !== 'string') throw new Error(`value has type ${typeName(key)}; should be string`);
    return Object.hasOwn(value, key) ? value[key] : zeroOf(elementType(value));
  }
  const items = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!Array.isArray(items) && !(items instanceof Uint8Array))
    throw new Error(`can't index item of type ${typeName(value)}`);
  const at = indexOf(key, items.length);
  if (at === items.length)
    throw new Error(`reflect: ${typeof value === 'string' ? 'string' : 'slice'} index out of range`);
  return items instanceof Uint8Array ? new Integer('uint8', BigInt(items[at] ?? 0)) : items[at];
}

function indexOf(key: Value, last: number): number {
  if (key === null || key === undefined) throw new Error('cannot index slice/array with nil');
  const at = integerOf(key);
  if (at === undefined) throw new Error(`cannot index slice/array with type ${typeName(key)}`);
  if (at < 0n || at > BigInt(last)) throw new Error(`index out of range: ${at}`);
  return Number(at);
}

function sliced(value: Value, ...bounds: Value[]): Value {
  if (value === null || value === undefined) throw new Error('slice of untyped nil');
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  if (typeof value === 'string' && bounds.length === 3) throw new Error('cannot 3-index slice a string');
  const items = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!Array.isArray(items) && !(items instanceof Uint8Array))
    throw new Error(`can't slice item of type ${typeName(value)}`);
  const [from = 0, to = items.length, most] = bounds.map((bound) => indexOf(bound, items.length));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (most !== undefined && to > most) throw new Error(`invalid slice index: ${to} > ${most}`);
  if (Array.isArray(items)) {
    const part: Value[] = items.slice(from, to);
    return elementType(items) === 'interface {}' ? part : typed(part, typeName(items));
  }
  const part = items.slice(from, to);
  return typeof value === 'string' ? new TextDecoder().decode(part) : part;
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function escapeScript(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return JS[char] ?? `\\u${code}`;
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
};
