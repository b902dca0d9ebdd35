import { matchesLabels, type Requirement } from '@sekisho/kube';
import type { ApplicationList, ApplicationRow } from '../http/api-types.ts';
import { clusterOf } from './row.ts';

/** What lists are narrowed by; each counts how many rows would be left with each of its values. */
export const FACETS = ['project', 'sync', 'health', 'cluster', 'namespace', 'repo', 'gate'] as const;
export type Facet = (typeof FACETS)[number];

const facetValue: Readonly<Record<Facet, (row: ApplicationRow) => string>> = {
  project: (row) => row.project,
  sync: (row) => row.sync,
  health: (row) => row.health,
  cluster: clusterOf,
  namespace: (row) => row.destination.namespace,
  repo: (row) => row.repo,
  gate: gateOf,
};

/** What the worst verdict is. */
function gateOf({ gate }: ApplicationRow): string {
  if (gate === undefined) return '';
  return gate.deny > 0 ? 'deny' : gate.warn > 0 ? 'warn' : 'pass';
}

/** What a list asks for. Values of one field are alternatives; fields must all fit. */
export interface ApplicationQuery {
  /** Words that must all occur in the name, project, repository, path, destination, commit … Case does not matter. */
  readonly search?: string | undefined;
  readonly facets: { readonly [F in Facet]?: readonly string[] | undefined };
  readonly labels?: readonly (readonly Requirement[])[] | undefined;
  /** Namespaces of the Application objects. */
  readonly appNamespaces?: readonly string[] | undefined;
  readonly autoSync?: boolean | undefined;
  /** Only those with drift (true) or without (false). */
  readonly drifted?: boolean | undefined;
  readonly sort: SortField;
  readonly descending: boolean;
  readonly limit: number;
  readonly after?: Position | undefined;
}

/** A row as the index keeps it. */
export interface IndexedRow {
  readonly key: string;
  readonly row: ApplicationRow;
  /** Lower case, everything that `search` looks into. */
  readonly text: string;
}

type SortValue = string | number;

/** Worst last, so that `-health` begins with what is broken. */
const HEALTH_RANK = ranks('Healthy', 'Suspended', 'Progressing', 'Unknown', 'Missing', 'Degraded');
const SYNC_RANK = ranks('Synced', 'Unknown', 'OutOfSync');

export const sortValues = {
  name: (row) => row.name,
  namespace: (row) => row.destination.namespace,
  project: (row) => row.project,
  sync: (row) => SYNC_RANK[row.sync] ?? 1,
  health: (row) => HEALTH_RANK[row.health] ?? 3,
  cluster: clusterOf,
  repo: (row) => row.repo,
  path: (row) => row.path,
  revision: (row) => row.revision ?? '',
  author: (row) => row.author ?? '',
  // Youngest first: the age grows.
  age: (row) => -(Date.parse(row.createdAt) || 0),
  deployed: (row) => Date.parse(row.deployedAt ?? '') || 0,
  committed: (row) => Date.parse(row.committedAt ?? '') || 0,
  drifted: (row) => row.drifted,
  operation: (row) => row.operation ?? '',
  gate: ({ gate }) => (gate === undefined ? -1 : gate.deny * 1e6 + gate.warn),
} satisfies Record<string, (row: ApplicationRow) => SortValue>;

export type SortField = keyof typeof sortValues;
export const SORT_FIELDS = Object.keys(sortValues) as SortField[];

/** A place in an order: rows may come and go, what lies after it stays after it. */
export interface Position {
  readonly value: SortValue;
  readonly key: string;
}

export function positionOf(indexed: IndexedRow, sort: SortField): Position {
  return { value: sortValues[sort](indexed.row), key: indexed.key };
}

export function comparePositions(a: Position, b: Position): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}

/** Values of a facet that are told: those with most rows, and those asked for. */
const MAX_FACET_VALUES = 100;

/**
 * One page of the rows in this order, and counts over all that fit.
 *
 * @param sorted ascending by the query's sort field
 */
export function queryRows<R extends IndexedRow>(
  sorted: readonly R[],
  query: ApplicationQuery,
  isVisible: (row: ApplicationRow) => boolean,
): { items: R[]; total: number; more: boolean; facets: ApplicationList['facets'] } {
  const wanted = FACETS.map((facet) => {
    const values = query.facets[facet];
    return values === undefined || values.length === 0 ? undefined : new Set(values);
  });
  const counts = FACETS.map(() => new Map<string, number>());
  const fits = otherConditions(query);
  const items: R[] = [];
  let total = 0;
  let more = false;
  for (let i = 0; i < sorted.length; i++) {
    const indexed = sorted[query.descending ? sorted.length - 1 - i : i] as R;
    const { row } = indexed;
    if (!fits(indexed) || !isVisible(row)) continue;
    // A facet counts what fits all the others: choosing a second value of it is always possible.
    let misses = 0;
    let missed = -1;
    for (let f = 0; f < FACETS.length && misses < 2; f++) {
      const values = wanted[f];
      if (values === undefined || values.has(facetValue[FACETS[f] as Facet](row))) continue;
      misses++;
      missed = f;
    }
    if (misses > 1) continue;
    for (let f = 0; f < FACETS.length; f++) {
      if (misses === 1 && f !== missed) continue;
      const value = facetValue[FACETS[f] as Facet](row);
      const map = counts[f] as Map<string, number>;
      map.set(value, (map.get(value) ?? 0) + 1);
    }
    if (misses === 1) continue;
    total++;
    if (items.length < query.limit) {
      if (isAfter(indexed, query)) items.push(indexed);
    } else more = true;
  }
  const facets = Object.fromEntries(
    FACETS.map((facet, f) => [facet, facetCounts(counts[f] as Map<string, number>, wanted[f])]),
  ) as ApplicationList['facets'];
  return { items, total, more, facets };
}

function isAfter(indexed: IndexedRow, { after, sort, descending }: ApplicationQuery): boolean {
  if (after === undefined) return true;
  const order = comparePositions(positionOf(indexed, sort), after);
  return descending ? order < 0 : order > 0;
}

function otherConditions(query: ApplicationQuery): (indexed: IndexedRow) => boolean {
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const { labels, autoSync, drifted } = query;
  const namespaces = query.appNamespaces === undefined ? undefined : new Set(query.appNamespaces);
  return ({ row, text }) =>
    words.every((word) => text.includes(word)) &&
    (namespaces === undefined || namespaces.has(row.namespace)) &&
    (autoSync === undefined || row.autoSync === autoSync) &&
    (drifted === undefined || row.drifted > 0 === drifted) &&
    (labels === undefined || labels.some((selector) => matchesLabels(selector, row.labels)));
}

function facetCounts(counts: ReadonlyMap<string, number>, wanted: ReadonlySet<string> | undefined) {
  const all = [...counts].map(([value, count]) => ({ value, count }));
  all.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const shown = all.slice(0, MAX_FACET_VALUES);
  for (const value of wanted ?? []) {
    if (!shown.some((entry) => entry.value === value)) shown.push({ value, count: counts.get(value) ?? 0 });
  }
  return shown;
}

/** Lower case text of everything that people look for. */
export function searchText(row: ApplicationRow): string {
  const { name, namespace, project, repo, path, targetRevision, revision, author, message, destination } = row;
  return [
    name,
    namespace,
    project,
    repo,
    path,
    targetRevision,
    revision,
    author,
    message,
    destination.name,
    destination.server,
    destination.namespace,
    ...Object.entries(row.labels).map(([key, value]) => `${key}=${value}`),
  ]
    .join('\n')
    .toLowerCase();
}

function ranks(...words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(words.map((word, i) => [word, i]));
}
