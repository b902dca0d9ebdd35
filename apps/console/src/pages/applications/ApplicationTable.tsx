import { Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import type { ApplicationRow } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { authorName, clusterName, shortRepository } from '../../format/text.ts';
import { useLiveRow } from '../../live/live.tsx';
import type { ApplicationList } from './use-application-list.ts';

/** Every row is as high, so that the scroll bar is right before the rows are there. */
const ROW_HEIGHT = 52;
const OVERSCAN = 12;

interface Column {
  readonly title: string;
  /** As the server calls it; absent: not sortable. */
  readonly sort?: string;
  readonly width: string;
}
const COLUMNS: readonly Column[] = [
  { title: 'Name', sort: 'name', width: '' },
  { title: 'Health', sort: '-health', width: '9rem' },
  { title: 'Sync', sort: '-sync', width: '9rem' },
  { title: 'Revision', width: '21%' },
  { title: 'Source', sort: 'repo', width: '15%' },
  { title: 'Destination', sort: 'namespace', width: '12%' },
  { title: 'Deployed', sort: '-deployed', width: '9rem' },
];

interface Props {
  readonly list: ApplicationList;
  readonly sort: string;
  onSort(sort: string): void;
}

export function ApplicationTable({ list, sort, onSort }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { loadUpTo } = list;
  useEffect(() => loadUpTo(last), [last, loadUpTo]);
  const above = items[0]?.start ?? 0;
  const below = rows.getTotalSize() - (items.at(-1)?.end ?? 0);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="sk-scroll" ref={scroll} tabIndex={0} aria-label="List of applications">
      <Table
        variant="compact"
        className="sk-table sk-table-applications"
        gridBreakPoint=""
        aria-label="Applications"
        aria-rowcount={list.total + 1}
        isStickyHeader
      >
        <Thead>
          <Tr>
            {COLUMNS.map((column) => (
              <SortableHead key={column.title} column={column} sort={sort} onSort={onSort} />
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {above > 0 ? <Spacer height={above} /> : null}
          {items.map(({ index }) => {
            const row = list.rows[index];
            return row === undefined ? (
              <ComingRow key={index} index={index} />
            ) : (
              <Row key={`${row.namespace}/${row.name}`} read={row} index={index} />
            );
          })}
          {below > 0 ? <Spacer height={below} /> : null}
        </Tbody>
      </Table>
    </section>
  );
}

function SortableHead({ column, sort, onSort }: { column: Column; sort: string; onSort: (sort: string) => void }) {
  const { title, sort: first, width } = column;
  if (first === undefined) return <Th style={{ width }}>{title}</Th>;
  const name = first.replace('-', '');
  const isBy = sort.replace('-', '') === name;
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const opposite = sort.startsWith('-') ? name : `-${name}`;
  return (
    <Th
      style={{ width }}
      sort={{
        columnIndex: 0,
        sortBy: isBy ? { index: 0, direction } : {},
        onSort: () => onSort(isBy ? opposite : first),
      }}
    >
      {title}
    </Th>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an empty row holds nothing to focus
    <tr aria-hidden="true" style={{ height }}>
      <td colSpan={COLUMNS.length} style={{ padding: 0 }} />
    </tr>
  );
}

function ComingRow({ index }: { index: number }) {
  return (
    <Tr aria-rowindex={index + 2} style={{ height: ROW_HEIGHT }}>
      {COLUMNS.map(({ title }) => (
        <Td key={title}>
          <Skeleton width="70%" screenreaderText="Loading" />
        </Td>
      ))}
    </Tr>
  );
}

const Row = memo(function Row({ read, index }: { read: ApplicationRow; index: number }) {
  const row = useLiveRow(read);
  const { namespace, name, project } = read;
  if (row === undefined) {
    return (
      <Tr aria-rowindex={index + 2} className="sk-row-gone" style={{ height: ROW_HEIGHT }}>
        <Td>
          <div className="sk-cell-main">{name}</div>
          <div className="sk-cell-sub">{project}</div>
        </Td>
        <Td colSpan={COLUMNS.length - 1}>Deleted</Td>
      </Tr>
    );
  }
  const {
    sync,
    health,
    revision,
    message = '',
    author = '',
    repo,
    path,
    targetRevision,
    destination,
    drifted,
    held,
    deployedAt,
  } = row;
  return (
    <Tr aria-rowindex={index + 2} style={{ height: ROW_HEIGHT }}>
      <Td dataLabel="Name">
        <div className="sk-cell-main">
          <Link to="/applications/$namespace/$name" params={{ namespace, name }}>
            {name}
          </Link>
        </div>
        <div className="sk-cell-sub">
          <Link to="/projects/$name" params={{ name: project }}>
            {project}
          </Link>
          {row.operation === 'Running' ? ' · syncing now' : ''}
        </div>
      </Td>
      <Td dataLabel="Health">
        <State kind="health" value={health} />
      </Td>
      <Td dataLabel="Sync">
        <State kind="sync" value={sync} />
        <div className="sk-cell-sub">
          {held !== undefined ? 'held back' : drifted > 0 ? `${drifted} drifted` : row.autoSync ? '' : 'manual'}
        </div>
      </Td>
      <Td dataLabel="Revision">
        <div className="sk-cell-main sk-cell-plain" title={message}>
          <Digest value={revision} copy={false} /> {message}
        </div>
        <div className="sk-cell-sub">{authorName(author)}</div>
      </Td>
      <Td dataLabel="Source">
        <div className="sk-cell-main sk-cell-plain" title={repo}>
          {shortRepository(repo)}
        </div>
        <div className="sk-cell-sub" title={`${path} @ ${targetRevision}`}>
          {path} @ {targetRevision || 'HEAD'}
        </div>
      </Td>
      <Td dataLabel="Destination">
        <div className="sk-cell-main sk-cell-plain">{destination.namespace || '(from manifests)'}</div>
        <div className="sk-cell-sub">{clusterName(destination)}</div>
      </Td>
      <Td dataLabel="Deployed">
        <Time value={deployedAt} />
      </Td>
    </Tr>
  );
});
