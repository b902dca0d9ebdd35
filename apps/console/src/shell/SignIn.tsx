import {
  ActionGroup,
  Button,
  Card,
  CardBody,
  CardTitle,
  Divider,
  Form,
  FormGroup,
  TextInput,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { listProviders, signIn } from '../api/session.ts';
import type { Session, SignInProvider } from '../api/types.ts';
import { Command } from '../components/Copy.tsx';
import { InlineFailure, Loading } from '../components/Nothing.tsx';

const FALLBACK: readonly SignInProvider[] = [{ type: 'token', name: 'Token' }];
const WORD = { token: 'Token', password: 'Password', ldap: 'Directory', oidc: 'Single sign-on' } as const;

const USUAL = 'sekisho-sign-in';

/** What was chosen last in this browser; at first the directory if there is one, else the token that every server has. */
function usualWay(forms: readonly SignInProvider[]): SignInProvider | undefined {
  const of = (type: string | null) => forms.find((provider) => provider.type === type);
  return of(localStorage.getItem(USUAL)) ?? of('ldap') ?? of('token') ?? forms[0];
}

/** Token, password or directory in one form; single sign-on as buttons below. */
export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const queries = useQueryClient();
  // The next user must not see what the last one was shown.
  useEffect(
    () => queries.removeQueries({ predicate: ({ queryKey: [part] }) => part !== 'session' && part !== 'providers' }),
    [queries],
  );
  const providers = useQuery({ queryKey: ['providers'], queryFn: listProviders, retry: false });
  const all = providers.data ?? FALLBACK;
  const forms = all.filter(({ type }) => type !== 'oidc');
  const redirects = all.filter(({ type, url }) => type === 'oidc' && url !== undefined);
  const [chosen, setChosen] = useState<SignInProvider>();
  const current = chosen ?? usualWay(forms);
  return (
    <main className="sk-sign-in" id="main">
      <Card className="sk-sign-in-card" component="div">
        <CardTitle component="h1">
          <span className="sk-brand">
            <img src="/sekisho.svg" alt="" width="36" height="36" />
            <span>Sign in to Sekisho</span>
          </span>
        </CardTitle>
        <CardBody>
          {providers.isPending ? <Loading what="ways to sign in" lines={3} /> : null}
          {!providers.isPending && forms.length > 1 ? (
            <ToggleGroup aria-label="How to sign in" className="sk-sign-in-ways">
              {forms.map((provider) => (
                <ToggleGroupItem
                  key={`${provider.type}/${provider.name}`}
                  text={provider.type === 'ldap' ? provider.name : WORD[provider.type]}
                  isSelected={provider === current}
                  onChange={() => {
                    localStorage.setItem(USUAL, provider.type);
                    setChosen(provider);
                  }}
                />
              ))}
            </ToggleGroup>
          ) : null}
          {providers.isPending || current === undefined ? null : (
            <Credentials key={current.type} provider={current} onSignedIn={onSignedIn} />
          )}
          {redirects.length === 0 ? null : (
            <>
              <Divider className="sk-sign-in-divider" />
              {redirects.map(({ name, url = '' }) => (
                <Button key={name} variant="secondary" isBlock component="a" href={withReturn(url)}>
                  Continue with {name}
                </Button>
              ))}
            </>
          )}
        </CardBody>
      </Card>
    </main>
  );
}

function Credentials({ provider, onSignedIn }: { provider: SignInProvider; onSignedIn: (session: Session) => void }) {
  const [username, setUsername] = useState('');
  const [secret, setSecret] = useState('');
  const isToken = provider.type === 'token';
  const attempt = useMutation({
    mutationFn: () =>
      signIn(
        isToken
          ? { token: secret.trim() }
          : { username, password: secret, ...(provider.type === 'ldap' ? { provider: provider.name } : {}) },
      ),
    onSuccess: onSignedIn,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <Form onSubmit={submit}>
      {attempt.isError ? <InlineFailure error={attempt.error} title="Not signed in" /> : null}
      {isToken ? null : (
        <FormGroup label="User name" fieldId="username" isRequired>
          <TextInput
            id="username"
            value={username}
            onChange={(_event, value) => setUsername(value)}
            autoComplete="username"
            autoFocus
            isRequired
          />
        </FormGroup>
      )}
      <FormGroup label={isToken ? 'Token' : 'Password'} fieldId="secret" isRequired>
        <TextInput
          id="secret"
          type="password"
          value={secret}
          onChange={(_event, value) => setSecret(value)}
          autoComplete={isToken ? 'off' : 'current-password'}
          autoFocus={isToken}
          isRequired
        />
      </FormGroup>
      {isToken ? (
        <div className="sk-hint">
          <code>npm start</code> prints the first one; it also stands in the data folder:
          <Command>{`node -p 'JSON.parse(fs.readFileSync(".sekisho/client.json")).token'`}</Command>
        </div>
      ) : null}
      <ActionGroup>
        <Button
          type="submit"
          variant="primary"
          isBlock
          isLoading={attempt.isPending}
          isDisabled={secret === '' || (!isToken && username === '') || attempt.isPending}
        >
          Sign in
        </Button>
      </ActionGroup>
    </Form>
  );
}

/** Back to the page that was asked for. */
function withReturn(url: string): string {
  const here = window.location.pathname + window.location.search;
  return `${url}${url.includes('?') ? '&' : '?'}return=${encodeURIComponent(here)}`;
}
