import { silentLogger } from '@sekisho/base';
import { type CertificatePair, createAuthority, inspectCertificate, issueCertificate } from '@sekisho/certificates';
import type { KubeClient, ResourceType } from '@sekisho/client';
import { type FakeClock, fakeClock, startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepCaBundles } from './ca-bundles.ts';
import { type CertificateState, type Lifetimes, planRotation, SKEW_MS } from './rotation.ts';
import { openSecretCertificates, type SecretCertificates } from './secret-certificates.ts';

const DAY = 24 * 3_600_000;
const START = Date.UTC(2026, 0, 1);
const HOSTS = ['webhook.sekisho.svc'];
const lifetimes: Lifetimes = { authorityMs: 1000 * DAY, servingMs: 90 * DAY, settleMs: 600_000 };

async function authorityFrom(from: number): Promise<CertificatePair> {
  return createAuthority({ commonName: 'ca', notBefore: from - SKEW_MS, notAfter: from + lifetimes.authorityMs });
}

async function servingFrom(authority: CertificatePair, from: number, hosts = HOSTS): Promise<CertificatePair> {
  const validity = { notBefore: from - SKEW_MS, notAfter: from + lifetimes.servingMs };
  return issueCertificate(authority, { commonName: 'webhook', hosts, ...validity });
}

describe('planRotation', () => {
  let first: CertificatePair;
  let state: CertificateState;
  const step = (given: CertificateState | undefined, now: number, hosts = HOSTS) =>
    planRotation(given, { now, hosts, lifetimes });

  beforeEach(async () => {
    first = await authorityFrom(START);
    state = {
      authorities: [first.certificatePem],
      authorityKey: first.keyPem,
      serving: await servingFrom(first, START),
    };
  });

  it('waits while all is well', () => {
    expect(step(state, START + DAY)).toEqual({ kind: 'wait', at: START + 60 * DAY });
  });

  it('issues anew when a third of the time is left, another name is needed, or what there is can not be used', () => {
    expect(step(state, START + 60 * DAY)).toEqual({ kind: 'issue' });
    expect(step(state, START + DAY, [...HOSTS, 'other.test'])).toEqual({ kind: 'issue' });
    const keyPem = first.keyPem;
    expect(step({ ...state, serving: { ...state.serving, keyPem } }, START)).toEqual({ kind: 'issue' });
    expect(step({ ...state, serving: { certificatePem: '', keyPem: '' } }, START)).toEqual({ kind: 'issue' });
  });

  it('begins when there is no authority, or none that can be used', () => {
    expect(step(undefined, START)).toEqual({ kind: 'begin' });
    expect(step({ ...state, authorityKey: 'no key' }, START)).toEqual({ kind: 'begin' });
    expect(step({ ...state, authorities: [] }, START)).toEqual({ kind: 'begin' });
    expect(step(state, START + 1001 * DAY)).toEqual({ kind: 'begin' });
  });

  it('publishes a new authority before it issues by it', async () => {
    const now = START + 821 * DAY;
    const old = { ...state, serving: await servingFrom(first, now - DAY) };
    expect(step(old, now)).toEqual({ kind: 'add authority' });
    const second = await authorityFrom(now);
    const both = { ...old, authorities: [second.certificatePem, ...old.authorities], authorityKey: second.keyPem };
    expect(step(both, now)).toEqual({ kind: 'wait', at: now + lifetimes.settleMs });
    expect(step(both, now + lifetimes.settleMs)).toEqual({ kind: 'issue' });
  });
});

describe('certificates in a Secret', () => {
  const SECRETS: ResourceType = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true };
  const CONFIGURATIONS: ResourceType = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource: 'validatingwebhookconfigurations',
    kind: 'ValidatingWebhookConfiguration',
    namespaced: false,
  };
  let server: TestCluster;
  let client: KubeClient;
  let clock: FakeClock;
  const opened: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    server = await startTestCluster();
    client = server.client;
    clock = fakeClock(START);
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((part) => part.close()));
    await server.close();
  });

  function open(hosts = HOSTS): SecretCertificates {
    const certificates = openSecretCertificates({
      ...{ client, namespace: 'default', name: 'webhook-tls', hosts },
      ...{ lifetimes, clock, logger: silentLogger },
    });
    opened.push(certificates);
    return certificates;
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let round = 0; round < 500; round++) {
      if (await condition()) return;
      await clock.advance(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('it never came about');
  }

  const textOf = async (key: string): Promise<string> => {
    const secret = await client.get(SECRETS, 'webhook-tls', 'default');
    return Buffer.from((secret['data'] as Record<string, string>)[key] ?? '', 'base64').toString();
  };

  it('are made once for all replicas, and put back when they are deleted', async () => {
    const [one, other] = [open(), open()];
    await until(() => one.current() !== undefined && other.current() !== undefined && one.fault() === undefined);
    await until(() => one.current()?.keyPem === other.current()?.keyPem);
    expect(inspectCertificate(one.current()?.certificatePem ?? '')?.isIssuedBy(one.caBundle() ?? '')).toBe(true);
    const before = await textOf('tls.crt');
    await client.delete(SECRETS, 'webhook-tls', 'default');
    await until(async () => (await client.getIfExists(SECRETS, 'webhook-tls', 'default')) !== undefined);
    expect(await textOf('tls.crt')).toBe(before);
  });

  it('are for the names of all replicas, so that these do not take turns', async () => {
    const [one, other] = [open(['a.test', 'b.test']), open(['a.test', 'c.test'])];
    const covers = (certificates: SecretCertificates, host: string) =>
      inspectCertificate(certificates.current()?.certificatePem ?? '')?.covers(host) === true;
    await until(() => [one, other].every((each) => ['a.test', 'b.test', 'c.test'].every((host) => covers(each, host))));
    const before = one.current();
    for (let round = 0; round < 20; round++) await clock.advance(1_000);
    expect([one.current(), other.current()]).toEqual([before, before]);
  });

  it('rotate: a new authority is in the bundle before anything is issued by it', async () => {
    const certificates = open();
    await until(() => certificates.fault() === undefined);
    const first = certificates.current();
    const authority = certificates.caBundle() ?? '';
    await clock.advance(60 * DAY);
    await until(() => certificates.current()?.keyPem !== first?.keyPem);
    expect(certificates.caBundle()).toBe(authority);
    await clock.advance(760 * DAY);
    await until(() => certificates.caBundle() !== authority);
    expect(certificates.caBundle()?.endsWith(authority)).toBe(true);
    const servedWith = (bundle: string) =>
      inspectCertificate(certificates.current()?.certificatePem ?? '')?.isIssuedBy(bundle);
    expect(servedWith(authority)).toBe(true);
    await clock.advance(lifetimes.settleMs);
    await until(() => servedWith(authority) === false);
    expect(servedWith(certificates.caBundle() ?? '')).toBe(true);
  });

  it('are made anew when the Secret holds nonsense', async () => {
    await client.create(SECRETS, {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'webhook-tls', namespace: 'default' } },
      data: { 'ca.crt': 'bm8=', 'ca.key': 'bm8=', 'tls.crt': 'bm8=', 'tls.key': 'bm8=', own: 'bm8=' },
    });
    const certificates = open();
    await until(() => certificates.fault() === undefined);
    expect(certificates.current()).toBeDefined();
    expect(await textOf('own')).toBe('no');
  });

  it('reach the caBundle of webhook configurations, whenever these are applied', async () => {
    const certificates = open();
    opened.push(keepCaBundles({ client, name: 'sekisho', certificates, clock, logger: silentLogger }));
    await until(() => certificates.fault() === undefined);
    const webhook = {
      clientConfig: { url: 'https://webhook.test/v1/admit' },
      ...{ admissionReviewVersions: ['v1'], sideEffects: 'None' },
    };
    await client.create(CONFIGURATIONS, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'sekisho' },
      webhooks: [
        { name: 'a.sekisho.dev', ...webhook },
        { name: 'b.sekisho.dev', ...webhook },
      ],
    });
    const bundles = async () => {
      const { webhooks } = (await client.get(CONFIGURATIONS, 'sekisho')) as unknown as {
        webhooks: { clientConfig: { caBundle?: string } }[];
      };
      return webhooks.map(({ clientConfig }) => clientConfig.caBundle);
    };
    const wanted = Buffer.from(certificates.caBundle() ?? '').toString('base64');
    await until(async () => (await bundles()).every((bundle) => bundle === wanted));
  });
});
