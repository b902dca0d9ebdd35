import type { Values } from '../chart/chart.ts';
import { isTable } from '../chart/yaml.ts';
import type { WorkingChart } from '../dependencies/working-chart.ts';
import { ChartFault } from '../fault.ts';
import { quoted, SchemaError, type SchemaFault, validateSchema } from './schema.ts';

/**
 * Holds values against values.schema.json of a chart and its subcharts.
 *
 * @param signal its reason is thrown
 * @throws ChartFault VALUES_SCHEMA, with all faults
 */
export function validateValues(chart: WorkingChart, values: Readonly<Values>, signal?: AbortSignal): void {
  const faults = faultsOf(chart, values, () => signal?.throwIfAborted());
  if (faults === '') return;
  throw new ChartFault(
    'VALUES_SCHEMA',
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${faults}`,
    {
      file: `${chart.source.path}/values.schema.json`,
    },
  );
}

function faultsOf(
  { metadata, source, dependencies }: WorkingChart,
  values: Readonly<Values>,
  tick: () => void,
): string {
  let text = '';
  if (source.schema !== undefined) {
    const fault = faultOf(source.schema, values, tick);
    if (fault !== '') text += `${metadata.name}:\n${fault}`;
  }
  for (const dependency of dependencies) {
    const own = values[dependency.metadata.name];
    if (isTable(own)) text += faultsOf(dependency, own, tick);
  }
  return text;
}

function faultOf(schema: string, values: Readonly<Values>, tick: () => void): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(schema);
  } catch {
    return `invalid JSON in values.schema.json`;
  }
  try {
    const fault = validateSchema(parsed, values, tick);
    if (fault === undefined) return '';
    // The values as a whole are not named: their faults stand side by side.
    const isGroup = fault.message === undefined && fault.isReference !== true;
    const faults = isGroup ? fault.causes : [fault];
    return faults.map((cause) => print(cause, '')).join('');
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return error.message;
  }
}

function print({ at, message, causes }: SchemaFault, indent: string): string {
  return `${indent}- at ${quoted(at)}: ${message ?? 'validation failed'}\n${causes.map((cause) => print(cause, `${indent}  `)).join('')}`;
}
