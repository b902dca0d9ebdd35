import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { NotificationDelivery } from '../api/types.ts';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

/** What was sent to whom, whether it arrived, and when the next try is. */
export function Deliveries({ deliveries }: { deliveries: readonly NotificationDelivery[] }) {
  if (deliveries.length === 0) return <p className="sk-muted">Nothing was sent yet.</p>;
  return (
    <Table variant="compact" aria-label="Deliveries">
      <Thead>
        <Tr>
          <Th>State</Th>
          <Th>Trigger</Th>
          <Th>Recipient</Th>
          <Th>Application</Th>
          <Th>Tries</Th>
          <Th>When</Th>
        </Tr>
      </Thead>
      <Tbody>
        {deliveries.map(({ id, state, trigger, service, recipient, application, attempts, lastError, nextAt, at }) => (
          <Tr key={id}>
            <Td dataLabel="State">
              <State kind="outcome" value={state} />
              {lastError === undefined ? null : <div className="sk-cell-sub sk-wrap">{lastError}</div>}
            </Td>
            <Td dataLabel="Trigger">{trigger}</Td>
            <Td dataLabel="Recipient">
              {service}: {recipient}
            </Td>
            <Td dataLabel="Application">{typeof application === 'object' ? application.name : (application ?? '–')}</Td>
            <Td dataLabel="Tries">
              {attempts}
              {nextAt === undefined ? null : (
                <span className="sk-muted">
                  {' '}
                  · next <Time value={nextAt} />
                </span>
              )}
            </Td>
            <Td dataLabel="When">
              <Time value={at} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
