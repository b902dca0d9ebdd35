import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { openStore, type Store } from '@sekisho/store';
import {
  type RecordingServer,
  recordingServer,
  slackAnswers,
  startTestCluster,
  type TestCluster,
} from '@sekisho/testkit';
import { type FastifyInstance, fastify } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { applicationDefinitions } from '../applications/crd.ts';
import { APP_PROJECTS, CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SECRETS } from '../applications/kinds.ts';
import type { NewAuditEntry } from '../audit/audit.ts';
import { createEventBus } from '../events/bus.ts';
import { type Notifications, openNotifications } from '../notifications/notifications.ts';
import { notificationRoutes } from './notifications.ts';
import { toProblem } from './problem.ts';
import { type AccessControl, guardRoutes } from './route.ts';

const EVENTS = { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true };
const TOKEN = 'xoxb-not-to-be-shown';
const CONFIG = 'argocd-notifications-cm';
const SECRET = 'argocd-notifications-secret';

let dir: string;
let cluster: TestCluster;
let store: Store;
let slack: RecordingServer;
let notifications: Notifications;
let app: FastifyInstance;
let metrics: Registry;
const bus = createEventBus({ firstId: 0 });
const audit: NewAuditEntry[] = [];
const logged: string[] = [];

const access: AccessControl = {
  authenticate: async (request) => {
    const user = request.headers.authorization?.replace('Bearer ', '');
    return user === undefined ? undefined : { user, groups: [], method: 'token' };
  },
  authorize: ({ user }, resource, action) =>
    user === 'admin' || (user === 'reader' && resource === 'notifications' && action === 'get'),
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-notifications-'));
  slack = await recordingServer(slackAnswers());
  cluster = await startTestCluster();
  const { client } = cluster;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
  for (const definition of applicationDefinitions) await client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, {});
  store = await openStore({ dataDir: dir, logger: silentLogger });
  await store.ping();
  metrics = new Registry();
  const note = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  notifications = await openNotifications({
    store,
    client,
    controlNamespace: 'argocd',
    applicationOf: (key) => (key === 'argocd/web' ? application({}) : undefined),
    driftOf: () => [],
    commitOf: async () => Promise.reject(new Error('nobody knows')),
    ownUrl: () => 'http://sekisho.example',
    bus,
    metrics,
    clock: systemClock,
    logger: { ...silentLogger, warn: note, error: note },
  });
  app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    reply.code(problem.status).send(problem);
  });
  guardRoutes(app, { access });
  notificationRoutes({ notifications, audit: { record: (entry) => void audit.push(entry) } })(app);
});
afterAll(async () => {
  await app?.close();
  await notifications?.close();
  await store?.close();
  await cluster?.close();
  await slack?.close();
  await rm(dir, { recursive: true, force: true });
});

function application(annotations: Record<string, string>, conditions: readonly object[] = []): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd', uid: 'web', annotations },
    spec: { project: 'shop' },
    status: { sync: { status: 'Synced', revision: 'abc' }, health: { status: 'Healthy' }, conditions },
  };
}

async function call(method: 'GET' | 'POST', url: string, payload?: object, user = 'admin') {
  const headers = { authorization: `Bearer ${user}` };
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, json: answer.json() };
}

async function configure(data: Record<string, string>, secrets: Record<string, string> = { 'slack-token': TOKEN }) {
  const metadata = (name: string) => ({ name, namespace: 'argocd' });
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const { client } = cluster;
  await client.apply(
    SECRETS,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(SECRET),
      data: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, encoded(value)])),
    },
    { force: true },
  );
  await client.apply(
    CONFIG_MAPS,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(CONFIG),
      data: { 'service.slack': `token: $slack-token\napiURL: ${slack.url}`, ...data },
    },
    { force: true },
  );
}

/** The settings are as they were written. */
async function untilFaults(expected: readonly string[]): Promise<void> {
  await expect
    .poll(async () => (await call('GET', '/api/v1/notifications')).json.faults, { timeout: 10_000 })
    .toEqual(expected.map((fault) => expect.stringContaining(fault)));
}

const texts = () => slack.requests.splice(0).map(({ body }) => (JSON.parse(body) as { text: string }).text);

test('nothing is configured: an empty list, and a test says what is missing', async () => {
  expect(await call('GET', '/api/v1/notifications')).toMatchObject({
    status: 200,
    json: { services: [], deliveries: [], faults: [], triggers: expect.arrayContaining(['on-drift', 'on-denied']) },
  });
  const refused = await call('POST', '/api/v1/notifications/test', { service: 'slack', recipient: 'ops' });
  expect(refused).toMatchObject({ status: 422, json: { code: 'NOTIFICATION_SERVICE_UNKNOWN' } });
});

test.each([
  ['GET', '/api/v1/notifications', 'reader', 200],
  ['GET', '/api/v1/notifications', 'nobody', 403],
  ['POST', '/api/v1/notifications/test', 'reader', 403],
  ['POST', '/api/v1/notifications/deliveries/x/retry', 'reader', 403],
  ['GET', '/api/v1/notifications?limit=1000', 'admin', 400],
  ['GET', '/api/v1/notifications?state=lost', 'admin', 400],
  ['GET', '/api/v1/notifications?application=web', 'admin', 400],
  ['POST', '/api/v1/notifications/deliveries/none/retry', 'admin', 404],
] as const)('%s %s by %s is answered %i', async (method, url, user, status) => {
  expect((await call(method, url, method === 'POST' ? { service: 'slack' } : undefined, user)).status).toBe(status);
});

describe('with Slack', () => {
  beforeAll(async () => {
    await configure({});
    await vi.waitFor(
      async () =>
        expect((await call('GET', '/api/v1/notifications')).json.services).toEqual([
          { name: 'slack', type: 'slack', pending: 0 },
        ]),
      { timeout: 10_000 },
    );
    slack.requests.length = 0;
    audit.length = 0;
  });

  test('a test message is sent at once, written down, and tells why it did not arrive', async () => {
    const sent = await call('POST', '/api/v1/notifications/test', { service: 'slack', recipient: 'ops' });
    expect(sent).toMatchObject({ status: 200, json: { delivered: true, text: expect.stringContaining('slack:ops') } });
    const wish = { service: 'slack', recipient: 'ops', trigger: 'on-health-degraded' };
    await call('POST', '/api/v1/notifications/test', wish);
    await call('POST', '/api/v1/notifications/test', { ...wish, application: 'argocd/web' });
    expect(texts()).toEqual([
      'This is a test: Sekisho reaches slack:ops.',
      expect.stringContaining('Application example is Degraded: this is a test'),
      expect.stringContaining('Application web is Degraded'),
    ]);
    slack.answer(() => ({ body: '{"ok":false,"error":"channel_not_found"}' }));
    const refused = await call('POST', '/api/v1/notifications/test', { service: 'slack', recipient: 'none' });
    slack.answer(slackAnswers());
    slack.requests.length = 0;
    expect(refused).toMatchObject({
      status: 422,
      json: { code: 'NOTIFY_REFUSED', title: expect.stringContaining('none') },
    });
    expect(audit.map(({ actor, action, object, outcome }) => [actor.user, action, object.name, outcome])).toEqual([
      ['admin', 'notification.test', 'slack:ops', 'succeeded'],
      ['admin', 'notification.test', 'slack:ops', 'succeeded'],
      ['admin', 'notification.test', 'slack:ops', 'succeeded'],
      ['admin', 'notification.test', 'slack:none', 'failed'],
    ]);
  });

  test.each([
    [{ service: 'slack', trigger: 'on-nothing' }, 'NOTIFICATION_TRIGGER_UNKNOWN', 422],
    [{ service: 'slack', trigger: 'on-drift', application: 'argocd/none' }, 'KUBE_NOT_FOUND', 404],
    [{}, 'REQUEST_INVALID', 400],
  ])('a test of %j is answered %s', async (wish, code, status) => {
    expect(await call('POST', '/api/v1/notifications/test', wish)).toMatchObject({ status, json: { code } });
  });

  test('what an application and its project subscribe to is delivered, listed, counted and told as events', async () => {
    const annotations = { 'notifications.argoproj.io/subscribe.on-drift.slack': 'ops' };
    const drifted = [{ type: 'DriftWarning', message: '1 field drifted' }];
    const told = bus.lastId;
    notifications.observe({ key: 'argocd/web', object: application(annotations, drifted) });
    await expect.poll(() => slack.requests.length, { timeout: 10_000 }).toBe(1);
    expect(texts()[0]).toContain('1 field drifted');
    const project = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: {
        name: 'shop',
        namespace: 'argocd',
        annotations: { 'notifications.argoproj.io/subscribe.on-drift.slack': 'dev' },
      },
      spec: {},
    };
    await cluster.client.create(APP_PROJECTS, project);
    await expect.poll(() => slack.requests.length, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => notifications.counts()).toEqual({ pending: 0, failed: 0 });

    const first = await call('GET', '/api/v1/notifications?limit=1');
    expect(first.json.deliveries).toMatchObject([
      {
        trigger: 'on-drift',
        service: 'slack',
        recipient: 'dev',
        state: 'delivered',
        attempts: 1,
        application: { namespace: 'argocd', name: 'web', project: 'shop' },
      },
    ]);
    const second = await call(
      'GET',
      `/api/v1/notifications?limit=1&cursor=${first.json.next}&application=argocd/web&state=delivered&service=slack`,
    );
    expect(second.json.deliveries).toMatchObject([{ recipient: 'ops' }]);
    expect(second.json).not.toHaveProperty('next');
    const { id } = second.json.deliveries[0];
    expect(await call('POST', `/api/v1/notifications/deliveries/${id}/retry`)).toMatchObject({
      status: 409,
      json: { code: 'NOTIFICATION_DELIVERED' },
    });
    const events = bus
      .since(told)
      ?.map(({ type, data, visible }) => [type, (data as { state: string }).state, visible?.name]);
    expect(events).toContainEqual(['notification', 'pending', 'web']);
    expect(events).toContainEqual(['notification', 'delivered', 'web']);
    expect(await metrics.metrics()).toContain(
      'sekisho_notification_deliveries_total{trigger="on-drift",service="slack",succeeded="true"} 2',
    );
    slack.requests.length = 0;
  });

  test('one that failed is tried again when somebody asks for it', async () => {
    const answer = slackAnswers();
    slack.answer((request) => (request.body.includes('"late"') ? { status: 404 } : answer(request)));
    const annotations = { 'notifications.argoproj.io/subscribe.on-deployed.slack': 'late' };
    const object = application(annotations);
    notifications.observe({
      key: 'argocd/web',
      object: {
        ...object,
        status: {
          ...(object['status'] as object),
          operationState: { phase: 'Succeeded', syncResult: { revision: 'abc' } },
        },
      },
    });
    await expect.poll(() => notifications.counts(), { timeout: 10_000 }).toMatchObject({ failed: 1 });
    slack.answer(slackAnswers());
    const { deliveries } = (await call('GET', '/api/v1/notifications?state=failed')).json;
    const { status } = await call('POST', `/api/v1/notifications/deliveries/${deliveries[0].id}/retry`);
    expect(status).toBe(200);
    await expect.poll(() => notifications.counts(), { timeout: 10_000 }).toEqual({ pending: 0, failed: 0 });
    expect(audit.at(-1)).toMatchObject({ action: 'notification.retry', outcome: 'succeeded' });
  });

  test('a subscription to nothing is told by an Event of the Application, once, and harms no other', async () => {
    const annotations = {
      'notifications.argoproj.io/subscribe.on-nothing.slack': 'ops',
      'notifications.argoproj.io/subscribe.on-health-degraded.slack': 'ops',
    };
    const { metadata, ...object } = application(annotations);
    const degraded = (resourceVersion: string): KubeObject => ({
      ...object,
      metadata: { ...metadata, name: 'shop', uid: 'shop', resourceVersion },
      status: { sync: { status: 'Synced' }, health: { status: 'Degraded' } },
    });
    const failures = async () =>
      (await cluster.client.list(EVENTS, { namespace: 'argocd' })).items
        .filter((event) => event['reason'] === 'NotificationFailed')
        .map((event) => [event['message'], event['count']]);
    slack.requests.length = 0;
    notifications.observe({ key: 'argocd/shop', object: degraded('1') });
    await expect.poll(() => slack.requests.length, { timeout: 10_000 }).toBe(1);
    notifications.observe({ key: 'argocd/shop', object: degraded('2') });
    await expect.poll(failures, { timeout: 10_000 }).toEqual([['the trigger on-nothing is not there', 1]]);
    expect(logged.filter((line) => line.includes('on-nothing'))).toHaveLength(1);
  });

  test('faults of the settings are told, with no secret, and mended at once', async () => {
    await configure({ 'service.pager': 'x: 1', 'trigger.on-x': '- when: (' });
    await untilFaults(['trigger.on-x', 'service.pager']);
    await configure({}, {});
    await untilFaults(['names $slack-token, which is not in the secret']);
    const failed = await call('POST', '/api/v1/notifications/test', { service: 'slack', recipient: 'ops' });
    expect(failed).toMatchObject({ status: 422, json: { code: 'NOTIFY_MISCONFIGURED' } });
    await configure({});
    await untilFaults([]);
    expect((await call('POST', '/api/v1/notifications/test', { service: 'slack', recipient: 'ops' })).status).toBe(200);
    expect(logged.join('\n')).toContain('service.pager');
    expect(logged.join('\n') + JSON.stringify((await call('GET', '/api/v1/notifications')).json)).not.toContain(TOKEN);
  });
});
