import { isSekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { listOf, refusal, scriptedApi, success } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { createClient, type ResourceType } from './index.ts';

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true };
const NODES: ResourceType = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false };
const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

const pod = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n' } });

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'none';
  } catch (error) {
    return isSekishoError(error) ? error.code : String(error);
  }
}

describe('createClient', () => {
  test.each([
    ['get', () => ['GET', '/api/v1/namespaces/n/pods/a', {}, undefined] as const, 'get'],
    [
      'apply',
      () =>
        [
          'PATCH',
          '/api/v1/namespaces/n/pods/a',
          { fieldManager: 'me', force: 'true' },
          'application/apply-patch+yaml',
        ] as const,
      'apply',
    ],
    [
      'update of a subresource',
      () => ['PUT', '/api/v1/namespaces/n/pods/a/status', { fieldManager: 'me' }, undefined] as const,
      'update',
    ],
    [
      'create as a dry run',
      () =>
        [
          'POST',
          '/api/v1/namespaces/n/pods',
          { fieldManager: 'me', dryRun: 'All', fieldValidation: 'Strict' },
          undefined,
        ] as const,
      'create',
    ],
    [
      'patch',
      () =>
        ['PATCH', '/api/v1/namespaces/n/pods/a', { fieldManager: 'other' }, 'application/merge-patch+json'] as const,
      'patch',
    ],
  ])('%s is the request that Kubernetes documents', async (_title, expected, verb) => {
    const api = scriptedApi(() => success(pod('a')));
    const client = createClient(api, { fieldManager: 'me', userAgent: 'test' });
    const run = {
      get: () => client.get(PODS, 'a', 'n'),
      apply: () => client.apply(PODS, pod('a'), { force: true }),
      update: () => client.update(PODS, pod('a'), { subresource: 'status' }),
      create: () => client.create(PODS, pod('a'), { dryRun: true, fieldValidation: 'Strict' }),
      patch: () => client.patch(PODS, 'a', 'n', { kind: 'merge', body: {} }, { fieldManager: 'other' }),
    }[verb];
    await run?.();
    const [method, path, query, contentType] = expected();
    const [request] = api.requests;
    expect([request?.method, request?.path, request?.query ?? {}, request?.contentType]).toEqual([
      method,
      path,
      query,
      contentType,
    ]);
    expect(request?.userAgent).toBe('test');
  });

  test('delete sends DeleteOptions', async () => {
    const api = scriptedApi(() => success({ kind: 'Status', status: 'Success' }));
    await createClient(api).delete(DEPLOYMENTS, 'a', 'n', {
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u' },
      dryRun: true,
    });
    expect(api.requests[0]).toMatchObject({
      method: 'DELETE',
      path: '/apis/apps/v1/namespaces/n/deployments/a',
      body: { kind: 'DeleteOptions', propagationPolicy: 'Foreground', preconditions: { uid: 'u' }, dryRun: ['All'] },
    });
  });

  test('cluster-scoped kinds ignore a namespace, namespaced kinds need one', async () => {
    const api = scriptedApi(() => success({ ...pod('a'), kind: 'Node' }));
    const client = createClient(api);
    await client.get(NODES, 'a', 'ignored');
    expect(api.requests[0]?.path).toBe('/api/v1/nodes/a');
    expect(await codeOf(async () => client.get(PODS, 'a'))).toBe('KUBE_BAD_REQUEST');
  });

  test.each([
    [404, 'NotFound', 'KUBE_NOT_FOUND', false],
    [409, 'AlreadyExists', 'KUBE_ALREADY_EXISTS', false],
    [409, 'Conflict', 'KUBE_CONFLICT', false],
    [422, 'Invalid', 'KUBE_INVALID', false],
    [403, 'Forbidden', 'KUBE_FORBIDDEN', false],
    [401, 'Unauthorized', 'KUBE_UNAUTHORIZED', false],
    [410, 'Expired', 'KUBE_GONE', false],
    [410, 'Gone', 'KUBE_GONE', false],
    [400, 'BadRequest', 'KUBE_BAD_REQUEST', false],
    [405, 'MethodNotAllowed', 'KUBE_BAD_REQUEST', false],
    [415, 'UnsupportedMediaType', 'KUBE_UNSUPPORTED_MEDIA', false],
    [429, 'TooManyRequests', 'KUBE_TOO_MANY_REQUESTS', true],
    [500, 'InternalError', 'KUBE_INTERNAL', true],
    [503, 'ServiceUnavailable', 'KUBE_INTERNAL', true],
    [504, 'Timeout', 'KUBE_INTERNAL', true],
    [502, '', 'KUBE_INTERNAL', true],
    [418, '', 'KUBE_BAD_REQUEST', false],
  ])('status %i %s becomes %s', async (status, reason, code, retryable) => {
    const client = createClient(scriptedApi(() => refusal(status, reason, 'why')));
    const error = await client.get(PODS, 'a', 'n').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, retryable, message: 'why', details: { status: { code: status } } });
  });

  test('an answer without a Status still names the request', async () => {
    const client = createClient(scriptedApi(() => ({ status: 500, headers: {} })));
    await expect(client.get(PODS, 'a', 'n')).rejects.toThrow('GET /api/v1/namespaces/n/pods/a was answered with 500');
  });

  test('getIfExists tells a missing object from a failure', async () => {
    const missing = createClient(scriptedApi(() => refusal(404, 'NotFound', 'no')));
    expect(await missing.getIfExists(PODS, 'a', 'n')).toBeUndefined();
    const failing = createClient(scriptedApi(() => refusal(500, 'InternalError', 'no')));
    expect(await codeOf(() => failing.getIfExists(PODS, 'a', 'n'))).toBe('KUBE_INTERNAL');
  });

  test('list follows the continue token and types each item', async () => {
    const bare = (name: string) => ({ metadata: { name, namespace: 'n' } }) as KubeObject;
    const api = scriptedApi(({ query }) =>
      success(query?.['continue'] === 'two' ? listOf([bare('c')], '9') : listOf([bare('a'), bare('b')], '9', 'two')),
    );
    const list = await createClient(api).list(PODS, { labelSelector: 'a=b', limit: 2 });
    expect(list.resourceVersion).toBe('9');
    expect(list.items.map((item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`)).toEqual([
      'v1 Pod a',
      'v1 Pod b',
      'v1 Pod c',
    ]);
    expect(api.requests.map((request) => request.query)).toEqual([
      { labelSelector: 'a=b', limit: '2' },
      { labelSelector: 'a=b', limit: '2', continue: 'two' },
    ]);
  });

  test('list reads everything at once when the token of its pages is gone', async () => {
    const api = scriptedApi(({ query }) => {
      if (query?.['continue'] !== undefined) return refusal(410, 'Expired', 'too old');
      return success(
        query?.['limit'] === undefined ? listOf([pod('a'), pod('b')], '12') : listOf([pod('a')], '9', 'next'),
      );
    });
    expect(await createClient(api).list(PODS, { limit: 1 })).toMatchObject({
      resourceVersion: '12',
      items: [pod('a'), pod('b')],
    });
  });

  test('list hands on the very objects of the transport', async () => {
    const shared = pod('a');
    const { items } = await createClient(scriptedApi(() => success(listOf([shared], '1')))).list(PODS);
    expect(items[0]).toBe(shared);
  });

  test('watch throws the Status of an ERROR event', async () => {
    const api = scriptedApi(() => undefined);
    const client = createClient(api);
    const events = client.watch(PODS, { resourceVersion: '3', signal: new AbortController().signal });
    const reading = (async () => {
      for await (const _event of events);
    })();
    const watch = await api.nextWatch();
    expect(watch.request.query).toEqual({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '3' });
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    watch.send({ type: 'ERROR', object: status as unknown as KubeObject });
    expect(await codeOf(() => reading)).toBe('KUBE_GONE');
    expect(watch.closed).toBe(true);
  });

  test('an aborted signal stops a request before it is sent', async () => {
    const api = scriptedApi(() => success(pod('a')));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createClient(api).get(PODS, 'a', 'n', { signal })).rejects.toThrow('enough');
    expect(api.requests).toEqual([]);
  });
});
