import {
  Alert,
  Button,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword, createToken, deleteToken, listAccounts } from '../../api/operations.ts';
import type { Account, AccountToken } from '../../api/types.ts';
import { Command } from '../../components/Copy.tsx';
import { Empty, Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { Time } from '../../components/Time.tsx';
import { useSession } from '../../shell/session.ts';

export function Accounts() {
  const accounts = useQuery({ queryKey: ['accounts'], queryFn: ({ signal }) => listAccounts(signal) });
  const { user, method } = useSession();
  if (accounts.isPending) return <Loading what="accounts" />;
  if (accounts.isError)
    return <Failure error={accounts.error} what="The accounts" retry={() => void accounts.refetch()} />;
  return (
    <>
      {accounts.data.length === 0 ? (
        <Empty title="No local accounts" command="sekisho account create NAME">
          Who signs in through a directory or single sign-on needs none.
        </Empty>
      ) : null}
      {accounts.data.map((account) => (
        <AccountPart key={account.name} account={account} />
      ))}
      {method === 'password' ? <Password account={user} /> : null}
    </>
  );
}

function AccountPart({ account }: { account: Account }) {
  const [dialog, setDialog] = useState<'create' | AccountToken>();
  const { tokens } = account;
  return (
    <section aria-label={`Account ${account.name}`}>
      <div className="sk-chain">
        <h2 className="sk-subtitle">{account.name}</h2>
        <span className="sk-muted">{account.enabled ? account.capabilities.join(', ') : 'disabled'}</span>
        <Button variant="secondary" size="sm" onClick={() => setDialog('create')}>
          New token
        </Button>
      </div>
      {tokens.length === 0 ? null : (
        <Table variant="compact" aria-label={`Tokens of ${account.name}`}>
          <Thead>
            <Tr>
              <Th>Token</Th>
              <Th>Made</Th>
              <Th>Ends</Th>
              <Th>Last used</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {tokens.map((token) => (
              <Tr key={token.id}>
                <Td dataLabel="Token">
                  {token.description || <code className="sk-mono">{token.id}</code>}
                  <div className="sk-cell-sub">
                    {[token.scope.project, token.scope.role].filter((part) => part !== undefined).join(' · ')}
                  </div>
                </Td>
                <Td dataLabel="Made">
                  <Time value={token.createdAt} />
                </Td>
                <Td dataLabel="Ends">{token.expiresAt === undefined ? 'never' : <Time value={token.expiresAt} />}</Td>
                <Td dataLabel="Last used">
                  <Time value={token.lastUsedAt} />
                </Td>
                <Td>
                  <Button variant="link" isDanger isInline onClick={() => setDialog(token)}>
                    Revoke
                  </Button>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {dialog === 'create' ? <CreateToken account={account.name} onClose={() => setDialog(undefined)} /> : null}
      {typeof dialog === 'object' ? (
        <RevokeToken account={account.name} token={dialog} onClose={() => setDialog(undefined)} />
      ) : null}
    </section>
  );
}

const LIFETIMES = [
  ['1d', '1 day'],
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['365d', '1 year'],
] as const;

function CreateToken({ account, onClose }: { account: string; onClose: () => void }) {
  const [id, setId] = useState('');
  const [expiresIn, setExpiresIn] = useState('90d');
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => createToken(account, { expiresIn, description: id }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['accounts'] }),
  });
  return (
    <Modal variant="small" isOpen onClose={onClose} aria-labelledby="token-title">
      <ModalHeader
        title={`New token for ${account}`}
        labelId="token-title"
        description="It may do what the account may do."
      />
      <ModalBody>
        {create.isError ? <InlineFailure error={create.error} title="No token was made" /> : null}
        {create.data === undefined ? (
          <Form onSubmit={(event) => event.preventDefault()}>
            <FormGroup label="Name" fieldId="token-id">
              <TextInput
                id="token-id"
                value={id}
                placeholder="ci"
                onChange={(_event, value) => setId(value)}
                autoFocus
              />
            </FormGroup>
            <FormGroup label="Ends after" fieldId="token-life">
              <FormSelect id="token-life" value={expiresIn} onChange={(_event, value) => setExpiresIn(value)}>
                {LIFETIMES.map(([value, label]) => (
                  <FormSelectOption key={value} value={value} label={label} />
                ))}
              </FormSelect>
            </FormGroup>
          </Form>
        ) : (
          <Alert variant="success" isInline title="Copy it now: it is not shown again">
            <div className="sk-token-shown">
              <Command>{create.data.token}</Command>
            </div>
          </Alert>
        )}
      </ModalBody>
      <ModalFooter>
        {create.data === undefined ? (
          <Button onClick={() => create.mutate()} isLoading={create.isPending} isDisabled={create.isPending}>
            Make it
          </Button>
        ) : null}
        <Button variant="link" onClick={onClose}>
          Close
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function RevokeToken({ account, token, onClose }: { account: string; token: AccountToken; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => deleteToken(account, token.id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['accounts'] });
      onClose();
    },
  });
  return (
    <Modal variant="small" isOpen onClose={onClose} aria-labelledby="revoke-title">
      <ModalHeader
        title={`Revoke the token ${token.description || token.id}?`}
        titleIconVariant="warning"
        labelId="revoke-title"
        description="Whatever uses it is refused from now on. It can't be taken back."
      />
      <ModalBody>{revoke.isError ? <InlineFailure error={revoke.error} title="Not revoked" /> : null}</ModalBody>
      <ModalFooter>
        <Button variant="danger" onClick={() => revoke.mutate()} isLoading={revoke.isPending}>
          Revoke it
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Password({ account }: { account: string }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({ mutationFn: () => changePassword(account, current, next) });
  return (
    <section aria-label="Password">
      <h2 className="sk-subtitle">Your password</h2>
      <Form
        className="sk-form-narrow"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        {change.isError ? <InlineFailure error={change.error} title="Not changed" /> : null}
        {change.isSuccess ? <Alert variant="success" isInline title="Changed" /> : null}
        <FormGroup label="Now" fieldId="password-now">
          <TextInput
            id="password-now"
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(_event, value) => setCurrent(value)}
          />
        </FormGroup>
        <FormGroup label="New" fieldId="password-new">
          <TextInput
            id="password-new"
            type="password"
            autoComplete="new-password"
            value={next}
            onChange={(_event, value) => setNext(value)}
          />
        </FormGroup>
        <div>
          <Button
            type="submit"
            variant="secondary"
            isDisabled={current === '' || next === '' || change.isPending}
            isLoading={change.isPending}
          >
            Change it
          </Button>
        </div>
      </Form>
    </section>
  );
}
