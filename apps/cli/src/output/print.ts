import { SekishoError, stringifyYaml } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type Column, formatTable } from './table.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

export const outputFormats: readonly OutputFormat[] = ['table', 'wide', 'json', 'yaml', 'name'];

/** @throws SekishoError USAGE */
export function parseOutputFormat(text: string): OutputFormat {
  if ((outputFormats as readonly string[]).includes(text)) return text as OutputFormat;
  throw new SekishoError('USAGE', `-o ${text} is not a format.`, { hint: `Use one of: ${outputFormats.join(', ')}.` });
}

/** Any value as JSON or YAML text. */
export function formatValue(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json' ? JSON.stringify(value, null, 2) : stringifyYaml(value).trimEnd();
}

/** Kubernetes objects in any format; one alone (not a list) when `single`. */
export function formatObjects(
  objects: readonly KubeObject[],
  format: OutputFormat,
  columns: readonly Column<KubeObject>[],
  options: { single?: boolean } = {},
): string {
  switch (format) {
    case 'table':
      return formatTable(objects, columns);
    case 'wide':
      return formatTable(objects, columns, { wide: true });
    case 'name':
      return objects.map((object) => `${object.kind.toLowerCase()}/${object.metadata.name ?? ''}`).join('\n');
    case 'json':
    case 'yaml':
      return formatValue(
        options.single === true ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects },
        format,
      );
  }
}
