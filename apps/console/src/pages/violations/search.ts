import { GROUPINGS, type Grouping, VIOLATION_FACETS } from '../../api/gates.ts';
import type { ViolationFilter } from '../../api/policies.ts';
import { type RawSearch, readText, readTexts } from '../../shell/search-params.ts';

/** Everything that the page shows is in its address. */
export type ViolationsSearch = ViolationFilter & {
  readonly by?: Grouping;
  /** `cluster/group/Kind/namespace/name` of the object whose panel is open; the cluster with its slashes encoded. */
  readonly object?: string;
};

/** Parts to change; undefined takes a part out of the address. */
export type ViolationsChange = { readonly [K in keyof ViolationsSearch]?: ViolationsSearch[K] | undefined };

export function readViolationsSearch(raw: RawSearch): ViolationsSearch {
  const by = GROUPINGS.find((name) => name === raw['by']);
  return {
    ...readText(raw, 'q'),
    ...readText(raw, 'sort'),
    ...readText(raw, 'object'),
    ...(Object.assign({}, ...VIOLATION_FACETS.map((facet) => readTexts(raw, facet))) as ViolationFilter),
    ...(by === undefined ? {} : { by }),
  };
}

/** Without what only changes how they are shown. */
export function filterOf({ by: _by, object: _object, ...filter }: ViolationsSearch): ViolationFilter {
  return filter;
}

export function isFiltered(search: ViolationsSearch): boolean {
  return search.q !== undefined || VIOLATION_FACETS.some((facet) => search[facet] !== undefined);
}
