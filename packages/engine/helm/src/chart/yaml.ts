import { parseYamlDocuments } from '@sekisho/base';
import { isMap } from '@sekisho/gotemplate';
import { ChartFault } from '../fault.ts';
import { goYamlMessage } from './yaml-fault.ts';

/** What the first document of a text holds; null when there is none. Equal keys: the last one counts, as in Helm. */
export function readYaml(source: string, file: string, prefix: string): unknown {
  const { documents, diagnostics } = parseYamlDocuments(source, { file, duplicateKeys: 'warning' });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line, column } = fault.origin ?? {};
    const at = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    throw new ChartFault(
      'CHART_YAML_INVALID',
      `${prefix}error converting YAML to JSON: ${goYamlMessage(fault, source)}`,
      at,
    );
  }
  return documents[0]?.value ?? null;
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return isMap(value);
}

/** What Go's decoder of JSON calls a value. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return isTable(value) ? 'object' : typeof value === 'bigint' ? 'number' : typeof value;
}

/** A values file as a table; empty when it holds nothing. @throws ChartFault CHART_YAML_INVALID */
export function readValues(source: string, file: string, prefix: string): Record<string, unknown> {
  const value = readYaml(source, file, `${prefix}cannot unmarshal yaml document: `);
  if (value === null) return {};
  if (isTable(value)) return value;
  const message = `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`;
  throw new ChartFault('CHART_YAML_INVALID', `${prefix}cannot unmarshal yaml document: ${message}`, { file });
}
