import { silentLogger } from '@sekisho/base';
import { createClient, createInformer, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, JOBS, NAMESPACES, PODS } from './kinds/resources.ts';
import { type Controllers, startControllers } from './start.ts';
import { statusOf, template } from './testing/harness.ts';

let server: TestCluster | undefined;
let controllers: Controllers | undefined;
afterEach(async () => {
  await controllers?.close();
  await server?.close();
});

async function start(cluster: TestCluster): Promise<Controllers> {
  const client = createClient(cluster.cluster.transport());
  return startControllers({ client, logger: silentLogger, node: { startupMs: 1, jobMs: 1 } });
}

/** Follows a kind until `holds`. */
async function when(
  cluster: TestCluster,
  type: ResourceType,
  holds: (objects: KubeObject[]) => boolean,
): Promise<void> {
  const informer = createInformer({ client: cluster.client, type, logger: silentLogger });
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (informer.hasSynced && holds(informer.list())) resolve();
    };
    informer.on(check);
    informer.start();
    void informer.synced().then(check);
  });
  await informer.close();
}

test('controllers that are stopped again and again at any moment still finish what was begun', async () => {
  const cluster = await startTestCluster();
  server = cluster;
  const { client } = cluster;
  const labels = { app: 'web' };
  await client.create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 8, selector: { matchLabels: labels }, template: template(labels) },
  });
  await client.create(JOBS, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: {
      completions: 6,
      parallelism: 3,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } },
    },
  });
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dying' } });
  await client.delete(NAMESPACES, 'dying', undefined);
  // Each round is stopped after one more write than the last.
  for (let writes = 1; writes <= 40; writes += 3) {
    const before = cluster.cluster.revision;
    controllers = await start(cluster);
    const { promise, cancel } = afterWrites(cluster, before + writes);
    await Promise.race([promise, controllers.ready().then(() => settled(cluster))]);
    cancel();
    await controllers.close();
  }
  controllers = await start(cluster);
  await when(cluster, DEPLOYMENTS, ([object]) => object !== undefined && statusOf(object)['availableReplicas'] === 8);
  await when(cluster, JOBS, ([object]) => object !== undefined && statusOf(object)['succeeded'] === 6);
  await when(cluster, NAMESPACES, (all) => all.every(({ metadata }) => metadata.name !== 'dying'));
  const { items } = await client.list(PODS, { namespace: 'default' });
  expect(items.filter(({ metadata }) => metadata.labels?.['app'] === 'web')).toHaveLength(8);
  expect(items.filter(({ metadata }) => metadata.labels?.['job-name'] === 'work')).toHaveLength(6);
});

function afterWrites(cluster: TestCluster, revision: number): { promise: Promise<void>; cancel: () => void } {
  let stop = false;
  const promise = (async () => {
    while (!stop && cluster.cluster.revision < revision) await new Promise((resolve) => setImmediate(resolve));
  })();
  return {
    promise,
    cancel: () => {
      stop = true;
    },
  };
}

/** Nothing left to do: a round that wanted more writes than there are ends here. */
async function settled(cluster: TestCluster): Promise<void> {
  await when(cluster, DEPLOYMENTS, ([object]) => object !== undefined && statusOf(object)['availableReplicas'] === 8);
  await when(cluster, JOBS, ([object]) => object !== undefined && statusOf(object)['completionTime'] !== undefined);
}
