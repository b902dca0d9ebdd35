import {
  ActionGroup,
  Alert,
  Button,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  TextInput,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getNotifications, testNotification } from '../../api/operations.ts';
import type { NotificationService, NotificationState } from '../../api/types.ts';
import { Deliveries } from '../../components/Deliveries.tsx';
import { Empty, Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { count } from '../../format/text.ts';
import { useMay } from '../../shell/session.ts';

const STATES = [
  ['', 'All'],
  ['failed', 'Failed'],
  ['pending', 'Pending'],
  ['delivered', 'Delivered'],
] as const;

/** Who is told, whether it arrived, and whether it would. */
export function NotificationSettings() {
  const [state, setState] = useState('');
  const filter = state === '' ? {} : { state };
  const list = useInfiniteQuery({
    queryKey: ['notifications', filter],
    queryFn: ({ pageParam, signal }) => getNotifications(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  const may = useMay('notifications', 'test', '*');
  if (list.isPending) return <Loading what="notifications" />;
  const first = list.data?.pages[0];
  if (first === undefined)
    return <Failure error={list.error} what="The notifications" retry={() => void list.refetch()} />;
  return (
    <>
      {first.faults.map((fault) => (
        <Alert key={fault} variant="danger" isInline title={fault} />
      ))}
      {first.services.length === 0 ? (
        <Empty title="Nobody is notified yet" command="kubectl edit configmap argocd-notifications-cm -n argocd">
          Services, templates and triggers are read from argocd-notifications-cm, as Argo CD has them.
        </Empty>
      ) : (
        <>
          <Services services={first.services} />
          {may.allowed ? <Test {...first} /> : null}
        </>
      )}
      <div className="sk-chain">
        <h2 className="sk-subtitle">Deliveries</h2>
        <ToggleGroup aria-label="State of the deliveries" isCompact>
          {STATES.map(([value, title]) => (
            <ToggleGroupItem key={value} text={title} isSelected={state === value} onChange={() => setState(value)} />
          ))}
        </ToggleGroup>
      </div>
      <Deliveries deliveries={list.data?.pages.flatMap(({ deliveries }) => deliveries) ?? []} />
      {list.hasNextPage ? (
        <Button variant="secondary" onClick={() => void list.fetchNextPage()} isLoading={list.isFetchingNextPage}>
          Older deliveries
        </Button>
      ) : null}
    </>
  );
}

function Services({ services }: { services: readonly NotificationService[] }) {
  return (
    <Table variant="compact" aria-label="Services">
      <Thead>
        <Tr>
          <Th>Service</Th>
          <Th>Kind</Th>
          <Th>State</Th>
          <Th>Waiting</Th>
        </Tr>
      </Thead>
      <Tbody>
        {services.map(({ name, type, pending, pausedUntil, lastError }) => (
          <Tr key={name}>
            <Td dataLabel="Service">
              <strong>{name}</strong>
            </Td>
            <Td dataLabel="Kind">{type}</Td>
            <Td dataLabel="State">
              <State
                kind="service"
                value={pausedUntil !== undefined ? 'Paused' : lastError !== undefined ? 'Failing' : 'Working'}
              />
              {pausedUntil === undefined ? null : (
                <span className="sk-muted">
                  {' '}
                  · tried again <Time value={pausedUntil} />
                </span>
              )}
              {lastError === undefined ? null : <div className="sk-cell-sub sk-wrap">{lastError}</div>}
            </Td>
            <Td dataLabel="Waiting">{pending === 0 ? '–' : count(pending, 'delivery', 'deliveries')}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Test({ services, triggers }: NotificationState) {
  const [service, setService] = useState(services[0]?.name ?? '');
  const [recipient, setRecipient] = useState('');
  const [trigger, setTrigger] = useState('');
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () => testNotification(service, recipient, trigger),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['notifications'] }),
  });
  return (
    <>
      <h2 className="sk-subtitle">Try one</h2>
      <Form
        className="sk-filter-line"
        onSubmit={(event) => {
          event.preventDefault();
          test.mutate();
        }}
      >
        <FormGroup label="Service" fieldId="test-service">
          <FormSelect id="test-service" value={service} onChange={(_event, value) => setService(value)}>
            {services.map(({ name }) => (
              <FormSelectOption key={name} value={name} label={name} />
            ))}
          </FormSelect>
        </FormGroup>
        <FormGroup label="Recipient (channel, address)" fieldId="test-recipient">
          <TextInput id="test-recipient" value={recipient} onChange={(_event, value) => setRecipient(value)} />
        </FormGroup>
        <FormGroup label="What it says" fieldId="test-trigger">
          <FormSelect id="test-trigger" value={trigger} onChange={(_event, value) => setTrigger(value)}>
            {['', ...triggers].map((name) => (
              <FormSelectOption key={name} value={name} label={name === '' ? 'A greeting' : name} />
            ))}
          </FormSelect>
        </FormGroup>
        <ActionGroup>
          <Button type="submit" variant="secondary" isDisabled={test.isPending} isLoading={test.isPending}>
            Send a test message
          </Button>
        </ActionGroup>
      </Form>
      {test.isError ? <InlineFailure error={test.error} title="Not delivered" /> : null}
      {test.isSuccess ? (
        <Alert variant="success" isInline title="Delivered">
          {test.data.text}
        </Alert>
      ) : null}
    </>
  );
}
