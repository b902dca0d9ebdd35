import { SearchInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import type { ResourceRef, TreeNode } from '../../api/types.ts';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { count } from '../../format/text.ts';
import { graphItems } from './graph/graph-model.ts';
import { resourceKey } from './resource-key.ts';

const ROW_HEIGHT = 40;
const ALL_OPENED = { has: () => true } as unknown as ReadonlySet<string>;
const NONE_FOLDED: ReadonlySet<string> = new Set();

interface Props {
  readonly nodes: readonly TreeNode[];
  readonly open: string | undefined;
  onOpen(resource: ResourceRef): void;
}

/** The graph as a table: the same order, indented by owner. */
export function ResourceList({ nodes, open, onOpen }: Props) {
  const [text, setText] = useState('');
  const scroll = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => {
    const levels = new Map<string, number>();
    return graphItems(nodes, { folded: NONE_FOLDED, opened: ALL_OPENED }).flatMap((item) => {
      if (item.type !== 'object') return [];
      const level = (levels.get(item.parent) ?? -1) + 1;
      levels.set(item.id, level);
      return [{ node: item.node, level }];
    });
  }, [nodes]);
  const shown = useMemo(() => {
    const wanted = text.toLowerCase();
    if (wanted === '') return lines;
    return lines.filter(({ node }) =>
      [node.kind, node.name, node.namespace, node.health?.status, node.sync].join(' ').toLowerCase().includes(wanted),
    );
  }, [lines, text]);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 15,
  });
  const items = rows.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="sk-fill">
      <div className="sk-view-bar" data-search>
        <SearchInput
          aria-label="Search resources"
          placeholder="Kind, name or state"
          value={text}
          onChange={(_event, value) => setText(value)}
          onClear={() => setText('')}
        />
        <span className="sk-muted">{count(shown.length, 'object')}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="sk-scroll" ref={scroll} tabIndex={0} aria-label="List of resources">
        <Table
          variant="compact"
          className="sk-table sk-table-narrow"
          gridBreakPoint=""
          aria-label="Resources"
          isStickyHeader
        >
          <Thead>
            <Tr>
              <Th style={{ width: '46%' }}>Resource</Th>
              <Th>Namespace</Th>
              <Th>Health</Th>
              <Th>Sync</Th>
              <Th>Age</Th>
            </Tr>
          </Thead>
          <Tbody>
            {above > 0 ? <tr style={{ height: above }} /> : null}
            {items.map(({ index }) => {
              const line = shown[index];
              if (line === undefined) return null;
              const { node, level } = line;
              return (
                <Tr
                  key={node.uid}
                  isClickable
                  isRowSelected={resourceKey(node) === open}
                  onRowClick={() => onOpen(node)}
                >
                  <Td dataLabel="Resource">
                    <span style={{ paddingInlineStart: `${text === '' ? level * 1.25 : 0}rem` }}>
                      <span className="sk-muted">{node.kind}</span>{' '}
                      <button type="button" className="sk-link" onClick={() => onOpen(node)}>
                        {node.name}
                      </button>
                    </span>
                  </Td>
                  <Td dataLabel="Namespace">{node.namespace || '–'}</Td>
                  <Td dataLabel="Health">
                    {node.health === undefined ? '–' : <State kind="health" value={node.health.status} />}
                  </Td>
                  <Td dataLabel="Sync">{node.sync === undefined ? '–' : <State kind="sync" value={node.sync} />}</Td>
                  <Td dataLabel="Age">
                    <Time value={node.createdAt} />
                  </Td>
                </Tr>
              );
            })}
            {below > 0 ? <tr style={{ height: below }} /> : null}
          </Tbody>
        </Table>
      </section>
    </div>
  );
}
