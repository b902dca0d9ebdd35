import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  MenuToggle,
  PageSection,
  SearchInput,
  TextInput,
  Title,
} from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ClipboardListIcon from '@patternfly/react-icons/dist/esm/icons/clipboard-list-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { type AuditFilter, listAudit, verifyAudit } from '../../api/operations.ts';
import type { AuditEntry } from '../../api/types.ts';
import { Command, Digest } from '../../components/Copy.tsx';
import { Empty, Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { Yaml } from '../../components/Yaml.tsx';
import { count } from '../../format/text.ts';
import { useEventCount } from '../../live/live.tsx';

/** Who did what, and is the log whole? */
export function Audit() {
  const filter = useSearch({ from: '/audit' });
  const log = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => listAudit(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.next === undefined ? undefined : String(page.next)),
    placeholderData: keepPreviousData,
  });
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  const arrived = useEventCount('audit', log.dataUpdatedAt);
  return (
    <PageSection isFilled aria-label="Audit">
      <div className="sk-title-line sk-page-title">
        <Title headingLevel="h1">Audit</Title>
        <ExportMenu />
      </div>
      <Chain />
      <Filters filter={filter} />
      <div role="status">
        {arrived === 0 ? null : (
          <Button variant="link" isInline onClick={() => void log.refetch()}>
            Show {count(arrived, 'new entry', 'new entries')}
          </Button>
        )}
      </div>
      {log.isPending ? <Loading what="the audit log" lines={6} /> : null}
      {log.isError && entries.length === 0 ? (
        <Failure error={log.error} what="The audit log" retry={() => void log.refetch()} />
      ) : null}
      {log.isSuccess && entries.length === 0 ? (
        <Empty title="No entry matches" icon={ClipboardListIcon} command="sekisho audit log">
          Everything that somebody does is written down here, and what was refused as well.
        </Empty>
      ) : null}
      {entries.length === 0 ? null : <EntryTable entries={entries} />}
      {log.hasNextPage ? (
        <Button variant="secondary" onClick={() => void log.fetchNextPage()} isLoading={log.isFetchingNextPage}>
          Older entries
        </Button>
      ) : null}
    </PageSection>
  );
}

/** The chain is proved when somebody asks: it reads the whole log. */
function Chain() {
  const chain = useQuery({
    queryKey: ['audit-verify'],
    queryFn: ({ signal }) => verifyAudit(signal),
    enabled: false,
    retry: false,
  });
  const { data } = chain;
  return (
    <div className="sk-chain" role="status">
      {data === undefined ? (
        <span className="sk-muted">
          Each entry holds the hash of the one before it: a changed, missing or moved entry shows.
        </span>
      ) : data.ok ? (
        <span className="sk-state sk-tone-good">
          <CheckCircleIcon /> The log is whole: {count(data.entries, 'entry', 'entries')}, newest hash{' '}
          <Digest value={data.head.hash} />
          <span className="sk-muted">
            {count(data.revisions.checked, 'commit')} found in git
            {data.revisions.unreachable === 0 ? '' : `, ${data.revisions.unreachable} could not be asked for now`}
          </span>
        </span>
      ) : (
        <div>
          <span className="sk-state sk-tone-bad">
            <ExclamationCircleIcon /> The log is not whole: {count(data.problems.length, 'problem')} in{' '}
            {count(data.entries, 'entry', 'entries')}
          </span>
          <ul>
            {data.problems.slice(0, 20).map(({ message }) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </div>
      )}
      <Button
        variant="secondary"
        size="sm"
        onClick={() => void chain.refetch()}
        isLoading={chain.isFetching}
        isDisabled={chain.isFetching}
      >
        Verify
      </Button>
      {chain.isError ? <InlineFailure error={chain.error} title="The log could not be verified" /> : null}
    </div>
  );
}

const FORMATS = [
  ['jsonl', 'JSON lines'],
  ['cef', 'CEF'],
  ['syslog', 'syslog'],
] as const;

function ExportMenu() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      onSelect={() => setIsOpen(false)}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Export
        </MenuToggle>
      )}
    >
      <DropdownList>
        {FORMATS.map(([format, title]) => (
          <DropdownItem key={format} to={`/api/v1/audit/export?format=${format}`} download={`audit.${format}`}>
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

const TYPING_MS = 250;

function Filters({ filter }: { filter: AuditFilter }) {
  const navigate = useNavigate({ from: '/audit' });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (part: AuditFilter) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => void navigate({ search: (before) => ({ ...before, ...part }), replace: true }),
      TYPING_MS,
    );
  };
  return (
    <div className="sk-filter-line">
      <div data-search>
        <Typed name="search" value={filter.search} onText={(search) => change({ search })} />
      </div>
      {(['actor', 'action', 'object'] as const).map((name) => (
        <label key={name} htmlFor={`audit-${name}`}>
          {{ actor: 'Who', action: 'Action', object: 'Application or object' }[name]}
          <TypedInput id={`audit-${name}`} value={filter[name]} onText={(text) => change({ [name]: text })} />
        </label>
      ))}
      {(['since', 'until'] as const).map((name) => (
        <label key={name} htmlFor={`audit-${name}`}>
          {name === 'since' ? 'From' : 'To'}
          <TextInput
            id={`audit-${name}`}
            type="datetime-local"
            value={toLocal(filter[name])}
            onChange={(_event, value) => change({ [name]: value === '' ? '' : new Date(value).toISOString() })}
          />
        </label>
      ))}
    </div>
  );
}

function Typed({
  name,
  value = '',
  onText,
}: {
  name: string;
  value: string | undefined;
  onText: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const set = (next: string) => {
    setText(next);
    onText(next);
  };
  return (
    <SearchInput
      aria-label={`Search the audit log (${name})`}
      placeholder="Search"
      value={text}
      onChange={(_event, next) => set(next)}
      onClear={() => set('')}
    />
  );
}

function TypedInput({
  id,
  value = '',
  onText,
}: {
  id: string;
  value: string | undefined;
  onText: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      id={id}
      value={text}
      onChange={(_event, next) => {
        setText(next);
        onText(next);
      }}
    />
  );
}

/** What a date field of a browser wants. */
function toLocal(time: string | undefined): string {
  if (time === undefined) return '';
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function EntryTable({ entries }: { entries: readonly AuditEntry[] }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string) =>
    setOpened((set) => {
      const next = new Set(set);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return (
    <Table variant="compact" isExpandable aria-label="Audit log">
      <Thead>
        <Tr>
          <Th screenReaderText="Details" />
          <Th>When</Th>
          <Th>Who</Th>
          <Th>Action</Th>
          <Th>Object</Th>
          <Th>Outcome</Th>
          <Th>Why</Th>
        </Tr>
      </Thead>
      {entries.map((entry, index) => {
        const key = String(entry.seq ?? entry.id ?? entry.hash ?? entry.at);
        const isExpanded = opened.has(key);
        return <Entry key={key} entry={entry} index={index} isExpanded={isExpanded} onToggle={() => toggle(key)} />;
      })}
    </Table>
  );
}

interface EntryProps {
  readonly entry: AuditEntry;
  readonly index: number;
  readonly isExpanded: boolean;
  onToggle(): void;
}

function Entry({ entry, index, isExpanded, onToggle }: EntryProps) {
  const { at, actor, action, object, outcome, reason, revision } = entry;
  return (
    <Tbody isExpanded={isExpanded}>
      <Tr>
        <Td expand={{ rowIndex: index, isExpanded, onToggle }} />
        <Td dataLabel="When" modifier="nowrap">
          <Time value={at} />
        </Td>
        <Td dataLabel="Who">
          {actor.user}
          <div className="sk-cell-sub">
            {[actor.method, actor.address].filter((part) => part !== undefined).join(' · ')}
          </div>
        </Td>
        <Td dataLabel="Action">
          <code className="sk-mono">{action}</code>
        </Td>
        <Td dataLabel="Object">
          <ObjectLink object={object} />
          {revision === undefined || revision === '' ? null : (
            <div className="sk-cell-sub">
              at <Digest value={revision} copy={false} />
            </div>
          )}
        </Td>
        <Td dataLabel="Outcome">
          <State kind="outcome" value={outcome} />
        </Td>
        <Td dataLabel="Why">{reason ?? ''}</Td>
      </Tr>
      <Tr isExpanded={isExpanded}>
        <Td />
        <Td colSpan={6}>
          <ExpandableRowContent>{isExpanded ? <Details entry={entry} /> : null}</ExpandableRowContent>
        </Td>
      </Tr>
    </Tbody>
  );
}

function Details({ entry: { operationId, details, hash, previous, seq } }: { entry: AuditEntry }) {
  const known = {
    ...(seq === undefined ? {} : { entry: seq }),
    ...(hash === undefined ? {} : { hash }),
    ...(previous === undefined ? {} : { previous }),
  };
  return (
    <div className="sk-lines">
      {operationId === undefined ? null : (
        <div>
          Operation <code className="sk-mono">{operationId}</code>
        </div>
      )}
      {details === undefined ? null : <Yaml value={details} label="Details" />}
      <Yaml value={known} label="Place in the chain" isMuted />
      {operationId === undefined ? null : <Command>{`sekisho audit log --search ${operationId}`}</Command>}
    </div>
  );
}

function ObjectLink({ object }: { object: AuditEntry['object'] }) {
  const { type, namespace = 'argocd', name } = object;
  if (type === 'application' || type === 'applications') {
    const own = name.split('/').at(-1) ?? name;
    return (
      <Link to="/applications/$namespace/$name" params={{ namespace, name: own }}>
        {own}
      </Link>
    );
  }
  if (type === 'project' || type === 'projects') {
    return (
      <Link to="/projects/$name" params={{ name }}>
        {name}
      </Link>
    );
  }
  return (
    <>
      <span className="sk-muted">{type}</span> {name}
    </>
  );
}
