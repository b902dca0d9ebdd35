import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type Grouping, NONE, type ViolationGroup } from '../../api/gates.ts';
import { groupViolations, type ViolationFilter } from '../../api/policies.ts';
import { Failure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { DECISION_ORDER, stateLook } from '../../components/states.ts';
import { Cell, type Column, PlainRow, VirtualTable } from '../../components/table/VirtualTable.tsx';
import { useShown } from './Filters.tsx';

const COLUMNS: readonly Column[] = [
  { title: 'Group', width: '32%' },
  { title: 'Violations', width: '7rem' },
  { title: 'Share', width: 'auto' },
  { title: 'Denied', width: '6rem' },
  { title: 'Warned', width: '6rem' },
  { title: 'Noted', width: '6rem' },
  { title: 'Waived', width: '6rem' },
];

/** How many there are of each, the worst first; each leads to its violations. */
export function Groups({ by, filter }: { by: Grouping; filter: ViolationFilter }) {
  const groups = useQuery({
    queryKey: ['gates', 'groups', by, filter],
    queryFn: ({ signal }) => groupViolations(by, filter, signal),
  });
  const shown = useShown();
  const sorted = useMemo(
    () => [...(groups.data ?? [])].sort((a, b) => b.deny - a.deny || b.total - a.total),
    [groups.data],
  );
  const most = Math.max(1, ...sorted.map(({ total }) => total));
  const row = useCallback(
    (index: number) => {
      const group = sorted[index];
      if (group === undefined) return undefined;
      const search = { ...filter, [by]: [group.value] };
      return (
        <PlainRow key={group.value} index={index}>
          <Cell>
            <div className="sk-cell-main">
              <Link to="/violations" search={search}>
                {by === 'severity' && group.value !== NONE ? (
                  <State kind="severity" value={group.value} />
                ) : (
                  (group.title ?? shown(by, group.value))
                )}
              </Link>
            </div>
            {by === 'policy' ? <div className="sk-cell-sub">{group.value}</div> : null}
          </Cell>
          <Cell>{group.total.toLocaleString('en')}</Cell>
          <Cell>
            <Share group={group} most={most} />
          </Cell>
          {DECISION_ORDER.map((decision) => (
            <Cell key={decision}>
              {group[decision] === 0 ? (
                <span className="sk-muted">0</span>
              ) : (
                <Link to="/violations" search={{ ...search, decision: [decision] }}>
                  {group[decision].toLocaleString('en')}
                </Link>
              )}
            </Cell>
          ))}
        </PlainRow>
      );
    },
    [sorted, by, filter, most, shown],
  );
  if (groups.isPending) return <Loading what="groups" />;
  if (groups.data === undefined) {
    return <Failure error={groups.error} what="The groups" retry={() => void groups.refetch()} />;
  }
  return (
    <VirtualTable
      label="Groups of violations"
      className="sk-table-groups"
      columns={COLUMNS}
      total={sorted.length}
      row={row}
      loadUpTo={nothing}
      sort=""
      onSort={nothing}
    />
  );
}

const nothing = () => {};

function Share({ group, most }: { group: ViolationGroup; most: number }) {
  return (
    <div className="sk-bar sk-bar-row" aria-hidden="true" style={{ width: `${(group.total / most) * 100}%` }}>
      {DECISION_ORDER.map((decision) => {
        const n = group[decision];
        return n === 0 ? null : (
          <span key={decision} className={`sk-bar-${stateLook('decision', decision).tone}`} style={{ flexGrow: n }} />
        );
      })}
    </div>
  );
}
