import type { ApplicationFilter } from '../../api/applications.ts';
import { FACETS } from '../../api/types.ts';
import { type RawSearch, readText, readTexts } from '../../shell/search-params.ts';

/** Everything that the page shows is in its address: a bookmark is a saved view. */
export interface ApplicationsSearch extends ApplicationFilter {
  readonly view?: 'tiles';
}

/** Parts to change; undefined takes a part out of the address. */
export type SearchChange = { readonly [K in keyof ApplicationsSearch]?: ApplicationsSearch[K] | undefined };

export function readApplicationsSearch(raw: RawSearch): ApplicationsSearch {
  const search: ApplicationFilter = {
    ...readText(raw, 'search'),
    ...readText(raw, 'sort'),
    ...readTexts(raw, 'label'),
    ...Object.assign({}, ...FACETS.map((facet) => readTexts(raw, facet))),
  };
  return raw['view'] === 'tiles' ? { ...search, view: 'tiles' } : search;
}

/** Without what only changes how the list is drawn. */
export function filterOf({ view: _view, ...filter }: ApplicationsSearch): ApplicationFilter {
  return filter;
}

export function isFiltered({ search, label, ...filter }: ApplicationFilter): boolean {
  return search !== undefined || label !== undefined || FACETS.some((facet) => filter[facet] !== undefined);
}
