import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { expect, test } from 'vitest';
import { createRepositoryCredentials } from './repository-credentials.ts';

const configMaps: Record<string, Record<string, string>> = {
  'argocd-ssh-known-hosts-cm': { ssh_known_hosts: 'git.example ssh-ed25519 AAAA' },
  'argocd-tls-certs-cm': { 'git.example': 'PEM' },
};

function credentialsWith(secrets: KubeObject[]) {
  const client = {
    getIfExists: async (_type: unknown, name: string) =>
      configMaps[name] === undefined
        ? undefined
        : { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: configMaps[name] },
  } as unknown as KubeClient;
  return createRepositoryCredentials({ client, controlNamespace: 'argocd', secrets: () => secrets });
}

function secret(type: string, fields: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: type, labels: { 'argocd.argoproj.io/secret-type': type } },
    data: Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}

test.each([
  ['an embedded repository needs none', [], 'embedded:config', undefined],
  ['an unknown host has none', [], 'https://other.example/a.git', undefined],
  ['a certificate of its host', [], 'https://git.example/a.git', { tlsCa: 'PEM' }],
  [
    'an exact repository, with or without .git',
    [secret('repository', { url: 'https://other.example/a', username: 'u', password: 'p' })],
    'https://other.example/a.git',
    { username: 'u', password: 'p' },
  ],
  [
    'the longest prefix',
    [
      secret('repo-creds', { url: 'https://other.example/', password: 'short' }),
      secret('repo-creds', { url: 'https://other.example/team/', password: 'long' }),
    ],
    'https://other.example/team/a.git',
    { password: 'long' },
  ],
  [
    'an ssh key with the known hosts',
    [secret('repository', { url: 'ssh://git@git.example/a.git', sshPrivateKey: 'KEY' })],
    'ssh://git@git.example/a.git',
    { sshPrivateKey: 'KEY', knownHosts: 'git.example ssh-ed25519 AAAA' },
  ],
  [
    'insecure only when it says so',
    [secret('repository', { url: 'https://other.example/a', insecure: 'true' })],
    'https://other.example/a',
    { insecure: true },
  ],
])('createRepositoryCredentials finds %s', async (_title, secrets, url, expected) => {
  expect(await credentialsWith(secrets).for(url)).toEqual(expected);
});

const helm = (type: string, fields: Record<string, string>) => secret(type, { type: 'helm', ...fields });
const login = (name: string) => ({ username: name, password: `${name}-word` });

test.each<[string, KubeObject[], string, unknown]>([
  ['nothing', [], 'https://charts.example/stable', undefined],
  ['a certificate of its host', [], 'https://git.example/charts', { tlsCa: 'PEM' }],
  ['a certificate of a registry', [], 'git.example/charts', { tlsCa: 'PEM' }],
  [
    'no Secret of a git repository',
    [secret('repository', { url: 'https://charts.example/stable', ...login('git') })],
    'https://charts.example/stable',
    undefined,
  ],
  [
    'an exact repository, with or without a slash',
    [helm('repository', { url: 'https://charts.example/stable/', ...login('u') })],
    'https://charts.example/stable',
    login('u'),
  ],
  [
    'a registry without a scheme, for what lies below it',
    [helm('repository', { url: 'registry.example/charts', enableOCI: 'true', ...login('u') })],
    'oci://registry.example/charts/web:1.0.0',
    login('u'),
  ],
  [
    'not one that only begins like it',
    [helm('repository', { url: 'registry.example/charts', ...login('u') })],
    'oci://registry.example/charts-of-others',
    undefined,
  ],
  [
    'not another host that begins like it',
    [
      helm('repository', { url: 'registry.example', ...login('u') }),
      helm('repo-creds', { url: 'registry.example', ...login('u') }),
    ],
    'oci://registry.example.evil/charts',
    undefined,
  ],
  [
    'a repository before a longer prefix',
    [
      helm('repo-creds', { url: 'https://charts.example/stable/a', ...login('prefix') }),
      helm('repository', { url: 'https://charts.example/stable', ...login('exact') }),
    ],
    'https://charts.example/stable/a',
    login('exact'),
  ],
  [
    'the longest prefix',
    [
      helm('repo-creds', { url: 'https://charts.example/', ...login('short') }),
      helm('repo-creds', { url: 'https://charts.example/stable', ...login('long') }),
    ],
    'https://charts.example/stable/a',
    login('long'),
  ],
  [
    'certificates, http and no checks only when it says so',
    [
      helm('repository', {
        url: 'registry.example/charts',
        tlsClientCertData: 'CERT',
        tlsClientCertKey: 'KEY',
        insecure: 'true',
        insecureOCIForceHttp: 'true',
      }),
    ],
    'registry.example/charts',
    { clientCertificate: { cert: 'CERT', key: 'KEY' }, insecure: true, plainHttp: true },
  ],
])('charts: %s', async (_, secrets, repository, expected) => {
  expect(await credentialsWith(secrets).charts(repository)).toEqual(expected);
});
