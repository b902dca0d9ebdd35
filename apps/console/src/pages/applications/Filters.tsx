import {
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import ListIcon from '@patternfly/react-icons/dist/esm/icons/list-icon';
import ThLargeIcon from '@patternfly/react-icons/dist/esm/icons/th-large-icon';
import { FACETS, type Facet, type FacetValue } from '../../api/types.ts';
import { ChosenFilters } from '../../components/filters/ChosenFilters.tsx';
import { FacetMenu } from '../../components/filters/FacetMenu.tsx';
import { SearchBox } from '../../components/filters/SearchBox.tsx';
import { shortRepository } from '../../format/text.ts';
import { SavedViews } from './SavedViews.tsx';
import { type ApplicationsSearch, isFiltered, type SearchChange } from './search.ts';

const TITLES: Readonly<Record<Facet, string>> = {
  sync: 'Sync',
  health: 'Health',
  gate: 'Gate',
  project: 'Project',
  cluster: 'Cluster',
  namespace: 'Namespace',
  repo: 'Repository',
};

/** Health, sync and gate have their own strip above. */
const MENUS: readonly Facet[] = FACETS.filter((facet) => facet !== 'health' && facet !== 'sync' && facet !== 'gate');

interface Props {
  readonly search: ApplicationsSearch;
  readonly facets: Partial<Record<Facet, readonly FacetValue[]>>;
  onChange(part: SearchChange): void;
  onClear(): void;
}

export function Filters({ search, facets, onChange, onClear }: Props) {
  return (
    <>
      <Toolbar className="sk-filters" inset={{ default: 'insetNone' }}>
        <ToolbarContent>
          <ToolbarItem className="sk-filters-search">
            <SearchBox
              label="Search applications"
              placeholder="Search name, repository, author, commit …"
              value={search.search ?? ''}
              onSearch={(text) => onChange({ search: text })}
            />
          </ToolbarItem>
          <ToolbarGroup variant="filter-group">
            {MENUS.map((facet) => (
              <ToolbarItem key={facet}>
                <FacetMenu
                  title={TITLES[facet]}
                  values={facets[facet] ?? []}
                  chosen={search[facet] ?? []}
                  {...(facet === 'repo' ? { shown: shortRepository } : {})}
                  onChange={(chosen) => onChange({ [facet]: chosen })}
                />
              </ToolbarItem>
            ))}
          </ToolbarGroup>
          <ToolbarGroup align={{ default: 'alignEnd' }}>
            <ToolbarItem>
              <SavedViews />
            </ToolbarItem>
            <ToolbarItem>
              <ToggleGroup aria-label="Table or tiles">
                <ToggleGroupItem
                  icon={<ListIcon />}
                  aria-label="Table"
                  isSelected={search.view !== 'tiles'}
                  onChange={() => onChange({ view: undefined })}
                />
                <ToggleGroupItem
                  icon={<ThLargeIcon />}
                  aria-label="Tiles"
                  isSelected={search.view === 'tiles'}
                  onChange={() => onChange({ view: 'tiles' })}
                />
              </ToggleGroup>
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      {isFiltered(search) ? <Chosen search={search} onChange={onChange} onClear={onClear} /> : null}
    </>
  );
}

function Chosen({ search, onChange, onClear }: Pick<Props, 'search' | 'onChange' | 'onClear'>) {
  const filters = [...FACETS, 'label' as const].map((facet) => ({
    name: facet,
    title: facet === 'label' ? 'Label' : TITLES[facet],
    values: search[facet] ?? [],
  }));
  return (
    <ChosenFilters filters={filters} onChange={(name, values) => onChange({ [name]: values })} onClear={onClear} />
  );
}
