import { Button, MenuToggle, PageSection, Select, SelectList, SelectOption, Title } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { GROUPINGS, type Grouping, type SubjectRef, type ViolationPage } from '../../api/gates.ts';
import { listPolicies } from '../../api/policies.ts';
import { NoPolicies } from '../../components/gates/NoPolicies.tsx';
import { objectKey, parseObjectKey } from '../../components/gates/object-key.ts';
import { useKeys } from '../../components/keyboard.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { count } from '../../format/text.ts';
import { Filters } from './Filters.tsx';
import { Groups } from './Groups.tsx';
import { ObjectPanel } from './ObjectPanel.tsx';
import { filterOf, isFiltered, type ViolationsChange, type ViolationsSearch } from './search.ts';
import { useViolationList } from './use-violation-list.ts';
import { ViolationTable } from './ViolationTable.tsx';

/** Who breaks what we demand? */
export function Violations() {
  const search = useSearch({ from: '/violations' });
  const navigate = useNavigate({ from: '/violations' });
  const filter = useMemo(() => filterOf(search), [search]);
  const body = useRef<HTMLDivElement>(null);
  const isStill = useCallback(
    () => body.current?.matches(':hover') !== true && body.current?.contains(document.activeElement) !== true,
    [],
  );
  const list = useViolationList(filter, isStill);
  const change = useCallback(
    (part: ViolationsChange) =>
      void navigate({ search: (before) => withoutEmpty({ ...before, ...part }), replace: part.q !== undefined }),
    [navigate],
  );
  const sortBy = useCallback((sort: string) => change({ sort }), [change]);
  const open = useCallback((object: SubjectRef) => change({ object: objectKey(object) }), [change]);
  const close = useCallback(() => change({ object: undefined }), [change]);
  useKeys(useMemo(() => ({ Escape: close }), [close]));
  const clear = () => void navigate({ search: ({ by, sort }) => withoutEmpty({ by, sort }) });
  const opened = search.object === undefined ? undefined : parseObjectKey(search.object);

  return (
    <PageSection className="sk-applications" isFilled padding={{ default: 'noPadding' }} aria-label="Violations">
      <div className="sk-applications-head">
        <div className="sk-title-line">
          <Title headingLevel="h1">Violations</Title>
          <span className="sk-muted" aria-live="polite">
            {list.isPending ? '' : count(list.total, 'violation')}
            {list.isChanging ? ' · filtering …' : ''}
            {list.audit === undefined || list.audit.pending === 0
              ? ''
              : ` · the audit has ${count(list.audit.pending, 'object')} of ${list.audit.objects.toLocaleString('en')} yet to look at`}
          </span>
          <div className="sk-outdated" role="status">
            {list.isOutdated ? (
              <>
                The audit found more since this list was read.{' '}
                <Button variant="link" isInline onClick={list.refresh}>
                  Update the list
                </Button>
              </>
            ) : null}
          </div>
        </div>
        <Filters search={search} facets={list.facets} onChange={change} onClear={clear}>
          <GroupMenu by={search.by} onChange={(by) => change({ by, object: undefined })} />
        </Filters>
      </div>
      <div className="sk-application-body" ref={body}>
        {list.isPending ? (
          <Loading what="violations" lines={6} />
        ) : list.error !== null && list.rows.length === 0 ? (
          <Failure error={list.error} what="The violations" retry={list.refresh} />
        ) : list.rows.length === 0 ? (
          <NoViolations filtered={isFiltered(search)} audit={list.audit} onClear={clear} />
        ) : search.by === undefined ? (
          <ViolationTable
            list={list}
            sort={search.sort ?? '-since'}
            open={search.object}
            onSort={sortBy}
            onOpen={open}
          />
        ) : (
          <Groups by={search.by} filter={filter} />
        )}
        {opened === undefined ? null : <ObjectPanel key={search.object} object={opened} onClose={close} />}
      </div>
    </PageSection>
  );
}

const GROUP_WORDS: Readonly<Record<Grouping, string>> = {
  policy: 'Policy',
  application: 'Application',
  namespace: 'Namespace',
  severity: 'Severity',
  kind: 'Kind',
};

function GroupMenu({ by, onChange }: { by: Grouping | undefined; onChange: (by: Grouping | undefined) => void }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Select
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      selected={by ?? ''}
      onSelect={(_event, value) => {
        onChange(GROUPINGS.find((grouping) => grouping === value));
        setIsOpen(false);
      }}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {by === undefined ? 'Group' : `By ${GROUP_WORDS[by].toLowerCase()}`}
        </MenuToggle>
      )}
    >
      <SelectList aria-label="Group by">
        <SelectOption value="">Not grouped</SelectOption>
        {GROUPINGS.map((grouping) => (
          <SelectOption key={grouping} value={grouping}>
            {GROUP_WORDS[grouping]}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}

interface NoViolationsProps {
  readonly filtered: boolean;
  readonly audit: ViolationPage['audit'];
  onClear(): void;
}

function NoViolations({ filtered, audit, onClear }: NoViolationsProps) {
  const policies = useQuery({ queryKey: ['gates', 'policies'], queryFn: ({ signal }) => listPolicies(signal) });
  if (filtered) {
    return (
      <Empty
        title="No violation matches"
        icon={CheckCircleIcon}
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
  if (policies.data?.items.length === 0) return <NoPolicies />;
  if (audit !== undefined && audit.finishedAt === undefined) {
    return <Empty title="Nothing found yet">The audit is looking at what runs for the first time.</Empty>;
  }
  return (
    <Empty title="Nothing breaks a policy" icon={CheckCircleIcon}>
      Everything that runs is as the <Link to="/policies">policies</Link> want it.
    </Empty>
  );
}

function withoutEmpty(search: ViolationsChange) {
  const kept = Object.entries(search).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as ViolationsSearch;
}
