import { Link } from '@tanstack/react-router';
import { memo, useCallback } from 'react';
import type { ApplicationRow } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { Cell, type Column, PlainRow, VirtualTable } from '../../components/table/VirtualTable.tsx';
import { authorName, clusterName, shortRepository } from '../../format/text.ts';
import { useLiveRow } from '../../live/live.tsx';
import { gateOf } from './rows-outdated.ts';
import type { ApplicationList } from './use-application-list.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Name', sort: 'name', width: '15%' },
  { title: 'Health', sort: '-health', width: '7.75rem' },
  { title: 'Sync', sort: '-sync', width: '7.75rem' },
  { title: 'Gate', sort: '-gate', width: '8.5rem' },
  { title: 'Revision', width: 'auto' },
  { title: 'Source', sort: 'repo', width: '12%' },
  { title: 'Destination', sort: 'namespace', width: '10%' },
  { title: 'Deployed', sort: '-deployed', width: '8.25rem' },
];

interface Props {
  readonly list: ApplicationList;
  readonly sort: string;
  onSort(sort: string): void;
}

export function ApplicationTable({ list: { rows, total, loadUpTo }, sort, onSort }: Props) {
  const row = useCallback(
    (index: number) => {
      const read = rows[index];
      return read === undefined ? undefined : <Row key={`${read.namespace}/${read.name}`} read={read} index={index} />;
    },
    [rows],
  );
  return (
    <VirtualTable
      label="Applications"
      className="sk-table-applications"
      columns={COLUMNS}
      total={total}
      row={row}
      loadUpTo={loadUpTo}
      sort={sort}
      onSort={onSort}
    />
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
        <GateResult row={row} />
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

/** What policies say of what git says, before a sync. */
function GateResult({ row }: { row: ApplicationRow }) {
  const { namespace, name, gate } = row;
  if (gate === undefined) return <span className="sk-muted">–</span>;
  const value = gateOf(row);
  if (value === 'pass') return <State kind="gate" value={value} />;
  return (
    <>
      <Link to="/applications/$namespace/$name" params={{ namespace, name }} search={{ view: 'verdicts' }}>
        <State kind="gate" value={value} />
      </Link>
      <div className="sk-cell-sub">
        {[gate.deny > 0 ? `${gate.deny} denied` : '', gate.warn > 0 ? `${gate.warn} warned` : '']
          .filter((part) => part !== '')
          .join(', ')}
      </div>
    </>
  );
}
