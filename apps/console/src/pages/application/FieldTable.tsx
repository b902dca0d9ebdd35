import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { DriftItem, FieldChange } from '../../api/types.ts';
import { Time } from '../../components/Time.tsx';
import { count, formatValue } from '../../format/text.ts';

/** Which field, what the cluster has, what git says, and who changed it since when. */
export function FieldTable({ changes, drift }: { changes: readonly FieldChange[]; drift: readonly DriftItem[] }) {
  const byPath = new Map(drift.map((item) => [item.path, item]));
  return (
    <Table variant="compact" className="sk-fields" aria-label="Differing fields">
      <Thead>
        <Tr>
          <Th>Field</Th>
          <Th>In the cluster</Th>
          <Th>In git</Th>
          <Th>Changed by</Th>
        </Tr>
      </Thead>
      <Tbody>
        {changes.map(({ path, from, to, manager, since }) => {
          const item = byPath.get(path);
          const who = item?.manager ?? manager;
          return (
            <Tr key={path}>
              <Td dataLabel="Field">
                <code>{path}</code>
              </Td>
              <Td dataLabel="In the cluster">
                <code className="sk-value-live">{formatValue(from)}</code>
              </Td>
              <Td dataLabel="In git">
                <code className="sk-value-git">{formatValue(to)}</code>
              </Td>
              <Td dataLabel="Changed by">
                {who === undefined ? (
                  <span className="sk-muted">git</span>
                ) : (
                  <>
                    <strong>{who}</strong> <Time value={item?.since ?? since} />
                    {item?.count !== undefined && item.count > 1 ? `, ${count(item.count, 'time')}` : ''}
                    {item?.policy === undefined ? null : (
                      <span className="sk-muted"> · {POLICY[item.policy] ?? item.policy}</span>
                    )}
                  </>
                )}
              </Td>
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}

const POLICY: Readonly<Record<string, string>> = { report: 'reported', alert: 'alerted', heal: 'healed by itself' };
