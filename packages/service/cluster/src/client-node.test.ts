import * as k8s from '@kubernetes/client-node';
import { silentLogger } from '@sekisho/base';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, openCluster } from './cluster.ts';

let dir: TempDir;
let cluster: Cluster;
let config: k8s.KubeConfig;
beforeAll(async () => {
  dir = await tempDir();
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger });
  const { url } = await cluster.listen({ host: '127.0.0.1', port: 0 });
  config = new k8s.KubeConfig();
  config.loadFromString(cluster.kubeconfig({ name: 'test', url, namespace: 'default' }));
});
afterAll(async () => {
  await cluster.close();
  await dir.remove();
});

test('@kubernetes/client-node creates, reads, patches, lists and deletes through its typed clients', async () => {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const labels = { app: 'web' };
  const body: k8s.V1Deployment = {
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  };
  const made = await apps.createNamespacedDeployment({ namespace: 'default', body });
  expect([made.spec?.replicas, made.metadata?.creationTimestamp]).toEqual([1, expect.any(Date)]);
  const scaled = await apps.replaceNamespacedDeploymentScale({
    name: 'web',
    namespace: 'default',
    body: { metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 2 } },
  });
  expect(scaled.spec?.replicas).toBe(2);
  const list = await apps.listNamespacedDeployment({ namespace: 'default', labelSelector: '!nothing' });
  expect(list.items.map((item) => item.metadata?.name)).toEqual(['web']);
  const gone = await apps.deleteNamespacedDeployment({ name: 'web', namespace: 'default' });
  expect(gone.status).toBe('Success');
  await expect(apps.readNamespacedDeployment({ name: 'web', namespace: 'default' })).rejects.toMatchObject({
    code: 404,
  });
});

test('its object client applies and its informer follows', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const informer = k8s.makeInformer(config, '/api/v1/namespaces/default/configmaps', () =>
    core.listNamespacedConfigMap({ namespace: 'default' }),
  );
  const seen = new Promise<k8s.V1ConfigMap>((resolve) => informer.on('add', resolve));
  await informer.start();
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'applied', namespace: 'default' },
    data: { a: 'b' },
  };
  const applied = await objects.patch(map, undefined, undefined, 'test', true, k8s.PatchStrategy.ServerSideApply);
  expect((applied as k8s.V1ConfigMap).metadata?.managedFields?.[0]).toMatchObject({
    manager: 'test',
    operation: 'Apply',
  });
  expect((await seen).data).toEqual({ a: 'b' });
  await informer.stop();
});
