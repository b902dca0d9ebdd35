import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import InfoCircleIcon from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { type ApplicationName, getEvents } from '../../api/applications.ts';
import type { KubeEvent } from '../../api/types.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { Time } from '../../components/Time.tsx';
import { rowKey } from '../../live/row-store.ts';

/** What Kubernetes tells of the application and everything it made, newest first. */
export function Events({ app }: { app: ApplicationName }) {
  const events = useQuery({
    queryKey: ['application', rowKey(app), 'events'],
    queryFn: ({ signal }) => getEvents(app, signal),
    refetchInterval: 10_000,
  });
  if (events.isPending) return <Loading what="events" />;
  if (events.data === undefined)
    return <Failure error={events.error} what="The events" retry={() => void events.refetch()} />;
  if (events.data.length === 0) {
    return <Empty title="No events">Kubernetes keeps events for an hour, and has told nothing in that time.</Empty>;
  }
  return (
    <div className="sk-padded">
      <EventTable events={events.data} />
    </div>
  );
}

export function EventTable({ events, isNarrow = false }: { events: readonly KubeEvent[]; isNarrow?: boolean }) {
  return (
    <Table variant="compact" aria-label="Events">
      <Thead>
        <Tr>
          <Th>What</Th>
          {isNarrow ? null : <Th>Object</Th>}
          <Th>Message</Th>
          <Th>When</Th>
        </Tr>
      </Thead>
      <Tbody>
        {events.map(({ type, reason, message, count, lastAt, object }) => (
          <Tr key={`${object.kind}/${object.namespace}/${object.name}/${reason}/${lastAt}/${message}`}>
            <Td dataLabel="What" modifier="nowrap">
              <span className={`sk-state sk-tone-${type === 'Warning' ? 'attention' : 'none'}`}>
                {type === 'Warning' ? (
                  <ExclamationTriangleIcon aria-label="Warning" />
                ) : (
                  <InfoCircleIcon aria-label="Normal" />
                )}
                {reason}
              </span>
            </Td>
            {isNarrow ? null : (
              <Td dataLabel="Object">
                {object.kind} {object.name}
              </Td>
            )}
            <Td dataLabel="Message">
              {message}
              {count > 1 ? <span className="sk-muted"> × {count}</span> : null}
            </Td>
            <Td dataLabel="When" modifier="nowrap">
              <Time value={lastAt} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
