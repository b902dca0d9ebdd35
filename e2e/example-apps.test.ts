import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@sekisho/kube';
import { requireShared } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import {
  APPLICATIONS,
  DEPLOYMENTS,
  INGRESSES,
  JOBS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  SERVICES,
} from './lib/resource-types.ts';
import { AUTOMATED, at, CASCADE, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

const examples = requireShared('the example applications', 'conformance', 'repos', 'argocd-example-apps');

describe.skipIf(examples === undefined)('the example applications of Argo CD', () => {
  let sekisho: Sekisho;
  let repo: PushedRepository;

  beforeAll(async () => {
    sekisho = await startSekisho();
    repo = await sekisho.repository('examples');
    const folders = ['guestbook', 'sock-shop', 'sync-waves', 'pre-post-sync', 'kustomize-guestbook', 'helm-guestbook'];
    for (const folder of folders) await repo.pushFolder(join(examples ?? '', folder), folder);
    await Promise.all([
      sekisho.createApplication('guestbook', { repoURL: repo.url, path: 'guestbook' }),
      sekisho.createApplication('sock-shop', { repoURL: repo.url, path: 'sock-shop/base' }),
      sekisho.createApplication('sync-waves', { repoURL: repo.url, path: 'sync-waves' }),
      sekisho.createApplication('pre-post-sync', { repoURL: repo.url, path: 'pre-post-sync' }),
      sekisho.createApplication('helm-guestbook', {
        repoURL: repo.url,
        path: 'helm-guestbook',
        helm: { valueFiles: ['values-production.yaml'], parameters: [{ name: 'replicaCount', value: '2' }] },
      }),
    ]);
  });
  afterAll(() => sekisho?.close());

  describe('become Synced and Healthy', () => {
    test('guestbook: its Deployment runs behind its Service', async () => {
      const { status } = await sekisho.untilGood('guestbook');
      expect(status?.resources?.map(({ kind, name, status }) => [kind, name, status])).toEqual([
        ['Deployment', 'guestbook-ui', 'Synced'],
        ['Service', 'guestbook-ui', 'Synced'],
      ]);
      const deployment = await sekisho.kube.get(DEPLOYMENTS, 'guestbook-ui', 'guestbook');
      expect(at(deployment, 'status.readyReplicas')).toBe(1);
      expect(at(deployment, 'metadata.annotations')).toMatchObject({
        'argocd.argoproj.io/tracking-id': 'guestbook:apps/Deployment:guestbook/guestbook-ui',
      });
    });

    test('sock-shop: all 29 objects, the Ingress too', async () => {
      const { status } = await sekisho.untilGood('sock-shop');
      expect(status?.resources).toHaveLength(29);
      expect((await sekisho.kube.list(PODS, { namespace: 'sock-shop' })).items).toHaveLength(14);
      const ingress = await sekisho.kube.get(INGRESSES, 'front-end-ingress', 'sock-shop');
      expect(at(ingress, 'status.loadBalancer.ingress')).toHaveLength(1);
    });

    test('sync-waves: hooks run between the waves that they belong to', async () => {
      await sekisho.untilGood('sync-waves');
      for (const name of ['backend', 'frontend']) {
        const set = await sekisho.kube.get(REPLICA_SETS, name, 'sync-waves');
        expect(at(set, 'status.readyReplicas')).toBe(1);
      }
      const jobs = (await sekisho.kube.list(JOBS, { namespace: 'sync-waves' })).items;
      const times = Object.fromEntries(
        jobs.map((job) => [job.metadata.name?.replace(/schema.*/, 'schema'), String(at(job, 'status.completionTime'))]),
      );
      expect(Object.keys(times).sort()).toEqual(['maint-page-down', 'maint-page-up', 'upgrade-sql-schema']);
      const frontend = await sekisho.kube.get(REPLICA_SETS, 'frontend', 'sync-waves');
      const madeAt = String(frontend.metadata.creationTimestamp);
      const order = [times['upgrade-sql-schema'], times['maint-page-up'], madeAt, times['maint-page-down']];
      expect(order).toEqual([...order].sort());
      expect((await sekisho.application('sync-waves')).status?.history).toHaveLength(1);
    });

    test('pre-post-sync: both hooks of the kustomization ran and are gone', async () => {
      const { status } = await sekisho.untilGood('pre-post-sync');
      const results = status?.operationState?.syncResult?.resources ?? [];
      expect(results.map(({ name, hookPhase }) => [name, hookPhase])).toEqual([
        ['pre-post-sync', 'Succeeded'],
        ['pre-post-sync-before', 'Succeeded'],
        ['pre-post-sync-kustomize-guestbook-ui', 'Succeeded'],
        ['pre-post-sync-kustomize-guestbook-ui', 'Succeeded'],
        ['pre-post-sync-after', 'Succeeded'],
      ]);
      await untilObject(sekisho.kube, JOBS, ['pre-post-sync-before', 'pre-post-sync'], undefined);
      await untilObject(sekisho.kube, JOBS, ['pre-post-sync-after', 'pre-post-sync'], undefined);
      // 'bases' is deprecated, which is no reason to complain here.
      expect(status?.conditions ?? []).toEqual([]);
    });

    test('helm-guestbook: with values of a file, and a parameter', async () => {
      const { status } = await sekisho.untilGood('helm-guestbook');
      expect(status).toMatchObject({ sourceType: 'Helm' });
      expect(at(await sekisho.kube.get(DEPLOYMENTS, 'helm-guestbook', 'helm-guestbook'), 'spec.replicas')).toBe(2);
      const service = await sekisho.kube.get(SERVICES, 'helm-guestbook', 'helm-guestbook');
      expect(at(service, 'spec.type')).toBe('LoadBalancer');
    });
  });

  test('a push is applied, and what the commit did not touch stays as it was', async () => {
    const before = await sekisho.kube.get(DEPLOYMENTS, 'carts', 'sock-shop');
    const file = join(repo.path, 'sock-shop/base/front-end-dep.yaml');
    const changed = (await readFile(file, 'utf8')).replace(/replicas: 1/, 'replicas: 3');
    const commit = await repo.push({ 'sock-shop/base/front-end-dep.yaml': changed });
    await sekisho.untilGood('sock-shop', commit);
    const frontEnd = await sekisho.kube.get(DEPLOYMENTS, 'front-end', 'sock-shop');
    expect(at(frontEnd, 'status.readyReplicas')).toBe(3);
    expect(await sekisho.kube.get(DEPLOYMENTS, 'carts', 'sock-shop')).toEqual(before);
    expect((await sekisho.application('guestbook')).status?.history).toHaveLength(1);
  });

  describe('what is broken by hand is healed', () => {
    const replicas = (object: KubeObject) => at(object, 'spec.replicas');

    test('an edit', async () => {
      const body = { spec: { ports: [{ port: 8888, targetPort: 80, protocol: 'TCP' }] } };
      await sekisho.kube.patch(SERVICES, 'guestbook-ui', 'guestbook', { kind: 'merge', body });
      await untilObject(sekisho.kube, SERVICES, ['guestbook-ui', 'guestbook'], (service) =>
        isDeepStrictEqual(at(service, 'spec.ports'), [{ port: 80, targetPort: 80, protocol: 'TCP' }]),
      );
    });

    test('a scale', async () => {
      await sekisho.kube.patch(
        DEPLOYMENTS,
        'guestbook-ui',
        'guestbook',
        { kind: 'merge', body: { spec: { replicas: 7 } } },
        { subresource: 'scale' },
      );
      await untilObject(sekisho.kube, DEPLOYMENTS, ['guestbook-ui', 'guestbook'], (object) => replicas(object) === 1);
    });

    test('a deletion', async () => {
      const { metadata } = await sekisho.kube.get(DEPLOYMENTS, 'carts', 'sock-shop');
      await sekisho.kube.delete(DEPLOYMENTS, 'carts', 'sock-shop');
      const healed = (object: KubeObject) =>
        object.metadata.uid !== metadata.uid && at(object, 'status.readyReplicas') === 1;
      await untilObject(sekisho.kube, DEPLOYMENTS, ['carts', 'sock-shop'], healed);
      await sekisho.untilGood('sock-shop');
    });

    test('not without selfHeal: it is shown and left alone until somebody syncs', async () => {
      await sekisho.createApplication('by-hand', {
        repoURL: repo.url,
        path: 'guestbook',
        syncPolicy: { ...AUTOMATED, automated: { prune: true } },
      });
      await sekisho.untilGood('by-hand');
      const body = { spec: { replicas: 4 } };
      await sekisho.kube.patch(DEPLOYMENTS, 'guestbook-ui', 'by-hand', { kind: 'merge', body });
      await sekisho.until('by-hand', ({ status }) => status?.sync.status === 'OutOfSync');
      expect(replicas(await sekisho.kube.get(DEPLOYMENTS, 'guestbook-ui', 'by-hand'))).toBe(4);
      const { code } = await sekisho.cli('app sync by-hand');
      expect(code).toBe(0);
      await sekisho.untilGood('by-hand');
      expect(replicas(await sekisho.kube.get(DEPLOYMENTS, 'guestbook-ui', 'by-hand'))).toBe(1);
    });
  });

  test('a file that leaves git leaves the cluster with prune; without, it stays and says that it requires pruning', async () => {
    await sekisho.createApplication('kept', {
      repoURL: repo.url,
      path: 'guestbook',
      syncPolicy: { ...AUTOMATED, automated: { selfHeal: true } },
    });
    await sekisho.untilGood('kept');
    const commit = await repo.push({ 'guestbook/guestbook-ui-svc.yaml': null });
    await sekisho.untilGood('guestbook', commit);
    await untilObject(sekisho.kube, SERVICES, ['guestbook-ui', 'guestbook'], undefined);
    const { status } = await sekisho.until(
      'kept',
      (app) => app.status?.sync.status === 'OutOfSync' && app.status.sync.revision === commit,
    );
    expect(status?.resources?.find(({ kind }) => kind === 'Service')).toMatchObject({
      status: 'OutOfSync',
      requiresPruning: true,
    });
    await sekisho.kube.get(SERVICES, 'guestbook-ui', 'kept');
    expect((await sekisho.cli('app get kept')).stdout).toMatch(
      /Service +kept +guestbook-ui +OutOfSync.*no longer in git/,
    );
    expect((await sekisho.cli('app sync kept --prune')).code).toBe(0);
    await untilObject(sekisho.kube, SERVICES, ['guestbook-ui', 'kept'], undefined);
    await sekisho.untilGood('kept');
  });

  describe('deletion of an Application', () => {
    test('with the cascade finalizer takes all it made with it', async () => {
      await sekisho.patchApplication('sock-shop', { metadata: { finalizers: [CASCADE] } });
      await sekisho.kube.delete(APPLICATIONS, 'sock-shop', 'argocd');
      await untilObject(sekisho.kube, APPLICATIONS, ['sock-shop', 'argocd'], undefined);
      for (const type of [DEPLOYMENTS, SERVICES, INGRESSES]) {
        expect((await sekisho.kube.list(type, { namespace: 'sock-shop' })).items).toEqual([]);
      }
      await eventually(async () =>
        (await sekisho.kube.list(PODS, { namespace: 'sock-shop' })).items.length === 0 ? true : undefined,
      );
      // The namespace outlives the application, as in Argo CD.
      await sekisho.kube.get(NAMESPACES, 'sock-shop');
    });

    test('without it leaves everything as it is', async () => {
      const before = await sekisho.kube.get(DEPLOYMENTS, 'guestbook-ui', 'guestbook');
      await sekisho.kube.delete(APPLICATIONS, 'guestbook', 'argocd');
      await untilObject(sekisho.kube, APPLICATIONS, ['guestbook', 'argocd'], undefined);
      expect(await sekisho.kube.get(DEPLOYMENTS, 'guestbook-ui', 'guestbook')).toEqual(before);
    });
  });
});
