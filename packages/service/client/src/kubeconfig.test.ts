import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isSekishoError } from '@sekisho/base';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionFromClusterSecret, kubeconfigContexts, kubeconfigServers, loadKubeconfig } from './index.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const CONFIG = `
apiVersion: v1
kind: Config
current-context: token
clusters:
  - name: one
    cluster: {server: 'https://one:6443', certificate-authority-data: ${base64('CA ONE')}, tls-server-name: kubernetes}
  - name: two
    cluster: {server: 'https://two:6443/k8s/c-1', insecure-skip-tls-verify: true, proxy-url: 'http://proxy:3128'}
contexts:
  - name: token
    context: {cluster: one, user: bearer, namespace: shop}
  - name: cert
    context: {cluster: one, user: cert}
  - name: basic
    context: {cluster: two, user: basic}
  - name: nobody
    context: {cluster: two}
  - name: oidc
    context: {cluster: two, user: oidc}
  - name: no-cluster
    context: {cluster: missing, user: bearer}
  - name: no-user
    context: {cluster: one, user: missing}
  - name: half
    context: {cluster: one, user: half}
  - name: gcp
    context: {cluster: one, user: gcp}
users:
  - name: bearer
    user: {token: secret-token, as: alice, as-groups: [dev]}
  - name: cert
    user: {client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}}
  - name: half
    user: {client-certificate-data: ${base64('CERT')}}
  - name: basic
    user: {username: u, password: p}
  - name: oidc
    user: {auth-provider: {name: oidc, config: {client-id: x, idp-issuer-url: 'https://idp'}}}
  - name: gcp
    user: {auth-provider: {name: gcp}}
`;

let folder: TempDir;
beforeAll(async () => {
  folder = await tempDir();
});
afterAll(() => folder.remove());

async function failureOf(run: () => unknown): Promise<{ code: string; message: string; hint: string | undefined }> {
  try {
    await run();
  } catch (error) {
    if (isSekishoError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('loadKubeconfig', () => {
  test('reads the current context', async () => {
    expect(await loadKubeconfig({ text: CONFIG })).toEqual({
      name: 'token',
      server: 'https://one:6443',
      namespace: 'shop',
      tls: { ca: 'CA ONE', serverName: 'kubernetes' },
      auth: { kind: 'token', token: 'secret-token' },
      impersonate: { user: 'alice', groups: ['dev'] },
    });
  });

  test.each([
    ['cert', { tls: { ca: 'CA ONE', serverName: 'kubernetes', cert: 'CERT', key: 'KEY' } }],
    [
      'basic',
      { auth: { kind: 'basic', username: 'u', password: 'p' }, tls: { insecure: true }, proxyUrl: 'http://proxy:3128' },
    ],
    ['nobody', { server: 'https://two:6443/k8s/c-1' }],
    ['oidc', { auth: { kind: 'oidc', config: { 'client-id': 'x', 'idp-issuer-url': 'https://idp' } } }],
  ])('reads the context %s', async (context, expected) => {
    expect(await loadKubeconfig({ text: CONFIG, context })).toMatchObject(expected);
  });

  test.each([
    ['an unknown context', CONFIG, 'other', 'KUBECONFIG_CONTEXT_UNKNOWN'],
    ['a missing cluster', CONFIG, 'no-cluster', 'KUBECONFIG_INVALID'],
    ['a missing user', CONFIG, 'no-user', 'KUBECONFIG_INVALID'],
    ['a certificate without its key', CONFIG, 'half', 'KUBECONFIG_INVALID'],
    ['a provider that is gone', CONFIG, 'gcp', 'KUBECONFIG_INVALID'],
    ['no current context', 'contexts: []', undefined, 'KUBECONFIG_CONTEXT_UNKNOWN'],
    ['broken YAML', 'contexts: [', undefined, 'KUBECONFIG_INVALID'],
    ['a list of something else', 'contexts: {a: b}', undefined, 'KUBECONFIG_INVALID'],
    ['an entry without a name', 'contexts: [{context: {}}]', undefined, 'KUBECONFIG_INVALID'],
    ['no mapping', '[1, 2]', undefined, 'KUBECONFIG_INVALID'],
    [
      'a file named in a text',
      'current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: "https://x", certificate-authority: /etc/passwd}}]',
      undefined,
      'KUBECONFIG_INVALID',
    ],
    [
      'a plugin named in a text',
      'current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "https://x"}}]\nusers: [{name: u, user: {exec: {command: id}}}]',
      undefined,
      'KUBECONFIG_INVALID',
    ],
  ])('refuses %s', async (_title, text, context, code) => {
    const failure = await failureOf(() => loadKubeconfig({ text, context }));
    expect(failure.code).toBe(code);
    expect(`${failure.message}${failure.hint}`).not.toContain('secret-token');
  });

  test('names the contexts there are', async () => {
    const { hint } = await failureOf(() => loadKubeconfig({ text: CONFIG, context: 'other' }));
    expect(hint).toContain('token, cert, basic');
    expect(kubeconfigContexts({ text: CONFIG })).toHaveLength(9);
    const servers = kubeconfigServers({ text: CONFIG });
    expect(servers.get('token')).toBe(servers.get('cert'));
    expect(servers.get('basic')).not.toBe(servers.get('cert'));
    expect(servers.has('no-cluster')).toBe(false);
  });

  test('resolves files beside the kubeconfig, and merges several as kubectl does', async () => {
    await mkdir(join(folder.path, 'pki'));
    await writeFile(join(folder.path, 'pki/ca.pem'), 'FILE CA');
    const first = join(folder.path, 'first');
    const second = join(folder.path, 'second');
    await writeFile(
      first,
      `contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://first', certificate-authority: pki/ca.pem}}]
users: [{name: u, user: {tokenFile: token}}, {name: plugin, user: {exec: {command: ./bin/plugin, args: [x], env: [{name: A, value: b}], installHint: get it}}}]`,
    );
    await writeFile(
      second,
      `current-context: a
contexts: [{name: a, context: {cluster: other}}, {name: b, context: {cluster: c, user: plugin}}]`,
    );
    const path = [first, join(folder.path, 'missing'), second].join(delimiter);
    expect(await loadKubeconfig({ path })).toMatchObject({
      server: 'https://first',
      tls: { ca: 'FILE CA' },
      auth: { kind: 'tokenFile', path: join(folder.path, 'token') },
    });
    expect((await loadKubeconfig({ path, context: 'b' })).auth).toEqual({
      kind: 'exec',
      apiVersion: 'client.authentication.k8s.io/v1',
      command: join(folder.path, 'bin/plugin'),
      args: ['x'],
      env: { A: 'b' },
      installHint: 'get it',
    });
    expect(kubeconfigContexts({ path })).toEqual(['a', 'b']);
  });

  test('says which file is missing', async () => {
    const missing = join(folder.path, 'nowhere');
    expect(await failureOf(() => loadKubeconfig({ path: missing }))).toMatchObject({
      code: 'KUBECONFIG_NOT_FOUND',
      message: expect.stringContaining(missing),
    });
    const broken = join(folder.path, 'broken');
    await writeFile(broken, 'a: 1\nb: [');
    await chmod(broken, 0o600);
    expect((await failureOf(() => loadKubeconfig({ path: broken }))).message).toContain(`${broken}:`);
  });
});

describe('connectionFromClusterSecret', () => {
  const secret = (
    config: unknown,
    labels: Record<string, string> = { 'argocd.argoproj.io/secret-type': 'cluster' },
  ) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'staging', namespace: 'argocd', labels },
    data: {
      name: base64('staging'),
      server: base64('https://staging:6443'),
      config: base64(typeof config === 'string' ? config : JSON.stringify(config)),
    },
  });

  test.each([
    [
      { bearerToken: 't', tlsClientConfig: { insecure: true } },
      { auth: { kind: 'token', token: 't' }, tls: { insecure: true } },
    ],
    [{ username: 'u', password: 'p' }, { auth: { kind: 'basic', username: 'u', password: 'p' } }],
    [
      { tlsClientConfig: { serverName: 's', caData: base64('CA'), certData: base64('CERT'), keyData: base64('KEY') } },
      { tls: { serverName: 's', ca: 'CA', cert: 'CERT', key: 'KEY' } },
    ],
    [{}, {}],
  ])('reads %j', (config, expected) => {
    expect(connectionFromClusterSecret(secret(config))).toEqual({
      name: 'staging',
      server: 'https://staging:6443',
      ...expected,
    });
  });

  test('runs a plugin only when that is allowed', () => {
    const config = { execProviderConfig: { command: 'aws', args: ['get-token'], env: { A: 'b' }, apiVersion: 'x' } };
    expect(() => connectionFromClusterSecret(secret(config))).toThrow(/execProviderConfig is not allowed/);
    expect(connectionFromClusterSecret(secret(config), { allowExec: true }).auth).toEqual({
      kind: 'exec',
      command: 'aws',
      args: ['get-token'],
      env: { A: 'b' },
      apiVersion: 'x',
    });
  });

  test.each([
    ['another Secret', secret({}, {})],
    ['broken JSON', secret('{"bearerToken": "hush"')],
    ['no object', secret('[]')],
    ['AWS', secret({ bearerToken: 'hush', awsAuthConfig: { clusterName: 'c' } })],
    ['half a certificate', secret({ bearerToken: 'hush', tlsClientConfig: { certData: 'x' } })],
    ['insecure with a CA', secret({ bearerToken: 'hush', tlsClientConfig: { insecure: true, caData: 'x' } })],
    ['no server', { ...secret({}), data: {} }],
  ])('refuses %s without telling what it holds', async (_title, object) => {
    const failure = await failureOf(() => connectionFromClusterSecret(object));
    expect(failure.code).toBe('CLUSTER_SECRET_INVALID');
    expect(failure.message).toContain('argocd/staging');
    expect(failure.message).not.toContain('hush');
  });
});
