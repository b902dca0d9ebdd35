import {
  compareText,
  formatFloat,
  GoObject,
  goFunction,
  Integer,
  int64,
  isMap,
  plain,
  type TemplateFunction,
  type Value,
} from '@sekisho/gotemplate';
import { parse, TomlDate, TomlError } from 'smol-toml';
import { checkDepth, checkLength } from './limits.ts';
import { fixedZone, goTime, timeOf, toRfc3339 } from './time-value.ts';

type Table = Readonly<Record<string, Value>>;

/** What TOML has no form for; the text stands for the result. */
class TomlFault extends Error {}

/** TOML as BurntSushi's encoder writes it: simple values first, then tables, two spaces a level. */
function writeToml(value: Value): string {
  if (!isMap(value)) return isTomlScalar(value) ? plain(value) : '';
  const parts: string[] = [];
  writeTable(value, [], parts);
  const text = parts.join('');
  checkLength(text.length);
  return text;
}

function isTomlScalar(value: Value): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || value instanceof Integer;
}

function isTableList(value: Value): value is readonly Table[] {
  return Array.isArray(value) && value.length > 0 && value.every(isMap);
}

function writeTable(table: Table, path: readonly string[], parts: string[]): void {
  checkDepth(path.length);
  const margin = '  '.repeat(path.length);
  const keys = Object.keys(table).sort(compareText);
  const isNested = (key: string): boolean => isMap(table[key]) || isTableList(table[key]);
  for (const key of keys) {
    const value = table[key];
    if (isNested(key) || value === null || value === undefined) continue;
    parts.push(`${margin}${keyText(key)} = ${inline(value, 0)}\n`);
  }
  for (const key of keys.filter(isNested)) {
    const below = [...path, key];
    const name = below.map(keyText).join('.');
    const value = table[key];
    if (isMap(value)) {
      if (path.length === 0 && parts.length > 0) parts.push('\n');
      parts.push(`${margin}[${name}]\n`);
      writeTable(value, below, parts);
    } else if (isTableList(value)) {
      for (const item of value) {
        if (parts.length > 0) parts.push('\n');
        parts.push(`${margin}[[${name}]]\n`);
        writeTable(item, below, parts);
      }
    }
  }
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

const SHORT: Readonly<Record<string, string>> = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };

function quoted(text: string): string {
  const escapedText = text.replace(/["\\\p{Cc}]/gu, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    const code = char.charCodeAt(0);
    return SHORT[char] ?? (code >= 0x80 ? char : `\\u${code.toString(16).padStart(4, '0')}`);
  });
  return `"${escapedText}"`;
}

function inline(value: Value, depth: number): string {
  checkDepth(depth);
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return floatText(value);
  if (Array.isArray(value)) {
    if (value.some((item) => item === null || item === undefined)) {
      throw new TomlFault('toml: cannot encode array with nil element');
    }
    return `[${value.map((item) => inline(item, depth + 1)).join(', ')}]`;
  }
  if (isMap(value)) {
    const keys = Object.keys(value).sort(compareText);
    return `{${keys.map((key) => `${keyText(key)} = ${inline(value[key], depth + 1)}`).join(', ')}}`;
  }
  const time = timeOf(value);
  if (time !== undefined) return toRfc3339(time);
  if (value instanceof GoObject) throw new TomlFault(`unsupported type: ${value.type}`);
  return String(value);
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e15) ? formatFloat(value, 'e') : formatFloat(value, 'f');
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function fromToml(text: string): Record<string, Value> {
  checkLength(text.length);
  try {
    return goValue(parse(text, { integersAsBigInt: true }), 0) as Record<string, Value>;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return {
      Error: `toml: line ${error.line}: ${error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '')}`,
    };
  }
}

function goValue(value: unknown, depth: number): Value {
  checkDepth(depth);
  if (typeof value === 'bigint') return int64(value);
  if (value instanceof TomlDate) {
    const offset = /([+-])(\d\d):(\d\d)$/.exec(value.toISOString());
    const seconds = offset === null ? 0 : (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -60 : 60);
    return goTime({ nanoseconds: BigInt(value.getTime()) * 1_000_000n, zone: fixedZone(seconds, '') });
  }
  if (Array.isArray(value)) return value.map((item) => goValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, goValue(item, depth + 1)]));
}

export const tomlFunctions: Readonly<Record<string, TemplateFunction>> = {
  toToml: goFunction(['interface {}'], (value: Value) => {
    try {
      return writeToml(value);
    } catch (error) {
      if (error instanceof TomlFault) return error.message;
      throw error;
    }
  }),
  fromToml: goFunction(['string'], fromToml),
};
