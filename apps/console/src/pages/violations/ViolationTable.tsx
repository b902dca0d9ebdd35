import { Link } from '@tanstack/react-router';
import { memo, useCallback } from 'react';
import type { SubjectRef, Violation } from '../../api/gates.ts';
import { objectKey } from '../../components/gates/object-key.ts';
import { policyKind, policyTitle } from '../../components/gates/words.ts';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { Cell, type Column, PlainRow, VirtualTable } from '../../components/table/VirtualTable.tsx';
import type { ViolationList } from './use-violation-list.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Object', sort: 'name', width: '20%' },
  { title: 'Decision', sort: '-decision', width: '7.5rem' },
  { title: 'Message', width: 'auto' },
  { title: 'Policy', sort: 'policy', width: '18%' },
  { title: 'Severity', sort: '-severity', width: '7.25rem' },
  { title: 'Application', sort: 'application', width: '12%' },
  { title: 'Since', sort: '-since', width: '8.25rem' },
];

/** Beside an open panel. */
const NARROW: readonly Column[] = [
  { title: 'Object', sort: 'name', width: '38%' },
  { title: 'Decision', sort: '-decision', width: '7.5rem' },
  { title: 'Message', width: 'auto' },
];

interface Props {
  readonly list: ViolationList;
  readonly sort: string;
  readonly open: string | undefined;
  onSort(sort: string): void;
  onOpen(object: SubjectRef): void;
}

export function ViolationTable({ list: { rows, total, loadUpTo }, sort, open, onSort, onOpen }: Props) {
  const row = useCallback(
    (index: number) => {
      const violation = rows[index];
      return violation === undefined ? undefined : (
        <Row
          key={violation.id}
          violation={violation}
          index={index}
          isOpen={open === objectKey(violation.object)}
          isNarrow={open !== undefined}
          onOpen={onOpen}
        />
      );
    },
    [rows, open, onOpen],
  );
  return (
    <VirtualTable
      label="Violations"
      className={open === undefined ? 'sk-table-violations' : 'sk-table-violations-narrow'}
      columns={open === undefined ? COLUMNS : NARROW}
      total={total}
      row={row}
      loadUpTo={loadUpTo}
      sort={sort}
      onSort={onSort}
    />
  );
}

interface RowProps {
  readonly violation: Violation;
  readonly index: number;
  readonly isOpen: boolean;
  readonly isNarrow: boolean;
  onOpen(object: SubjectRef): void;
}

const Row = memo(function Row({ violation, index, isOpen, isNarrow, onOpen }: RowProps) {
  const { object, decision, message } = violation;
  return (
    <PlainRow index={index} isOpen={isOpen}>
      <Cell>
        <div className="sk-cell-main">
          <button type="button" className="sk-link" onClick={() => onOpen(object)} title={object.name}>
            {object.name}
          </button>
        </div>
        <div className="sk-cell-sub">
          {object.kind}
          {object.namespace ? ` · ${object.namespace}` : ''}
        </div>
      </Cell>
      <Cell>
        <State kind="decision" value={decision} />
      </Cell>
      <Cell>
        <div className="sk-cell-two" title={message}>
          {message}
        </div>
      </Cell>
      {isNarrow ? null : <Rest violation={violation} />}
    </PlainRow>
  );
});

function Rest({ violation }: { violation: Violation }) {
  const { policy, policyId, severity, application, since } = violation;
  return (
    <>
      <Cell>
        <div className="sk-cell-main sk-cell-plain">
          <Link to="/policies/$" params={{ _splat: policyId }} title={policyTitle(policy)}>
            {policyTitle(policy)}
          </Link>
        </div>
        <div className="sk-cell-sub">
          {policyKind(policy.kind)}
          {policy.rule === undefined ? '' : ` · ${policy.rule}`}
        </div>
      </Cell>
      <Cell>
        {severity === undefined ? <span className="sk-muted">–</span> : <State kind="severity" value={severity} />}
      </Cell>
      <Cell>
        {application === undefined ? (
          <span className="sk-muted">–</span>
        ) : (
          <>
            <div className="sk-cell-main sk-cell-plain">
              <Link to="/applications/$namespace/$name" params={application} search={{ view: 'verdicts' }}>
                {application.name}
              </Link>
            </div>
            <div className="sk-cell-sub">{application.project}</div>
          </>
        )}
      </Cell>
      <Cell>
        <Time value={since} />
      </Cell>
    </>
  );
}
