import type { KubeObject } from '@sekisho/kube';
import type { Call } from '../call.ts';
import { partial } from '../partial.ts';
import { builtinColumns } from './builtin-columns.ts';
import type { Column } from './column.ts';
import { customColumns } from './custom-columns.ts';

/** `meta.k8s.io/v1 Table`: what kubectl prints without knowing the kind. */
export function toTable(
  call: Call,
  objects: readonly KubeObject[],
  metadata: Record<string, unknown>,
  withColumns: boolean,
): Record<string, unknown> {
  const columns = columnsOf(call);
  const include = call.query['includeObject'] ?? 'Metadata';
  const now = Date.now();
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns
      ? columns.map(({ name, type, format, description, priority }) => ({
          name,
          type,
          format: format ?? '',
          description: description ?? '',
          priority,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : partial(object) }),
    })),
  };
}

function columnsOf(call: Call): readonly Column[] {
  const { info, custom } = call.resource;
  return custom === undefined ? builtinColumns(info.group, info.resource) : customColumns(custom.printerColumns);
}
