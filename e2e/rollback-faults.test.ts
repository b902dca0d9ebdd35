import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createClient, createHttpTransport, type KubeClient, loadKubeconfig } from '@sekisho/client';
import { tempDir } from '@sekisho/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap, deployment, job } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { type RemoteGit, startRemoteGit } from './lib/remote-git.ts';
import { APPLICATIONS, CONFIG_MAPS, SECRETS } from './lib/resource-types.ts';
import { type ApplicationView, applicationObject, at, type Sekisho, startSekisho } from './lib/sekisho.ts';
import { startUp } from './lib/up.ts';

const PASSWORD = 'rollback-faults-4711';
const HELD = 'sekisho.dev/held-revisions';

type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

let sekisho: Sekisho;
let remote: RemoteGit;
let intercept: Intercept = () => false;

beforeAll(async () => {
  remote = await startRemoteGit(PASSWORD, (request, response) => intercept(request, response));
  sekisho = await startSekisho({ allowLocalGit: true });
});
afterEach(() => {
  intercept = () => false;
});
afterAll(async () => {
  await sekisho?.close();
  await remote?.close();
});

const isPush = ({ method, url = '' }: IncomingMessage) => method === 'POST' && url.endsWith('/git-receive-pack');

interface Rollback {
  readonly id: string;
  readonly phase: string;
  readonly message: string;
  readonly commits?: readonly { commit: string; branch: string; pullRequest?: string; note?: string }[];
}
const rollbackOf = (app: ApplicationView) => at(app, 'status.rollback') as Rollback | undefined;
const isHealthyRelease = ({ status }: ApplicationView) =>
  status?.history?.some((entry) => 'healthyAt' in entry) === true;
const value = async (namespace: string, kube: KubeClient = sekisho.kube) =>
  at(await kube.getIfExists(CONFIG_MAPS, 'a', namespace), 'data.value');

async function rollBack(name: string, body: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(new URL(`/api/v1/applications/argocd/${name}/rollback`, sekisho.server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${sekisho.server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'It is bad.', ...body }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const untilEnded = (name: string) => sekisho.until(name, (app) => /ed$/.test(rollbackOf(app)?.phase ?? ''));

function credentials(url: string, more: Readonly<Record<string, string>> = {}): Record<string, unknown> {
  const data = { url, username: 'mori', password: PASSWORD, ...more };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `repo-${url.replace(/\W+/g, '-').toLowerCase()}`,
      namespace: 'argocd',
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
    },
    stringData: data,
  };
}

const refresh = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };

/** An application of a remote repository of its own, which was good, and is bad. */
async function goodThenBad(
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ repository: PushedRepository; good: string; bad: string }> {
  const repository = await remote.repository(name, { 'a.yaml': configMap('a', 'good') });
  const good = await repository.git('rev-parse', 'HEAD');
  await sekisho.kube.create(SECRETS, credentials(repository.url, more) as never);
  await sekisho.createApplication(name, { repoURL: repository.url });
  await sekisho.until(name, isHealthyRelease);
  const bad = await repository.push({ 'a.yaml': configMap('a', 'bad') });
  await sekisho.patchApplication(name, refresh);
  await sekisho.untilGood(name, bad);
  return { repository, good, bad };
}

describe('a remote', () => {
  test('that is away is waited for, and the rollback goes on when it is back', async () => {
    const { repository, bad } = await goodThenBad('away');
    let isAway = true;
    intercept = (_, response) => {
      if (isAway) response.destroy();
      return isAway;
    };
    expect(await rollBack('away')).toMatchObject({ status: 202 });
    const waiting = await sekisho.until('away', (app) => /tried again in/.test(rollbackOf(app)?.message ?? ''));
    expect(rollbackOf(waiting)).toMatchObject({ phase: 'Running', message: expect.stringContaining(repository.url) });
    expect(waiting.metadata.annotations?.[HELD]).toBe(bad);
    expect(await value('away')).toBe('bad');
    expect((await rollBack('away')).body).toMatchObject({ code: 'ROLLBACK_RUNNING' });
    isAway = false;
    const app = await untilEnded('away');
    expect(rollbackOf(app)).toMatchObject({ phase: 'Succeeded' });
    await repository.git('pull', '-q', 'origin', 'main');
    expect(await repository.git('rev-parse', 'HEAD')).toBe(rollbackOf(app)?.commits?.[0]?.commit);
    expect(await value('away')).toBe('good');
  });

  test('that takes no push ends the rollback with the reason, and nothing is held or changed', async () => {
    const { repository, bad } = await goodThenBad('read-only');
    intercept = ({ url = '' }, response) => {
      const isAsked = url.includes('git-receive-pack');
      if (isAsked) response.writeHead(403).end('you may read only');
      return isAsked;
    };
    expect(await rollBack('read-only')).toMatchObject({ status: 202 });
    const app = await untilEnded('read-only');
    expect(rollbackOf(app)).toMatchObject({
      phase: 'Failed',
      message: expect.stringMatching(/may read, but not push/),
    });
    expect(app.metadata.annotations?.[HELD]).toBeUndefined();
    expect(app.status).toMatchObject({ sync: { status: 'Synced', revision: bad } });
    expect(await value('read-only')).toBe('bad');
    const { code, stdout, stderr } = await sekisho.cli(['app', 'rollback', 'read-only', '--reason', 'Again.']);
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/may read, but not push/)]);
    intercept = () => false;
    expect(await rollBack('read-only')).toMatchObject({ status: 202 });
    expect(rollbackOf(await untilEnded('read-only'))).toBeDefined();
    await repository.git('fetch', '-q');
  });

  test('that somebody else pushes to at the same time keeps their commit', async () => {
    const { repository, bad } = await goodThenBad('raced');
    let theirs = '';
    intercept = async (request) => {
      if (!isPush(request) || theirs !== '') return false;
      theirs = 'on its way';
      theirs = await repository.push({ 'README.md': 'Pushed in between.\n' });
      return false;
    };
    expect(await rollBack('raced')).toMatchObject({ status: 202 });
    const app = await untilEnded('raced');
    expect(rollbackOf(app)).toMatchObject({ phase: 'Succeeded' });
    await repository.git('pull', '-q', 'origin', 'main');
    const { commit } = rollbackOf(app)?.commits?.[0] ?? {};
    expect(await repository.git('rev-parse', 'HEAD', 'HEAD^', 'HEAD^^')).toBe([commit, theirs, bad].join('\n'));
    expect(await value('raced')).toBe('good');
  });

  test('with a forge gets a pull request; one that the forge refuses is told, and the cluster is back all the same', async () => {
    const asked: { url: string; body: Record<string, unknown> }[] = [];
    let status = 201;
    const { bad } = await goodThenBad('forged', { forge: 'gitea', forgeToken: 'forge-token-0815' });
    intercept = async (request, response) => {
      const { url = '' } = request;
      if (!url.startsWith('/api/v1/repos/')) return false;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      asked.push({ url, body: JSON.parse(Buffer.concat(chunks).toString() || '{}') });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(status === 201 ? { html_url: 'https://forge.example/7', number: 7 } : { message: 'no' }),
      );
      return true;
    };
    const { code, stdout } = await sekisho.cli(['app', 'rollback', 'forged', '--reason', 'Look.', '--pull-request']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('to be merged: https://forge.example/7')]);
    const app = await untilEnded('forged');
    const [commit] = rollbackOf(app)?.commits ?? [];
    expect(asked).toMatchObject(
      [
        {
          url: '/api/v1/repos/git/forged/pulls',
          body: { base: 'main', head: commit?.branch, title: /Roll back forged/ },
        },
      ].map((entry) => ({ ...entry, body: { ...entry.body, title: expect.stringContaining('Roll back forged') } })),
    );
    expect(await value('forged')).toBe('good');
    expect((await sekisho.application('forged')).metadata.annotations?.[HELD]).toBe(bad);
    expect(sekisho.captured()).not.toContain('forge-token-0815');

    const next = await goodThenBad('refused', { forge: 'gitea', forgeToken: 'forge-token-0815' });
    status = 403;
    expect(await rollBack('refused', { pullRequest: true })).toMatchObject({ status: 202 });
    const refused = await untilEnded('refused');
    expect(rollbackOf(refused)).toMatchObject({
      phase: 'Succeeded',
      commits: [{ branch: expect.stringMatching(/^sekisho\//), note: expect.stringContaining('no pull request') }],
    });
    expect(await value('refused')).toBe('good');
    await next.repository.git('fetch', '-q');
    expect(await next.repository.git('rev-parse', 'origin/main')).toBe(next.bad);
  });
});

describe('an application whose sources are others now', () => {
  const spec = (sources: readonly object[]) => {
    const { source: _, ...rest } = applicationObject('moved', { repoURL: 'unused' })['spec'] as Record<string, unknown>;
    return { ...rest, sources };
  };

  test('is not rolled back to a release of the old ones, and the reason is told', async () => {
    const repository = await sekisho.repository('moved', {
      'web/a.yaml': configMap('a', 'good'),
      'more/b.yaml': configMap('b', 'good'),
    });
    const first = await repository.git('rev-parse', 'HEAD');
    await sekisho.createApplication('moved', { repoURL: repository.url, path: 'web' });
    await sekisho.until('moved', isHealthyRelease);
    await repository.push({ 'new/a.yaml': configMap('a', 'moved') });
    await sekisho.patchApplication('moved', { spec: { source: { path: 'new' } } });
    await sekisho.until('moved', ({ status }) => status?.history?.length === 2);
    expect((await rollBack('moved', { revision: first })).body).toMatchObject({
      code: 'ROLLBACK_SOURCE_CHANGED',
      title: expect.stringContaining('new'),
      status: 422,
    });
    const sources = ['web', 'more'].map((path) => ({ repoURL: repository.url, path, targetRevision: 'main' }));
    await sekisho.patchApplication('moved', { spec: { ...spec(sources), source: null } });
    await sekisho.until('moved', ({ status }) => status?.history?.length === 3);
    const refused = await rollBack('moved', { revision: first });
    expect(refused.body).toMatchObject({ code: 'ROLLBACK_SOURCE_CHANGED', status: 422 });
    expect(refused.body['title']).toContain('has 1 sources, and moved has 2 now');
    const { metadata, status } = await sekisho.application('moved');
    expect(metadata.annotations?.[HELD]).toBeUndefined();
    expect(status).not.toHaveProperty('rollback');
  });

  test('of a tag is refused: nothing can be added to a tag', async () => {
    const repository = await sekisho.repository('tagged', { 'a.yaml': configMap('a', 'good') });
    const good = await repository.git('rev-parse', 'HEAD');
    await repository.push({ 'a.yaml': configMap('a', 'bad') });
    await repository.git('tag', 'v2');
    await repository.git('push', '-q', 'origin', 'v2');
    await sekisho.createApplication('tagged', { repoURL: repository.url, targetRevision: 'v2' });
    await sekisho.untilGood('tagged');
    expect((await rollBack('tagged', { revision: good })).body).toMatchObject({ code: 'ROLLBACK_NOT_A_BRANCH' });
  });
});

test('an automatic rollback of several sources takes back the repository that is bad, and leaves the other alone', async () => {
  const base = await sekisho.repository('base', { 'a.yaml': configMap('a', 'base') });
  const team = await sekisho.repository('team', { 'web.yaml': deployment('web') });
  const object = applicationObject('both', { repoURL: 'unused', annotations: { 'sekisho.dev/auto-rollback': '3s' } });
  const { source: _, ...spec } = object['spec'] as Record<string, unknown>;
  const sources = [base, team].map(({ url }) => ({ repoURL: url, path: '.', targetRevision: 'main' }));
  await sekisho.kube.create(APPLICATIONS, { ...object, spec: { ...spec, sources } });
  await sekisho.until('both', isHealthyRelease);
  const kept = await base.push({ 'a.yaml': configMap('a', 'base 2') });
  await sekisho.until(
    'both',
    ({ status }) => status?.history?.length === 2 && 'healthyAt' in (status.history[1] ?? {}),
  );
  const bad = await team.push({ 'web.yaml': deployment('web').replace('nginx', 'nginx:does-not-exist') });
  const app = await untilEnded('both');
  expect(rollbackOf(app)).toMatchObject({ phase: 'Succeeded', commits: [{ repoURL: 'embedded:team' }] });
  expect(app.metadata.annotations?.[HELD]).toBe(`${kept}+${bad}`);
  await sekisho.untilGood('both');
  expect(await value('both')).toBe('base 2');
  await team.git('pull', '-q', 'origin', 'main');
  expect(await team.git('log', '-1', '--format=%an')).toBe('Sekisho');
  await base.git('fetch', '-q');
  expect(await base.git('rev-parse', 'origin/main')).toBe(kept);
});

test('a rollback whose server is killed while it pushes is finished after the restart, with one revert commit', async () => {
  const folder = await tempDir('sekisho-killed-');
  const dataDir = join(folder.path, 'data');
  const repository = await remote.repository('killed', {
    'a.yaml': configMap('a', 'good'),
    'hook.yaml': job('before', { 'argocd.argoproj.io/hook': 'PreSync' }),
  });
  const start = async () => {
    const up = await startUp(dataDir, { args: ['--allow-local-git'] });
    const transport = createHttpTransport(await loadKubeconfig({ path: join(dataDir, 'kubeconfig') }));
    const kube = createClient(transport, { fieldManager: 'e2e' });
    const until = (expected: (app: ApplicationView) => boolean) => {
      let last: unknown;
      return eventually(
        async () => {
          const app = (await kube.get(APPLICATIONS, 'killed', 'argocd')) as ApplicationView;
          last = app.status;
          return expected(app) ? app : undefined;
        },
        () => JSON.stringify(last),
      );
    };
    return { up, transport, kube, until };
  };
  let server = await start();
  try {
    await server.kube.create(SECRETS, credentials(repository.url) as never);
    await server.kube.create(APPLICATIONS, applicationObject('killed', { repoURL: repository.url }));
    await server.until(isHealthyRelease);
    const bad = await repository.push({ 'a.yaml': configMap('a', 'bad') });
    await server.kube.patch(APPLICATIONS, 'killed', 'argocd', { kind: 'merge', body: refresh });
    await server.until(({ status }) => status?.sync.revision === bad && status.sync.status === 'Synced');

    let arrived: () => void = () => {};
    const pushing = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    intercept = (request) => {
      if (!isPush(request)) return false;
      arrived();
      return true; // and never answered
    };
    const { server: url, token } = JSON.parse(await readFile(join(dataDir, 'client.json'), 'utf8'));
    const begun = await fetch(new URL('/api/v1/applications/argocd/killed/rollback', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'It is bad.' }),
    });
    expect(begun.status).toBe(202);
    await pushing;
    await server.up.kill();
    await server.transport.close();
    intercept = () => false;

    server = await start();
    const app = await server.until((app) => /ed$/.test(rollbackOf(app)?.phase ?? ''));
    expect(rollbackOf(app)).toMatchObject({ phase: 'Succeeded' });
    expect(await value('killed', server.kube)).toBe('good');
    expect(app.status?.operationState?.syncResult?.resources).toContainEqual(
      expect.objectContaining({ kind: 'Job', hookPhase: 'Succeeded' }),
    );
    await repository.git('pull', '-q', 'origin', 'main');
    expect(await repository.git('rev-parse', 'HEAD^')).toBe(bad);
    expect(await repository.git('rev-parse', 'HEAD')).toBe(rollbackOf(app)?.commits?.[0]?.commit);
  } finally {
    await server.transport.close();
    await server.up.kill();
    await folder.remove();
  }
});
