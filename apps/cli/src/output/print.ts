import { stringifyYaml } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type Column, formatTable } from './table.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

export const outputFormats: readonly OutputFormat[] = ['table', 'wide', 'json', 'yaml', 'name'];

/** Prints an answer on stdout; nothing at all when it is empty. */
export function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

/** Any value as JSON or YAML text. */
export function formatValue(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json' ? JSON.stringify(value, null, 2) : stringifyYaml(value).trimEnd();
}

/**
 * Rows in any format.
 *
 * @param options name: what `-o name` says of a row; value: what JSON and YAML hold, default the rows themselves
 */
export function formatRows<Row>(
  rows: readonly Row[],
  format: OutputFormat,
  columns: readonly Column<Row>[],
  options: { name: (row: Row) => string; value?: unknown; color?: boolean },
): string {
  switch (format) {
    case 'table':
    case 'wide':
      return formatTable(rows, columns, { wide: format === 'wide', color: options.color === true });
    case 'name':
      return rows.map(options.name).join('\n');
    case 'json':
    case 'yaml':
      return formatValue(options.value ?? rows, format);
  }
}

/** Kubernetes objects in any format; one alone (not a list) when `single`. Without managedFields, as kubectl shows them. */
export function formatObjects(
  objects: readonly KubeObject[],
  format: OutputFormat,
  columns: readonly Column<KubeObject>[],
  options: { single?: boolean; color?: boolean } = {},
): string {
  const shown = objects.map(withoutManagedFields);
  return formatRows(shown, format, columns, {
    name: nameOf,
    value: options.single === true ? shown[0] : { apiVersion: 'v1', kind: 'List', items: shown },
    color: options.color === true,
  });
}

/** `application.argoproj.io/web`, `service/web`: as kubectl names objects. */
export function nameOf({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${metadata.name ?? metadata.generateName ?? ''}`;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
