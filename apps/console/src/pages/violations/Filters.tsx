import { Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { NONE, VIOLATION_FACETS, type ViolationFacet, type ViolationPage } from '../../api/gates.ts';
import { listPolicies } from '../../api/policies.ts';
import { ChosenFilters } from '../../components/filters/ChosenFilters.tsx';
import { FacetMenu } from '../../components/filters/FacetMenu.tsx';
import { SearchBox } from '../../components/filters/SearchBox.tsx';
import { StateChips } from '../../components/filters/StateChips.tsx';
import { DECISION_ORDER, SEVERITY_ORDER, stateLook } from '../../components/states.ts';
import { isFiltered, type ViolationsChange, type ViolationsSearch } from './search.ts';

const TITLES: Readonly<Record<ViolationFacet, string>> = {
  decision: 'Decision',
  severity: 'Severity',
  policy: 'Policy',
  application: 'Application',
  project: 'Project',
  namespace: 'Namespace',
  cluster: 'Cluster',
  kind: 'Kind',
};

/** Decision and severity have their own strip above. */
const MENUS: readonly ViolationFacet[] = VIOLATION_FACETS.filter(
  (facet) => facet !== 'decision' && facet !== 'severity',
);

interface Props {
  readonly search: ViolationsSearch;
  readonly facets: ViolationPage['facets'];
  onChange(part: ViolationsChange): void;
  onClear(): void;
  readonly children: ReactNode;
}

export function Filters({ search, facets, onChange, onClear, children }: Props) {
  const shown = useShown();
  return (
    <>
      <div className="sk-strip">
        <StateChips
          title="Decision"
          kind="decision"
          order={DECISION_ORDER}
          counts={facets.decision ?? []}
          chosen={search.decision ?? []}
          onChange={(decision) => onChange({ decision })}
        />
        <StateChips
          title="Severity"
          kind="severity"
          order={SEVERITY_ORDER}
          counts={facets.severity ?? []}
          chosen={search.severity ?? []}
          onChange={(severity) => onChange({ severity })}
        />
      </div>
      <Toolbar className="sk-filters" inset={{ default: 'insetNone' }}>
        <ToolbarContent>
          <ToolbarItem className="sk-filters-search">
            <SearchBox
              label="Search violations"
              placeholder="Search object, message, policy …"
              value={search.q ?? ''}
              onSearch={(q) => onChange({ q })}
            />
          </ToolbarItem>
          <ToolbarGroup variant="filter-group">
            {MENUS.filter((facet) => isChoice(facets[facet], search[facet])).map((facet) => (
              <ToolbarItem key={facet}>
                <FacetMenu
                  title={TITLES[facet]}
                  values={facets[facet] ?? []}
                  chosen={search[facet] ?? []}
                  shown={(value) => shown(facet, value)}
                  onChange={(chosen) => onChange({ [facet]: chosen })}
                />
              </ToolbarItem>
            ))}
          </ToolbarGroup>
          <ToolbarGroup align={{ default: 'alignEnd' }}>
            <ToolbarItem>{children}</ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      {isFiltered(search) ? (
        <ChosenFilters
          filters={VIOLATION_FACETS.map((facet) => ({
            name: facet,
            title: TITLES[facet],
            values: search[facet] ?? [],
            shown: (value) => shown(facet, value),
          }))}
          onChange={(name, values) => onChange({ [name]: values })}
          onClear={onClear}
        />
      ) : null}
    </>
  );
}

/** One value alone is nothing to choose from. */
function isChoice(values: readonly unknown[] = [], chosen: readonly string[] = []): boolean {
  return values.length > 1 || chosen.length > 0;
}

/** Values of a facet as people know them. */
export function useShown(): (facet: ViolationFacet, value: string) => string {
  const policies = useQuery({ queryKey: ['gates', 'policies'], queryFn: ({ signal }) => listPolicies(signal) });
  return useMemo(() => {
    const titles = new Map(policies.data?.items.map(({ id, title }) => [id, title]));
    return (facet, value) => {
      if (value === NONE || value === '') return facet === 'namespace' ? '(whole cluster)' : '(none)';
      if (facet === 'policy') return titles.get(value) ?? value;
      return facet === 'decision' || facet === 'severity' ? stateLook(facet, value).word : value;
    };
  }, [policies.data]);
}
