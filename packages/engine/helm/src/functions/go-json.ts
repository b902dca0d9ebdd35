import { Buffer } from 'node:buffer';
import { compareText, GoObject, Integer, isMap, type Value } from '@sekisho/gotemplate';
import { checkDepth, checkLength } from './limits.ts';
import { timeOf, toRfc3339 } from './time-value.ts';

/** What JSON has no form for; the message is Go's. */
export class JsonFault extends Error {}

const HTML: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** A value as Go's encoder sees it: maps, lists and scalars only. @throws JsonFault */
export function jsonScalar(value: Value): Value {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof GoObject) {
    const time = timeOf(value);
    return time === undefined ? value.fields : toRfc3339(time);
  }
  if (typeof value === 'function') throw new JsonFault('json: unsupported type: func()');
  return value ?? null;
}

/** A number as Go's encoder writes it. @throws JsonFault */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new JsonFault(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`);
  }
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0';
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) return value.toExponential();
  return size < 1e-6 || !String(value).includes('e') ? String(value) : value.toFixed(20).replace(/0+$/, '');
}

function jsonString(text: string, escapesHtml: boolean): string {
  const quoted = JSON.stringify(text).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
  return escapesHtml ? quoted.replace(/[<>&]/g, (char) => HTML[char] ?? char) : quoted;
}

/**
 * `json.Marshal` of Go: keys in the order of their bytes.
 *
 * @param indent       '' for one line, otherwise what stands before each level
 * @param escapesHtml  `<`, `>` and `&` as escapes, as Go does unless told not to
 * @throws JsonFault what JSON has no form for
 */
export function writeJson(root: Value, { indent = '', escapesHtml = true } = {}): string {
  const parts: string[] = [];
  let length = 0;
  const put = (text: string): void => {
    length += text.length;
    checkLength(length);
    parts.push(text);
  };
  const wrap = (open: string, close: string, count: number, depth: number, each: (index: number) => void): void => {
    put(open);
    for (let index = 0; index < count; index++) {
      if (index > 0) put(',');
      if (indent !== '') put(`\n${indent.repeat(depth + 1)}`);
      each(index);
    }
    if (indent !== '' && count > 0) put(`\n${indent.repeat(depth)}`);
    put(close);
  };
  const write = (given: Value, depth: number): void => {
    checkDepth(depth);
    const value = jsonScalar(given);
    if (typeof value === 'string') put(jsonString(value, escapesHtml));
    else if (typeof value === 'number') put(jsonNumber(value));
    else if (Array.isArray(value)) wrap('[', ']', value.length, depth, (index) => write(value[index], depth + 1));
    else if (isMap(value)) {
      const keys = Object.keys(value).sort(compareText);
      wrap('{', '}', keys.length, depth, (index) => {
        const key = keys[index] as string;
        put(`${jsonString(key, escapesHtml)}:${indent === '' ? '' : ' '}`);
        write(value[key], depth + 1);
      });
    } else put(value instanceof Integer ? value.toString() : String(value));
  };
  write(root, 0);
  return parts.join('');
}
