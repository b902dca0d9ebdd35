import { silentLogger } from '@sekisho/base';
import {
  createClient,
  createHttpTransport,
  type HttpTransport,
  type KubeClient,
  loadKubeconfig,
} from '@sekisho/client';
import { tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPLICATIONS, SECRETS } from '../applications/kinds.ts';
import { defaultConfig } from '../config.ts';
import { type Server, startServer } from '../server.ts';
import type { ApplicationDetail, ApplicationList, ResourceDetail } from './api-types.ts';

// One server with an example repository, as a first user has it.
let server: Server;
let transport: HttpTransport;
let kube: KubeClient;
let folder: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  folder = await tempDir('sekisho-api-');
  const config = { ...defaultConfig, dataDir: folder.path, port: 0, kubePort: 0, waveDelayMs: 0 };
  server = await startServer(config, { logger: silentLogger });
  await server.settled(AbortSignal.timeout(60_000));
  transport = createHttpTransport(await loadKubeconfig({ path: server.kubeconfigPath }));
  kube = createClient(transport, { fieldManager: 'test' });
});
afterAll(async () => {
  await transport?.close();
  await server?.close();
  await folder?.remove();
});

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}
const get = (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers);

const web = '/api/v1/applications/argocd/web';

describe('the list', () => {
  test('tells rows with the commit that is deployed, and facets', async () => {
    const { status, json } = await get('/api/v1/applications');
    const list: ApplicationList = json();
    expect(status).toBe(200);
    expect(list.items.map(({ name }) => name)).toEqual(['fleet', 'root', 'shop', 'web']);
    expect(list.items[3]).toMatchObject({
      namespace: 'argocd',
      project: 'default',
      sync: 'Synced',
      health: 'Healthy',
      repo: 'embedded:config',
      path: 'web',
      author: 'Sekisho <sekisho@localhost>',
      autoSync: true,
      drifted: 0,
    });
    expect(list.facets.project).toEqual([{ value: 'default', count: 4 }]);
    expect(list.facets.namespace).toContainEqual({ value: 'shop', count: 1 });
  });

  test('is filtered, searched, sorted and paged', async () => {
    const names = async (query: string) => {
      const list: ApplicationList = (await get(`/api/v1/applications?${query}`)).json();
      return [list.items.map(({ name }) => name), list.next === undefined ? 'last' : 'more'];
    };
    expect(await names('search=WEB')).toEqual([['web'], 'last']);
    expect(await names('namespace=shop&namespace=web')).toEqual([['shop', 'web'], 'last']);
    expect(await names('sort=-name&limit=2')).toEqual([['web', 'shop'], 'more']);
    expect(await names('health=Degraded')).toEqual([[], 'last']);
    const first: ApplicationList = (await get('/api/v1/applications?limit=3')).json();
    expect(await names(`limit=3&cursor=${first.next}`)).toEqual([['web'], 'last']);
  });

  test('is not sent again when it is the same', async () => {
    const first = await get('/api/v1/applications');
    const etag = first.headers.get('etag') ?? '';
    expect((await get('/api/v1/applications', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/api/v1/applications?limit=1', { 'if-none-match': etag })).status).toBe(200);
  });

  test.each([
    'limit=0',
    'limit=1001',
    'sort=nothing',
    'cursor=%00',
    'cursor=W10',
    'label==x',
    'include=everything',
    'drifted=perhaps',
    `search=${'x'.repeat(257)}`,
    'project=a&'.repeat(201),
  ])('refuses %.20s', async (query) => {
    const { status, json } = await get(`/api/v1/applications?${query}`);
    expect([status, json().code]).toEqual([400, 'REQUEST_INVALID']);
  });
});

describe('one application', () => {
  test('is its row and its object', async () => {
    const detail: ApplicationDetail = (await get(web)).json();
    expect(detail.row.name).toBe('web');
    expect(detail.application.kind).toBe('Application');
    expect(detail.application.metadata.managedFields).toBeUndefined();
  });

  test.each([
    '',
    '/tree',
    '/diff',
    '/manifests',
    '/events',
    '/resource?kind=Pod&name=x',
    '/logs?pod=x',
    '/actions?kind=Pod&name=x',
  ])('that is not there: GET %s is 404', async (path) => {
    const { status, json } = await get(`/api/v1/applications/argocd/nope${path}`);
    expect([status, json().code]).toEqual([404, 'KUBE_NOT_FOUND']);
  });

  test('shows what it is rendered to, and where each object is written', async () => {
    const { revision, manifests } = (await get(`${web}/manifests`)).json();
    expect(revision).toMatch(/^[0-9a-f]{40}$/);
    const deployment = manifests.find(({ object }: { object: { kind: string } }) => object.kind === 'Deployment');
    expect(deployment).toMatchObject({ object: { metadata: { name: 'web' } }, origin: { file: 'web/web.yaml' } });
    expect((await get(`${web}/manifests?revision=nothing`)).json().code).toBe('GIT_REVISION_UNKNOWN');
  });

  test('shows a resource desired and live, where it is written, who wrote it and what Kubernetes tells', async () => {
    const detail: ResourceDetail = (
      await get(`${web}/resource?group=apps&kind=Deployment&namespace=web&name=web`)
    ).json();
    expect(detail.desired?.kind).toBe('Deployment');
    expect(detail.live?.metadata.uid).toBeTruthy();
    expect(detail).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' }, changes: [] });
    expect(detail.origin?.file).toMatch(/^web\//);
    expect(detail.managers.map(({ manager }) => manager)).toContain('sekisho');
    expect(detail.events.map(({ reason }) => reason)).toContain('ScalingReplicaSet');
  });

  test('shows nothing that is not in its tree', async () => {
    const { status, json } = await get(`${web}/resource?kind=Secret&namespace=argocd&name=argocd-secret`);
    expect([status, json().code]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    const other = await get(`${web}/resource?group=apps&kind=Deployment&namespace=shop&name=shop`);
    expect(other.status).toBe(404);
  });

  test('masks Secrets that it tracks', async () => {
    await kube.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'key',
        namespace: 'web',
        annotations: { 'argocd.argoproj.io/tracking-id': 'web:/Secret:web/key' },
      },
      data: { password: Buffer.from('hunter2').toString('base64') },
    });
    const found = await untilAnswer(
      () => get(`${web}/resource?kind=Secret&namespace=web&name=key`),
      ({ status }) => status === 200,
    );
    expect(found.json().live.data.password).toMatch(/^\++$/);
    expect(found.text).not.toContain(Buffer.from('hunter2').toString('base64'));
    await kube.delete(SECRETS, 'key', 'web').catch(() => {});
  });

  test('its events and the log of a pod, which is simulated here and says so', async () => {
    const { items } = (await get(`${web}/events`)).json();
    expect(items.length).toBeGreaterThan(0);
    const { nodes } = (await get(`${web}/tree`)).json();
    const pod = nodes.find((node: { kind: string }) => node.kind === 'Pod');
    const log = await get(`${web}/logs?pod=${pod.name}`);
    expect(log.text).toMatch(/simulated pod/);
    expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const events = await get(`${web}/logs?pod=${pod.name}`, { accept: 'text/event-stream' });
    expect(events.text).toMatch(/^data: log of simulated pod .*\n\nevent: end\n/);
    expect((await get(`${web}/logs?pod=other`)).status).toBe(404);
    expect((await get(`${web}/logs?pod=${pod.name}&container=none`)).status).toBe(400);
  });
});

describe('work', () => {
  const operationOf = async () => {
    const application = await kube.get(APPLICATIONS, 'web', 'argocd');
    const status = application['status'] as { operationState?: Record<string, never> };
    return { ...status.operationState, wished: application['operation'] !== undefined } as unknown as {
      phase: string;
      operation: { initiatedBy: { username: string }; info: { name: string; value: string }[] };
      wished: boolean;
    };
  };

  const idle = () => untilAnswer(operationOf, ({ phase, wished }) => !wished && phase === 'Succeeded');

  test('a sync is asked for in the name of the caller, with one id', async () => {
    await idle();
    const { status, json } = await call('POST', `${web}/sync`, { prune: true });
    expect(status).toBe(202);
    const done = await untilAnswer(operationOf, ({ phase, wished, operation }) => {
      return !wished && phase === 'Succeeded' && operation.initiatedBy.username === 'admin';
    });
    expect(done.operation.info).toEqual([{ name: 'sekisho.dev/operation-id', value: json().operationId }]);
  });

  test('two at once: one of them is told that the other runs', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => call('POST', `${web}/sync`, { dryRun: true })));
    const codes = answers.map(({ status }) => status).sort();
    expect(codes[0]).toBe(202);
    expect(codes.every((code) => code === 202 || code === 409)).toBe(true);
    expect(codes).toContain(409);
    await idle();
  });

  test('terminate says when nothing runs; refresh and confirm are annotations', async () => {
    const { status, json } = await call('POST', `${web}/terminate`);
    expect([status, json().code]).toEqual([409, 'OPERATION_NOT_RUNNING']);
    const refreshed = await call('POST', `${web}/refresh`, { hard: true });
    expect(refreshed.json().application.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/refresh': 'hard' });
    const confirmed = await call('POST', `${web}/confirm`);
    expect(confirmed.text).toContain('annotations');
    expect(Object.keys(confirmed.json().application.metadata.annotations)).toContain('sekisho.dev/confirm-prune');
  });

  test('a resource is restarted, and refuses what makes no sense', async () => {
    const ref = { group: 'apps', kind: 'Deployment', namespace: 'web', name: 'web' };
    const { items } = (await get(`${web}/actions?${new URLSearchParams(ref)}`)).json();
    expect(items.map(({ action }: { action: string }) => action)).toEqual(['restart', 'pause', 'scale']);
    expect((await call('POST', `${web}/actions`, { ...ref, action: 'restart' })).status).toBe(200);
    const { live } = (await get(`${web}/resource?${new URLSearchParams(ref)}`)).json();
    expect(live.spec.template.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
    const resume = await call('POST', `${web}/actions`, { ...ref, action: 'resume' });
    expect([resume.status, resume.json().code]).toEqual([422, 'ACTION_UNKNOWN']);
    const scale = { ...ref, action: 'scale', parameters: { replicas: '-1' } };
    expect((await call('POST', `${web}/actions`, scale)).status).toBe(400);
  });

  test('applications are made, changed and deleted', async () => {
    const object = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'made' },
      spec: {
        project: 'default',
        source: { repoURL: 'embedded:config', path: 'web' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'made' },
      },
    };
    expect((await call('POST', '/api/v1/applications', object)).status).toBe(201);
    expect((await call('POST', '/api/v1/applications', object)).json().code).toBe('KUBE_ALREADY_EXISTS');
    expect((await call('POST', '/api/v1/applications?upsert=true', object)).status).toBe(200);
    const made = '/api/v1/applications/argocd/made';
    const patched = await call('PATCH', made, {
      metadata: { labels: { team: 'a' } },
      spec: { source: { path: 'shop' } },
    });
    expect(patched.json().application).toMatchObject({
      metadata: { labels: { team: 'a' } },
      spec: { source: { path: 'shop' } },
    });
    const broken = await call('PATCH', made, { spec: { destination: { server: null } } });
    expect([broken.status, broken.json().code]).toEqual([422, 'APPLICATION_INVALID']);
    expect((await call('PATCH', made, { status: {} })).status).toBe(400);
    expect((await call('DELETE', `${made}?cascade=false`)).status).toBe(202);
    await untilAnswer(
      () => get(made),
      ({ status }) => status === 404,
    );
  });

  test.each([
    ['POST', '/api/v1/applications', { kind: 'Secret' }, 400],
    ['POST', '/api/v1/applications', [], 400],
    ['POST', `${web}/sync`, { resources: [{}] }, 400],
    ['POST', `${web}/sync`, { revision: 'x'.repeat(2000) }, 400],
    ['POST', `${web}/sync`, { options: 'Prune=false' }, 400],
    ['POST', `${web}/actions`, { kind: 'Deployment' }, 400],
    ['POST', '/api/v1/applications/argocd/nope/sync', {}, 404],
    ['DELETE', `${web}?cascade=perhaps`, undefined, 400],
    ['POST', `${web}/sync`, { revision: 'x'.repeat(2_000_000) }, 413],
  ])('what can not be read: %s %s', async (method, path, body, status) => {
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

test('the overview counts, and tells the newest releases and what needs attention', async () => {
  const overview = (await get('/api/v1/overview')).json();
  expect(overview.applications.total).toBeGreaterThanOrEqual(3);
  expect(overview.changes.length).toBeGreaterThan(2);
  expect(overview.changes[0]).toHaveProperty('objectCount');
});

test('a repository that is made, and a branch that is protected, are in the audit log', async () => {
  expect((await call('POST', '/api/v1/repositories', { url: 'embedded:made' })).status).toBe(201);
  const protection = '/api/v1/repositories/embedded/made/protection';
  expect((await call('PUT', protection, { branches: ['main'] })).json()).toEqual({ branches: ['main'] });
  expect((await call('POST', '/api/v1/repositories', { url: 'embedded:made' })).status).toBe(409);
  const entries = await untilAnswer(
    async () => (await get('/api/v1/audit?type=repository&name=embedded:made')).json().items,
    (items) => items.length === 3,
  );
  expect(entries.map(({ action, outcome }: { action: string; outcome: string }) => [action, outcome])).toEqual([
    ['repository.create', 'failed'],
    ['repository.protect', 'succeeded'],
    ['repository.create', 'succeeded'],
  ]);
});

describe('the OpenAPI document', () => {
  test('lists every route, once, and every reference in it leads somewhere', async () => {
    const response = await call('GET', '/api/v1/openapi.json', undefined, { authorization: '' });
    const document: { openapi: string; paths: Record<string, Record<string, { operationId: string }>> } & {
      components: { schemas: object };
    } = response.json();
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const known = server.routes
      .filter(({ path }) => /^\/(api|hooks|auth|git|healthz|readyz|metrics)/.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')}`);
    expect(described.sort()).toEqual(known.sort());
    for (const [, name] of response.text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says of every route what it is for, what it takes and what it answers', () => {
    const lacking = server.routes
      .filter(({ path }) => !['/', '/*', '/assets/*', '/sekisho.svg'].includes(path))
      .flatMap(({ method, path, documentation }) => {
        const what = `${method.toUpperCase()} ${path}`;
        if (documentation === undefined) return [`${what}: nothing`];
        const { response, produces, body, status } = documentation;
        const isEmpty = status === 204 || status === 302;
        const takesBody = ['post', 'put', 'patch'].includes(method) && !path.endsWith('/retry');
        return [
          ...(response === undefined && produces === undefined && !isEmpty ? [`${what}: no answer`] : []),
          ...(takesBody && body === undefined ? [`${what}: no body`] : []),
        ];
      });
    expect(lacking).toEqual([]);
  });
});

test('a request has an id: its own when it gives a harmless one', async () => {
  expect((await get('/healthz', { 'x-request-id': 'abc-1' })).headers.get('x-request-id')).toBe('abc-1');
  expect((await get('/healthz', { 'x-request-id': 'a b' })).headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

async function untilAnswer<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const end = AbortSignal.timeout(30_000);
  while (true) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (end.aborted) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
