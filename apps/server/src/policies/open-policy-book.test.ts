import { join } from 'node:path';
import { SekishoError, silentLogger } from '@sekisho/base';
import type { ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { createPolicyWorker } from '@sekisho/policy-worker';
import { type FakeClock, startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../applications/kinds.ts';
import { gatekeeperDefinitions } from './definitions/gatekeeper.ts';
import { policyDefinitions } from './definitions/sekisho.ts';
import { createGateWorker, type GateWorker } from './gate-worker.ts';
import { type OpenPolicyBook, openPolicyBook } from './open-policy-book.ts';
import type { PolicyChange } from './policy-book.ts';
import type { Fetched } from './policy-sources/fetch-files.ts';
import { createKeptFiles } from './policy-sources/kept-files.ts';
import { passingClock } from './testing/passing-clock.ts';

const cluster = (group: string, version: string, resource: string, kind: string, namespaced = false): ResourceType => ({
  group,
  version,
  resource,
  kind,
  namespaced,
});
const TEMPLATES = cluster('templates.gatekeeper.sh', 'v1', 'constrainttemplates', 'ConstraintTemplate');
const WANTED = cluster('constraints.gatekeeper.sh', 'v1beta1', 'wanted', 'Wanted');
const SOURCES = cluster('sekisho.dev', 'v1alpha1', 'policysources', 'PolicySource');
const PROFILES = cluster('sekisho.dev', 'v1alpha1', 'bestpracticeprofiles', 'BestPracticeProfile');
const WAIVERS = cluster('sekisho.dev', 'v1alpha1', 'waivers', 'Waiver', true);
const CONFIG_MAPS = cluster('', 'v1', 'configmaps', 'ConfigMap', true);

let kube: TestCluster;
let book: OpenPolicyBook;
let worker: GateWorker;
let auditWorker: GateWorker;
let fetched: () => Promise<Fetched>;
let changes: PolicyChange[];
let clock: FakeClock;

const { signal } = new AbortController();

function open(): void {
  const make = (mode: 'eager' | 'lazy') =>
    createGateWorker({
      mode,
      open: async () => createPolicyWorker({ controlNamespace: 'argocd', clock, logger: silentLogger }),
      ...(mode === 'lazy' ? { infoOf: () => book.info() } : {}),
      hasImplicit: () => book.asksPodSecurity,
      isUnavailable: (id) => book.isUnavailable(id),
    });
  worker = make('eager');
  auditWorker = make('lazy');
  changes = [];
  book = openPolicyBook({
    client: kube.client,
    worker,
    auditWorker,
    files: {
      fetch: () => fetched(),
      kept: createKeptFiles(join(kube.kubeconfig, '..', 'kept'), silentLogger),
      onRepositoryChange: () => {},
    },
    clock,
    logger: silentLogger,
  });
  book.onChange((change) => changes.push(change));
}

async function close(): Promise<void> {
  await book.close();
  await Promise.all([worker.close(), auditWorker.close()]);
}

beforeEach(async () => {
  kube = await startTestCluster();
  for (const definition of [...gatekeeperDefinitions, ...policyDefinitions]) {
    await kube.client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { force: true });
  }
  fetched = async () => ({ revision: 'r1', files: [{ text: REGO, origin: { file: 'policy/a.rego' } }] });
  clock = passingClock();
  open();
  await book.ready(signal);
});
afterEach(async () => {
  await close();
  await kube.close();
});

const REGO = 'package main\nimport rego.v1\ndeny contains "no maps" if input.kind == "ConfigMap"\n';
const template = (rego: string, kind = 'Wanted'): KubeObject => ({
  apiVersion: 'templates.gatekeeper.sh/v1',
  kind: 'ConstraintTemplate',
  metadata: { name: kind.toLowerCase() },
  spec: {
    crd: {
      spec: {
        names: { kind },
        validation: { openAPIV3Schema: { type: 'object', properties: { label: { type: 'string' } } } },
      },
    },
    targets: [{ target: 'admission.k8s.gatekeeper.sh', rego }],
  },
});
const GOOD = `package wanted
violation[{"msg": msg}] {
  not input.review.object.metadata.labels[input.parameters.label]
  msg := sprintf("no %v", [input.parameters.label])
}`;
const BAD = 'package wanted\nviolation[{"msg": msg}] { msg := nothing }';
const constraint = (name: string, label: unknown = 'owner'): KubeObject => ({
  apiVersion: 'constraints.gatekeeper.sh/v1beta1',
  kind: 'Wanted',
  metadata: { name },
  spec: { match: { kinds: [{ apiGroups: [''], kinds: ['ConfigMap'] }] }, parameters: { label } },
});
const waiver = (name: string, expires: string): KubeObject => ({
  apiVersion: 'sekisho.dev/v1alpha1',
  kind: 'Waiver',
  metadata: { name, namespace: 'default' },
  spec: { policies: [{ name: 'Wanted' }], reason: 'old', owner: 'me', expires },
});
const map: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: 'default' } };

const ids = () => book.info().policies.map(({ id }) => id);
const judged = async () =>
  (await worker.judge({ object: map }, { gate: 'admission', cluster: 'https://kubernetes.default.svc' })).map(
    ({ message, decision, waivedBy, undecided }) =>
      [decision, message, waivedBy, undecided].filter((part) => part !== undefined).join(' '),
  );

async function until<T>(ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it did not happen: ${JSON.stringify([ids(), book.info().diagnostics])}`);
}
const statusOf = async (type: ResourceType, name: string, namespace?: string) =>
  (await kube.client.get(type, name, namespace))['status'] as Record<string, never> | undefined;

async function withConstraint(): Promise<void> {
  await kube.client.create(TEMPLATES, template(GOOD));
  await until(
    () =>
      book.documents().length > 0 &&
      kube.client.list(WANTED).then(
        () => true,
        () => false,
      ),
  );
  await kube.client.create(WANTED, constraint('owner'));
  await until(() => ids().includes('gatekeeper/Wanted/owner'));
}

test('policies that come, change and go are told by their ids, and where they are written', async () => {
  expect(ids()).toEqual([]);
  await withConstraint();
  expect(await judged()).toEqual(['deny no owner']);
  expect(changes.some(({ changed }) => changed.has('gatekeeper/Wanted/owner'))).toBe(true);
  const document = book.documentOf('gatekeeper/Wanted/owner');
  expect(document).toMatchObject({ object: { kind: 'Wanted', metadata: { name: 'owner' } } });
  expect(book.templateOf(constraint('owner'))?.metadata.name).toBe('wanted');
  expect(book.documentOf('gatekeeper/Wanted/other')).toBeUndefined();

  changes.length = 0;
  await kube.client.apply(WANTED, constraint('owner', 'team'), { force: true });
  await until(async () => (await judged())[0] === 'deny no team');
  expect(changes).toMatchObject([{ waivers: false }]);
  expect([...(changes[0]?.changed ?? [])]).toContain('gatekeeper/Wanted/owner');

  await kube.client.delete(WANTED, 'owner', undefined);
  await until(() => !ids().includes('gatekeeper/Wanted/owner'));
  expect(await judged()).toEqual([]);
});

test('a constraint of a template that comes later, or has a fault, tells it; the others go on', async () => {
  await withConstraint();
  await until(async () => (await statusOf(WANTED, 'owner'))?.['byPod']?.[0]?.['enforced'] === true);
  await kube.client.delete(TEMPLATES, 'wanted', undefined);
  // Nobody collects garbage here: the kind stays without its template.
  const orphan = await until(async () => {
    const status = await statusOf(WANTED, 'owner');
    return status?.['byPod']?.[0]?.['enforced'] === false ? status : undefined;
  });
  expect(JSON.stringify(orphan)).toContain('there is no ConstraintTemplate for Wanted');
  await kube.client.create(TEMPLATES, template(BAD));
  const broken = await until(async () => {
    const status = await statusOf(TEMPLATES, 'wanted');
    return status?.['byPod'] === undefined ? undefined : status;
  });
  expect(broken).toMatchObject({ created: false, byPod: [{ id: 'sekisho', observedGeneration: 1 }] });
  expect(JSON.stringify(broken)).toContain('rego_parse_error');
  await kube.client.apply(TEMPLATES, template(GOOD), { force: true });
  await until(async () => (await statusOf(TEMPLATES, 'wanted'))?.['created'] === true);
  await until(async () => (await judged()).length === 1);
});

test('a slip in a policy leaves what it said before', async () => {
  await withConstraint();
  await kube.client.apply(TEMPLATES, template(BAD), { force: true });
  await until(async () => (await statusOf(TEMPLATES, 'wanted'))?.['created'] === false);
  expect(await judged()).toEqual(['deny no owner']);
  expect(book.info().diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
});

test('a waiver counts at once for whoever asks for the newest, and ends by itself', async () => {
  await withConstraint();
  await kube.client.create(WAIVERS, waiver('old', '2026-01-02'));
  expect(await book.catchUp(signal)).toBe(true);
  expect(await judged()).toEqual(['allow no owner default/old']);
  expect(await book.catchUp(signal)).toBe(false);
  await until(async () => (await statusOf(WAIVERS, 'old', 'default'))?.['state'] === 'Active');
  changes.length = 0;
  await clock.advance(2 * 86_400_000);
  expect(changes).toEqual([{ changed: new Set(), waivers: true }]);
  expect(await judged()).toEqual(['deny no owner']);
  await until(async () => (await statusOf(WAIVERS, 'old', 'default'))?.['state'] === 'Expired');
});

test.each([
  ['no owner', { policies: [{ name: '*' }], reason: 'r', owner: ' ', expires: '2099-01-01' }],
  ['no day', { policies: [{ name: '*' }], reason: 'r', owner: 'o', expires: 'soon' }],
])('a waiver with %s covers nothing, and says so', async (_, spec) => {
  await withConstraint();
  await kube.client.create(WAIVERS, { ...waiver('bad', ''), spec } as KubeObject);
  await until(async () => (await statusOf(WAIVERS, 'bad', 'default'))?.['state'] === 'Invalid');
  expect(await judged()).toEqual(['deny no owner']);
});

test('a profile with a fault tells it', async () => {
  const profile = { apiVersion: 'sekisho.dev/v1alpha1', kind: 'BestPracticeProfile', metadata: { name: 'p' } };
  await kube.client.create(PROFILES, { ...profile, spec: { denyFrom: 'whenever' } });
  const status = await until(async () => {
    const found = await statusOf(PROFILES, 'p');
    return found?.['conditions'] === undefined ? undefined : found;
  });
  expect(status).toMatchObject({ conditions: [{ type: 'Ready', status: 'False', reason: 'Invalid' }] });
});

const source = (name: string, spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'sekisho.dev/v1alpha1',
  kind: 'PolicySource',
  metadata: { name },
  spec,
});
const readyOf = async (name: string) =>
  (await statusOf(SOURCES, name))?.['conditions']?.[0] as { status?: string; message?: string } | undefined;

test('files of a source count; of one that never had any, a verdict names it', async () => {
  await kube.client.create(SOURCES, source('platform', { git: { repoURL: 'embedded:p' } }));
  await until(async () => (await readyOf('platform'))?.status === 'True');
  expect(await judged()).toEqual(['deny no maps']);
  expect(book.documentOf('rego/platform/main')).toMatchObject({ name: 'platform', files: [{ text: REGO }] });
  expect(await statusOf(SOURCES, 'platform')).toMatchObject({ revision: 'r1', files: 1, policies: 1 });

  fetched = () => Promise.reject(new SekishoError('GIT_UNREACHABLE', 'nobody answers'));
  await kube.client.create(SOURCES, source('away', { oci: { url: 'registry.example/p:1' } }));
  const ready = await until(async () => {
    const found = await readyOf('away');
    return found?.status === 'False' && found.message?.includes('nobody answers') ? found : undefined;
  });
  expect(ready.message).toContain('everything that it is about is denied');
  expect(await judged()).toEqual([
    'deny No answer: the files of PolicySource away can not be had: nobody answers true',
    'deny no maps',
  ]);
  await kube.client.delete(SOURCES, 'away', undefined);
  await until(async () => (await judged()).length === 1);
});

test('a source that says nothing clear tells it, and one that did before goes on', async () => {
  await kube.client.create(SOURCES, source('both', { git: { repoURL: 'embedded:p' } }));
  await until(async () => (await readyOf('both'))?.status === 'True');
  const unclear = source('both', { git: { repoURL: 'embedded:p' }, oci: { url: 'registry.example/p:1' } });
  await kube.client.apply(SOURCES, unclear, { force: true });
  const ready = await until(async () => {
    const found = await readyOf('both');
    return found?.status === 'False' ? found : undefined;
  });
  expect(ready.message).toContain('either git or oci');
  expect(await judged()).toEqual(['deny no maps']);
});

test('after a restart everything counts as soon as it is ready, and the audit asks for itself', async () => {
  await withConstraint();
  await kube.client.create(WAIVERS, waiver('old', '2026-01-02'));
  await close();
  open();
  await book.ready(signal);
  expect(await judged()).toEqual(['allow no owner default/old']);
  const [verdicts] = await auditWorker.judgeMany([{ object: map }], { gate: 'audit' });
  expect(verdicts?.map(({ waivedBy }) => waivedBy)).toEqual(['default/old']);
});

test('without a policy nobody is asked: writes to the cluster go on as ever', async () => {
  expect(worker.concerns({ gate: 'admission', group: '', kind: 'ConfigMap' })).toBe(false);
  await kube.client.create(CONFIG_MAPS, map);
  const namespaces = cluster('', 'v1', 'namespaces', 'Namespace');
  const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
  await kube.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'strict', labels } });
  await until(() => worker.concerns({ gate: 'admission', group: '', kind: 'Pod' }));
});
