import { Button, Form, FormGroup, FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { canI, listProjects } from '../../api/operations.ts';
import { Command } from '../../components/Copy.tsx';
import { Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';

const RESOURCES = [
  'applications',
  'projects',
  'repositories',
  'clusters',
  'accounts',
  'logs',
  'audit',
  'notifications',
];

/** Who may do what: roles of projects, and a question to the policy. */
export function Roles() {
  const projects = useQuery({ queryKey: ['projects'], queryFn: ({ signal }) => listProjects(signal) });
  const withRoles = (projects.data ?? []).filter(({ roles }) => roles.length > 0);
  return (
    <>
      <h2 className="sk-subtitle">May I …?</h2>
      <Ask />
      <h2 className="sk-subtitle">Roles of projects</h2>
      {projects.isPending ? <Loading what="roles" /> : null}
      {projects.isError ? (
        <Failure error={projects.error} what="The roles" retry={() => void projects.refetch()} />
      ) : null}
      {projects.isSuccess && withRoles.length === 0 ? (
        <p className="sk-muted">No project has roles of its own.</p>
      ) : null}
      {withRoles.length === 0 ? null : (
        <Table variant="compact" aria-label="Roles">
          <Thead>
            <Tr>
              <Th>Project</Th>
              <Th>Roles</Th>
            </Tr>
          </Thead>
          <Tbody>
            {withRoles.map(({ name, roles }) => (
              <Tr key={name}>
                <Td dataLabel="Project">
                  <Link to="/projects/$name" params={{ name }}>
                    {name}
                  </Link>
                </Td>
                <Td dataLabel="Roles">{roles.join(', ')}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      <p className="sk-hint">Roles of the whole server are lines of policy.csv, as Argo CD reads them:</p>
      <Command>kubectl edit configmap argocd-rbac-cm -n argocd</Command>
    </>
  );
}

function Ask() {
  const [resource, setResource] = useState('applications');
  const [action, setAction] = useState('sync');
  const [object, setObject] = useState('default/*');
  const answer = useQuery({
    queryKey: ['may', resource, action, object],
    queryFn: ({ signal }) => canI(resource, action, object, signal),
    enabled: false,
    retry: false,
  });
  return (
    <Form
      className="sk-filter-line"
      onSubmit={(event) => {
        event.preventDefault();
        void answer.refetch();
      }}
    >
      <FormGroup label="Action" fieldId="ask-action">
        <TextInput id="ask-action" value={action} onChange={(_event, value) => setAction(value)} />
      </FormGroup>
      <FormGroup label="Resource" fieldId="ask-resource">
        <FormSelect id="ask-resource" value={resource} onChange={(_event, value) => setResource(value)}>
          {RESOURCES.map((name) => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
      </FormGroup>
      <FormGroup label="Object" fieldId="ask-object">
        <TextInput id="ask-object" value={object} onChange={(_event, value) => setObject(value)} />
      </FormGroup>
      <Button type="submit" variant="secondary" isLoading={answer.isFetching}>
        Ask
      </Button>
      <span role="status">
        {answer.data === undefined ? null : answer.data.allowed ? 'Yes, you may.' : `No. ${answer.data.reason ?? ''}`}
      </span>
      {answer.isError ? <InlineFailure error={answer.error} title="No answer" /> : null}
    </Form>
  );
}
