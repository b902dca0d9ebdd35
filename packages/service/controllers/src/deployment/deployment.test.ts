import type { KubeObject } from '@sekisho/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../kinds/resources.ts';
import { condition, type Harness, startHarness, statusOf, template } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness.close();
});

const isRolledOut = (replicas: number) => (object: KubeObject) => {
  const status = statusOf(object);
  return (
    status['observedGeneration'] === object.metadata.generation &&
    (status['replicas'] ?? 0) === replicas &&
    (status['updatedReplicas'] ?? 0) === replicas &&
    (status['availableReplicas'] ?? 0) === replicas &&
    condition(object, 'Progressing') === 'True NewReplicaSetAvailable'
  );
};

async function deploy(name: string, spec: Record<string, unknown> = {}): Promise<KubeObject> {
  const labels = { app: name };
  await harness.create(DEPLOYMENTS, {
    metadata: { name },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template(labels), ...spec },
  });
  return harness.waitFor(DEPLOYMENTS, name, isRolledOut((spec['replicas'] as number | undefined) ?? 2));
}

const setImage = (name: string, image: string) =>
  harness.client.patch(DEPLOYMENTS, name, 'default', {
    kind: 'strategic',
    body: { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } },
  });

async function setsOf(
  name: string,
): Promise<Record<string, { revision: string; history?: string; replicas: unknown }>> {
  const { items } = await harness.client.list(REPLICA_SETS, { namespace: 'default', labelSelector: `app=${name}` });
  return Object.fromEntries(
    items.map((set) => {
      const spec = set['spec'] as { replicas: number; template: { spec: { containers: { image: string }[] } } };
      const annotations = set.metadata.annotations ?? {};
      const history = annotations['deployment.kubernetes.io/revision-history'];
      return [
        spec.template.spec.containers[0]?.image ?? '',
        {
          revision: annotations['deployment.kubernetes.io/revision'] ?? '',
          ...(history === undefined ? {} : { history }),
          replicas: spec.replicas,
        },
      ];
    }),
  );
}

test('Deployment becomes available with the conditions that rollout status and health rules read', async () => {
  const deployed = await deploy('fresh');
  expect(condition(deployed, 'Available')).toBe('True MinimumReplicasAvailable');
  expect(deployed.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
  const [pod] = (await harness.pods()).filter(({ metadata }) => metadata.labels?.['app'] === 'fresh');
  expect(pod?.metadata.labels?.['pod-template-hash']).toBeDefined();
  expect(await harness.events(pod?.metadata.name ?? '')).toEqual([expect.stringContaining('simulated')]);
});

test('Deployment rolls to a new image, and back by reusing the old set under a new revision', async () => {
  await deploy('rolling');
  await setImage('rolling', 'nginx:1.28');
  const rolled = await harness.waitFor(
    DEPLOYMENTS,
    'rolling',
    (object) => object.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2' && isRolledOut(2)(object),
  );
  expect(condition(rolled, 'Available')).toBe('True MinimumReplicasAvailable');
  await setImage('rolling', 'nginx:1.27');
  await harness.waitFor(
    DEPLOYMENTS,
    'rolling',
    (object) => object.metadata.annotations?.['deployment.kubernetes.io/revision'] === '3' && isRolledOut(2)(object),
  );
  expect(await setsOf('rolling')).toEqual({
    'nginx:1.27': { revision: '3', history: '1', replicas: 2 },
    'nginx:1.28': { revision: '2', replicas: 0 },
  });
});

test('Deployment with strategy Recreate never runs old and new pods together', async () => {
  await deploy('recreate', { strategy: { type: 'Recreate' } });
  const seen = new Set<string>();
  const images = () =>
    harness.waitForAll(PODS, (pods) => {
      const own = pods.filter(({ metadata }) => metadata.labels?.['app'] === 'recreate');
      const live = new Set(own.map((pod) => (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image));
      seen.add([...live].sort().join('+'));
      return live.has('nginx:1.28');
    });
  const watching = images();
  await setImage('recreate', 'nginx:1.28');
  await watching;
  await harness.waitFor(DEPLOYMENTS, 'recreate', (object) => isRolledOut(2)(object));
  expect([...seen]).not.toContain('nginx:1.27+nginx:1.28');
});

test('Deployment that is paused scales but does not roll until it is resumed', async () => {
  await deploy('paused');
  const patch = (body: unknown) => harness.client.patch(DEPLOYMENTS, 'paused', 'default', { kind: 'merge', body });
  await patch({ spec: { paused: true } });
  await harness.waitFor(
    DEPLOYMENTS,
    'paused',
    (object) => condition(object, 'Progressing') === 'Unknown DeploymentPaused',
  );
  await setImage('paused', 'nginx:1.28');
  await patch({ spec: { replicas: 3 } });
  await harness.waitFor(DEPLOYMENTS, 'paused', (object) => statusOf(object)['availableReplicas'] === 3);
  expect(Object.keys(await setsOf('paused'))).toEqual(['nginx:1.27']);
  await patch({ spec: { paused: false } });
  await harness.waitFor(DEPLOYMENTS, 'paused', (object) => isRolledOut(3)(object));
  expect((await setsOf('paused'))['nginx:1.28']?.replicas).toBe(3);
});

test('Deployment keeps serving while a new image cannot be pulled, says so after its deadline, and recovers', async () => {
  await deploy('stuck', { progressDeadlineSeconds: 1, minReadySeconds: 0 });
  await setImage('stuck', 'registry.invalid/nginx:2');
  const failed = await harness.waitFor(
    DEPLOYMENTS,
    'stuck',
    (object) => condition(object, 'Progressing') === 'False ProgressDeadlineExceeded',
  );
  expect(statusOf(failed)['availableReplicas']).toBe(2);
  await setImage('stuck', 'nginx:1.27');
  await harness.waitFor(DEPLOYMENTS, 'stuck', isRolledOut(2));
});

test('Deployment keeps revisionHistoryLimit old sets', async () => {
  await deploy('history', { revisionHistoryLimit: 1 });
  for (const version of ['a', 'b', 'c']) {
    await setImage('history', `nginx:${version}`);
    await harness.waitFor(DEPLOYMENTS, 'history', (object) => isRolledOut(2)(object) && true);
  }
  const sets = await harness.waitForAll(
    REPLICA_SETS,
    (all) => all.filter(({ metadata }) => metadata.labels?.['app'] === 'history').length === 2,
  );
  expect(sets.length).toBeGreaterThan(0);
  expect(Object.keys(await setsOf('history')).sort()).toEqual(['nginx:b', 'nginx:c']);
});

test('Deployment scales to zero and back', async () => {
  await deploy('zero');
  const scale = (replicas: number) =>
    harness.client.patch(DEPLOYMENTS, 'zero', 'default', { kind: 'merge', body: { spec: { replicas } } });
  await scale(0);
  await harness.waitFor(DEPLOYMENTS, 'zero', isRolledOut(0));
  await scale(4);
  await harness.waitFor(DEPLOYMENTS, 'zero', isRolledOut(4));
});

test("ReplicaSet adopts matching pods that are nobody's and releases those that no longer match", async () => {
  const labels = { app: 'adopt' };
  await harness.create(PODS, { metadata: { name: 'lonely', labels }, spec: template(labels)['spec'] });
  await harness.create(REPLICA_SETS, {
    metadata: { name: 'adopt' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: template(labels) },
  });
  await harness.waitFor(PODS, 'lonely', ({ metadata }) => metadata.ownerReferences?.[0]?.name === 'adopt');
  await harness.client.patch(PODS, 'lonely', 'default', {
    kind: 'merge',
    body: { metadata: { labels: { app: 'free' } } },
  });
  await harness.waitFor(PODS, 'lonely', ({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
  await harness.waitFor(REPLICA_SETS, 'adopt', (object) => statusOf(object)['readyReplicas'] === 1);
});

test('ReplicaSet replaces a pod that somebody deletes', async () => {
  const deployed = await deploy('heal');
  const [pod] = (await harness.pods()).filter(({ metadata }) => metadata.labels?.['app'] === 'heal');
  await harness.client.delete(PODS, pod?.metadata.name ?? '', 'default');
  await harness.waitForAll(PODS, (pods) => {
    const own = pods.filter(({ metadata }) => metadata.labels?.['app'] === 'heal');
    return own.length === 2 && own.every(({ metadata }) => metadata.uid !== pod?.metadata.uid);
  });
  expect(deployed.metadata.name).toBe('heal');
});

test('controllers complain of nothing on the way', () => {
  expect(harness.complaints).toEqual([]);
});
