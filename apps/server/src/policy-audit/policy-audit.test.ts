import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { ViolationLog, ViolationRecord } from '@sekisho/store';
import { type FakeClock, fakeClock, startTestCluster, type TestCluster } from '@sekisho/testkit';
import { type FastifyInstance, fastify } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDestinations, type Destinations } from '../applications/destinations.ts';
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '../applications/kinds.ts';
import type { NewEvent } from '../events/bus.ts';
import type { ObjectVerdicts, ViolationList } from '../http/api-types.ts';
import { toProblem } from '../http/problem.ts';
import { type AccessControl, guardRoutes } from '../http/route.ts';
import { violationRoutes } from '../http/violations.ts';
import { openPolicyAudit, type PolicyAudit } from './policy-audit.ts';
import { type LocalPolicies, localPolicies } from './testing/local-policies.ts';
import { configMap, constraint, namespace, requiredLabels, waiver } from './testing/policies.ts';

const CONSTRAINTS = {
  group: 'constraints.gatekeeper.sh',
  version: 'v1beta1',
  resource: 'k8srequiredlabels',
  kind: 'K8sRequiredLabels',
  namespaced: false,
};
const REPORTS = {
  group: 'wgpolicyk8s.io',
  version: 'v1alpha2',
  resource: 'policyreports',
  kind: 'PolicyReport',
  namespaced: true,
};
const EVENTS = { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true };
const WAIT = { timeout: 20_000, interval: 50 };

const owned = constraint('K8sRequiredLabels', 'owned', {
  labels: ['owner'],
  match: { kinds: [{ apiGroups: [''], kinds: ['ConfigMap'] }], namespaces: ['web', 'db'] },
});

let clock: FakeClock;
let cluster: TestCluster;
let policies: LocalPolicies;
let destinations: Destinations;
let audit: PolicyAudit;
let app: FastifyInstance;
let metrics: Registry;
const rows = new Map<string, ViolationRecord>();
const published: NewEvent[] = [];

const log: ViolationLog = {
  async save(records) {
    for (const record of records) rows.set(`${record.id} ${record.from}`, record);
  },
  open: async () => [...rows.values()].filter(({ until }) => until === undefined),
  history: async ({ at }) => [
    { at: at.at(-1) ?? '', decision: 'deny', cluster: 'https://kubernetes.default.svc', count: 3 },
    {
      at: at.at(-1) ?? '',
      decision: 'warn',
      cluster: 'https://kubernetes.default.svc',
      application: { namespace: 'argocd', name: 'web', project: 'shop' },
      count: 2,
    },
  ],
  prune: async () => 0,
};

const access: AccessControl = {
  authenticate: async (request) => {
    const user = request.headers.authorization?.replace('Bearer ', '');
    return user === undefined ? undefined : { user, groups: [], method: 'token' };
  },
  authorize: ({ user }, resource, _action, object) =>
    user === 'admin' || (user === 'shop' && resource === 'applications' && object.startsWith('shop/')),
};

beforeAll(async () => {
  clock = fakeClock();
  cluster = await startTestCluster();
  const { client } = cluster;
  for (const name of ['argocd', 'web', 'db']) await client.create(NAMESPACES, namespace(name));
  await client.create(CUSTOM_RESOURCE_DEFINITIONS, constraintDefinition);
  await client.create(CONFIG_MAPS, tracked('a'));
  await client.create(CONFIG_MAPS, configMap('b', {}, 'db'));
  await vi.waitFor(() => client.create(CONSTRAINTS, owned), WAIT);
  destinations = createDestinations({
    embedded: cluster.cluster.transport(),
    clusterSecrets: () => [],
    clock,
    logger: silentLogger,
  });
  policies = localPolicies(clock);
  metrics = new Registry();
  await open();
  app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    reply.code(problem.status).send(problem);
  });
  guardRoutes(app, { access });
  violationRoutes({
    // The one that is open: a test opens it anew.
    audit: new Proxy({} as PolicyAudit, { get: (_, key) => Reflect.get(audit, key) }),
    linesOf: async () => [{ file: 'web/a.yaml', line: 7 }],
    access,
    controlNamespace: 'argocd',
    now: () => clock.now(),
  })(app);
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await audit?.close();
  await destinations?.close();
  await cluster?.close();
});

async function open(): Promise<void> {
  audit = openPolicyAudit({
    policies: { ...policies, ready: async () => {}, constraints: () => [owned] },
    log,
    destinations,
    client: cluster.client,
    applications: {
      object: () => undefined,
      projectOf: (key) => (key === 'argocd/web' ? 'shop' : undefined),
      onChange: () => {},
    },
    bus: { publish: (event) => void published.push(event) },
    metrics,
    controlNamespace: 'argocd',
    clock,
    logger: silentLogger,
  });
}

/** As an application made it. */
function tracked(name: string): KubeObject {
  const object = configMap(name);
  const annotations = { 'argocd.argoproj.io/tracking-id': `web:/ConfigMap:web/${name}` };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

const constraintDefinition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'k8srequiredlabels.constraints.gatekeeper.sh' },
  spec: {
    group: 'constraints.gatekeeper.sh',
    scope: 'Cluster',
    names: { kind: 'K8sRequiredLabels', plural: 'k8srequiredlabels', singular: 'k8srequiredlabels' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

async function get<T>(path: string, user = 'admin'): Promise<T> {
  const answer = await app.inject({ url: path, headers: { authorization: `Bearer ${user}` } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json() as T;
}

async function decisions(): Promise<string[]> {
  const { items } = await get<ViolationList>('/api/v1/violations?sort=name');
  return items.map(({ object, decision }) => `${object.name} ${decision}`);
}

describe('openPolicyAudit', () => {
  test('does nothing while there is no policy', async () => {
    expect(audit.progress.objects).toBe(0);
    expect(await get<ViolationList>('/api/v1/violations')).toMatchObject({ items: [], total: 0 });
  });

  test('lists what breaks policies, to whom may see it', async () => {
    policies.load(requiredLabels, owned);
    await vi.waitFor(async () => expect(await decisions()).toEqual(['a deny', 'b deny']), WAIT);
    const { items, total, facets } = await get<ViolationList>('/api/v1/violations', 'shop');
    expect(total).toBe(1);
    expect(items).toMatchObject([
      {
        policyId: 'gatekeeper/K8sRequiredLabels/owned',
        decision: 'deny',
        object: { cluster: 'in-cluster', kind: 'ConfigMap', namespace: 'web', name: 'a' },
        application: { namespace: 'argocd', name: 'web', project: 'shop' },
      },
    ]);
    expect(facets.namespace).toEqual([{ value: 'web', count: 1 }]);
    expect((await get<ViolationList>('/api/v1/violations', 'nobody')).total).toBe(0);
    expect(await get('/api/v1/violations/groups?by=namespace')).toMatchObject({ total: 2, items: [{ deny: 1 }, {}] });
  });

  test('tells of an object, with the line of git', async () => {
    const path = '/api/v1/objects/verdicts?kind=ConfigMap&namespace=web&name=a';
    expect((await get<ObjectVerdicts>(path)).items).toMatchObject([{ origin: { file: 'web/a.yaml', line: 7 } }]);
    const other = '/api/v1/objects/verdicts?kind=ConfigMap&namespace=db&name=b';
    expect((await get<ObjectVerdicts>(other)).items).toHaveLength(1);
    expect(await get<ObjectVerdicts>(other, 'shop')).toEqual({ items: [], pending: false });
  });

  test('history counts what the caller may see', async () => {
    const { buckets } = await get<{ buckets: object[] }>('/api/v1/violations/history?days=3');
    expect(buckets).toHaveLength(3);
    expect(buckets.at(-1)).toMatchObject({ deny: 3, warn: 2 });
    const seen = await get<{ buckets: object[] }>('/api/v1/violations/history?days=1', 'shop');
    expect(seen.buckets).toMatchObject([{ deny: 0, warn: 2 }]);
  });

  test.each([
    '/api/v1/violations?sort=colour',
    '/api/v1/violations?cursor=nonsense',
    '/api/v1/violations?decision=maybe',
    '/api/v1/violations/groups?by=colour',
    '/api/v1/violations/history?days=9999',
    '/api/v1/objects/verdicts?name=a',
  ])('refuses %s', async (url) => {
    const answer = await app.inject({ url, headers: { authorization: 'Bearer admin' } });
    expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID', status: 400 });
  });

  test('writes constraints, reports, events and metrics', async () => {
    const { client } = cluster;
    await clock.advance(10_000);
    await vi.waitFor(async () => {
      const { status } = await client.get(CONSTRAINTS, 'owned');
      expect(status).toMatchObject({
        totalViolations: 2,
        violations: [
          { kind: 'ConfigMap', namespace: 'db', name: 'b', message: 'b has no label owner', enforcementAction: 'deny' },
          { namespace: 'web', name: 'a' },
        ],
      });
    }, WAIT);
    await vi.waitFor(async () => {
      await clock.advance(5_000);
      const report = await client.get(REPORTS, 'sekisho', 'web');
      expect(report).toMatchObject({
        summary: { fail: 1, warn: 0, skip: 0 },
        results: [{ policy: 'gatekeeper/K8sRequiredLabels/owned', result: 'fail', resources: [{ name: 'a' }] }],
        metadata: { ownerReferences: [{ kind: 'Namespace', name: 'web' }] },
      });
    }, WAIT);
    await vi.waitFor(async () => {
      const { items } = await client.list(EVENTS, { namespace: 'web' });
      expect(items.map(({ reason }) => reason)).toContain('PolicyViolation');
    }, WAIT);
    expect(await metrics.metrics()).toContain(
      'sekisho_policy_violations{policy="gatekeeper/K8sRequiredLabels/owned",decision="deny"} 2',
    );
    expect(published.map(({ type }) => type)).toContain('violations');
  });

  test('notices the end of a waiver though nothing else changes', async () => {
    policies.load(requiredLabels, owned, waiver('web', 'moving', clock.now() + 3_600_000));
    await vi.waitFor(async () => expect(await decisions()).toEqual(['a waived', 'b deny']), WAIT);
    const { items } = await get<ViolationList>('/api/v1/violations?decision=waived');
    expect(items).toMatchObject([{ waivedBy: 'web/moving', waiverExpires: expect.stringContaining('2026-01-01T01:') }]);
    await clock.advance(3_600_000);
    await vi.waitFor(async () => expect(await decisions()).toEqual(['a deny', 'b deny']), WAIT);
    expect([...rows.values()].filter(({ object }) => object.name === 'a').map(({ decision }) => decision)).toContain(
      'waived',
    );
  });

  test('keeps after a restart since when, and tells of what was mended meanwhile', async () => {
    const before = await get<ViolationList>('/api/v1/violations?sort=name');
    await audit.close();
    await cluster.client.update(CONFIG_MAPS, {
      ...(await cluster.client.get(CONFIG_MAPS, 'b', 'db')),
      metadata: { name: 'b', namespace: 'db', labels: { owner: 'me' } },
    });
    await clock.advance(60_000);
    metrics.clear();
    await open();
    await vi.waitFor(async () => expect(await decisions()).toEqual(['a deny']), WAIT);
    const after = await get<ViolationList>('/api/v1/violations');
    expect(after.items[0]).toEqual(before.items[0]);
    await clock.advance(10_000);
    await vi.waitFor(async () => {
      await clock.advance(5_000);
      expect(await cluster.client.getIfExists(REPORTS, 'sekisho', 'db')).toBeUndefined();
      expect(await cluster.client.get(CONSTRAINTS, 'owned')).toMatchObject({ status: { totalViolations: 1 } });
    }, WAIT);
    expect([...rows.values()].filter(({ until }) => until === undefined).map(({ object }) => object.name)).toEqual([
      'a',
    ]);
  });
});
