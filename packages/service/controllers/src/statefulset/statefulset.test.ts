import type { KubeObject } from '@sekisho/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  DAEMON_SETS,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  STATEFUL_SETS,
} from '../kinds/resources.ts';
import { type Harness, startHarness, statusOf, template } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness.close();
});

const isSettled = (replicas: number) => (object: KubeObject) => {
  const status = statusOf(object);
  return (
    status['observedGeneration'] === object.metadata.generation &&
    (status['replicas'] ?? 0) === replicas &&
    (status['readyReplicas'] ?? 0) === replicas &&
    (status['updatedReplicas'] ?? 0) === replicas &&
    status['currentRevision'] === status['updateRevision']
  );
};

async function stateful(name: string, spec: Record<string, unknown> = {}): Promise<KubeObject> {
  const labels = { app: name };
  await harness.create(STATEFUL_SETS, {
    metadata: { name },
    spec: { replicas: 3, serviceName: name, selector: { matchLabels: labels }, template: template(labels), ...spec },
  });
  return harness.waitFor(STATEFUL_SETS, name, isSettled((spec['replicas'] as number | undefined) ?? 3));
}

const imagesOf = async (app: string): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(
    (await harness.pods())
      .filter(({ metadata }) => metadata.labels?.['app'] === app)
      .map((pod) => [pod.metadata.name ?? '', pod.spec.containers[0]?.image])
      .sort(),
  );
const setImage = (type: typeof STATEFUL_SETS, name: string, image: string, spec: Record<string, unknown> = {}) =>
  harness.client.patch(type, name, 'default', {
    kind: 'strategic',
    body: { spec: { ...spec, template: { spec: { containers: [{ name: 'main', image }] } } } },
  });

test('StatefulSet makes its pods in order, each with its own bound claim, and keeps the claims when it shrinks', async () => {
  const volumeClaimTemplates = [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ];
  await stateful('db', { volumeClaimTemplates });
  const pods = (await harness.pods()).filter(({ metadata }) => metadata.labels?.['app'] === 'db');
  expect(pods.map(({ metadata }) => metadata.name).sort()).toEqual(['db-0', 'db-1', 'db-2']);
  expect(pods[0]?.spec.hostname).toBe(pods[0]?.metadata.name);
  const claim = await harness.waitFor(
    PERSISTENT_VOLUME_CLAIMS,
    'data-db-0',
    (object) => statusOf(object)['phase'] === 'Bound',
  );
  expect(statusOf(claim)['capacity']).toEqual({ storage: '1Gi' });
  await harness.client.patch(STATEFUL_SETS, 'db', 'default', { kind: 'merge', body: { spec: { replicas: 1 } } });
  await harness.waitFor(STATEFUL_SETS, 'db', isSettled(1));
  const { items } = await harness.client.list(PERSISTENT_VOLUME_CLAIMS, { namespace: 'default' });
  expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
});

test('StatefulSet rolls from the highest ordinal down, no further than its partition', async () => {
  await stateful('roll', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } });
  await setImage(STATEFUL_SETS, 'roll', 'nginx:1.28');
  await harness.waitFor(STATEFUL_SETS, 'roll', (object) => {
    const status = statusOf(object);
    return (
      status['updatedReplicas'] === 1 &&
      status['readyReplicas'] === 3 &&
      status['observedGeneration'] === object.metadata.generation
    );
  });
  expect(await imagesOf('roll')).toEqual({ 'roll-0': 'nginx:1.27', 'roll-1': 'nginx:1.27', 'roll-2': 'nginx:1.28' });
  await harness.client.delete(PODS, 'roll-0', 'default');
  await harness.waitFor(STATEFUL_SETS, 'roll', (object) => statusOf(object)['readyReplicas'] === 3);
  await harness.client.patch(STATEFUL_SETS, 'roll', 'default', {
    kind: 'merge',
    body: { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
  });
  await harness.waitFor(STATEFUL_SETS, 'roll', isSettled(3));
  expect(await imagesOf('roll')).toEqual({ 'roll-0': 'nginx:1.28', 'roll-1': 'nginx:1.28', 'roll-2': 'nginx:1.28' });
});

test('StatefulSet with OnDelete replaces a pod only when somebody deletes it', async () => {
  await stateful('manual', { replicas: 2, podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } });
  await setImage(STATEFUL_SETS, 'manual', 'nginx:1.28');
  await harness.waitFor(
    STATEFUL_SETS,
    'manual',
    (object) => statusOf(object)['observedGeneration'] === object.metadata.generation,
  );
  expect(await imagesOf('manual')).toEqual({ 'manual-0': 'nginx:1.27', 'manual-1': 'nginx:1.27' });
  await harness.client.delete(PODS, 'manual-1', 'default');
  await harness.waitFor(
    STATEFUL_SETS,
    'manual',
    (object) => statusOf(object)['updatedReplicas'] === 1 && statusOf(object)['readyReplicas'] === 2,
  );
  expect(await imagesOf('manual')).toEqual({ 'manual-0': 'nginx:1.27', 'manual-1': 'nginx:1.28' });
});

test('DaemonSet runs one pod per fitting node, rolls, and follows nodes', async () => {
  const labels = { app: 'agent' };
  await harness.create(DAEMON_SETS, {
    metadata: { name: 'agent' },
    spec: { selector: { matchLabels: labels }, template: template(labels) },
  });
  const isReady = (object: KubeObject) => {
    const status = statusOf(object);
    return (
      status['observedGeneration'] === object.metadata.generation &&
      status['desiredNumberScheduled'] === 1 &&
      status['updatedNumberScheduled'] === 1 &&
      status['numberAvailable'] === 1
    );
  };
  await harness.waitFor(DAEMON_SETS, 'agent', isReady);
  await setImage(DAEMON_SETS, 'agent', 'nginx:1.28');
  await harness.waitFor(DAEMON_SETS, 'agent', isReady);
  expect(Object.values(await imagesOf('agent'))).toEqual(['nginx:1.28']);
  await harness.create(NODES, { metadata: { name: 'other', labels: { 'kubernetes.io/hostname': 'other' } } });
  await harness.waitFor(DAEMON_SETS, 'agent', (object) => statusOf(object)['desiredNumberScheduled'] === 2);
  await harness.client.delete(NODES, 'other', undefined);
  await harness.waitFor(DAEMON_SETS, 'agent', isReady);
});

test('a claim waits for its storage class, and its volume goes with it', async () => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } };
  await harness.create(PERSISTENT_VOLUME_CLAIMS, {
    metadata: { name: 'fast' },
    spec: { ...spec, storageClassName: 'fast' },
  });
  await harness.waitFor(PERSISTENT_VOLUME_CLAIMS, 'fast', (object) => statusOf(object)['phase'] === 'Pending');
  await harness.create(PERSISTENT_VOLUME_CLAIMS, { metadata: { name: 'plain' }, spec });
  const bound = await harness.waitFor(
    PERSISTENT_VOLUME_CLAIMS,
    'plain',
    (object) => statusOf(object)['phase'] === 'Bound',
  );
  const volume = (bound['spec'] as { volumeName: string }).volumeName;
  await harness.waitFor(PERSISTENT_VOLUMES, volume, (object) => statusOf(object)['phase'] === 'Bound');
  await harness.client.delete(PERSISTENT_VOLUME_CLAIMS, 'plain', 'default');
  await harness.waitGone(PERSISTENT_VOLUME_CLAIMS, 'plain');
  await harness.waitGone(PERSISTENT_VOLUMES, volume);
});

test('controllers complain of nothing on the way', () => {
  expect(harness.complaints).toEqual([]);
});
