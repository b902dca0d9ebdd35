import type { Values } from '../chart/chart.ts';
import { isTable, readValues } from '../chart/yaml.ts';
import { ChartFault } from '../fault.ts';
import { parseSet, type SetGrammar, SetSyntaxError, setValue } from './set-grammar.ts';

/** Values that a user gives, in the order in which they count: later layers win. */
export type ValuesLayer =
  /** `-f FILE`: YAML. `file` names it in messages. */
  | { readonly type: 'file'; readonly file: string; readonly text: string }
  /** Values that are there already, as an Application's `valuesObject`. */
  | { readonly type: 'object'; readonly values: Readonly<Values> }
  /** `--set`, `--set-string`, `--set-json`, `--set-literal`: `expression` is what stands behind the flag. */
  | { readonly type: 'set' | 'set-string' | 'set-json' | 'set-literal'; readonly expression: string }
  /** `--set-file`: `files` has the text of each path that the expression names. */
  | { readonly type: 'set-file'; readonly expression: string; readonly files: Readonly<Record<string, string>> };

/** Helm's order: files, then these, each kind of flag after the other. */
const FLAG_ORDER = ['file', 'object', 'set-json', 'set', 'set-string', 'set-file', 'set-literal'] as const;

/** Layers in the order in which Helm reads its flags. */
export function inFlagOrder(layers: readonly ValuesLayer[]): ValuesLayer[] {
  const rank = (type: ValuesLayer['type']) => Math.max(1, FLAG_ORDER.indexOf(type));
  return [...layers].sort((a, b) => rank(a.type) - rank(b.type));
}

/** All layers as one table. @throws ChartFault VALUES_INVALID | CHART_YAML_INVALID */
export function mergeLayers(layers: readonly ValuesLayer[]): Values {
  let values: Values = {};
  for (const layer of layers) {
    if (layer.type === 'file')
      values = mergeTables(values, readValues(layer.text, layer.file, `failed to parse ${layer.file}: `));
    else if (layer.type === 'object') values = mergeTables(values, layer.values);
    else applyFlag(layer, values);
  }
  return values;
}

/** `over` wins; tables of both are merged, a null of `over` stays. Neither is changed. */
export function mergeTables(under: Readonly<Values>, over: Readonly<Values>): Values {
  const merged: Values = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const known = Object.hasOwn(merged, key) ? merged[key] : undefined;
    define(merged, key, isTable(known) && isTable(value) ? mergeTables(known, value) : value);
  }
  return merged;
}

export function define(table: Values, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
  else table[key] = value;
}

function applyFlag(layer: Exclude<ValuesLayer, { type: 'file' | 'object' }>, values: Values): void {
  const { type, expression } = layer;
  try {
    if (type === 'set-json') applyJson(expression, values);
    else parseSet(expression, values, grammarOf(layer));
  } catch (error) {
    if (!(error instanceof SetSyntaxError)) throw error;
    // Helm says nothing about what is wrong with JSON.
    const kind = expression.trimStart().startsWith('{') ? 'JSON: ' : '';
    const message =
      type === 'set-json'
        ? `failed parsing --set-json data ${kind}${expression}`
        : `failed parsing --${type} data: ${error.message}`;
    throw new ChartFault('VALUES_INVALID', message, { file: `--${type}` });
  }
}

function grammarOf(layer: Exclude<ValuesLayer, { type: 'file' | 'object' }>): SetGrammar {
  if (layer.type === 'set') return { value: setValue };
  if (layer.type !== 'set-file') return { value: (text) => text, literal: layer.type === 'set-literal' };
  return {
    value: (path) => {
      if (Object.hasOwn(layer.files, path)) return layer.files[path];
      throw new SetSyntaxError(`open ${path}: no such file or directory`);
    },
  };
}

function applyJson(expression: string, values: Values): void {
  if (!expression.trimStart().startsWith('{')) {
    parseSet(expression, values, { value: setValue, json: true });
    return;
  }
  let table: unknown;
  try {
    table = JSON.parse(expression);
  } catch {
    throw new SetSyntaxError('invalid JSON');
  }
  if (!isTable(table)) throw new SetSyntaxError('no object');
  for (const [key, value] of Object.entries(mergeTables(values, table))) define(values, key, value);
}
