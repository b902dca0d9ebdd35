import { sortedKeys } from '@sekisho/gotemplate';
import type { Chart, Values } from '../chart/chart.ts';
import { isTable } from '../chart/yaml.ts';
import { ChartFault } from '../fault.ts';
import { define } from './layers.ts';

const GLOBAL = 'global';

/** Says what was left out; Helm logs the same. */
export type Warn = (message: string) => void;

export interface CoalesceOptions {
  readonly warn: Warn;
  /** Keep nulls that would take a default away: for values that are merged again later. */
  readonly keepNulls?: boolean;
}

/** A chart whose values the dependencies may have changed. */
export type ValuesOwner = Pick<Chart, 'metadata' | 'values'> & { readonly dependencies: readonly ValuesOwner[] };

/**
 * Values of a chart and its subcharts under those that the user gives: a null takes a default away, globals go down to every
 * subchart. Nothing given is changed.
 *
 * @throws ChartFault VALUES_INVALID
 */
export function coalesceValues(chart: ValuesOwner, given: Readonly<Values>, options: CoalesceOptions): Values {
  return coalesceChart(chart, copyTable(given), '', options);
}

function coalesceChart(chart: ValuesOwner, values: Values, prefix: string, options: CoalesceOptions): Values {
  const path = prefix === '' ? chart.metadata.name : `${prefix}.${chart.metadata.name}`;
  coalesceDefaults(chart, values, path, options);
  for (const dependency of chart.dependencies) {
    const { name } = dependency.metadata;
    if (!Object.hasOwn(values, name)) define(values, name, {});
    const own = values[name];
    if (!isTable(own))
      throw new ChartFault('VALUES_INVALID', `type mismatch on ${name}: ${goText(own)}`, { file: 'values.yaml' });
    coalesceGlobals(own, values, options);
    coalesceChart(dependency, own, path, options);
  }
  return values;
}

/** How Go's printf writes a value with the verb of booleans. */
function goText(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isTable(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${goText(value[key])}`)
      .join(' ')}]`;
  if (value === null || value === undefined) return '%!t(<nil>)';
  if (typeof value === 'string') return `%!t(string=${value})`;
  return typeof value === 'number' ? `%!t(float64=${value})` : `%!t(int64=${String(value)})`;
}

function coalesceDefaults(chart: ValuesOwner, values: Values, path: string, options: CoalesceOptions): void {
  for (const [key, fallback] of Object.entries(chart.values)) {
    if (!Object.hasOwn(values, key)) {
      define(values, key, copy(fallback));
      continue;
    }
    const value = values[key];
    if (value === null) {
      if (options.keepNulls !== true) delete values[key];
    } else if (isTable(value)) {
      // What a user takes away from a subchart is taken from that one's defaults, later: until then its null stays.
      const ofSubchart = chart.dependencies.some(({ metadata }) => metadata.name === key);
      const keeping = ofSubchart ? { ...options, keepNulls: true } : options;
      if (isTable(fallback)) coalesceTables(value, copyTable(fallback), `${path}.${key}`, keeping);
      else if (fallback !== null) options.warn(`warning: skipped value for ${path}.${key}: Not a table.`);
    }
  }
}

/** Fills `into` with what only `from` has; `into` is changed. */
export function coalesceTables(into: Values, from: Readonly<Values>, path: string, options: CoalesceOptions): Values {
  for (const [key, fallback] of Object.entries(from)) {
    const full = `${path}.${key}`;
    if (!Object.hasOwn(into, key)) {
      define(into, key, copy(fallback));
      continue;
    }
    const value = into[key];
    if (value === null) {
      if (options.keepNulls !== true && fallback !== null) delete into[key];
    } else if (isTable(fallback)) {
      if (isTable(value)) coalesceTables(value, fallback, full, options);
      else options.warn(`warning: cannot overwrite table with non table for ${full} (${JSON.stringify(fallback)})`);
    } else if (isTable(value) && fallback !== null) {
      options.warn(`warning: destination for ${full} is a table. Ignoring non-table value (${String(fallback)})`);
    }
  }
  return into;
}

function coalesceGlobals(own: Values, parent: Readonly<Values>, options: CoalesceOptions): void {
  const known = Object.hasOwn(own, GLOBAL) ? own[GLOBAL] : {};
  const given = Object.hasOwn(parent, GLOBAL) ? parent[GLOBAL] : {};
  if (!isTable(known) || !isTable(given)) {
    const side = isTable(known) ? 'source' : 'destination';
    options.warn(`warning: skipping globals because ${side} global is not a table.`);
    return;
  }
  const globals: Values = known;
  for (const [key, value] of Object.entries(given)) {
    const below = Object.hasOwn(globals, key) ? globals[key] : undefined;
    if (isTable(value)) {
      const merged = copyTable(value);
      if (below === undefined) define(globals, key, merged);
      else if (isTable(below))
        define(globals, key, coalesceTables(merged, below, key, { ...options, keepNulls: true }));
      else options.warn(`Conflict: cannot merge map onto non-map for "${key}". Skipping.`);
    } else if (isTable(below)) options.warn(`key "${key}" is table. Skipping`);
    else define(globals, key, copy(value));
  }
  define(own, GLOBAL, globals);
}

export function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  return isTable(value) ? copyTable(value) : value;
}

export function copyTable(table: Readonly<Values>): Values {
  const result: Values = {};
  for (const key in table) define(result, key, copy(table[key]));
  return result;
}
