import { Button, Tooltip } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { retryDelivery } from '../api/operations.ts';
import type { NotificationDelivery } from '../api/types.ts';
import { useMay } from '../shell/session.ts';
import { InlineFailure } from './Nothing.tsx';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

/** What was sent to whom, whether it arrived, and when the next try is. */
export function Deliveries({ deliveries }: { deliveries: readonly NotificationDelivery[] }) {
  const queries = useQueryClient();
  const may = useMay('notifications', 'test', '*');
  const retry = useMutation({
    mutationFn: retryDelivery,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['notifications'] }),
  });
  if (deliveries.length === 0) return <p className="sk-muted">Nothing was sent yet.</p>;
  return (
    <>
      {retry.isError ? <InlineFailure error={retry.error} title="Not delivered" /> : null}
      <Table variant="compact" aria-label="Deliveries">
        <Thead>
          <Tr>
            <Th>State</Th>
            <Th>Trigger</Th>
            <Th>Recipient</Th>
            <Th>Application</Th>
            <Th>Tries</Th>
            <Th>When</Th>
            <Th screenReaderText="Actions" />
          </Tr>
        </Thead>
        <Tbody>
          {deliveries.map(({ id, state, trigger, service, recipient, application, text, attempts, ...delivery }) => (
            <Tr key={id}>
              <Td dataLabel="State">
                <State kind="outcome" value={state} />
                {delivery.lastError === undefined ? null : (
                  <div className="sk-cell-sub sk-wrap">{delivery.lastError}</div>
                )}
              </Td>
              <Td dataLabel="Trigger">
                {trigger}
                <div className="sk-cell-sub sk-wrap">{text}</div>
              </Td>
              <Td dataLabel="Recipient">
                {recipient === '' ? service : `${service}: ${recipient}`}
                {delivery.fallbackOf === undefined ? null : <div className="sk-cell-sub">as a fallback</div>}
              </Td>
              <Td dataLabel="Application">
                <Link
                  to="/applications/$namespace/$name"
                  params={{ namespace: application.namespace, name: application.name }}
                >
                  {application.name}
                </Link>
              </Td>
              <Td dataLabel="Tries">
                {attempts}
                {delivery.nextAt === undefined ? null : (
                  <span className="sk-muted">
                    {' '}
                    · next <Time value={delivery.nextAt} />
                  </span>
                )}
              </Td>
              <Td dataLabel="When">
                <Time value={delivery.at} />
              </Td>
              <Td>
                {state === 'delivered' ? null : may.allowed ? (
                  <Button
                    variant="link"
                    isInline
                    onClick={() => retry.mutate(id)}
                    isDisabled={retry.isPending}
                    aria-label={`Try again to tell ${service} ${recipient} of ${application.name}`}
                  >
                    Try again
                  </Button>
                ) : (
                  <Tooltip content={may.reason}>
                    <Button variant="link" isInline isAriaDisabled>
                      Try again
                    </Button>
                  </Tooltip>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
}
