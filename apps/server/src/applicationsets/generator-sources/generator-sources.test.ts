import type { KubeClient, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { recordingServer, startForge, type TestForgeKind } from '@sekisho/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { createForges } from './forges.ts';
import { knownClusters } from './known-clusters.ts';
import { askPlugin } from './plugin.ts';
import { createReferencedValues } from './referenced-values.ts';

const TOKEN = 's3cr3t-token';
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const signal = () => AbortSignal.timeout(20_000);

function secret(
  name: string,
  data: Record<string, string>,
  more: { labels?: Record<string, string>; type?: string } = {},
) {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const { labels = {}, type = 'Opaque' } = more;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'argocd', labels },
    type,
    data: Object.fromEntries(encoded),
  } as KubeObject;
}

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'argocd' }, data } as KubeObject;
}

/** Values of a namespace that holds these objects. */
function valuesOf(...objects: readonly KubeObject[]) {
  const getIfExists = async ({ kind }: ResourceType, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);
  return createReferencedValues({ getIfExists } as unknown as KubeClient, 'argocd');
}

describe('Secrets that generators name', () => {
  const values = valuesOf(
    secret('fine', { token: ` ${TOKEN}\n`, empty: '' }),
    secret('argocd-secret', { 'plugin.mine.token': TOKEN, 'server.secretkey': 'k' }),
    secret('a-cluster', { config: '{}' }, { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } }),
    secret('a-repository', { password: 'p' }, { labels: { 'argocd.argoproj.io/secret-type': 'repository' } }),
    secret('an-account', { token: 't' }, { type: 'kubernetes.io/service-account-token' }),
    secret('a-part', { token: TOKEN }, { labels: { 'app.kubernetes.io/part-of': 'argocd' } }),
  );

  test('are read without the blanks around them', async () => {
    expect(await values.secret('fine', 'token', signal())).toBe(TOKEN);
  });

  test.each([
    ['fine', 'empty', 'has no empty'],
    ['fine', 'other', 'has no other'],
    ['nobody', 'token', 'There is no Secret argocd/nobody'],
    ['argocd-secret', 'server.secretkey', 'not for generators'],
    ['a-cluster', 'config', 'not for generators'],
    ['a-repository', 'password', 'not for generators'],
    ['an-account', 'token', 'not for generators'],
  ])('%s %s is refused', async (name, key, words) => {
    await expect(values.secret(name, key, signal())).rejects.toMatchObject({
      code: 'GENERATOR_REFERENCE',
      message: expect.stringContaining(words),
    });
  });

  test.each([
    ['$plugin.mine.token', undefined],
    ['$a-part:token', undefined],
    ['$server.secretkey', 'not for plugins'],
    ['$fine:token', 'not for generators'],
    ['$argocd-secret:server.secretkey', 'not for plugins'],
    [TOKEN, 'names no Secret'],
    ['', 'names no Secret'],
  ])('a plugin with the token %j', async (token, words) => {
    const server = await recordingServer(() => ({ body: '{"output":{"parameters":[{"a":1}]}}' }));
    open.push(server);
    const all = [
      secret('fine', { token: TOKEN }),
      secret('argocd-secret', { 'plugin.mine.token': TOKEN, 'server.secretkey': 'k' }),
      secret('a-part', { token: TOKEN }, { labels: { 'app.kubernetes.io/part-of': 'argocd' } }),
      configMap('plugin', { baseUrl: `${server.url}/`, token }),
    ];
    const asking = askPlugin(
      { configMap: 'plugin', parameters: {}, applicationSet: 'set' },
      valuesOf(...all),
      signal(),
    );
    if (words === undefined) {
      expect(await asking).toEqual([{ a: 1 }]);
      expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${TOKEN}`);
    } else {
      await expect(asking).rejects.toMatchObject({
        code: 'GENERATOR_REFERENCE',
        message: expect.stringContaining(words),
      });
      expect(server.requests).toEqual([]);
    }
  });
});

describe('a plugin that does not answer as it should', () => {
  test.each([
    ['no JSON', { body: 'fine' }, 'output.parameters'],
    ['another shape', { body: '{"output":{"parameters":{}}}' }, 'output.parameters'],
    ['a status', { status: 500, body: `no, ${TOKEN}` }, 'status 500'],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.example' } }, 'status 302'],
    ['a cut', { cut: true as const }, 'gave no parameters'],
    ['nothing', { stall: true as const }, 'within 0.2 s'],
  ])('%s', async (_, reply, words) => {
    const server = await recordingServer(() => reply);
    open.push(server);
    const data = { baseUrl: server.url, token: '$plugin.t', requestTimeout: 'stall' in reply ? '0.2' : '20' };
    const values = valuesOf(secret('argocd-secret', { 'plugin.t': TOKEN }), configMap('plugin', data));
    const error: unknown = await askPlugin(
      { configMap: 'plugin', parameters: {}, applicationSet: 'set' },
      values,
      signal(),
    ).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'GENERATOR_PLUGIN', message: expect.stringContaining(words) });
    expect(String(error)).not.toContain(TOKEN);
    expect(server.requests).toHaveLength(1);
  });
});

describe('forges as sets name them', () => {
  const tokenRef = { secretName: 'forge', key: 'token' };
  const repository = {
    owner: 'shop',
    name: 'web',
    id: 5,
    branches: { main: { sha: 'a'.repeat(40), files: ['deploy/x'] }, next: { sha: 'b'.repeat(40), files: [] } },
    pullRequests: [
      { number: 3, title: 'Change', branch: 'feature', targetBranch: 'main', sha: 'c'.repeat(40), labels: ['preview'] },
    ],
  };
  const cases: readonly [string, TestForgeKind, object, object, string][] = [
    [
      'github',
      'github',
      { owner: 'shop', repo: 'web', labels: ['preview'], tokenRef },
      { organization: 'shop', tokenRef },
      'ssh',
    ],
    ['gitea', 'gitea', { owner: 'shop', repo: 'web', tokenRef }, { owner: 'shop', tokenRef }, 'ssh'],
    [
      'gitlab',
      'gitlab',
      { project: 'shop/web', tokenRef, pullRequestState: 'opened' },
      { group: 'shop', tokenRef },
      'ssh',
    ],
    [
      'bitbucket',
      'bitbucket',
      { owner: 'shop', repo: 'web', bearerToken: { tokenRef } },
      { owner: 'shop', bearerToken: { tokenRef } },
      'ssh',
    ],
    [
      'bitbucketServer',
      'bitbucket-server',
      { project: 'shop', repo: 'web', bearerToken: { tokenRef } },
      { project: 'shop', bearerToken: { tokenRef } },
      'ssh',
    ],
    [
      'azureDevOps',
      'azure-devops',
      { organization: 'shop', project: 'platform', repo: 'web', tokenRef },
      { organization: 'shop', teamProject: 'platform', accessTokenRef: tokenRef },
      'https',
    ],
  ];

  test.each(cases)('%s', async (provider, kind, pullRequest, scm, protocol) => {
    const forge = await startForge(kind, [repository], TOKEN);
    const forges = createForges(valuesOf(secret('forge', { token: TOKEN })), () => 0);
    open.push(forge, forges);
    const request = { provider, settings: { ...pullRequest, api: forge.url }, cloneProtocol: '' };
    const options = { isMissingRepositoryEmpty: false, signal: signal() };
    const pulls = await forges.pullRequests(request, options);
    expect(pulls).toMatchObject([{ number: 3, branch: 'feature', targetBranch: 'main', headSha: 'c'.repeat(40) }]);
    const found = await forges.repositories(
      { ...request, settings: { ...scm, api: forge.url, allBranches: true } },
      signal(),
    );
    const [web] = await found.list();
    if (web === undefined) throw new Error('no repository');
    expect(web).toMatchObject({ organization: 'shop', repository: 'web' });
    expect(web.url).toMatch(protocol === 'ssh' ? /^git@/ : /^https:/);
    const branches = await found.branches(web);
    expect(branches.map(({ branch }) => branch)).toEqual(['main', 'next']);
    const [main] = branches;
    expect(main !== undefined && (await found.hasPath(main, 'deploy'))).toBe(true);
  });

  test.each([
    [{}, undefined, 'is not at'],
    [{ githubAppEnterpriseBaseUrl: 'https://forge.example/api/v3' }, undefined, 'is not at'],
    [{ githubAppPrivateKey: '' }, 'other', 'is not that of a GitHub App'],
  ])('the proof of a GitHub App goes to its own forge alone: %j', async (data, name, words) => {
    const server = await recordingServer();
    open.push(server);
    const app = { githubAppID: '1', githubAppInstallationID: '2', githubAppPrivateKey: 'key', ...data };
    const given = name === undefined ? app : { githubAppID: '1' };
    const forges = createForges(valuesOf(secret('app', given)), () => 0);
    const settings = { owner: 'shop', repo: 'web', api: server.url, appSecretName: 'app' };
    const asking = forges.pullRequests(
      { provider: 'github', settings, cloneProtocol: '' },
      { isMissingRepositoryEmpty: false, signal: signal() },
    );
    await expect(asking).rejects.toMatchObject({
      code: 'GENERATOR_REFERENCE',
      message: expect.stringContaining(words),
    });
    expect(server.requests).toEqual([]);
  });

  test('a repository that is gone is an error, unless the set says otherwise', async () => {
    const forge = await startForge('github', [repository]);
    const forges = createForges(valuesOf(), () => 0);
    open.push(forge, forges);
    const settings = { owner: 'shop', repo: 'gone', api: forge.url };
    const request = { provider: 'github', settings, cloneProtocol: '' };
    const ask = (isMissingRepositoryEmpty: boolean) =>
      forges.pullRequests(request, { isMissingRepositoryEmpty, signal: signal() });
    await expect(ask(false)).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
    expect(await ask(true)).toEqual([]);
    forge.failWith = 500;
    await expect(ask(true)).rejects.toMatchObject({ code: 'FORGE_UNREACHABLE' });
  });

  test.each([
    ['github', { owner: 'shop' }, 'github.repo'],
    ['github', { owner: 'shop', repo: 7 }, 'github.repo'],
    ['gitea', { owner: 'shop', repo: 'web' }, 'gitea.api'],
    ['azuredevops', { organization: 'shop' }, 'azureDevOps.project'],
    ['awsCodeCommit', {}, 'no provider that is known here'],
    ['__proto__', {}, 'no provider that is known here'],
  ])('%s %j says what is wrong', async (provider, settings, words) => {
    const forges = createForges(valuesOf(), () => 0);
    const asking = forges.pullRequests(
      { provider, settings, cloneProtocol: '' },
      { isMissingRepositoryEmpty: true, signal: signal() },
    );
    await expect(asking).rejects.toMatchObject({ code: 'GENERATOR_SETTINGS', message: expect.stringContaining(words) });
  });
});

test('clusters are those of Secrets, and the one here unless a Secret describes it', () => {
  const cluster = (name: string, server: string) =>
    secret(name, { name, server, project: 'shop' }, { labels: { tier: 'gold' } });
  expect(knownClusters([cluster('north', 'https://north.example')])).toEqual([
    { name: 'in-cluster', server: 'https://kubernetes.default.svc', labels: {}, annotations: {}, isImplicit: true },
    { name: 'north', server: 'https://north.example', project: 'shop', labels: { tier: 'gold' }, annotations: {} },
  ]);
  const here = knownClusters([cluster('home', 'https://kubernetes.default.svc')]);
  expect(here).toMatchObject([{ name: 'home' }]);
  expect(here[0]?.isImplicit).toBeUndefined();
});
