import { anyOf, arrayOf, fn, objectOf, setOf, stringType } from '../types/construct.ts';
import { compareCodePoints } from '../value/compare.ts';
import { ObjectBuilder, type ObjectValue, sortedKeys, sortedMembers, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { builtinFault, objectOperand, stringOperand, typeFault } from './operand.ts';

/** As Go's `url.QueryEscape`: all but letters, digits and `-_.~` as bytes of UTF-8, a space as `+`. */
export function escapeQuery(text: string): string {
  let result = '';
  for (const byte of bytesOfText(text)) {
    const char = String.fromCharCode(byte);
    if (byte === 0x20) result += '+';
    else result += /[A-Za-z0-9_.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

/** The first `%` that no two hexadecimal digits follow, with what stands there; undefined when there is none. */
export function wrongEscape(text: string): string | undefined {
  const at = text.search(/%(?![0-9A-Fa-f]{2})/);
  return at < 0 ? undefined : text.slice(at, at + 3);
}

/** Turns `%41` into bytes and reads all as UTF-8. */
export function unescapeBytes(text: string): string {
  if (!text.includes('%')) return text;
  const source = bytesOfText(text);
  const bytes: number[] = [];
  for (let i = 0; i < source.length; i += 1) {
    const byte = source[i] as number;
    if (byte !== 0x25) bytes.push(byte);
    else {
      bytes.push(Number.parseInt(String.fromCharCode(source[i + 1] as number, source[i + 2] as number), 16));
      i += 2;
    }
  }
  return textOfBytes(Uint8Array.from(bytes));
}

function unescapeQuery(name: string, text: string): string {
  const wrong = wrongEscape(text);
  if (wrong !== undefined) throw builtinFault(name, `invalid URL escape "${wrong}"`);
  return unescapeBytes(text.replaceAll('+', ' '));
}

function encodeObject(context: BuiltinContext, object: ObjectValue): string {
  const keys = sortedKeys(object).map((key) => stringOperand('urlquery.encode_object', 1, key));
  const pairs: string[] = [];
  for (const key of keys.sort(compareCodePoints))
    for (const value of textsOf(valueAt(object, key) as Value)) pairs.push(`${escapeQuery(key)}=${escapeQuery(value)}`);
  context.spend(pairs.length);
  return pairs.join('&');
}

function textsOf(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  const items =
    value instanceof RegoSet ? sortedMembers(value) : Array.isArray(value) ? (value as readonly Value[]) : [1];
  if (items.every((item) => typeof item === 'string')) return items;
  throw typeFault('urlquery.encode_object', 'operand 1 values must be string, array[string], or set[string]');
}

function decodeObject(context: BuiltinContext, text: string): Value {
  const name = 'urlquery.decode_object';
  const found = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    context.spend(1);
    if (pair === '') continue;
    if (pair.includes(';')) throw builtinFault(name, 'invalid semicolon separator in query');
    const equals = pair.indexOf('=');
    const key = unescapeQuery(name, equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : unescapeQuery(name, pair.slice(equals + 1));
    const values = found.get(key);
    if (values === undefined) found.set(key, [value]);
    else values.push(value);
  }
  const result = new ObjectBuilder();
  for (const [key, values] of found) result.set(key, values);
  return result.build();
}

export const URLQUERY_BUILTINS: readonly Builtin[] = [
  {
    name: 'urlquery.encode',
    type: fn([stringType], stringType),
    description: 'Text escaped for the query of a URL.',
    evaluate: (context, value) => {
      const text = stringOperand('urlquery.encode', 1, value as Value);
      context.spend(text.length >> 3);
      return escapeQuery(text);
    },
  },
  {
    name: 'urlquery.decode',
    type: fn([stringType], stringType),
    description: 'Text of what is escaped for the query of a URL.',
    evaluate: (context, value) => {
      const text = stringOperand('urlquery.decode', 1, value as Value);
      context.spend(text.length >> 3);
      return unescapeQuery('urlquery.decode', text);
    },
  },
  {
    name: 'urlquery.encode_object',
    type: fn([objectOf(stringType, anyOf(stringType, arrayOf(stringType), setOf(stringType)))], stringType),
    description: 'Query of a URL from names and their values.',
    evaluate: (context, value) => encodeObject(context, objectOperand('urlquery.encode_object', 1, value as Value)),
  },
  {
    name: 'urlquery.decode_object',
    type: fn([stringType], objectOf(stringType, arrayOf(stringType))),
    description: 'Names and their values in the query of a URL.',
    evaluate: (context, value) => decodeObject(context, stringOperand('urlquery.decode_object', 1, value as Value)),
  },
];
