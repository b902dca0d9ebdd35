import { silentLogger } from '@sekisho/base';
import type { ApiRequest, KubeObject } from '@sekisho/kube';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, openCluster } from '../cluster.ts';
import type { AdmissionAnswer, AdmissionPlugin, AdmissionRequest } from './plugin.ts';

let dir: TempDir;
let cluster: Cluster;
beforeAll(async () => {
  dir = await tempDir();
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger });
});
afterEach(() => cluster.setAdmission(undefined));
afterAll(async () => {
  await cluster.close();
  await dir.remove();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are read loosely, a wrong shape fails the expectation
type Json = Record<string, any>;
async function call(method: ApiRequest['method'], path: string, more: Partial<ApiRequest> = {}) {
  const { status, body, headers } = await cluster.transport().request({ method, path, ...more });
  return { status, body: body as Json, warning: headers['warning'] };
}
const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const map = (name: string, data: Json = { a: '1' }): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
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
const apply = (path: string, body: Json, query: Record<string, string> = {}) =>
  call('PATCH', path, {
    body,
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'tester', force: 'true', ...query },
  });

const YES: AdmissionAnswer = { allowed: true, warnings: [] };
const NO: AdmissionAnswer = { allowed: false, message: 'not here', warnings: [] };

/** Notes what it is asked. Mutates or validates only when told how. */
function plugin(how: {
  mutate?: (request: AdmissionRequest) => Promise<KubeObject> | KubeObject;
  validate?: (request: AdmissionRequest) => Promise<AdmissionAnswer> | AdmissionAnswer;
}): { asked: AdmissionRequest[] } & AdmissionPlugin {
  const asked: AdmissionRequest[] = [];
  return {
    asked,
    concerns: ({ mutating }) => (mutating ? how.mutate : how.validate) !== undefined,
    mutate: async (request) => ({ object: (await how.mutate?.(request)) ?? (request.object as KubeObject) }),
    validate: async (request) => {
      asked.push(request);
      return (await how.validate?.(request)) ?? YES;
    },
  };
}
const labelled = ({ object }: AdmissionRequest): KubeObject => ({
  ...(object as KubeObject),
  metadata: { ...object?.metadata, labels: { ...object?.metadata.labels, seen: 'yes' } },
});

describe('the plugin is asked about', () => {
  beforeAll(async () => {
    await call('POST', MAPS, { body: map('known') });
    await call('POST', DEPLOYMENTS, { body: deployment('known') });
    await call('POST', '/api/v1/namespaces/default/pods', {
      body: { metadata: { name: 'known' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    });
  });
  const POD = '/api/v1/namespaces/default/pods/known';
  const rows: [string, () => Promise<{ status: number }>, Json][] = [
    ['a creation', () => call('POST', MAPS, { body: map('new') }), { operation: 'CREATE', name: 'new' }],
    ['an update', () => call('PUT', `${MAPS}/known`, { body: map('known', { b: '1' }) }), { operation: 'UPDATE' }],
    ['a merge patch', () => merge(`${MAPS}/known`, { data: { b: '2' } }), { operation: 'UPDATE', name: 'known' }],
    ['an apply that creates', () => apply(`${MAPS}/applied`, map('applied')), { operation: 'CREATE', name: 'applied' }],
    ['an apply that changes', () => apply(`${MAPS}/known`, map('known', { c: '1' })), { operation: 'UPDATE' }],
    ['a deletion', () => call('DELETE', `${MAPS}/known`), { operation: 'DELETE', name: 'known' }],
    [
      'a write of the status',
      () => merge(`${DEPLOYMENTS}/known/status`, { status: { replicas: 1 } }),
      { operation: 'UPDATE', subResource: 'status', kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
    ],
    [
      'a scale',
      () => merge(`${DEPLOYMENTS}/known/scale`, { spec: { replicas: 3 } }),
      {
        operation: 'UPDATE',
        subResource: 'scale',
        kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      },
    ],
    [
      'a binding',
      () => call('POST', `${POD}/binding`, { body: { target: { name: 'node' } } }),
      { operation: 'CREATE', subResource: 'binding', kind: { group: '', version: 'v1', kind: 'Binding' } },
    ],
    [
      'an eviction',
      () => call('POST', `${POD}/eviction`, { body: {} }),
      { operation: 'CREATE', subResource: 'eviction', kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
    ],
    [
      'a token',
      () => call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { body: { spec: {} } }),
      { operation: 'CREATE', subResource: 'token' },
    ],
    [
      'a namespace, which is in itself',
      () => call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'itself' } } }),
      { operation: 'CREATE', name: 'itself', namespace: 'itself' },
    ],
  ];
  test.each(rows)('%s', async (_what, write, expected) => {
    await call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
    const { asked, ...rest } = plugin({ validate: () => NO });
    cluster.setAdmission(rest);
    const refused = await write();
    expect(refused).toMatchObject({ status: 403, body: { reason: 'Forbidden', message: 'not here' } });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ ...expected, dryRun: false, userInfo: { username: 'system:apiserver' } });
    cluster.setAdmission(plugin({ validate: () => YES }));
    expect((await write()).status).toBeLessThan(300);
  });

  test('each deletion of a collection', async () => {
    for (const name of ['c1', 'c2', 'c3']) await call('POST', MAPS, { body: map(name) });
    const { asked, ...rest } = plugin({ validate: ({ name }) => (name === 'c2' ? NO : YES) });
    cluster.setAdmission(rest);
    const refused = await call('DELETE', MAPS, { query: { fieldSelector: 'metadata.name!=kube-root-ca.crt' } });
    expect(refused).toMatchObject({ status: 403, body: { message: 'not here' } });
    expect(asked.map(({ name }) => name)).toEqual(expect.arrayContaining(['c1', 'c2', 'c3']));
    cluster.setAdmission(undefined);
    expect((await call('GET', `${MAPS}/c2`)).status).toBe(200);
    expect((await call('GET', `${MAPS}/c1`)).status).toBe(404);
  });

  test('an eviction that is a dry run by its options', async () => {
    const { asked, ...rest } = plugin({ validate: () => NO });
    await call('POST', '/api/v1/namespaces/default/pods', {
      body: { metadata: { name: 'tried' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    });
    cluster.setAdmission(rest);
    const eviction = { body: { deleteOptions: { dryRun: ['All'] } } };
    await call('POST', '/api/v1/namespaces/default/pods/tried/eviction', eviction);
    expect(asked[0]).toMatchObject({ dryRun: true });
  });

  test('a write that would change nothing, and a dry run, which it is told of', async () => {
    await call('POST', MAPS, { body: map('same') });
    const { asked, ...rest } = plugin({ validate: () => YES });
    cluster.setAdmission(rest);
    await merge(`${MAPS}/same`, { data: { a: '1' } }, { dryRun: 'All' });
    expect(asked[0]).toMatchObject({ dryRun: true, options: { kind: 'UpdateOptions', dryRun: ['All'] } });
  });
});

describe('what the plugin changes', () => {
  test('is stored, defaulted and validated; names are generated afterwards; managers own what they sent', async () => {
    const seen: AdmissionRequest[] = [];
    cluster.setAdmission(
      plugin({
        mutate: (request) => {
          seen.push(request);
          return labelled(request);
        },
        validate: (request) => {
          seen.push(request);
          return YES;
        },
      }),
    );
    const made = await call('POST', MAPS, { body: { metadata: { generateName: 'made-' }, data: { a: '1' } } });
    expect(made).toMatchObject({ status: 201, body: { metadata: { labels: { seen: 'yes' } } } });
    expect(seen[0]).toMatchObject({ name: '' });
    expect(seen[0]?.object?.metadata.uid).toBeUndefined();
    expect(seen[1]).toMatchObject({
      name: made.body['metadata'].name,
      object: { metadata: { labels: { seen: 'yes' } } },
    });
    expect(JSON.stringify(made.body['metadata'].managedFields)).not.toContain('f:seen');
  });

  test('is nothing of what the server gives', async () => {
    cluster.setAdmission(
      plugin({
        mutate: ({ object }) => ({
          ...(object as KubeObject),
          metadata: { name: 'other', namespace: 'kube-system', uid: 'mine', resourceVersion: '7', generation: 99 },
        }),
      }),
    );
    const made = await apply(`${DEPLOYMENTS}/kept`, deployment('kept'));
    expect(made).toMatchObject({
      status: 201,
      body: { metadata: { name: 'kept', namespace: 'default', generation: 1 } },
    });
    expect(made.body['metadata'].uid).not.toBe('mine');
    const changed = await apply(`${DEPLOYMENTS}/kept`, deployment('kept', 2));
    expect(changed).toMatchObject({ status: 200, body: { metadata: { name: 'kept', generation: 2 } } });
  });

  test('is refused when it breaks the object', async () => {
    cluster.setAdmission(plugin({ mutate: ({ object }) => ({ ...(object as KubeObject), spec: { replicas: -1 } }) }));
    expect(await call('POST', DEPLOYMENTS, { body: deployment('broken') })).toMatchObject({
      status: 422,
      body: { reason: 'Invalid' },
    });
    cluster.setAdmission(plugin({ mutate: ({ object }) => ({ ...(object as KubeObject), spec: 'none' }) }));
    expect((await call('POST', DEPLOYMENTS, { body: deployment('broken') })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('an answer', () => {
  test('warns the client once', async () => {
    cluster.setAdmission(plugin({ validate: () => ({ allowed: true, warnings: ['mind', 'mind'] }) }));
    expect((await call('POST', MAPS, { body: map('warned') })).warning).toBe('299 - "mind"');
  });

  test.each([
    ['with a code', Object.assign(new Error('later'), { code: 503, reason: 'ServiceUnavailable' }), 503, 'later'],
    ['without one', new Error('broken'), 500, 'Internal error occurred: broken'],
  ])('that is an error %s is the status of the client', async (_what, error, status, message) => {
    const fail = (): never => {
      throw error;
    };
    cluster.setAdmission(plugin({ validate: fail }));
    expect(await call('POST', MAPS, { body: map('failed') })).toMatchObject({ status, body: { message } });
    cluster.setAdmission(plugin({ mutate: fail }));
    expect(await call('POST', MAPS, { body: map('failed') })).toMatchObject({ status, body: { message } });
    cluster.setAdmission(undefined);
    expect((await call('GET', `${MAPS}/failed`)).status).toBe(404);
  });
});

describe('a plugin that never answers', () => {
  const never = { mutate: () => new Promise<never>(() => {}), validate: () => new Promise<never>(() => {}) };
  test.each(['mutate', 'validate'] as const)(
    'in %s: whoever leaves is let go, and nothing is stored',
    async (phase) => {
      cluster.setAdmission(plugin({ [phase]: never[phase] }));
      const leaving = new AbortController();
      const waiting = call('POST', MAPS, { body: map('left'), signal: leaving.signal });
      leaving.abort();
      expect(await waiting).toMatchObject({ status: 504, body: { reason: 'Timeout' } });
      cluster.setAdmission(undefined);
      expect((await call('GET', `${MAPS}/left`)).status).toBe(404);
    },
  );

  test('does not keep the cluster from closing', async () => {
    const folder = await tempDir();
    const admission = plugin({ validate: never.validate });
    const other = await openCluster({ dataDir: folder.path, logger: silentLogger, admission });
    const waiting = other.transport().request({ method: 'POST', path: MAPS, body: map('closing') });
    await other.close();
    expect((await waiting).status).toBe(504);
    await folder.remove();
  });
});

/** Says yes when it is opened. */
function gate(): { wait: Promise<void>; open: () => void } {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

describe('while an answer is waited for', () => {
  /** Holds the first request until another writer, whom it lets pass, is done. */
  async function overtaken(
    slow: () => Promise<{ status: number; body: Json }>,
    quick: () => Promise<unknown>,
    phase: 'mutate' | 'validate',
  ) {
    const first = gate();
    const begun = gate();
    let asked = 0;
    const hold = async (): Promise<void> => {
      asked += 1;
      if (asked > 1) return;
      begun.open();
      await first.wait;
    };
    cluster.setAdmission(
      plugin(
        phase === 'mutate'
          ? {
              mutate: async ({ object }) => {
                await hold();
                return object as KubeObject;
              },
            }
          : {
              validate: async () => {
                await hold();
                return YES;
              },
            },
      ),
    );
    const pending = slow();
    await begun.wait;
    cluster.setAdmission(undefined);
    await quick();
    cluster.setAdmission(plugin({ validate: () => YES }));
    first.open();
    return pending;
  }

  describe.each(['mutate', 'validate'] as const)('in %s, another writer', (phase) => {
    test('makes the same object: the creation says so', async () => {
      const name = `twice-${phase}`;
      const made = await overtaken(
        () => call('POST', MAPS, { body: map(name) }),
        () => call('POST', MAPS, { body: map(name, { a: 'quick' }) }),
        phase,
      );
      expect(made).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } });
      expect((await call('GET', `${MAPS}/${name}`)).body).toMatchObject({ data: { a: 'quick' } });
    });

    test('makes the same object: an apply goes on as a change of it', async () => {
      const name = `applied-${phase}`;
      const made = await overtaken(
        () => apply(`${MAPS}/${name}`, map(name, { a: 'slow' })),
        () => call('POST', MAPS, { body: map(name, { b: 'quick' }) }),
        phase,
      );
      expect(made).toMatchObject({ status: 200, body: { data: { a: 'slow', b: 'quick' } } });
    });

    test('changes the object: a patch is made anew, nothing is lost', async () => {
      const name = `patched-${phase}`;
      await call('POST', MAPS, { body: map(name) });
      const patched = await overtaken(
        () => merge(`${MAPS}/${name}`, { data: { b: 'slow' } }),
        () => merge(`${MAPS}/${name}`, { data: { c: 'quick' } }),
        phase,
      );
      expect(patched).toMatchObject({ status: 200, body: { data: { a: '1', b: 'slow', c: 'quick' } } });
    });

    test('changes the object: an update of a certain version conflicts', async () => {
      const name = `put-${phase}`;
      const { body } = await call('POST', MAPS, { body: map(name) });
      const put = await overtaken(
        () => call('PUT', `${MAPS}/${name}`, { body: { ...body, data: { a: 'slow' } } }),
        () => merge(`${MAPS}/${name}`, { data: { c: 'quick' } }),
        phase,
      );
      expect(put).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    });

    test('scales: both are kept', async () => {
      const name = `scaled-${phase}`;
      await call('POST', DEPLOYMENTS, { body: deployment(name) });
      const scaled = await overtaken(
        () => merge(`${DEPLOYMENTS}/${name}/scale`, { spec: { replicas: 5 } }),
        () => merge(`${DEPLOYMENTS}/${name}`, { metadata: { labels: { quick: 'yes' } } }),
        phase,
      );
      expect(scaled).toMatchObject({ status: 200, body: { spec: { replicas: 5 } } });
      expect((await call('GET', `${DEPLOYMENTS}/${name}`)).body).toMatchObject({
        metadata: { labels: { quick: 'yes' } },
        spec: { replicas: 5 },
      });
    });

    test('deletes the object: it is not found any more', async () => {
      const name = `gone-${phase}`;
      await call('POST', MAPS, { body: map(name) });
      const patched = await overtaken(
        () => merge(`${MAPS}/${name}`, { data: { b: 'slow' } }),
        () => call('DELETE', `${MAPS}/${name}`),
        phase,
      );
      expect(patched).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    });
  });

  test('another writer changes the object: a deletion looks at the new one', async () => {
    await call('POST', MAPS, { body: map('deleted') });
    const removed = await overtaken(
      () => call('DELETE', `${MAPS}/deleted`),
      () => merge(`${MAPS}/deleted`, { metadata: { finalizers: ['example.com/wait'] } }),
      'validate',
    );
    expect(removed).toMatchObject({ status: 200, body: { metadata: { finalizers: ['example.com/wait'] } } });
    await merge(`${MAPS}/deleted`, { metadata: { finalizers: null } });
  });

  test('the namespace is deleted: nothing is made in it', async () => {
    await call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'going' } } });
    const made = await overtaken(
      () => call('POST', '/api/v1/namespaces/going/configmaps', { body: map('late') }),
      () => call('DELETE', '/api/v1/namespaces/going'),
      'validate',
    );
    expect(made.status).toBe(403);
  });

  test('the addresses of a service are taken, and given back after a no', async () => {
    const services = '/api/v1/namespaces/default/services';
    const service = (name: string) => ({
      metadata: { name },
      spec: { clusterIP: '10.96.9.9', ports: [{ port: 80 }], selector: { app: 'x' } },
    });
    const refused = gate();
    const begun = gate();
    cluster.setAdmission(
      plugin({
        validate: async () => {
          begun.open();
          await refused.wait;
          return NO;
        },
      }),
    );
    const first = call('POST', services, { body: service('first') });
    await begun.wait;
    cluster.setAdmission(undefined);
    expect((await call('POST', services, { body: service('second') })).status).toBe(422);
    refused.open();
    expect((await first).status).toBe(403);
    expect((await call('POST', services, { body: service('second') })).status).toBe(201);
  });

  test('many writers of one object all get through', async () => {
    await call('POST', MAPS, { body: map('busy') });
    cluster.setAdmission(
      plugin({
        validate: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return YES;
        },
      }),
    );
    const writers = Array.from({ length: 8 }, (_, index) => merge(`${MAPS}/busy`, { data: { [`w${index}`]: 'x' } }));
    const statuses = (await Promise.all(writers)).map(({ status }) => status);
    expect(statuses).toEqual(writers.map(() => 200));
    expect(Object.keys((await call('GET', `${MAPS}/busy`)).body['data'])).toHaveLength(9);
  });
});
