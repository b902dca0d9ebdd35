import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:tls';
import { SekishoError, silentLogger } from '@sekisho/base';
import { type CertificatePair, createAuthority, issueCertificate } from '@sekisho/certificates';
import type { KubeObject } from '@sekisho/kube';
import { type AdmittedReview, createPolicyWorker, type PolicyWorker } from '@sekisho/policy-worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AdmissionServer, type AdmissionServerOptions, startAdmissionServer } from './admission-server.ts';
import type { CertificateSource } from './certificates/source.ts';

const now = Date.now();
const VALID = { notBefore: now - 3_600_000, notAfter: now + 3_600_000 };
const hosts = ['localhost', '127.0.0.1'];

let authority: CertificatePair;
let serving: CertificatePair;
let worker: PolicyWorker;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'test-ca', ...VALID });
  serving = await issueCertificate(authority, { commonName: 'webhook', hosts, ...VALID });
  worker = createPolicyWorker({ controlNamespace: 'sekisho', logger: silentLogger });
  await worker.load({ documents: [...noRoot(), ...addOwner()] });
});

afterAll(() => worker.close());

afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.close()));
});

function noRoot() {
  const rego =
    'package p\nviolation[{"msg": msg}] { input.review.object.spec.root == true; msg := sprintf("%v is root", [input.review.object.metadata.name]) }';
  return [
    {
      apiVersion: 'templates.gatekeeper.sh/v1',
      kind: 'ConstraintTemplate',
      metadata: { name: 'noroot' },
      spec: {
        crd: { spec: { names: { kind: 'NoRoot' } } },
        targets: [{ target: 'admission.k8s.gatekeeper.sh', rego }],
      },
    },
    { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: 'NoRoot', metadata: { name: 'no-root' }, spec: {} },
  ].map((object) => ({ object: object as KubeObject }));
}

function addOwner() {
  const object = {
    apiVersion: 'mutations.gatekeeper.sh/v1',
    kind: 'AssignMetadata',
    metadata: { name: 'owner' },
    spec: { location: 'metadata.labels.owner', parameters: { assign: { value: 'nobody' } } },
  };
  return [{ object: object as KubeObject }];
}

function sourceOf(first: CertificatePair): CertificateSource & { change(next: CertificatePair): void } {
  let current = first;
  const listeners = new Set<() => void>();
  return {
    current: () => current,
    fault: () => undefined,
    onChange: (listener) => void listeners.add(listener),
    close: async () => {},
    change(next) {
      current = next;
      for (const listener of listeners) listener();
    },
  };
}

async function start(options: Partial<AdmissionServerOptions> = {}): Promise<AdmissionServer> {
  const server = await startAdmissionServer({
    ...{ worker, cluster: '', certificates: sourceOf(serving), host: '127.0.0.1', port: 0 },
    ...{ missing: () => [], logger: silentLogger, ...options },
  });
  opened.push(server);
  return server;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

function send(url: string, body: Uint8Array | string | undefined, options: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      url,
      {
        ...{ method: body === undefined ? 'GET' : 'POST', ca: authority.certificatePem, agent: false },
        ...options,
        headers: { 'content-type': 'application/json', ...options.headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function review(object: object, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'shop',
      userInfo: { username: 'jo' },
      object,
      ...more,
    },
  });
}

const pod = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec,
});

const responseOf = ({ text }: Reply) => (JSON.parse(text) as { response: Record<string, unknown> }).response;

/** A worker that answers as told. */
function scripted(admit: PolicyWorker['admit']): Pick<PolicyWorker, 'admit' | 'info'> {
  return { admit, info: undefined };
}

const ALLOWED: AdmittedReview = { status: 200, allowed: true, body: Buffer.from('{"response":{"allowed":true}}') };

describe('the admission server', () => {
  it('validates and mutates', async () => {
    const reviews: string[] = [];
    const { url } = await start({
      onReview: ({ request, evidence }, path) =>
        void reviews.push(`${path} ${request?.userInfo?.['username']} ${evidence?.breakGlass ?? ''}`),
    });
    expect(responseOf(await send(`${url}/v1/admit?timeout=5s`, review(pod())))).toEqual({ uid: 'u-1', allowed: true });
    expect(responseOf(await send(`${url}/v1/admit`, review(pod({ root: true }))))).toMatchObject({
      ...{ uid: 'u-1', allowed: false },
      status: { code: 403, message: '[no-root] web is root' },
    });
    const mutated = responseOf(await send(`${url}/v1/mutate`, review(pod())));
    expect(JSON.parse(Buffer.from(String(mutated['patch']), 'base64').toString())).toEqual([
      { op: 'add', path: '/metadata/labels', value: { owner: 'nobody' } },
    ]);
    const glass = pod({ root: true }, { annotations: { 'sekisho.dev/break-glass': 'the shop is down' } });
    const passed = responseOf(await send(`${url}/v1/admit`, review(glass)));
    expect(passed).toMatchObject({ allowed: true, warnings: ['break-glass: [no-root] web is root'] });
    expect(reviews).toEqual(['/v1/admit jo ', '/v1/admit jo the shop is down']);
    const { text } = await send(`${url}/metrics`, undefined);
    expect(text).toContain('sekisho_admission_requests_total{path="/v1/admit",outcome="deny"} 1');
    expect(text).toContain('sekisho_admission_requests_total{path="/v1/admit",outcome="break-glass"} 1');
    expect(text).toContain('sekisho_admission_policies 2');
  });

  it('takes an AdmissionReview of 3 MiB, and none beyond its limit', async () => {
    const { url } = await start({ maxBytes: 4 * 1024 * 1024 });
    const large = review(pod({ root: true, padding: 'x'.repeat(3 * 1024 * 1024) }));
    expect(responseOf(await send(`${url}/v1/admit`, large))).toMatchObject({ allowed: false });
    const larger = review(pod({ padding: 'x'.repeat(5 * 1024 * 1024) }));
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const refused = await send(`${url}/v1/admit`, larger, { headers });
      expect(refused.status).toBe(413);
      expect(refused.text).toContain('at most 4194304 bytes');
    }
  });

  it.each([
    ['malformed JSON', '{"request":', 400, 'no JSON'],
    ['an empty body', '', 400, 'no JSON'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe]), 400, 'no JSON'],
    ['a list', '[]', 400, 'JSON object'],
    ['another version', review(pod()).replace('io/v1"', 'io/v1beta1"'), 400, 'admission.k8s.io/v1 AdmissionReview'],
    [
      'another kind',
      review(pod()).replace('AdmissionReview', 'TokenReview'),
      400,
      'admission.k8s.io/v1 AdmissionReview',
    ],
    ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', 400, 'no request'],
    ['no uid', review(pod(), { uid: 7 }), 400, 'uid'],
    ['an object that is none', review([]), 400, 'object'],
    [
      'deep nesting',
      review({ apiVersion: 'v1', kind: 'Pod', spec: 1 }).replace(':1}', `:${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
      200,
      '',
    ],
  ])('answers %s with a fault, and goes on', async (_case, body, status, message) => {
    const { url } = await start();
    const reply = await send(`${url}/v1/admit`, body);
    expect(reply.status).toBe(status);
    expect(reply.text).toContain(message);
    expect(responseOf(await send(`${url}/v1/admit`, review(pod())))).toMatchObject({ allowed: true });
  });

  it.each([
    ['/v1/admit', { method: 'GET' }, 405],
    ['/v1/admit', { headers: { 'content-type': 'text/plain' } }, 415],
    ['/v1/other', {}, 404],
    ['/', {}, 404],
  ])('refuses what is no question: %s %j', async (path, options, status) => {
    const { url } = await start();
    expect((await send(`${url}${path}`, 'method' in options ? undefined : review(pod()), options)).status).toBe(status);
  });

  it('is not ready, and lets nothing in, until everything is there', async () => {
    const missing = ['policies are not loaded', 'the kind Pod is not read'];
    const { url } = await start({ missing: () => missing });
    const ready = await send(`${url}/readyz`, undefined);
    expect([ready.status, ready.text]).toEqual([503, 'policies are not loaded\nthe kind Pod is not read\n']);
    expect((await send(`${url}/healthz`, undefined)).status).toBe(200);
    const refused = await send(`${url}/v1/admit`, review(pod()));
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    missing.length = 0;
    expect((await send(`${url}/readyz`, undefined)).status).toBe(200);
    expect((await send(`${url}/v1/admit`, review(pod()))).status).toBe(200);
  });

  it('denies what takes longer than the API server waits', async () => {
    const hanging = scripted(
      (_body, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    );
    const { url } = await start({ worker: hanging });
    const denied = await send(`${url}/v1/admit?timeout=50ms`, review(pod()));
    expect(responseOf(denied)).toEqual({
      ...{ uid: 'u-1', allowed: false },
      status: { metadata: {}, code: 504, reason: 'Timeout', message: 'policies gave no answer within 45 ms' },
    });
  });

  it('denies when policies can not be asked; asks once more when their thread ended', async () => {
    let calls = 0;
    const failing = scripted(async () => {
      calls++;
      throw new SekishoError('POLICY_WORKER_FAILED', 'the thread ended', { retryable: true });
    });
    const { url } = await start({ worker: failing });
    expect(responseOf(await send(`${url}/v1/admit`, review(pod())))).toMatchObject({
      ...{ allowed: false, status: { code: 500, message: 'policies could not be asked: the thread ended' } },
    });
    expect(calls).toBe(2);
    const noReview = await send(`${url}/v1/admit`, 'nothing');
    expect(noReview.status).toBe(500);
  });

  it.each([
    ['requests', { maxConcurrent: 1 }, 1],
    ['bytes', { maxBytes: review(pod()).length }, 8],
  ])('sends back what is too much at a time: %s', async (_what, limits, held) => {
    let free = (): void => {};
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    let isFull = (): void => {};
    const full = new Promise<void>((resolve) => {
      isFull = resolve;
    });
    let asked = 0;
    const slow = scripted(async () => {
      if (++asked === held) isFull();
      await freed;
      return ALLOWED;
    });
    const { url } = await start({ worker: slow, ...limits });
    const ask = () => send(`${url}/v1/admit`, review(pod()));
    const first = Array.from({ length: held }, ask);
    await full;
    expect((await ask()).status).toBe(503);
    free();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual(first.map(() => 200));
    expect((await ask()).status).toBe(200);
  });

  it('guards the labels by which namespaces are exempt', async () => {
    const { url } = await start({ mayIgnore: (name) => name === 'kube-system' });
    const kind = { group: '', version: 'v1', kind: 'Namespace' };
    const ask = async (name: string, labels: object | undefined, more: object = {}) => {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
      return responseOf(await send(`${url}/v1/admitlabel`, review(object, { kind, ...more })));
    };
    expect(await ask('shop', { 'admission.sekisho.dev/ignore': '' })).toMatchObject({
      ...{ uid: 'u-1', allowed: false },
      status: { code: 403, message: 'only exempt namespaces may have the label admission.sekisho.dev/ignore' },
    });
    expect(await ask('shop', { 'admission.gatekeeper.sh/ignore': 'yes' })).toMatchObject({ allowed: false });
    expect(await ask('kube-system', { 'admission.sekisho.dev/ignore': '' })).toMatchObject({ allowed: true });
    expect(await ask('shop', { team: 'a' })).toMatchObject({ allowed: true });
    expect(await ask('shop', undefined)).toMatchObject({ allowed: true });
    expect(await ask('shop', { 'admission.sekisho.dev/ignore': '' }, { operation: 'DELETE' })).toMatchObject({
      allowed: true,
    });
    expect((await send(`${url}/v1/admitlabel`, 'null')).status).toBe(400);
    expect((await send(`${url}/v1/admitlabel`, '{')).status).toBe(400);
  });
});

describe('its connections', () => {
  it('speak TLS 1.3, and 1.2 when that is allowed', async () => {
    const offer = (url: string) => send(`${url}/healthz`, undefined, { maxVersion: 'TLSv1.2' });
    await expect(offer((await start()).url)).rejects.toThrow(/protocol version|alert/i);
    expect((await offer((await start({ minTlsVersion: 'TLSv1.2' })).url)).status).toBe(200);
  });

  it('are refused by clients that trust another authority, and that is logged once', async () => {
    const lines: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: unknown) => void lines.push(fields) };
    const { url } = await start({ logger });
    const other = await createAuthority({ commonName: 'other-ca', ...VALID });
    for (let i = 0; i < 3; i++) {
      await expect(send(`${url}/v1/admit`, review(pod()), { ca: other.certificatePem })).rejects.toThrow();
    }
    expect((await send(`${url}/v1/admit`, review(pod()))).status).toBe(200);
    expect(lines.length).toBeLessThanOrEqual(1);
  });

  it('need a client certificate of the authority and the name, when that is asked for', async () => {
    const other = await createAuthority({ commonName: 'other-ca', ...VALID });
    const clients = { ca: authority.certificatePem, names: ['kube-apiserver'] };
    const { url } = await start({ clients });
    const client = async (issuer: CertificatePair, commonName: string) => {
      const { certificatePem, keyPem } = await issueCertificate(issuer, {
        commonName,
        hosts: ['client'],
        usage: 'client',
        ...VALID,
      });
      return { cert: certificatePem, key: keyPem };
    };
    const ask = (options: RequestOptions) => send(`${url}/v1/admit`, review(pod()), options);
    expect(await ask({})).toMatchObject({
      status: 403,
      text: 'a client certificate is required, and none was shown\n',
    });
    expect((await send(`${url}/readyz`, undefined)).status).toBe(200);
    const stranger = await ask(await client(other, 'kube-apiserver'));
    expect(stranger.status).toBe(403);
    expect(stranger.text).toMatch(
      /^the client certificate is refused: no authority that is trusted here issued it \([A-Z_]+\)\n$/,
    );
    expect(await ask(await client(authority, 'someone'))).toMatchObject({
      ...{ status: 403, text: 'the client certificate is of "someone", who may not ask\n' },
    });
    expect((await ask(await client(authority, 'kube-apiserver'))).status).toBe(200);
    expect((await ask({ cert: serving.certificatePem, key: serving.keyPem })).text).toContain(
      'it is not made for clients (INVALID_PURPOSE)',
    );
  });

  it('go on while the certificate is rotated: no request is dropped', async () => {
    const certificates = sourceOf(serving);
    const { url } = await start({ certificates });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const second = await createAuthority({ commonName: 'second-ca', ...VALID });
    const ca = [authority.certificatePem, second.certificatePem].join('');
    const statuses: number[] = [];
    let isDone = false;
    const caller = async (options: RequestOptions): Promise<void> => {
      while (!isDone) statuses.push((await send(`${url}/v1/admit`, review(pod()), { ca, ...options })).status);
    };
    const callers = [caller({ agent }), caller({ agent }), caller({}), caller({})];
    for (let i = 0; i < 5; i++) {
      certificates.change(
        await issueCertificate(i % 2 === 0 ? second : authority, { commonName: `w${i}`, hosts, ...VALID }),
      );
      const before = statuses.length;
      while (statuses.length < before + 20) await new Promise((resolve) => setImmediate(resolve));
    }
    isDone = true;
    await Promise.all(callers);
    agent.destroy();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await servedName(url, ca)).toBe('w4');
  });

  it('are not given up when a new certificate is nonsense', async () => {
    const certificates = sourceOf(serving);
    const { url } = await start({ certificates });
    certificates.change({ certificatePem: 'none', keyPem: 'none' });
    expect((await send(`${url}/healthz`, undefined)).status).toBe(200);
  });

  it('end in order: what is under way is answered, and probes say so before', async () => {
    let free = (): void => {};
    let isAsked = (): void => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const slow = scripted(async () => {
      isAsked();
      await new Promise<void>((resolve) => {
        free = resolve;
      });
      return ALLOWED;
    });
    const server = await start({ worker: slow });
    const answer = send(`${server.url}/v1/admit`, review(pod()));
    await asked;
    const closed = server.close(50);
    const ready = await send(`${server.url}/readyz`, undefined);
    expect([ready.status, ready.text, ready.headers['connection']]).toEqual([503, 'it is about to end\n', 'close']);
    free();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(send(`${server.url}/healthz`, undefined)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('are told when the address is taken', async () => {
    const { url } = await start();
    await expect(start({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'ADMISSION_LISTEN' });
  });
});

function servedName(url: string, ca: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca }, () => {
      const { subject } = socket.getPeerCertificate();
      socket.end();
      resolve([subject.CN].flat()[0]);
    });
    socket.on('error', reject);
  });
}
