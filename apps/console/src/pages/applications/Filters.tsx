import {
  Button,
  Label,
  LabelGroup,
  SearchInput,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import ListIcon from '@patternfly/react-icons/dist/esm/icons/list-icon';
import ThLargeIcon from '@patternfly/react-icons/dist/esm/icons/th-large-icon';
import { useEffect, useRef, useState } from 'react';
import { FACETS, type Facet, type FacetValue } from '../../api/types.ts';
import { FacetMenu } from './FacetMenu.tsx';
import { SavedViews } from './SavedViews.tsx';
import { type ApplicationsSearch, isFiltered, type SearchChange } from './search.ts';

const TITLES: Readonly<Record<Facet, string>> = {
  sync: 'Sync',
  health: 'Health',
  project: 'Project',
  cluster: 'Cluster',
  namespace: 'Namespace',
  repo: 'Repository',
};

/** Health and sync have their own strip above. */
const MENUS: readonly Facet[] = FACETS.filter((facet) => facet !== 'health' && facet !== 'sync');

/** Waits for the end of a word before it asks. */
const TYPING_MS = 150;

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
            <SearchBox value={search.search ?? ''} onSearch={(text) => onChange({ search: text })} />
          </ToolbarItem>
          <ToolbarGroup variant="filter-group">
            {MENUS.map((facet) => (
              <ToolbarItem key={facet}>
                <FacetMenu
                  facet={facet}
                  title={TITLES[facet]}
                  values={facets[facet] ?? []}
                  chosen={search[facet] ?? []}
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

function SearchBox({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(next), TYPING_MS);
  };
  return (
    <div data-search>
      <SearchInput
        aria-label="Search applications"
        placeholder="Search name, repository, author, commit …"
        value={text}
        onChange={(_event, next) => change(next)}
        onClear={() => {
          clearTimeout(timer.current);
          setText('');
          onSearch('');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') (event.target as HTMLElement).blur();
        }}
      />
    </div>
  );
}

function Chosen({ search, onChange, onClear }: Pick<Props, 'search' | 'onChange' | 'onClear'>) {
  return (
    <div className="sk-chosen">
      {[...FACETS, 'label' as const].map((facet) => {
        const values = search[facet] ?? [];
        if (values.length === 0) return null;
        return (
          <LabelGroup key={facet} categoryName={facet === 'label' ? 'Label' : TITLES[facet]} numLabels={4}>
            {values.map((value) => (
              <Label
                key={value}
                variant="outline"
                closeBtnAriaLabel={`Remove ${value}`}
                onClose={() => onChange({ [facet]: values.filter((other) => other !== value) })}
              >
                {value}
              </Label>
            ))}
          </LabelGroup>
        );
      })}
      <Button variant="link" isInline onClick={onClear}>
        Clear all filters
      </Button>
    </div>
  );
}
