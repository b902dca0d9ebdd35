import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { silentLogger, systemClock } from '@sekisho/base';
import { createAuthority, issueCertificate } from '@sekisho/certificates';
import { createExternalData, type ExternalDataClient } from '@sekisho/external-data';
import type { KubeObject } from '@sekisho/kube';
import { createPolicyWorker, type PolicyWorker } from '@sekisho/policy-worker';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { providersIn } from './providers.ts';

/** As Gatekeeper's documentation writes such rules: what has an error, and what could not be asked, is refused. */
const SIGNED = `package signed

violation[{"msg": msg}] {
  images := [image | image := input.review.object.spec.containers[_].image]
  answer := external_data({"provider": "signatures", "keys": images})
  bad(answer)
  msg := sprintf("not known to be signed: %v %v", [answer.errors, answer.system_error])
}

bad(answer) { count(answer.errors) > 0 }

bad(answer) { answer.system_error != "" }
`;

let provider: Server;
let url = '';
let authority = '';
let otherAuthority = '';
let worker: PolicyWorker;
let externalData: ExternalDataClient;
let documents: readonly { readonly object: KubeObject }[] = [];
let version = 0;

beforeAll(async () => {
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
  const trusted = await createAuthority({ ...validity, commonName: 'trusted' });
  const other = await createAuthority({ ...validity, commonName: 'other' });
  const serving = await issueCertificate(trusted, { ...validity, commonName: 'provider', hosts: ['127.0.0.1'] });
  authority = trusted.certificatePem;
  otherAuthority = other.certificatePem;
  provider = createServer({ cert: serving.certificatePem, key: serving.keyPem }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { keys } = (JSON.parse(Buffer.concat(chunks).toString()) as { request: { keys: string[] } }).request;
    if (keys.includes('silent')) return;
    if (keys.includes('broken')) {
      response.writeHead(500).end();
      return;
    }
    const items = keys.map((key) => (key === 'unsigned' ? { key, error: 'no signature' } : { key, value: 'good' }));
    response.end(JSON.stringify({ kind: 'ProviderResponse', response: { items } }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(provider.address() as AddressInfo).port}/verify`;
  externalData = createExternalData({
    providers: () => providersIn({ documents: () => documents }),
    clock: systemClock,
    logger: silentLogger,
  });
  worker = createPolicyWorker({
    controlNamespace: 'argocd',
    externalData: (request) => externalData.ask(request),
    logger: silentLogger,
  });
});
afterAll(async () => {
  await worker?.close();
  await externalData?.close();
  provider?.closeAllConnections();
  provider?.close();
});
afterEach(() => {
  documents = [];
});

async function load(spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const crd = { spec: { names: { kind: 'Signed' } } };
  documents = [
    {
      apiVersion: 'templates.gatekeeper.sh/v1',
      kind: 'ConstraintTemplate',
      metadata: { name: 'signed' },
      spec: { crd, targets: [{ target: 'admission.k8s.gatekeeper.sh', rego: SIGNED }] },
    },
    { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: 'Signed', metadata: { name: 'images' } },
    {
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'Provider',
      metadata: { name: 'signatures', resourceVersion: String(++version) },
      spec: { url, caBundle: Buffer.from(authority).toString('base64'), ...spec },
    },
  ].map((object) => ({ object }));
  const { diagnostics } = await worker.load({ documents });
  expect(diagnostics).toEqual([]);
}

/** What the gate says of a Pod with such an image. */
async function judged(image: string): Promise<readonly string[]> {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'web', image }] },
  };
  const verdicts = await worker.judge({ object }, { gate: 'admission' });
  return verdicts.map(({ decision, message }) => `${decision} ${message}`);
}

test('a Provider over HTTPS says what may run', async () => {
  await load();
  expect(await judged('good')).toEqual([]);
  expect(await judged('unsigned')).toEqual(['deny not known to be signed: [["unsigned", "no signature"]] ']);
});

test.each<[what: string, image: string, spec: () => Readonly<Record<string, unknown>>]>([
  ['answers with a fault', 'broken', () => ({})],
  ['does not answer in its time', 'silent', () => ({ timeout: 1 })],
  [
    'has a certificate of another authority',
    'good',
    () => ({ caBundle: Buffer.from(otherAuthority).toString('base64') }),
  ],
  ['is not there', 'good', () => ({ url: 'https://127.0.0.1:1/' })],
])('a Provider that %s: denied, and the Provider is named', async (_, image, spec) => {
  await load(spec());
  const verdicts = await judged(image);
  expect(verdicts).toHaveLength(1);
  expect(verdicts[0]).toMatch(/^deny .*Provider signatures/);
});
