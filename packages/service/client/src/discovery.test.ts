import type { ApiRequest } from '@sekisho/kube';
import { fakeClock, refusal, scriptedApi, success } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { createClient, createDiscovery } from './index.ts';

const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const WIDGET = { group: 'example.com', version: 'v1', kind: 'Widget' };

function aggregated(withWidget: () => boolean) {
  return ({ path }: ApiRequest) => {
    const core = {
      metadata: {},
      versions: [
        {
          version: 'v1',
          resources: [
            {
              resource: 'pods',
              responseKind: { group: '', version: 'v1', kind: 'Pod' },
              scope: 'Namespaced',
              singularResource: 'pod',
              verbs: ['get', 'list'],
              shortNames: ['po'],
              categories: ['all'],
              subresources: [{ subresource: 'log' }, { subresource: 'status' }],
            },
          ],
        },
      ],
    };
    const group = (name: string, resource: string, kind: string) => ({
      metadata: { name },
      versions: [{ version: 'v1', resources: [{ resource, responseKind: { kind }, scope: 'Cluster', verbs: [] }] }],
    });
    const items: object[] =
      path === '/api'
        ? [core]
        : [
            group('apps', 'deployments', 'Deployment'),
            { metadata: { name: 'stale' }, versions: [{ version: 'v1', freshness: 'Stale' }] },
          ];
    if (path === '/apis' && withWidget()) items.push(group('example.com', 'widgets', 'Widget'));
    return success({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items });
  };
}

describe('createDiscovery', () => {
  test('reads aggregated discovery in two requests', async () => {
    const api = scriptedApi(aggregated(() => false));
    const discovery = createDiscovery(createClient(api));
    expect(discovery.resourceForSync(DEPLOYMENT)).toBeUndefined();
    const [pods, deployments] = await discovery.all();
    expect(pods).toEqual({
      group: '',
      version: 'v1',
      kind: 'Pod',
      resource: 'pods',
      singular: 'pod',
      namespaced: true,
      shortNames: ['po'],
      categories: ['all'],
      verbs: ['get', 'list'],
      subresources: ['log', 'status'],
    });
    expect(deployments).toMatchObject({ group: 'apps', resource: 'deployments', namespaced: false });
    expect(discovery.resourceForSync(DEPLOYMENT)).toBe(deployments);
    expect(api.requests.map((request) => request.path)).toEqual(['/api', '/apis']);
  });

  test('a miss reads again, at most once per second, and many at once share one reading', async () => {
    let created = false;
    const clock = fakeClock();
    const api = scriptedApi(aggregated(() => created));
    const discovery = createDiscovery(createClient(api), { clock });
    expect(await discovery.resourceFor(WIDGET)).toBeUndefined();
    created = true;
    expect(await discovery.resourceFor(WIDGET)).toBeUndefined();
    expect(api.requests).toHaveLength(2);
    await clock.advance(1_000);
    const found = await Promise.all([1, 2, 3].map(() => discovery.resourceFor(WIDGET)));
    expect(found.map((info) => info?.resource)).toEqual(['widgets', 'widgets', 'widgets']);
    expect(api.requests).toHaveLength(4);
    created = false;
    await discovery.refresh();
    expect(discovery.resourceForSync(WIDGET)).toBeUndefined();
  });

  test('reads group by group from servers without aggregated discovery, over broken groups', async () => {
    const api = scriptedApi(({ path }) => {
      switch (path) {
        case '/api':
          return success({ kind: 'APIVersions', versions: ['v1'] });
        case '/apis':
          return success({
            kind: 'APIGroupList',
            groups: [
              { versions: [{ groupVersion: 'apps/v1' }] },
              { versions: [{ groupVersion: 'metrics.k8s.io/v1' }] },
            ],
          });
        case '/apis/apps/v1':
          return success({
            resources: [
              { name: 'deployments', singularName: 'deployment', namespaced: true, kind: 'Deployment', verbs: ['get'] },
              { name: 'deployments/scale', namespaced: true, kind: 'Scale', verbs: ['get'] },
            ],
          });
        case '/api/v1':
          return success({ resources: [] });
        default:
          return refusal(503, 'ServiceUnavailable', 'down');
      }
    });
    const info = await createDiscovery(createClient(api)).resourceFor(DEPLOYMENT);
    expect(info).toMatchObject({ resource: 'deployments', namespaced: true, subresources: ['scale'] });
  });

  test('a cluster that is away is an error, and asked again', async () => {
    let away = true;
    const answer = aggregated(() => true);
    const api = scriptedApi((request) => (away ? refusal(500, 'InternalError', 'away') : answer(request)));
    const discovery = createDiscovery(createClient(api));
    await expect(discovery.resourceFor(WIDGET)).rejects.toMatchObject({ code: 'KUBE_INTERNAL' });
    away = false;
    expect((await discovery.resourceFor(WIDGET))?.kind).toBe('Widget');
  });
});
