import { Card, CardBody, CardTitle, Skeleton } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ApplicationRow } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { State } from '../../components/State.tsx';
import { stateLook } from '../../components/states.ts';
import { Time } from '../../components/Time.tsx';
import { clusterName } from '../../format/text.ts';
import { useLiveRow } from '../../live/live.tsx';
import type { ApplicationList } from './use-application-list.ts';

const TILE_WIDTH = 300;
const TILE_HEIGHT = 168;

/** The same list as cards: for walls and for few applications. */
export function ApplicationTiles({ list }: { list: ApplicationList }) {
  const scroll = useRef<HTMLDivElement>(null);
  const columns = useColumns(scroll);
  const lines = useVirtualizer({
    count: Math.ceil(list.total / columns),
    getScrollElement: () => scroll.current,
    estimateSize: () => TILE_HEIGHT,
    overscan: 4,
  });
  const items = lines.getVirtualItems();
  const last = ((items.at(-1)?.index ?? 0) + 1) * columns - 1;
  const { loadUpTo } = list;
  useEffect(() => loadUpTo(Math.min(last, list.total - 1)), [last, list.total, loadUpTo]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="sk-scroll sk-tiles" ref={scroll} tabIndex={0} aria-label="Tiles of applications">
      <div style={{ height: lines.getTotalSize(), position: 'relative' }}>
        {items.map((line) => (
          <div
            key={line.index}
            className="sk-tile-line"
            style={{ transform: `translateY(${line.start}px)`, gridTemplateColumns: `repeat(${columns}, 1fr)` }}
          >
            {Array.from({ length: columns }, (_, column) => line.index * columns + column)
              .filter((index) => index < list.total)
              .map((index) => {
                const row = list.rows[index];
                return row === undefined ? (
                  <Skeleton key={index} height="9.5rem" />
                ) : (
                  <Tile key={`${row.namespace}/${row.name}`} read={row} />
                );
              })}
          </div>
        ))}
      </div>
    </section>
  );
}

function useColumns(element: React.RefObject<HTMLDivElement | null>): number {
  const [columns, setColumns] = useState(4);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      setColumns(Math.max(1, Math.floor((entry?.contentRect.width ?? TILE_WIDTH) / TILE_WIDTH)));
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return columns;
}

const Tile = memo(function Tile({ read }: { read: ApplicationRow }) {
  const row = useLiveRow(read);
  const { namespace, name } = read;
  if (row === undefined) {
    return (
      <Card isCompact className="sk-tile sk-row-gone">
        <CardTitle>{name}</CardTitle>
        <CardBody>Deleted</CardBody>
      </Card>
    );
  }
  return (
    <Card isCompact className={`sk-tile sk-tile-${stateLook('health', row.health).tone}`}>
      <CardTitle component="h2">
        <Link to="/applications/$namespace/$name" params={{ namespace, name }}>
          {name}
        </Link>
      </CardTitle>
      <CardBody>
        <div className="sk-tile-states">
          <State kind="health" value={row.health} />
          <State kind="sync" value={row.sync} />
        </div>
        <div className="sk-cell-plain" title={row.message}>
          <Digest value={row.revision} copy={false} /> {row.message}
        </div>
        <div className="sk-cell-sub">
          {row.project} · {clusterName(row.destination)} / {row.destination.namespace}
        </div>
        <div className="sk-cell-sub">
          deployed <Time value={row.deployedAt} />
        </div>
      </CardBody>
    </Card>
  );
});
