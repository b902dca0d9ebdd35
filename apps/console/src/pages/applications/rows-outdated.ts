import type { ApplicationFilter } from '../../api/applications.ts';
import { type ApplicationRow, FACETS } from '../../api/types.ts';
import { clusterName } from '../../format/text.ts';
import type { LiveRow, RowKey } from '../../live/row-store.ts';

/** How the list on the screen differs from what the server would answer now. Rows themselves are always as they are. */
export interface Outdated {
  /** Applications that are new and may belong into the list. */
  readonly arrived: number;
  readonly deleted: number;
  /** Rows that no longer match the filter, or that belong elsewhere in the order. */
  readonly moved: number;
}

/**
 * What would change in membership and order of a list by these events. The list itself stays still: nothing may jump
 * under somebody's pointer.
 *
 * @param read  rows of the list as they were read, by key
 * @param changed  what events said since, by key
 * @param readAt  when the list was read: an older application that is not in `read` is only not loaded yet
 */
export function outdatedBy(
  read: ReadonlyMap<RowKey, ApplicationRow>,
  changed: Iterable<readonly [RowKey, LiveRow]>,
  filter: ApplicationFilter,
  readAt: number,
): Outdated {
  let [arrived, deleted, moved] = [0, 0, 0];
  for (const [key, live] of changed) {
    const before = read.get(key);
    if (live.kind === 'deleted') deleted += before === undefined ? 0 : 1;
    else if (before === undefined) arrived += isNewer(live.row, readAt) && matchesFilter(live.row, filter) ? 1 : 0;
    else if (!matchesFilter(live.row, filter) || hasMoved(before, live.row, filter.sort)) moved += 1;
  }
  return { arrived, deleted, moved };
}

const isNewer = (row: ApplicationRow, readAt: number) => Date.parse(row.createdAt) >= readAt - 1000;

/** The server's filter, as far as a row tells; search is the server's alone and passes. */
function matchesFilter(row: ApplicationRow, filter: ApplicationFilter): boolean {
  return FACETS.every((facet) => filter[facet]?.includes(facetOf(row, facet)) ?? true);
}

function facetOf(row: ApplicationRow, facet: (typeof FACETS)[number]): string {
  if (facet === 'cluster') return row.destination.name ?? row.destination.server ?? clusterName(row.destination);
  if (facet === 'namespace') return row.destination.namespace;
  if (facet === 'gate') return gateOf(row);
  return row[facet];
}

/** `deny`, `warn`, `pass`, or nothing while policies were not asked. */
export function gateOf({ gate }: ApplicationRow): string {
  if (gate === undefined) return '';
  return gate.deny > 0 ? 'deny' : gate.warn > 0 ? 'warn' : 'pass';
}

function hasMoved(before: ApplicationRow, after: ApplicationRow, sort = 'name'): boolean {
  switch (sort.replace(/^-/, '')) {
    case 'sync':
      return before.sync !== after.sync;
    case 'health':
      return before.health !== after.health;
    case 'deployed':
    case 'deployedAt':
      return before.deployedAt !== after.deployedAt;
    case 'gate':
      return before.gate?.deny !== after.gate?.deny || before.gate?.warn !== after.gate?.warn;
    case 'drifted':
      return before.drifted !== after.drifted;
    default:
      return false;
  }
}
