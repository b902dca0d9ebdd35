import { Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Th, Thead, Tr } from '@patternfly/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useState } from 'react';

/** Every row is as high, so that the scroll bar is right before the rows are there. */
const ROW_HEIGHT = 52;
const OVERSCAN = 8;

export interface Column {
  readonly title: string;
  /** As the server calls it; absent: not sortable. A minus stands before it when its first order is from the other end. */
  readonly sort?: string;
  readonly width: string;
}

interface Rows {
  readonly columns: readonly Column[];
  /** Of all rows, also of those that are not loaded. */
  readonly total: number;
  /** The row with its key; undefined while it is not there. */
  row(index: number): ReactNode | undefined;
  /** Told how far rows are looked at. */
  loadUpTo(index: number): void;
}

interface Props extends Rows {
  readonly label: string;
  readonly className: string;
  readonly sort: string;
  onSort(sort: string): void;
}

/** A table of any number of rows, of which those on the screen are drawn. */
export function VirtualTable({ label, className, sort, onSort, ...rows }: Props) {
  const { columns, total } = rows;
  const [scroll, setScroll] = useState<HTMLElement | null>(null);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="sk-scroll" ref={setScroll} tabIndex={0} aria-label={`List of ${label.toLowerCase()}`}>
      <Table
        variant="compact"
        className={`sk-table ${className}`}
        gridBreakPoint=""
        aria-label={label}
        aria-rowcount={total + 1}
        isStickyHeader
      >
        <colgroup>
          {columns.map(({ title, width }) => (
            <col key={title} style={{ width }} />
          ))}
        </colgroup>
        <Thead>
          <Tr>
            {columns.map((column) => (
              <SortableHead key={column.title} column={column} sort={sort} onSort={onSort} />
            ))}
          </Tr>
        </Thead>
        <Body {...rows} scroll={scroll} />
      </Table>
    </section>
  );
}

/** The rows on the screen. Scrolling draws them alone: each drawing of PatternFly's head lays out the whole table. */
function Body({ columns, total, row, loadUpTo, scroll }: Rows & { scroll: HTMLElement | null }) {
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroll,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => loadUpTo(last), [last, loadUpTo]);
  const above = items[0]?.start ?? 0;
  const below = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <Tbody>
      {above > 0 ? <Spacer height={above} /> : null}
      {items.map(({ index }) => row(index) ?? <ComingRow key={index} index={index} columns={columns} />)}
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
      <td style={{ padding: 0 }} />
    </tr>
  );
}

/**
 * A row and a cell as PatternFly draws them, without its components: those cost more than all that stands in them, which
 * shows when a screen of rows comes with each turn of the wheel.
 */
export function PlainRow(props: { index: number; isGone?: boolean; isOpen?: boolean; children: ReactNode }) {
  const { index, isGone = false, isOpen = false, children } = props;
  return (
    <tr
      aria-rowindex={index + 2}
      className={`pf-v6-c-table__tr${isGone ? ' sk-row-gone' : ''}${isOpen ? ' sk-row-open' : ''}`}
      style={{ height: ROW_HEIGHT }}
    >
      {children}
    </tr>
  );
}

export function Cell({ span, children }: { span?: number; children: ReactNode }) {
  return (
    <td className="pf-v6-c-table__td" colSpan={span}>
      {children}
    </td>
  );
}

function ComingRow({ index, columns }: { index: number; columns: readonly Column[] }) {
  return (
    <PlainRow index={index}>
      {columns.map(({ title }) => (
        <Cell key={title}>
          <Skeleton width="70%" screenreaderText="Loading" />
        </Cell>
      ))}
    </PlainRow>
  );
}
