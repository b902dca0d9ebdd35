import { Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, useEffect, useState } from 'react';
import type { ApplicationRow } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { authorName, clusterName, shortRepository } from '../../format/text.ts';
import { useLiveRow } from '../../live/live.tsx';
import type { ApplicationList } from './use-application-list.ts';

/** Every row is as high, so that the scroll bar is right before the rows are there. */
const ROW_HEIGHT = 52;
const OVERSCAN = 8;

interface Column {
  readonly title: string;
  /** As the server calls it; absent: not sortable. */
  readonly sort?: string;
  readonly width: string;
}
const COLUMNS: readonly Column[] = [
  { title: 'Name', sort: 'name', width: 'auto' },
  { title: 'Health', sort: '-health', width: '8.25rem' },
  { title: 'Sync', sort: '-sync', width: '8.25rem' },
  { title: 'Revision', width: '19%' },
  { title: 'Source', sort: 'repo', width: '14%' },
  { title: 'Destination', sort: 'namespace', width: '11%' },
  { title: 'Deployed', sort: '-deployed', width: '8.25rem' },
];

interface Props {
  readonly list: ApplicationList;
  readonly sort: string;
  onSort(sort: string): void;
}

export function ApplicationTable({ list, sort, onSort }: Props) {
  const [scroll, setScroll] = useState<HTMLElement | null>(null);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="sk-scroll" ref={setScroll} tabIndex={0} aria-label="List of applications">
      <Table
        variant="compact"
        className="sk-table sk-table-applications"
        gridBreakPoint=""
        aria-label="Applications"
        aria-rowcount={list.total + 1}
        isStickyHeader
      >
        <colgroup>
          {COLUMNS.map(({ title, width }) => (
            <col key={title} style={{ width }} />
          ))}
        </colgroup>
        <Thead>
          <Tr>
            {COLUMNS.map((column) => (
              <SortableHead key={column.title} column={column} sort={sort} onSort={onSort} />
            ))}
          </Tr>
        </Thead>
        <Body list={list} scroll={scroll} />
      </Table>
    </section>
  );
}

/** The rows on the screen. Scrolling draws them alone: each drawing of PatternFly's head lays out the whole table. */
function Body({ list, scroll }: { list: ApplicationList; scroll: HTMLElement | null }) {
  const rows = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroll,
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
  );
}

interface HeadProps {
  readonly column: Column;
  readonly sort: string;
  onSort(sort: string): void;
}

function SortableHead({ column, sort, onSort }: HeadProps) {
  const { title, sort: first } = column;
  if (first === undefined) return <Th>{title}</Th>;
  const name = first.replace('-', '');
  const isBy = sort.replace('-', '') === name;
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const opposite = sort.startsWith('-') ? name : `-${name}`;
  return (
    <Th
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

/**
 * A row and a cell as PatternFly draws them, without its components: those cost more than all that stands in them, which
 * shows when a screen of rows comes with each turn of the wheel.
 */
function PlainRow({ index, isGone = false, children }: { index: number; isGone?: boolean; children: ReactNode }) {
  return (
    <tr
      aria-rowindex={index + 2}
      className={isGone ? 'pf-v6-c-table__tr sk-row-gone' : 'pf-v6-c-table__tr'}
      style={{ height: ROW_HEIGHT }}
    >
      {children}
    </tr>
  );
}

function Cell({ span, children }: { span?: number; children: ReactNode }) {
  return (
    <td className="pf-v6-c-table__td" colSpan={span}>
      {children}
    </td>
  );
}

function ComingRow({ index }: { index: number }) {
  return (
    <PlainRow index={index}>
      {COLUMNS.map(({ title }) => (
        <Cell key={title}>
          <Skeleton width="70%" screenreaderText="Loading" />
        </Cell>
      ))}
    </PlainRow>
  );
}

const Row = memo(function Row({ read, index }: { read: ApplicationRow; index: number }) {
  const row = useLiveRow(read);
  const { namespace, name, project } = read;
  if (row === undefined) {
    return (
      <PlainRow index={index} isGone>
        <Cell>
          <div className="sk-cell-main">{name}</div>
          <div className="sk-cell-sub">{project}</div>
        </Cell>
        <Cell span={COLUMNS.length - 1}>Deleted</Cell>
      </PlainRow>
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
    <PlainRow index={index}>
      <Cell>
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
      </Cell>
      <Cell>
        <State kind="health" value={health} />
      </Cell>
      <Cell>
        <State kind="sync" value={sync} />
        <div className="sk-cell-sub">
          {held !== undefined ? 'held back' : drifted > 0 ? `${drifted} drifted` : row.autoSync ? '' : 'manual'}
        </div>
      </Cell>
      <Cell>
        <div className="sk-cell-main sk-cell-plain" title={message}>
          <Digest value={revision} copy={false} /> {message}
        </div>
        <div className="sk-cell-sub">{authorName(author)}</div>
      </Cell>
      <Cell>
        <div className="sk-cell-main sk-cell-plain" title={repo}>
          {shortRepository(repo)}
        </div>
        <div className="sk-cell-sub" title={`${path} @ ${targetRevision}`}>
          {path} @ {targetRevision || 'HEAD'}
        </div>
      </Cell>
      <Cell>
        <div className="sk-cell-main sk-cell-plain">{destination.namespace || '(from manifests)'}</div>
        <div className="sk-cell-sub">{clusterName(destination)}</div>
      </Cell>
      <Cell>
        <Time value={deployedAt} />
      </Cell>
    </PlainRow>
  );
});
