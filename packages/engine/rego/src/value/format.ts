import { BigNumber } from './number.ts';
import { type ObjectValue, sortedKeys, sortedMembers, valueAt } from './object.ts';
import { RegoSet, type Value } from './value.ts';

/** A value as Rego writes it, as OPA prints it: `{"a": [1, {2, 3}]}`, `set()`. */
export function formatValue(value: Value): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return `${value}`;
  if (value instanceof BigNumber) return value.text;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(formatValue).join(', ')}]`;
  if (value instanceof RegoSet)
    return value.size === 0 ? 'set()' : `{${sortedMembers(value).map(formatValue).join(', ')}}`;
  const object = value as ObjectValue;
  const entries = sortedKeys(object).map((key) => `${formatValue(key)}: ${formatValue(valueAt(object, key) as Value)}`);
  return `{${entries.join(', ')}}`;
}

const PLAIN = /^[ !#-[\]-~]*$/;

/** A string in double quotes, escaped as Go's `strconv.Quote` does. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let result = '"';
  for (const char of text) result += ESCAPES.get(char) ?? (isPrintable(char) ? char : escaped(char));
  return `${result}"`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** Letters, marks, numbers, punctuation, symbols and the ASCII space. */
function isPrintable(char: string): boolean {
  return char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

function escaped(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, '0')}`;
  if (point < 0x10000) return `\\u${point.toString(16).padStart(4, '0')}`;
  return `\\U${point.toString(16).padStart(8, '0')}`;
}
