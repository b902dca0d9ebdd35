import { Button, PageSection, Title } from '@patternfly/react-core';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { count } from '../../format/text.ts';
import { ApplicationTable } from './ApplicationTable.tsx';
import { ApplicationTiles } from './ApplicationTiles.tsx';
import { Filters } from './Filters.tsx';
import { OutdatedNotice } from './OutdatedNotice.tsx';
import { StateStrip } from './StateStrip.tsx';
import { type ApplicationsSearch, filterOf, isFiltered, type SearchChange } from './search.ts';
import { useApplicationList } from './use-application-list.ts';

/** Which ones need me? */
export function Applications() {
  const search = useSearch({ from: '/applications' });
  const navigate = useNavigate({ from: '/applications' });
  const filter = useMemo(() => filterOf(search), [search]);
  const list = useApplicationList(filter);
  const change = useCallback(
    (part: SearchChange) =>
      void navigate({ search: (before) => withoutEmpty({ ...before, ...part }), replace: part.search !== undefined }),
    [navigate],
  );
  const sortBy = useCallback((sort: string) => change({ sort }), [change]);
  const clear = () => void navigate({ search: ({ view, sort }) => withoutEmpty({ view, sort }) });

  return (
    <PageSection className="sk-applications" isFilled padding={{ default: 'noPadding' }} aria-label="Applications">
      <div className="sk-applications-head">
        <div className="sk-title-line">
          <Title headingLevel="h1">Applications</Title>
          <span className="sk-muted" aria-live="polite">
            {list.isPending ? '' : count(list.total, 'application')}
            {list.isChanging ? ' · filtering …' : ''}
          </span>
          <OutdatedNotice outdated={list.outdated} onRefresh={list.refresh} />
        </div>
        <StateStrip search={search} facets={list.facets} onChange={change} />
        <Filters search={search} facets={list.facets} onChange={change} onClear={clear} />
      </div>
      {list.isPending ? (
        <Loading what="applications" lines={6} />
      ) : list.error !== null && list.rows.length === 0 ? (
        <Failure error={list.error} what="The applications" retry={list.refresh} />
      ) : list.rows.length === 0 ? (
        <NoApplications filtered={isFiltered(filter)} onClear={clear} />
      ) : search.view === 'tiles' ? (
        <ApplicationTiles list={list} />
      ) : (
        <ApplicationTable list={list} sort={search.sort ?? 'name'} onSort={sortBy} />
      )}
    </PageSection>
  );
}

function NoApplications({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered) {
    return (
      <Empty
        title="No application matches"
        icon={CubesIcon}
        action={
          <Button variant="link" onClick={onClear}>
            Clear all filters
          </Button>
        }
      >
        Nothing fits all of the filters at once.
      </Empty>
    );
  }
  return (
    <Empty title="No applications yet" icon={CubesIcon} command="kubectl apply -f examples/applications/minimal.yaml">
      An application says which folder of which repository belongs into which cluster. Apply one and it appears here.
    </Empty>
  );
}

function withoutEmpty(search: SearchChange) {
  const kept = Object.entries(search).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as ApplicationsSearch;
}
