import { AGE, NAME } from './cells.ts';
import type { Column } from './column.ts';
import { POD_COLUMNS } from './pods.ts';
import { RESOURCE_COLUMNS } from './resources.ts';
import { WORKLOAD_COLUMNS } from './workloads.ts';

const DEFAULT: readonly Column[] = [NAME, AGE];

const COLUMNS: Record<string, readonly Column[] | undefined> = {
  '/pods': POD_COLUMNS,
  'events.k8s.io/events': RESOURCE_COLUMNS['/events'],
  ...WORKLOAD_COLUMNS,
  ...RESOURCE_COLUMNS,
};

/** The columns that upstream prints for a built-in resource; Name and Age where it has none of its own. */
export function builtinColumns(group: string, resource: string): readonly Column[] {
  return COLUMNS[`${group}/${resource}`] ?? DEFAULT;
}
