import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@sekisho/base';
import type { ApiRequest } from '@sekisho/kube';
import { createCertificate, type TempDir, type TestCertificate, tempDir } from '@sekisho/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, openCluster } from '../cluster.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read loosely, a wrong shape fails the expectation
type Json = Record<string, any>;
type Answer = (request: Json) => Json;

const certificate = await createCertificate('127.0.0.1', 'localhost', 'hook.default.svc');
const certified = certificate as TestCertificate;
const USER = { user: 'tester', groups: ['system:masters'] };
const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const ALLOW: Answer = () => ({ allowed: true });

describe.skipIf(certificate === undefined)('webhooks', () => {
  let dir: TempDir;
  let cluster: Cluster;
  let server: Server;
  let port: number;
  /** By path: what was asked, and what is answered. */
  const asked: { path: string; review: Json; url: string }[] = [];
  const answers = new Map<string, Answer>();
  const raw = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  const waiting: (() => void)[] = [];

  beforeAll(async () => {
    dir = await tempDir();
    cluster = await openCluster({
      dataDir: dir.path,
      logger: silentLogger,
      serviceUrl: ({ namespace, name }) =>
        namespace === 'default' && name === 'hook' ? `https://127.0.0.1:${port}` : undefined,
    });
    server = createServer({ cert: certified.certificatePem, key: certified.keyPem }, (request, response) => {
      const path = new URL(request.url ?? '/', 'https://x').pathname;
      const special = raw.get(path);
      if (special !== undefined) return special(request, response);
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(parts).toString()) as Json;
        asked.push({ path, review, url: request.url ?? '' });
        const answer = (answers.get(path) ?? ALLOW)(review['request']);
        const { apiVersion = review['apiVersion'], uid = review['request'].uid, ...rest } = answer;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind: 'AdmissionReview', response: { uid, ...rest } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    asked.length = 0;
    answers.clear();
    raw.clear();
    for (const open of waiting.splice(0)) open();
    for (const kind of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
      await as('DELETE', `/apis/admissionregistration.k8s.io/v1/${kind}`);
    }
  });
  afterAll(async () => {
    await cluster.close();
    server.closeAllConnections();
    server.close();
    await dir.remove();
  });

  async function as(method: ApiRequest['method'], path: string, more: Partial<ApiRequest> = {}, identity = USER) {
    const { status, body, headers } = await cluster.transport(identity).request({ method, path, ...more });
    return { status, body: body as Json, warning: headers['warning'] };
  }
  const merge = (path: string, body: Json, query: Record<string, string> = {}) =>
    as('PATCH', path, { body, contentType: 'application/merge-patch+json', query });
  const map = (name: string, more: Json = {}): Json => ({ metadata: { name, ...more['metadata'] }, data: { a: '1' } });

  const RULE = { operations: ['*'], apiGroups: [''], apiVersions: ['*'], resources: ['configmaps'] };
  function hook(name: string, more: Json = {}): Json {
    const { path = `/${name}`, ...rest } = more;
    return {
      name: `${name}.example.com`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      clientConfig: {
        url: `https://127.0.0.1:${port}${path}`,
        caBundle: Buffer.from(certified.certificatePem).toString('base64'),
      },
      rules: [RULE],
      ...rest,
    };
  }
  async function install(kind: 'Validating' | 'Mutating', name: string, ...webhooks: Json[]): Promise<void> {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`;
    const { status, body } = await as('POST', path, { body: { metadata: { name }, webhooks } });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  const patch = (...operations: Json[]): Json => ({
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
  });

  test('a review says everything of the request', async () => {
    await install('Validating', 'all', hook('v', { timeoutSeconds: 7 }));
    await as('POST', MAPS, { body: map('told'), query: { fieldManager: 'me' } });
    await merge(`${MAPS}/told`, { data: { b: '2' } });
    await as('DELETE', `${MAPS}/told`, { body: { propagationPolicy: 'Background' } });
    expect(asked[0]?.url).toBe('/v?timeout=7s');
    const [created, updated, deleted] = asked.map(({ review }) => review);
    const gvk = { group: '', version: 'v1', kind: 'ConfigMap' };
    const gvr = { group: '', version: 'v1', resource: 'configmaps' };
    expect(created).toMatchObject({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        kind: gvk,
        resource: gvr,
        requestKind: gvk,
        requestResource: gvr,
        name: 'told',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'tester', groups: ['system:masters'] },
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'told' }, data: { a: '1' } },
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
      },
    });
    expect(updated?.['request']).toMatchObject({
      operation: 'UPDATE',
      object: { data: { a: '1', b: '2' } },
      oldObject: { data: { a: '1' } },
      options: { kind: 'UpdateOptions' },
    });
    expect(deleted?.['request']).toMatchObject({
      operation: 'DELETE',
      object: null,
      oldObject: { data: { a: '1', b: '2' } },
      options: { kind: 'DeleteOptions', propagationPolicy: 'Background' },
    });
  });

  describe('a refusal', () => {
    const rows: [string, Json, Json][] = [
      [
        'without a word',
        {},
        { code: 400, message: 'admission webhook "v.example.com" denied the request without explanation' },
      ],
      [
        'with a message',
        { status: { message: 'no' } },
        { code: 400, message: 'admission webhook "v.example.com" denied the request: no' },
      ],
      [
        'with a code and a reason',
        { status: { code: 403, reason: 'Forbidden', message: 'no' } },
        { code: 403, reason: 'Forbidden', message: 'admission webhook "v.example.com" denied the request: no' },
      ],
      [
        'with a reason alone',
        { status: { code: 422, reason: 'Invalid' } },
        { code: 422, message: 'admission webhook "v.example.com" denied the request: Invalid' },
      ],
      ['that calls itself a success', { status: { code: 200, status: 'Success', message: 'no' } }, { code: 400 }],
      ['with nonsense as its status', { status: { code: 'x', details: [1], message: {} } }, { code: 400 }],
    ];
    test.each(rows)('%s', async (_how, answer, expected) => {
      await install('Validating', 'one', hook('v'));
      answers.set('/v', () => ({ allowed: false, ...answer }));
      const { status, body } = await as('POST', MAPS, { body: map('refused') });
      expect(status).toBe(expected['code']);
      expect(body).toMatchObject({ kind: 'Status', status: 'Failure', ...expected });
      expect((await as('GET', `${MAPS}/refused`)).status).toBe(404);
    });

    test('of the first in order counts, all are asked, warnings of all arrive', async () => {
      await install('Validating', 'b', hook('v3'));
      await install('Validating', 'a', hook('v1', { rules: [RULE] }), hook('v2'));
      answers.set('/v2', () => ({ allowed: false, status: { message: 'two' } }));
      answers.set('/v3', () => ({ allowed: false, status: { message: 'three' } }));
      const { body } = await as('POST', MAPS, { body: map('many') });
      expect(body['message']).toBe('admission webhook "v2.example.com" denied the request: two');
      expect(asked.map(({ path }) => path).sort()).toEqual(['/v1', '/v2', '/v3']);
      answers.set('/v2', () => ({ allowed: true, warnings: ['zwei „Anführung“', 'zwei\nlines'] }));
      answers.set('/v3', () => ({ allowed: true, warnings: ['three'] }));
      expect((await as('POST', MAPS, { body: map('many') })).warning).toBe(
        '299 - "zwei „Anführung“", 299 - "zwei lines", 299 - "three"',
      );
    });
  });

  describe('rules and selectors', () => {
    const create = (path: string, body: Json) => () => as('POST', path, { body });
    const namespace = () =>
      as('POST', '/api/v1/namespaces', { body: { metadata: { name: 'sel', labels: { team: 'a' } } } });
    beforeAll(async () => {
      await as('POST', DEPLOYMENTS, { body: deployment('known') });
      await namespace();
    });
    afterEach(async () => {
      await as('DELETE', `${MAPS}/m`);
    });
    const deployment = (name: string): Json => ({
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
      },
    });
    const scale = () => merge(`${DEPLOYMENTS}/known/scale`, { spec: { replicas: 2 } }, { dryRun: 'All' });
    const status = () => merge(`${DEPLOYMENTS}/known/status`, { status: { replicas: 2 } }, { dryRun: 'All' });
    const labelled = create(MAPS, map('m', { metadata: { labels: { team: 'a', tier: 'web' } } }));
    const plain = create(MAPS, map('m'));
    const inNamespace = create('/api/v1/namespaces/sel/configmaps', { metadata: { generateName: 'm-' } });
    const clusterRole = create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { generateName: 'r-' },
      rules: [],
    });
    const hpa = create('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
      metadata: { generateName: 'h-' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'known' }, maxReplicas: 3 },
    });
    const rule = (more: Json): Json => ({ rules: [{ ...RULE, ...more }] });
    const rows: [boolean, string, Json, () => Promise<unknown>][] = [
      [true, 'everything', rule({ apiGroups: ['*'], resources: ['*'] }), plain],
      [false, 'another operation', rule({ operations: ['DELETE'] }), plain],
      [true, 'this operation among others', rule({ operations: ['DELETE', 'CREATE'] }), plain],
      [false, 'another group', rule({ apiGroups: ['apps'] }), plain],
      [false, 'another version, exactly', { ...rule({ apiVersions: ['v2'] }), matchPolicy: 'Exact' }, plain],
      [false, 'another resource', rule({ resources: ['secrets'] }), plain],
      [false, 'the resource, about its subresource', rule({ apiGroups: ['apps'], resources: ['deployments'] }), status],
      [true, 'the subresource', rule({ apiGroups: ['apps'], resources: ['deployments/status'] }), status],
      [true, 'all subresources', rule({ apiGroups: ['apps'], resources: ['deployments/*'] }), scale],
      [true, 'one subresource of everything', rule({ apiGroups: ['*'], resources: ['*/scale'] }), scale],
      [false, 'all resources, not their subresources', rule({ apiGroups: ['*'], resources: ['*'] }), scale],
      [true, 'all resources and subresources', rule({ apiGroups: ['*'], resources: ['*/*'] }), scale],
      [false, 'cluster scope, of an object in a namespace', rule({ scope: 'Cluster' }), plain],
      [true, 'namespaced scope', rule({ scope: 'Namespaced' }), plain],
      [
        false,
        'namespaced scope, of a cluster role',
        rule({ apiGroups: ['*'], resources: ['*'], scope: 'Namespaced' }),
        clusterRole,
      ],
      [
        true,
        'another version of the same objects',
        rule({ apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] }),
        hpa,
      ],
      [
        false,
        'another version of the same objects, exactly',
        {
          ...rule({ apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] }),
          matchPolicy: 'Exact',
        },
        hpa,
      ],
      [true, 'labels of the object', { objectSelector: { matchLabels: { tier: 'web' } } }, labelled],
      [false, 'other labels of the object', { objectSelector: { matchLabels: { tier: 'db' } } }, labelled],
      [false, 'labels, of an object without any', { objectSelector: { matchLabels: { tier: 'web' } } }, plain],
      [true, 'labels of the namespace', { namespaceSelector: { matchLabels: { team: 'a' } } }, inNamespace],
      [false, 'labels that the namespace has not', { namespaceSelector: { matchLabels: { team: 'a' } } }, plain],
      [
        false,
        'all namespaces but this one',
        {
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['default'] }],
          },
        },
        plain,
      ],
      [
        true,
        'labels of namespaces, of a cluster role',
        { ...rule({ apiGroups: ['*'], resources: ['*'] }), namespaceSelector: { matchLabels: { no: 'such' } } },
        clusterRole,
      ],
      [
        false,
        'labels of namespaces, of a namespace by its own',
        { ...rule({ resources: ['namespaces'] }), namespaceSelector: { matchLabels: { no: 'such' } } },
        create('/api/v1/namespaces', { metadata: { generateName: 'n-' } }),
      ],
      [
        true,
        'labels of namespaces, of a new namespace that has them',
        { ...rule({ resources: ['namespaces'] }), namespaceSelector: { matchLabels: { such: 'one' } } },
        create('/api/v1/namespaces', { metadata: { generateName: 'n-', labels: { such: 'one' } } }),
      ],
      [
        true,
        'conditions that hold',
        { matchConditions: [{ name: 'user', expression: "request.userInfo.username == 'tester'" }] },
        plain,
      ],
      [
        false,
        'a condition that does not hold, beside one that fails',
        {
          matchConditions: [
            { name: 'fails', expression: 'object.data.missing == "x"' },
            { name: 'never', expression: 'object.metadata.name == "other"' },
          ],
        },
        plain,
      ],
      [
        false,
        'a condition that fails, when failures are ignored',
        { failurePolicy: 'Ignore', matchConditions: [{ name: 'fails', expression: 'object.data.missing == "x"' }] },
        plain,
      ],
      [
        true,
        'a condition on the old object and the authorizer',
        {
          matchConditions: [
            { name: 'new', expression: 'oldObject == null' },
            { name: 'may', expression: "authorizer.group('').resource('configmaps').check('create').allowed()" },
          ],
        },
        plain,
      ],
    ];
    test.each(rows)('%s: %s', async (called, _what, more, write) => {
      await install('Validating', 'rules', hook('v', more));
      await write();
      expect(asked).toHaveLength(called ? 1 : 0);
    });

    test('an object is shown in the version of the rule', async () => {
      const more = rule({ apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] });
      await install('Validating', 'rules', hook('v', more));
      await install('Mutating', 'rules', hook('m', more));
      answers.set('/m', () => patch({ op: 'replace', path: '/spec/maxReplicas', value: 9 }));
      const made = (await hpa()) as { status: number; body: Json };
      expect(made).toMatchObject({ status: 201, body: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 9 } } });
      for (const { review } of asked) {
        expect(review['request']).toMatchObject({
          kind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
          resource: { version: 'v2' },
          requestKind: { version: 'v1' },
          requestResource: { version: 'v1' },
          object: { apiVersion: 'autoscaling/v2', spec: { scaleTargetRef: { name: 'known' } } },
        });
      }
    });

    test('a condition that fails refuses, when failures count', async () => {
      const matchConditions = [{ name: 'fails', expression: 'object.data.missing == "x"' }];
      await install('Validating', 'rules', hook('v', { matchConditions }));
      expect(await plain()).toMatchObject({ status: 403, body: { message: expect.stringContaining('"fails"') } });
      expect(asked).toHaveLength(0);
    });

    test('changed labels count when the old or the new ones are selected', async () => {
      await labelled();
      await install('Validating', 'rules', hook('v', { objectSelector: { matchLabels: { tier: 'web' } } }));
      await merge(`${MAPS}/m`, { metadata: { labels: { tier: 'db' } } });
      expect(asked).toHaveLength(1);
      await merge(`${MAPS}/m`, { metadata: { labels: { other: 'x' } } });
      expect(asked).toHaveLength(1);
    });
  });

  describe('a webhook that gives no answer', () => {
    type Raw = (request: IncomingMessage, response: ServerResponse) => void;
    const answer =
      (text: string, status = 200): Raw =>
      (_request, response) => {
        response.writeHead(status);
        response.end(text);
      };
    const rows: [string, Json, Raw | undefined, RegExp][] = [
      ['a port where nobody listens', { url: 'https://127.0.0.1:1/' }, undefined, /ECONNREFUSED/],
      ['an authority that nobody knows', { caBundle: '' }, undefined, /certificate/],
      [
        'a certificate for somebody else',
        { url: '', host: 'localhost.localdomain' },
        undefined,
        /altnames|ENOTFOUND|EAI/,
      ],
      ['an error of its own', {}, answer('broken', 500), /answers 500: broken/],
      ['a redirect', {}, answer('', 302), /answers 302/],
      ['no JSON', {}, answer('<html>'), /not JSON/],
      ['JSON that is no review', {}, answer('[1]'), /Kind=AdmissionReview, got/],
      [
        'a review without a response',
        {},
        answer('{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}'),
        /absent/,
      ],
      [
        'an answer to another question',
        {},
        answer('{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"x","allowed":true}}'),
        /expected response.uid=/,
      ],
      [
        'an endless answer',
        {},
        (_request, response) => {
          const chunk = Buffer.alloc(1 << 20, 32);
          const more = (): void => {
            while (!response.destroyed && response.write(chunk));
            response.once('drain', more);
          };
          more();
        },
        /longer than 8388608 bytes/,
      ],
      [
        'half an answer',
        {},
        (_request, response) => {
          response.writeHead(200, { 'content-length': '100' });
          response.write('{"kind"');
          setImmediate(() => response.destroy());
        },
        /aborted|broke off|hang up/,
      ],
      [
        'nothing in time',
        {},
        (_request, response) => {
          waiting.push(() => response.destroy());
        },
        /no answer within 1s/,
      ],
    ];
    test.each(rows)('%s', async (_what, config, how, expected) => {
      if (how !== undefined) raw.set('/v', how);
      const { clientConfig, ...rest } = hook('v', { timeoutSeconds: 1 });
      const { host, ...given } = config;
      const wanted = { ...clientConfig, ...given, ...(host === undefined ? {} : { url: `https://${host}:${port}/v` }) };
      if (wanted.caBundle === '') delete wanted.caBundle;
      await install('Validating', 'fails', { ...rest, clientConfig: wanted });
      const refused = await as('POST', MAPS, { body: map('failing') });
      expect(refused).toMatchObject({ status: 500, body: { reason: 'InternalError' } });
      expect(refused.body['message']).toMatch(/^Internal error occurred: failed calling webhook "v.example.com": /);
      expect(refused.body['message']).toMatch(expected);
      await as('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/fails');
      await install('Validating', 'fails', { ...rest, clientConfig: wanted, failurePolicy: 'Ignore' });
      expect((await as('POST', MAPS, { body: map('failing'), query: { dryRun: 'All' } })).status).toBe(201);
    });
  });

  describe('a service', () => {
    const behind = (service: Json): Json => ({
      clientConfig: { service, caBundle: Buffer.from(certified.certificatePem).toString('base64') },
    });
    test('is reached where the option says, with the certificate of its name', async () => {
      await install('Validating', 'service', hook('v', behind({ namespace: 'default', name: 'hook', path: '/v' })));
      answers.set('/v', () => ({ allowed: false }));
      expect((await as('POST', MAPS, { body: map('served') })).status).toBe(400);
    });
    test('of type ExternalName is reached by that', async () => {
      await as('POST', '/api/v1/namespaces/kube-public/services', {
        body: { metadata: { name: 'away' }, spec: { type: 'ExternalName', externalName: '127.0.0.1.nip.invalid' } },
      });
      await install('Validating', 'service', hook('v', behind({ namespace: 'kube-public', name: 'away', path: '/v' })));
      const { body } = await as('POST', MAPS, { body: map('served') });
      expect(body['message']).toContain('Post "https://127.0.0.1.nip.invalid/v?timeout=10s"');
    });
    test('of simulated pods is not reached, which is said', async () => {
      await install('Validating', 'service', hook('v', behind({ namespace: 'default', name: 'none' })));
      const { status, body } = await as('POST', MAPS, { body: map('served') });
      expect(status).toBe(500);
      expect(body['message']).toContain('service default/none:443 is not reached from this cluster');
    });
  });

  describe('mutating', () => {
    const add =
      (key: string): Answer =>
      () =>
        patch({ op: 'add', path: `/data/${key}`, value: key });
    test('webhooks run in the order of their configurations; each sees what the one before made; then it is validated', async () => {
      await install('Mutating', 'b', hook('m3'));
      await install('Mutating', 'a', hook('m1'), hook('m2'));
      await install('Validating', 'v', hook('v'));
      for (const name of ['m1', 'm2', 'm3']) answers.set(`/${name}`, add(name));
      const made = await as('POST', MAPS, { body: { metadata: { generateName: 'mut-' }, data: { a: '1' } } });
      expect(made).toMatchObject({ status: 201, body: { data: { a: '1', m1: 'm1', m2: 'm2', m3: 'm3' } } });
      expect(asked.map(({ path }) => path)).toEqual(['/m1', '/m2', '/m3', '/v']);
      expect(asked[2]?.review['request'].object.data).toEqual({ a: '1', m1: 'm1', m2: 'm2' });
      expect(asked[0]?.review['request']).toMatchObject({ name: '', object: { metadata: { generateName: 'mut-' } } });
      expect(asked[3]?.review['request']).toMatchObject({ name: made.body['metadata'].name });
    });

    test('a webhook is asked again when a later one changed the object, when it wants that, and once', async () => {
      const count: Answer = ({ object }) =>
        patch({ op: 'add', path: '/data/count', value: `${Number(object.data.count ?? 0) + 1}` });
      await install('Mutating', 'a', hook('m1', { reinvocationPolicy: 'IfNeeded' }), hook('m2'));
      answers.set('/m1', count);
      answers.set('/m2', add('m2'));
      const { body } = await as('POST', MAPS, { body: map('again') });
      expect(body['data']).toEqual({ a: '1', m2: 'm2', count: '2' });
      expect(asked.map(({ path }) => path)).toEqual(['/m1', '/m2', '/m1']);
      asked.length = 0;
      answers.set('/m2', ALLOW);
      await merge(`${MAPS}/again`, { data: { b: '1' } });
      expect(asked.map(({ path }) => path)).toEqual(['/m1', '/m2']);
    });

    test('the plugin runs first, and again after webhooks changed the object', async () => {
      const seen: Json[] = [];
      cluster.setAdmission({
        concerns: ({ kind }) => kind === 'ConfigMap',
        mutate: async ({ object }) => {
          seen.push((object as unknown as Json)['data']);
          return { object: { ...object, metadata: { ...object?.metadata, labels: { plugin: 'yes' } } } as never };
        },
        validate: async () => ({ allowed: true, warnings: [] }),
      });
      await install('Mutating', 'a', hook('m1'));
      answers.set('/m1', add('m1'));
      const { body } = await as('POST', MAPS, { body: map('both') });
      cluster.setAdmission(undefined);
      expect(seen).toEqual([{ a: '1' }, { a: '1', m1: 'm1' }]);
      expect(body).toMatchObject({ metadata: { labels: { plugin: 'yes' } }, data: { m1: 'm1' } });
      expect(asked[0]?.review['request'].object.metadata.labels).toEqual({ plugin: 'yes' });
    });

    test.each([
      [
        'is defaulted',
        { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'x', image: 'y:1' } },
        201,
      ],
      ['breaks a rule', { op: 'replace', path: '/spec/replicas', value: -1 }, 422],
      ['breaks a type', { op: 'replace', path: '/spec/replicas', value: 'many' }, 400],
      ['takes a required field', { op: 'remove', path: '/spec/selector' }, 422],
      ['finds no place', { op: 'replace', path: '/spec/nothing/here', value: 1 }, 500],
      ['has a test that fails', { op: 'test', path: '/spec/replicas', value: 77 }, 500],
      ['is no patch', { op: 'explode' }, 500],
      ['makes another kind of it', { op: 'replace', path: '/kind', value: 'Secret' }, 500],
      ['takes its metadata', { op: 'replace', path: '/metadata', value: null }, 500],
      ['takes everything', { op: 'replace', path: '', value: 'nothing' }, 500],
      ['gives it another name', { op: 'add', path: '/metadata/name', value: 'other' }, 201],
      ['pollutes', { op: 'add', path: '/__proto__/polluted', value: 'yes' }, 500],
    ] as [string, Json, number][])('a patch that %s', async (_what, operation, expected) => {
      const rules = [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }];
      await install('Mutating', 'a', hook('m1', { rules }));
      answers.set('/m1', () => patch(operation));
      const body = {
        metadata: { generateName: 'p-' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'p' } },
          template: { metadata: { labels: { app: 'p' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
        },
      };
      const made = await as('POST', DEPLOYMENTS, { body });
      expect(made.status, JSON.stringify(made.body)).toBe(expected);
      expect(({} as Json)['polluted']).toBeUndefined();
      if (expected === 201) {
        expect(made.body['metadata'].name).toMatch(/^p-/);
        for (const container of made.body['spec'].template.spec.containers) {
          expect(container).toMatchObject({ imagePullPolicy: expect.any(String) });
        }
      }
    });

    test.each([
      ['no type', { patch: 'W10=' }, 500],
      ['an unknown type', { patch: 'W10=', patchType: 'MergePatch' }, 500],
      ['no patch', { patchType: 'JSONPatch' }, 500],
      ['no JSON in it', { patch: 'eHg=', patchType: 'JSONPatch' }, 500],
      ['nothing to do', { patch: 'W10=', patchType: 'JSONPatch' }, 201],
    ] as [string, Json, number][])('a patch with %s', async (_what, answer, expected) => {
      await install('Mutating', 'a', hook('m1'));
      answers.set('/m1', () => ({ allowed: true, ...answer }));
      expect((await as('POST', MAPS, { body: { metadata: { generateName: 'f-' } } })).status).toBe(expected);
    });

    test('a deletion can be refused but not patched', async () => {
      await as('POST', MAPS, { body: map('del') });
      await install('Mutating', 'a', hook('m1'));
      answers.set('/m1', add('x'));
      expect((await as('DELETE', `${MAPS}/del`)).body['message']).toContain('not supported for this operation');
      answers.set('/m1', () => ({ allowed: false, status: { code: 403, message: 'stays' } }));
      expect((await as('DELETE', `${MAPS}/del`)).status).toBe(403);
      answers.set('/m1', ALLOW);
      expect((await as('DELETE', `${MAPS}/del`)).status).toBe(200);
    });

    test('an apply owns what it sent, not what webhooks added, and applies again without a conflict', async () => {
      await install('Mutating', 'a', hook('m1'));
      answers.set('/m1', add('m1'));
      const apply = (manager: string, data: Json) =>
        as('PATCH', `${MAPS}/owned`, {
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned' }, data },
          contentType: 'application/apply-patch+yaml',
          query: { fieldManager: manager },
        });
      expect((await apply('one', { a: '1' })).status).toBe(201);
      const second = await apply('one', { a: '2' });
      expect(second).toMatchObject({ status: 200, body: { data: { a: '2', m1: 'm1' } } });
      expect(JSON.stringify(second.body['metadata'].managedFields)).not.toContain('f:m1');
    });
  });

  test('a version of AdmissionReview that it knows is spoken', async () => {
    await install('Validating', 'old', hook('v', { admissionReviewVersions: ['v1beta1', 'v1'] }));
    expect((await as('POST', MAPS, { body: map('beta') })).status).toBe(201);
    expect(asked[0]?.review['apiVersion']).toBe('admission.k8s.io/v1beta1');
  });

  test.each([
    ['that does not compile', [{ name: 'a', expression: 'object.' }], 'webhooks[0].matchConditions[0].expression'],
    ['with an unknown name', [{ name: 'a', expression: 'params.x' }], 'compilation failed'],
    [
      'twice by one name',
      [
        { name: 'a', expression: 'true' },
        { name: 'a', expression: 'true' },
      ],
      'webhooks[0].matchConditions[1].name: Duplicate value',
    ],
  ])('a match condition %s is refused with its configuration', async (_what, matchConditions, expected) => {
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    const body = { metadata: { name: 'bad' }, webhooks: [hook('v', { matchConditions })] };
    const refused = await as('POST', path, { body });
    expect(refused).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
    expect(refused.body['message']).toContain(expected);
  });

  test('a connection that the other side closed is no failure', async () => {
    await install('Validating', 'kept', hook('v'));
    for (let round = 0; round < 5; round += 1) {
      expect((await as('POST', MAPS, { body: { metadata: { generateName: 'kept-' } } })).status).toBe(201);
      server.closeAllConnections();
    }
    const requests = Array.from({ length: 8 }, () =>
      as('POST', MAPS, { body: { metadata: { generateName: 'kept-' } } }),
    );
    for (const { status } of await Promise.all(requests)) expect(status).toBe(201);
  });

  test('a dry run is told', async () => {
    await install('Validating', 'dry', hook('v', { sideEffects: 'NoneOnDryRun' }));
    expect((await as('POST', MAPS, { body: map('dry'), query: { dryRun: 'All' } })).status).toBe(201);
    expect(asked[0]?.review['request'].dryRun).toBe(true);
  });

  test('the way back: what says no to everything is changed and deleted unasked, and the server itself still writes', async () => {
    const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    await install('Validating', 'wall', hook('v', { rules: everything }));
    answers.set('/v', () => ({ allowed: false }));
    const path = '/apis/admissionregistration.k8s.io/v1';
    expect((await as('POST', MAPS, { body: map('walled') })).status).toBe(400);
    expect(
      await as('POST', `${path}/validatingadmissionpolicies`, {
        body: {
          metadata: { name: 'free' },
          spec: { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression: 'true' }] },
        },
      }),
    ).toMatchObject({ status: 201 });
    expect(
      (await merge(`${path}/validatingwebhookconfigurations/wall`, { metadata: { labels: { a: 'b' } } })).status,
    ).toBe(200);
    const own = await cluster.transport().request({ method: 'POST', path: MAPS, body: map('own') });
    expect(own.status).toBe(201);
    expect((await as('DELETE', `${path}/validatingwebhookconfigurations/wall`)).status).toBe(200);
    expect((await as('POST', MAPS, { body: map('walled') })).status).toBe(201);
  });

  test('many writes share connections, and none is lost', async () => {
    await install('Validating', 'busy', hook('v'));
    await as('POST', MAPS, { body: map('busy') });
    const writes = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0
        ? as('POST', MAPS, { body: map(`busy-${index}`) })
        : merge(`${MAPS}/busy`, { data: { [`k${index % 8}`]: 'x' } }),
    );
    for (const { status } of await Promise.all(writes)) expect([200, 201]).toContain(status);
  });
});
