import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { listProviders } from '../../api/session.ts';
import { Command } from '../../components/Copy.tsx';
import { Failure, Loading } from '../../components/Nothing.tsx';
import { Time } from '../../components/Time.tsx';
import { useSession } from '../../shell/session.ts';

const WORD = {
  token: 'Tokens',
  password: 'Local accounts',
  oidc: 'Single sign-on (OIDC)',
  ldap: 'Directory (LDAP)',
} as const;

/** How people get in, and how oneself did. */
export function SignInSettings() {
  const session = useSession();
  const providers = useQuery({ queryKey: ['providers'], queryFn: listProviders });
  if (providers.isPending) return <Loading what="ways to sign in" />;
  if (providers.isError)
    return <Failure error={providers.error} what="The ways to sign in" retry={() => void providers.refetch()} />;
  const facts: [string, ReactNode][] = [
    [
      'Ways to sign in',
      providers.data
        .map(({ type, name }) =>
          name === '' || type === 'token' || type === 'password' ? WORD[type] : `${WORD[type]}: ${name}`,
        )
        .join(', '),
    ],
    ['You are', session.user],
    ['Groups', session.groups.length === 0 ? 'none' : session.groups.join(', ')],
    ['Your session ends', <Time key="end" value={session.expiresAt} />],
  ];
  return (
    <>
      <DescriptionList isHorizontal isCompact>
        {facts.map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
      <p className="sk-hint">OIDC and LDAP are set up in the ConfigMap that Argo CD has for them:</p>
      <Command>kubectl edit configmap argocd-cm -n argocd</Command>
    </>
  );
}
