import {
  ActionGroup,
  Alert,
  Button,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  TextInput,
} from '@patternfly/react-core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getNotifications, testNotification } from '../../api/operations.ts';
import { Deliveries } from '../../components/Deliveries.tsx';
import { Empty, Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';

export function NotificationSettings() {
  const state = useQuery({
    queryKey: ['notifications'],
    queryFn: ({ signal }) => getNotifications(signal),
    refetchInterval: 15_000,
  });
  if (state.isPending) return <Loading what="notifications" />;
  if (state.isError) return <Failure error={state.error} what="The notifications" retry={() => void state.refetch()} />;
  const services = state.data.services.map((service) => (typeof service === 'string' ? service : service.name));
  return (
    <>
      {services.length === 0 ? (
        <Empty title="Nobody is notified yet" command="kubectl edit configmap argocd-notifications-cm -n argocd">
          Services, templates and triggers are read from argocd-notifications-cm, as Argo CD has them.
        </Empty>
      ) : (
        <Test services={services} />
      )}
      <h2 className="sk-subtitle">Newest deliveries</h2>
      <Deliveries deliveries={state.data.deliveries} />
    </>
  );
}

function Test({ services }: { services: readonly string[] }) {
  const [service, setService] = useState(services[0] ?? '');
  const [recipient, setRecipient] = useState('');
  const test = useMutation({ mutationFn: () => testNotification(service, recipient) });
  return (
    <Form
      className="sk-form-narrow"
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate();
      }}
    >
      {test.isError ? <InlineFailure error={test.error} title="Not delivered" /> : null}
      {test.isSuccess ? <Alert variant="success" isInline title={`Delivered to ${recipient}`} /> : null}
      <FormGroup label="Service" fieldId="test-service">
        <FormSelect id="test-service" value={service} onChange={(_event, value) => setService(value)}>
          {services.map((name) => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
      </FormGroup>
      <FormGroup label="Recipient (channel, address)" fieldId="test-recipient">
        <TextInput id="test-recipient" value={recipient} onChange={(_event, value) => setRecipient(value)} />
      </FormGroup>
      <ActionGroup>
        <Button
          type="submit"
          variant="secondary"
          isDisabled={recipient === '' || test.isPending}
          isLoading={test.isPending}
        >
          Send a test message
        </Button>
      </ActionGroup>
    </Form>
  );
}
