import { silentLogger } from '@sekisho/base';
import type { ApiRequest, ApiResponse, WatchEvent } from '@sekisho/kube';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, openCluster } from '../cluster.ts';

let dir: TempDir;
let cluster: Cluster;
beforeAll(async () => {
  dir = await tempDir();
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger, maxHistory: 50 });
});
afterAll(async () => {
  await cluster.close();
  await dir.remove();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are read loosely, a wrong shape fails the expectation
type Json = Record<string, any>;
async function call(
  method: ApiRequest['method'],
  path: string,
  more: Partial<ApiRequest> = {},
): Promise<{ status: number; body: Json; response: ApiResponse }> {
  const response = await cluster.transport().request({ method, path, ...more });
  return { status: response.status, body: response.body as Json, response };
}
const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const map = (name: string, more: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more['metadata'] },
  data: more['data'] ?? { a: '1' },
});
const deployment = (name: string, replicas = 1): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
});
const merge = (path: string, body: Json, query: Record<string, string> = {}) =>
  call('PATCH', path, { body, contentType: 'application/merge-patch+json', query });
const apply = (path: string, body: Json, manager: string, query: Record<string, string> = {}) =>
  call('PATCH', path, {
    body,
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: manager, ...query },
  });

describe('create', () => {
  test('sets what the server owns and tracks the manager', async () => {
    const { status, body } = await call('POST', DEPLOYMENTS, {
      body: deployment('create-a'),
      userAgent: 'kubectl/v1.35.2 (linux)',
    });
    expect(status).toBe(201);
    expect(body['metadata']).toMatchObject({ name: 'create-a', namespace: 'default', generation: 1 });
    expect(body['metadata'].uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(body['metadata'].managedFields).toMatchObject([
      { manager: 'kubectl', operation: 'Update', apiVersion: 'apps/v1' },
    ]);
    expect(body['spec']).toMatchObject({ progressDeadlineSeconds: 600, strategy: { type: 'RollingUpdate' } });
  });

  test('makes names from generateName', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } };
    const made = await Promise.all([call('POST', MAPS, { body }), call('POST', MAPS, { body })]);
    const names = made.map((answer) => answer.body['metadata'].name);
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test.each([
    ['a second one', { body: map('create-dup') }, 409, 'AlreadyExists', 'configmaps "create-dup" already exists'],
    [
      'another namespace than the path',
      { body: map('x', { metadata: { namespace: 'kube-system' } }) },
      400,
      'BadRequest',
      'namespace of the provided object does not match',
    ],
    ['another kind', { body: { ...map('x'), kind: 'Secret' } }, 400, 'BadRequest', 'cannot be handled as a ConfigMap'],
    ['a bad name', { body: map('A_b') }, 422, 'Invalid', 'ConfigMap "A_b" is invalid: metadata.name'],
    [
      'no name',
      { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} } },
      422,
      'Invalid',
      'name or generateName is required',
    ],
    ['no object', { body: [1] }, 400, 'BadRequest', ''],
    [
      'an unknown field under Strict',
      { body: { ...map('x'), foo: 1 }, query: { fieldValidation: 'Strict' } },
      400,
      'BadRequest',
      'strict decoding error: unknown field "foo"',
    ],
    [
      'a resourceVersion',
      { body: map('x', { metadata: { resourceVersion: '1' } }) },
      500,
      undefined,
      'resourceVersion should not be set',
    ],
    ['a wrong type', { body: { ...map('x'), data: { a: 1 } } }, 400, 'BadRequest', 'data'],
  ])('refuses %s', async (_, request, code, reason, words) => {
    if ((request.body as Json)['metadata']?.name === 'create-dup')
      await call('POST', MAPS, { body: map('create-dup') });
    const { status, body } = await call('POST', MAPS, request as Partial<ApiRequest>);
    expect([status, body['code'], body['reason']]).toEqual([code, code, reason]);
    expect(body['kind']).toBe('Status');
    expect(body['message']).toContain(words);
  });

  test('refuses namespaces that are missing, with upstream words', async () => {
    const { status, body } = await call('POST', '/api/v1/namespaces/nope/configmaps', { body: map('x') });
    expect(status).toBe(404);
    expect(body).toMatchObject({
      reason: 'NotFound',
      message: 'namespaces "nope" not found',
      details: { name: 'nope', kind: 'namespaces' },
    });
  });

  test('warns of unknown fields and leaves them out, by default', async () => {
    const { status, body, response } = await call('POST', MAPS, { body: { ...map('create-warn'), foo: 1 } });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('foo');
    expect(response.headers['warning']).toBe('299 - "unknown field \\"foo\\""');
  });

  test('with dryRun answers and stores nothing', async () => {
    const { status, body } = await call('POST', MAPS, { body: map('create-dry'), query: { dryRun: 'All' } });
    expect([status, body['metadata'].name]).toEqual([201, 'create-dry']);
    expect((await call('GET', `${MAPS}/create-dry`)).status).toBe(404);
  });

  test('never changes the object of the caller', async () => {
    const body = Object.freeze({ ...map('create-frozen'), metadata: Object.freeze({ name: 'create-frozen' }) });
    expect((await call('POST', MAPS, { body })).status).toBe(201);
    expect(Object.keys(body.metadata)).toEqual(['name']);
  });
});

describe('update', () => {
  test('refuses an old resourceVersion with upstream words', async () => {
    const { body: made } = await call('POST', MAPS, { body: map('update-a') });
    const changed = { ...made, data: { a: '2' } };
    expect((await call('PUT', `${MAPS}/update-a`, { body: changed })).status).toBe(200);
    const { status, body } = await call('PUT', `${MAPS}/update-a`, { body: { ...changed, data: { a: '3' } } });
    expect(status).toBe(409);
    expect(body['message']).toBe(
      'Operation cannot be fulfilled on configmaps "update-a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('that changes nothing keeps the revision', async () => {
    const { body: made } = await call('POST', MAPS, { body: map('update-noop') });
    const { body } = await call('PUT', `${MAPS}/update-noop`, { body: map('update-noop'), userAgent: 'other' });
    expect(body['metadata'].resourceVersion).toBe(made['metadata'].resourceVersion);
  });

  test('keeps spec and status apart and counts generations', async () => {
    await call('POST', DEPLOYMENTS, { body: deployment('update-status') });
    const path = `${DEPLOYMENTS}/update-status`;
    const status = await merge(`${path}/status`, { status: { replicas: 3 }, spec: { replicas: 9 } });
    expect([status.body['spec'].replicas, status.body['status'].replicas, status.body['metadata'].generation]).toEqual([
      1, 3, 1,
    ]);
    const spec = await merge(path, { status: { replicas: 7 }, spec: { replicas: 2 } });
    expect([spec.body['spec'].replicas, spec.body['status'].replicas, spec.body['metadata'].generation]).toEqual([
      2, 3, 2,
    ]);
    const labels = await merge(path, { metadata: { labels: { x: 'y' } } });
    expect(labels.body['metadata'].generation).toBe(2);
  });

  test('refuses to change an immutable field', async () => {
    await call('POST', DEPLOYMENTS, { body: deployment('update-immutable') });
    const { status, body } = await merge(`${DEPLOYMENTS}/update-immutable`, {
      spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } },
    });
    expect(status).toBe(422);
    expect(body['message']).toMatch(/spec.selector: Invalid value: .*: field is immutable/);
  });
});

describe('patch', () => {
  test.each([
    ['application/json-patch+json', [{ op: 'replace', path: '/data/a', value: '2' }], { a: '2', b: '1' }],
    ['application/merge-patch+json', { data: { a: null, c: '3' } }, { b: '1', c: '3' }],
    ['application/strategic-merge-patch+json', { data: { a: '9' } }, { a: '9', b: '1' }],
  ])('%s changes what it names', async (contentType, body, expected) => {
    const name = `patch-${contentType.slice(12, 16).replace(/\W/g, '')}`;
    await call('POST', MAPS, { body: map(name, { data: { a: '1', b: '1' } }) });
    const { status, body: after } = await call('PATCH', `${MAPS}/${name}`, { body, contentType });
    expect([status, after['data']]).toEqual([200, expected]);
  });

  test('refuses other media types with 415 and missing objects with 404', async () => {
    expect((await call('PATCH', `${MAPS}/patch-none`, { body: {}, contentType: 'text/plain' })).status).toBe(415);
    expect((await merge(`${MAPS}/patch-none`, {})).status).toBe(404);
  });

  test('refuses a failing json patch test with 422', async () => {
    await call('POST', MAPS, { body: map('patch-test') });
    const body = [{ op: 'test', path: '/data/a', value: 'other' }];
    expect(
      (await call('PATCH', `${MAPS}/patch-test`, { body, contentType: 'application/json-patch+json' })).status,
    ).toBe(422);
  });
});

describe('apply', () => {
  test('creates, owns, reports conflicts and forces', async () => {
    const path = `${DEPLOYMENTS}/apply-a`;
    const created = await apply(path, deployment('apply-a', 1), 'one');
    expect(created.status).toBe(201);
    expect(created.body['metadata'].managedFields).toMatchObject([{ manager: 'one', operation: 'Apply' }]);
    const again = await apply(path, deployment('apply-a', 1), 'one');
    expect(again.body['metadata'].resourceVersion).toBe(created.body['metadata'].resourceVersion);
    const conflict = await apply(path, deployment('apply-a', 5), 'two');
    expect(conflict.status).toBe(409);
    expect(conflict.body['message']).toBe('Apply failed with 1 conflict: conflict with "one": .spec.replicas');
    expect(conflict.body['details'].causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' },
    ]);
    const forced = await apply(path, deployment('apply-a', 5), 'two', { force: 'true' });
    expect([forced.status, forced.body['spec'].replicas, forced.body['metadata'].generation]).toEqual([200, 5, 2]);
  });

  test('needs a field manager and refuses unknown fields', async () => {
    const body = deployment('apply-b');
    const noManager = await cluster
      .transport({ user: 'u', groups: [] })
      .request({ method: 'PATCH', path: `${DEPLOYMENTS}/apply-b`, contentType: 'application/apply-patch+yaml', body });
    expect(noManager.status).toBe(422);
    const unknown = await apply(`${DEPLOYMENTS}/apply-b`, { ...body, spec: { ...body['spec'], foo: 1 } }, 'm');
    expect(unknown.body['message']).toContain('.spec.foo: field not declared in schema');
  });

  test('removes what its manager no longer applies', async () => {
    const path = `${MAPS}/apply-c`;
    await apply(path, map('apply-c', { data: { a: '1', b: '2' } }), 'm');
    const { body } = await apply(path, map('apply-c', { data: { a: '1' } }), 'm');
    expect(body['data']).toEqual({ a: '1' });
  });
});

describe('list', () => {
  beforeAll(async () => {
    await call('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lists' } },
    });
    for (let n = 0; n < 7; n += 1) {
      const body = map(`m${n}`, { metadata: { labels: { parity: n % 2 === 0 ? 'even' : 'odd' } } });
      await call('POST', '/api/v1/namespaces/lists/configmaps', { body });
    }
  });
  const path = '/api/v1/namespaces/lists/configmaps';

  test('pages stay at the revision of the first one', async () => {
    const first = await call('GET', path, { query: { limit: '3' } });
    expect(first.body['metadata']).toMatchObject({ remainingItemCount: 4 });
    await call('DELETE', `${path}/m4`);
    await call('POST', path, { body: map('m45') });
    const second = await call('GET', path, { query: { limit: '3', continue: first.body['metadata'].continue } });
    const third = await call('GET', path, { query: { limit: '3', continue: second.body['metadata'].continue } });
    expect(
      [first, second, third].flatMap((page) => page.body['items'].map((item: Json) => item['metadata'].name)),
    ).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(second.body['metadata'].resourceVersion).toBe(first.body['metadata'].resourceVersion);
    expect(third.body['metadata']).not.toHaveProperty('continue');
  });

  test('selects by labels and fields', async () => {
    const names = async (query: Record<string, string>) =>
      (await call('GET', path, { query })).body['items'].map((item: Json) => item['metadata'].name);
    expect(await names({ labelSelector: 'parity=odd' })).toEqual(['m1', 'm3', 'm5']);
    expect(await names({ labelSelector: 'parity in (odd),parity!=even' })).toEqual(['m1', 'm3', 'm5']);
    expect(await names({ fieldSelector: 'metadata.name=m2' })).toEqual(['m2']);
    expect(await names({ fieldSelector: 'metadata.name!=m2', labelSelector: 'parity=even' })).not.toContain('m2');
  });

  test.each([
    [{ labelSelector: 'a in (' }, 400],
    [{ fieldSelector: 'spec.x=1' }, 400],
    [{ continue: 'rubbish' }, 400],
    [{ limit: '-1' }, 400],
    [{ resourceVersion: '99999999' }, 504],
    [{ resourceVersion: 'x' }, 400],
  ])('refuses %j', async (query, code) => {
    expect((await call('GET', path, { query: query as Record<string, string> })).status).toBe(code);
  });
});

describe('watch', () => {
  async function collect(
    query: Record<string, string>,
    count: number,
    act: () => Promise<unknown>,
    path = MAPS,
  ): Promise<[string, string][]> {
    const stop = new AbortController();
    const { response } = await call('GET', path, { query: { watch: 'true', ...query }, signal: stop.signal });
    expect(response.status).toBe(200);
    await act();
    const seen: [string, string][] = [];
    for await (const event of response.events as AsyncIterable<WatchEvent>) {
      seen.push([event.type, event.object.metadata.name ?? '']);
      if (seen.length === count) break;
    }
    stop.abort();
    return seen;
  }
  const now = async () => (await call('GET', MAPS)).body['metadata'].resourceVersion as string;

  test('gives every change after a revision', async () => {
    const resourceVersion = await now();
    const events = await collect({ resourceVersion }, 3, async () => {
      await call('POST', MAPS, { body: map('watch-a') });
      await merge(`${MAPS}/watch-a`, { data: { a: '2' } });
      await call('DELETE', `${MAPS}/watch-a`);
    });
    expect(events).toEqual([
      ['ADDED', 'watch-a'],
      ['MODIFIED', 'watch-a'],
      ['DELETED', 'watch-a'],
    ]);
  });

  test('shows an object that starts or stops matching as added or deleted', async () => {
    const resourceVersion = await now();
    const events = await collect({ resourceVersion, labelSelector: 'w=yes' }, 3, async () => {
      await call('POST', MAPS, { body: map('watch-b') });
      await merge(`${MAPS}/watch-b`, { metadata: { labels: { w: 'yes' } } });
      await merge(`${MAPS}/watch-b`, { data: { a: '2' } });
      await merge(`${MAPS}/watch-b`, { metadata: { labels: { w: 'no' } } });
    });
    expect(events).toEqual([
      ['ADDED', 'watch-b'],
      ['MODIFIED', 'watch-b'],
      ['DELETED', 'watch-b'],
    ]);
  });

  test('streams the state first when asked, and says when that is done', async () => {
    await call('POST', MAPS, { body: map('watch-c') });
    const query = {
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
      fieldSelector: 'metadata.name=watch-c',
    };
    expect(await collect(query, 2, async () => {})).toEqual([
      ['ADDED', 'watch-c'],
      ['BOOKMARK', ''],
    ]);
  });

  test('answers 410 when the revision is forgotten', async () => {
    const resourceVersion = await now();
    for (let n = 0; n < 60; n += 1) await merge(`${MAPS}/watch-c`, { data: { n: String(n) } });
    const { status, body } = await call('GET', MAPS, { query: { watch: 'true', resourceVersion } });
    expect([status, body['reason']]).toEqual([410, 'Expired']);
  });

  test('ends a watcher that falls behind with an ERROR event', async () => {
    const resourceVersion = await now();
    const { response } = await call('GET', MAPS, { query: { watch: 'true', resourceVersion } });
    for (let n = 0; n < 60; n += 1) await merge(`${MAPS}/watch-c`, { data: { m: String(n) } });
    const events: WatchEvent[] = [];
    for await (const event of response.events as AsyncIterable<WatchEvent>) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  test('ends at its timeout', async () => {
    const { response } = await call('GET', MAPS, {
      query: { watch: 'true', resourceVersion: await now(), timeoutSeconds: '1' },
    });
    for await (const event of response.events as AsyncIterable<WatchEvent>) expect.fail(`unexpected ${event.type}`);
  });
});

describe('delete', () => {
  test('answers with a Status that names what is gone', async () => {
    const { body: made } = await call('POST', MAPS, { body: map('delete-a') });
    const { status, body } = await call('DELETE', `${MAPS}/delete-a`);
    expect([status, body['status'], body['details']]).toEqual([
      200,
      'Success',
      { name: 'delete-a', kind: 'configmaps', uid: made['metadata'].uid },
    ]);
    expect((await call('DELETE', `${MAPS}/delete-a`)).status).toBe(404);
  });

  test('waits for finalizers', async () => {
    await call('POST', MAPS, { body: map('delete-b', { metadata: { finalizers: ['example.com/wait'] } }) });
    const marked = await call('DELETE', `${MAPS}/delete-b`);
    expect(marked.body['metadata'].deletionTimestamp).toBeDefined();
    expect(
      (await merge(`${MAPS}/delete-b`, { metadata: { finalizers: ['example.com/wait', 'example.com/more'] } })).status,
    ).toBe(422);
    await merge(`${MAPS}/delete-b`, { metadata: { finalizers: null } });
    expect((await call('GET', `${MAPS}/delete-b`)).status).toBe(404);
  });

  test.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ])('with %s leaves the work to the garbage collector', async (propagationPolicy, finalizers) => {
    const name = `delete-${propagationPolicy.toLowerCase()}`;
    await call('POST', MAPS, { body: map(name) });
    const { body } = await call('DELETE', `${MAPS}/${name}`, { body: { propagationPolicy } });
    expect(body['metadata'].finalizers).toEqual(finalizers);
  });

  test('checks preconditions', async () => {
    await call('POST', MAPS, { body: map('delete-c') });
    const { status, body } = await call('DELETE', `${MAPS}/delete-c`, { body: { preconditions: { uid: 'other' } } });
    expect([status, body['reason']]).toEqual([409, 'Conflict']);
  });

  test('gives a running pod its grace period, and ends it at once with none', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'grace' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    await call('POST', pods, { body: pod });
    await call('POST', `${pods}/grace/binding`, { body: { target: { kind: 'Node', name: 'n' } } });
    const { body } = await call('DELETE', `${pods}/grace`);
    expect(body['metadata'].deletionGracePeriodSeconds).toBe(30);
    await call('DELETE', `${pods}/grace`, { body: { gracePeriodSeconds: 0 } });
    expect((await call('GET', `${pods}/grace`)).status).toBe(404);
  });

  test('of a collection takes what a selector matches', async () => {
    await call('POST', MAPS, { body: map('delete-many-1', { metadata: { labels: { many: 'yes' } } }) });
    await call('POST', MAPS, { body: map('delete-many-2', { metadata: { labels: { many: 'no' } } }) });
    await call('DELETE', MAPS, { query: { labelSelector: 'many=yes' } });
    expect((await call('GET', `${MAPS}/delete-many-1`)).status).toBe(404);
    expect((await call('GET', `${MAPS}/delete-many-2`)).status).toBe(200);
  });

  test('of a namespace keeps it Terminating, refuses new content, and finalize ends it', async () => {
    await call('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } },
    });
    const { body } = await call('DELETE', '/api/v1/namespaces/ending');
    expect(body['status'].phase).toBe('Terminating');
    const refused = await call('POST', '/api/v1/namespaces/ending/configmaps', { body: map('x') });
    expect(refused.status).toBe(403);
    expect(refused.body['message']).toContain('because it is being terminated');
    await call('PUT', '/api/v1/namespaces/ending/finalize', { body: { ...body, spec: {} } });
    expect((await call('GET', '/api/v1/namespaces/ending')).status).toBe(404);
    expect((await call('DELETE', '/api/v1/namespaces/default')).status).toBe(403);
  });
});

describe('subresources and admission', () => {
  test('scale reads and writes the replicas', async () => {
    await call('POST', DEPLOYMENTS, { body: deployment('scale-a', 2) });
    const { body } = await call('GET', `${DEPLOYMENTS}/scale-a/scale`);
    expect(body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { selector: 'app=scale-a' },
    });
    await call('PUT', `${DEPLOYMENTS}/scale-a/scale`, { body: { ...body, spec: { replicas: 4 } } });
    expect((await call('GET', `${DEPLOYMENTS}/scale-a`)).body['spec'].replicas).toBe(4);
    expect((await merge(`${DEPLOYMENTS}/scale-a/scale`, { spec: { replicas: -1 } })).status).toBe(422);
  });

  test('services get an address of their own, node ports, and keep them', async () => {
    const service = (name: string, type = 'ClusterIP') => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type, ports: [{ port: 80 }] },
    });
    const path = '/api/v1/namespaces/default/services';
    const made = await Promise.all(
      ['svc-a', 'svc-b', 'svc-c'].map((name) => call('POST', path, { body: service(name, 'NodePort') })),
    );
    expect(new Set(made.map((answer) => answer.body['spec'].clusterIP)).size).toBe(3);
    expect(new Set(made.map((answer) => answer.body['spec'].ports[0].nodePort)).size).toBe(3);
    const taken = made[0]!.body['spec'];
    const again = await call('POST', path, {
      body: { ...service('svc-d'), spec: { clusterIP: taken.clusterIP, ports: [{ port: 1 }] } },
    });
    expect(again.body['message']).toContain('provided IP is already allocated');
    const updated = await call('PUT', `${path}/svc-a`, { body: service('svc-a', 'NodePort') });
    expect(updated.body['spec']).toMatchObject({
      clusterIP: taken.clusterIP,
      ports: [{ nodePort: taken.ports[0].nodePort }],
    });
    const headless = await call('POST', path, {
      body: { ...service('svc-e'), spec: { clusterIP: 'None', ports: [{ port: 1 }] } },
    });
    expect(headless.body['spec'].clusterIP).toBe('None');
  });

  test('jobs select their own pods, pods get a service account', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
    const job = await call('POST', '/apis/batch/v1/namespaces/default/jobs', {
      body: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job-a' }, spec: { template } },
    });
    const uid = job.body['metadata'].uid;
    expect(job.body['spec'].selector.matchLabels).toEqual({ 'batch.kubernetes.io/controller-uid': uid });
    expect(job.body['spec'].template.metadata.labels).toMatchObject({ 'job-name': 'job-a', 'controller-uid': uid });
    const pod = await call('POST', '/api/v1/namespaces/default/pods', {
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod-a' }, ...template },
    });
    expect(pod.body['spec'].serviceAccountName).toBe('default');
    expect(pod.body['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  test('events and autoscalers are one object in two versions', async () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'ev' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      message: 'hello',
      reason: 'R',
      type: 'Normal',
    };
    await call('POST', '/api/v1/namespaces/default/events', { body: event });
    const { body } = await call('GET', '/apis/events.k8s.io/v1/namespaces/default/events/ev');
    expect(body).toMatchObject({ apiVersion: 'events.k8s.io/v1', regarding: { name: 'p' }, note: 'hello' });
    const scaler = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'hpa' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        targetCPUUtilizationPercentage: 60,
      },
    };
    expect(
      (await call('POST', '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', { body: scaler })).status,
    ).toBe(201);
    const v2 = await call('GET', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/hpa');
    expect(v2.body['spec'].metrics).toMatchObject([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
    ]);
  });
});

test('every list of a built-in resource is served, as objects, as a table and as metadata', async () => {
  const { builtinResources, resourcePath } = await import('@sekisho/kube');
  for (const info of builtinResources.filter((one) => one.verbs.includes('list'))) {
    for (const accept of [
      'application/json',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    ]) {
      const { status, body } = await call('GET', resourcePath(info), { accept });
      expect([info.resource, accept, status]).toEqual([info.resource, accept, 200]);
      expect(Array.isArray(body['items'] ?? body['rows'])).toBe(true);
    }
  }
});

test('unknown paths, methods and media types get their Status', async () => {
  expect((await call('GET', '/api/v1/nothings')).body).toMatchObject({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  });
  expect((await call('PUT', MAPS, { body: {} })).status).toBe(405);
  expect((await call('GET', MAPS, { accept: 'application/vnd.kubernetes.protobuf' })).status).toBe(406);
  expect((await call('GET', '/%zz')).status).toBe(404);
  expect((await call('POST', '/apis/apps/v1/deployments', { body: {} })).status).toBe(405);
});
