import type { Violation } from '../http/api-types.ts';
import { DECISIONS } from './violation.ts';

/** What lists are narrowed by. */
export const FACETS = [
  'policy',
  'application',
  'project',
  'namespace',
  'cluster',
  'kind',
  'severity',
  'decision',
] as const;
export type ViolationFacet = (typeof FACETS)[number];

/** Of what belongs to no application, or tells no severity. */
const NONE = 'none';

const facetValue: Readonly<Record<ViolationFacet, (violation: Violation) => string>> = {
  policy: ({ policyId }) => policyId,
  application: ({ application }) => (application === undefined ? NONE : `${application.namespace}/${application.name}`),
  project: ({ application }) => application?.project ?? NONE,
  namespace: ({ object }) => object.namespace,
  cluster: ({ object }) => object.cluster,
  kind: ({ object }) => object.kind,
  severity: ({ severity }) => severity ?? NONE,
  decision: ({ decision }) => decision,
};

export const SORTS = ['since', 'severity', 'decision', 'policy', 'application', 'namespace', 'kind', 'name'] as const;
export type ViolationSort = (typeof SORTS)[number];

/** Worst last, so that `-severity` begins with what is worst. */
const SEVERITIES = ['', 'low', 'medium', 'high', 'critical'];

const sortValue: Readonly<Record<ViolationSort, (violation: Violation) => string>> = {
  since: ({ since }) => since,
  severity: ({ severity = '' }) => String(SEVERITIES.indexOf(severity)),
  decision: ({ decision }) => String(DECISIONS.length - DECISIONS.indexOf(decision)),
  policy: ({ policy }) => policy.title,
  application: facetValue.application,
  namespace: facetValue.namespace,
  kind: facetValue.kind,
  name: ({ object }) => object.name,
};

export interface ViolationQuery {
  readonly facets: { readonly [F in ViolationFacet]?: readonly string[] | undefined };
  /** Words that must all occur in the message, policy, object or application. Case does not matter. */
  readonly search?: string | undefined;
}

export interface ViolationPage {
  readonly sort: ViolationSort;
  readonly descending: boolean;
  readonly limit: number;
  readonly after?: ViolationPosition | undefined;
}

/** A place in an order: violations may come and go, what lies after it stays after it. */
export interface ViolationPosition {
  readonly value: string;
  readonly id: string;
}

/** A violation as the book keeps it. */
export interface IndexedViolation {
  readonly violation: Violation;
  /** Lower case, everything that `search` looks into. */
  readonly text: string;
}

type Facets = Record<ViolationFacet, { value: string; count: number }[]>;

/** Values of a facet that are told: those with most, and those asked for. */
const MAX_FACET_VALUES = 100;

/** Everything that fits, and counts for choosing other values. */
export function selectViolations(
  all: Iterable<IndexedViolation>,
  query: ViolationQuery,
  isVisible: (violation: Violation) => boolean,
): { items: Violation[]; facets: Facets } {
  const wanted = FACETS.map((facet) => {
    const values = query.facets[facet];
    return values === undefined || values.length === 0 ? undefined : new Set(values);
  });
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const counts = FACETS.map(() => new Map<string, number>());
  const items: Violation[] = [];
  for (const { violation, text } of all) {
    if (!words.every((word) => text.includes(word)) || !isVisible(violation)) continue;
    // A facet counts what fits all the others: choosing a second value of it is always possible.
    let misses = 0;
    let missed = -1;
    for (let f = 0; f < FACETS.length && misses < 2; f++) {
      const values = wanted[f];
      if (values === undefined || fits(FACETS[f] as ViolationFacet, violation, values)) continue;
      misses++;
      missed = f;
    }
    if (misses > 1) continue;
    for (let f = 0; f < FACETS.length; f++) {
      if (misses === 1 && f !== missed) continue;
      const value = facetValue[FACETS[f] as ViolationFacet](violation);
      const map = counts[f] as Map<string, number>;
      map.set(value, (map.get(value) ?? 0) + 1);
    }
    if (misses === 0) items.push(violation);
  }
  const facets = Object.fromEntries(
    FACETS.map((facet, f) => [facet, facetCounts(counts[f] as Map<string, number>, wanted[f])]),
  ) as Facets;
  return { items, facets };
}

/** An application may be named without its namespace. */
function fits(facet: ViolationFacet, violation: Violation, values: ReadonlySet<string>): boolean {
  if (values.has(facetValue[facet](violation))) return true;
  return facet === 'application' && violation.application !== undefined && values.has(violation.application.name);
}

/** One page of what was selected. */
export function pageOf(
  items: readonly Violation[],
  { sort, descending, limit, after }: ViolationPage,
): { items: Violation[]; next: ViolationPosition | undefined } {
  const order = (a: ViolationPosition, b: ViolationPosition) => comparePositions(a, b) * (descending ? -1 : 1);
  const placed = items.map((violation) => ({ violation, value: sortValue[sort](violation), id: violation.id }));
  placed.sort(order);
  const start = after === undefined ? 0 : placed.findIndex((one) => order(one, after) > 0);
  if (start < 0) return { items: [], next: undefined };
  const page = placed.slice(start, start + limit);
  const last = page.at(-1);
  const next = last !== undefined && start + limit < placed.length ? { value: last.value, id: last.id } : undefined;
  return { items: page.map(({ violation }) => violation), next };
}

function comparePositions(a: ViolationPosition, b: ViolationPosition): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

export interface ViolationGroup {
  readonly value: string;
  title?: string;
  total: number;
  deny: number;
  warn: number;
  dryrun: number;
  waived: number;
  oldest: string;
}

/** Counts by one of the facets, or by the Waiver that covers them, the group with most denies first. */
export function groupViolations(items: Iterable<Violation>, by: ViolationFacet | 'waiver'): ViolationGroup[] {
  const groups = new Map<string, ViolationGroup>();
  for (const violation of items) {
    const value = by === 'waiver' ? (violation.waivedBy ?? NONE) : facetValue[by](violation);
    let group = groups.get(value);
    if (group === undefined) {
      group = { value, total: 0, deny: 0, warn: 0, dryrun: 0, waived: 0, oldest: violation.since };
      if (by === 'policy') group.title = violation.policy.title;
      groups.set(value, group);
    }
    group.total++;
    group[violation.decision]++;
    if (violation.since < group.oldest) group.oldest = violation.since;
  }
  return [...groups.values()].sort(
    (a, b) => b.deny - a.deny || b.warn - a.warn || b.total - a.total || (a.value < b.value ? -1 : 1),
  );
}

/** Lower case text of everything that people look for. */
export function searchText({ policyId, policy, message, object, application, waivedBy }: Violation): string {
  const { kind, namespace, name } = object;
  const owner = [application?.namespace, application?.name];
  return [policyId, policy.title, policy.rule, message, kind, namespace, name, ...owner, waivedBy]
    .join('\n')
    .toLowerCase();
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
