import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from '../kinds/pod.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  HORIZONTAL_POD_AUTOSCALERS,
  INGRESSES,
  JOBS,
  LEASES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  SERVICES,
} from '../kinds/resources.ts';
import { condition, type Harness, startHarness, statusOf, template } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness.close();
});

const pod = (name: string, spec: Record<string, unknown>, metadata: Record<string, unknown> = {}) =>
  harness.create(PODS, {
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
  });
const phase = (object: object) => (object as Pod).status?.phase;
const waiting = (object: object) => (object as Pod).status?.containerStatuses?.[0]?.state.waiting;

test('the simulated node is Ready and holds a lease', async () => {
  const node = await harness.waitFor(
    NODES,
    'sekisho-node',
    (object) => condition(object, 'Ready') === 'True KubeletReady',
  );
  expect(node.metadata.labels?.['kubernetes.io/hostname']).toBe('sekisho-node');
  await harness.waitFor(LEASES, 'sekisho-node', () => true, 'kube-node-lease');
});

test('a pod becomes Running and Ready with an address and all conditions', async () => {
  await pod('plain', { initContainers: [{ name: 'init', image: 'busybox' }] });
  const running = (await harness.waitFor(
    PODS,
    'plain',
    (object) => condition(object, 'Ready')?.startsWith('True') === true,
  )) as Pod;
  expect(running.status?.podIP).toMatch(/^10\.244\./);
  expect(running.status?.initContainerStatuses?.[0]?.state.terminated?.reason).toBe('Completed');
  const types = running.status?.conditions?.filter(({ status }) => status === 'True').map(({ type }) => type);
  expect(types?.sort()).toEqual([
    'ContainersReady',
    'Initialized',
    'PodReadyToStartContainers',
    'PodScheduled',
    'Ready',
  ]);
});

test('a bare pod that is not restarted completes', async () => {
  await pod('once', { restartPolicy: 'Never' });
  await harness.waitFor(PODS, 'once', (object) => phase(object) === 'Succeeded');
});

const failures: [name: string, spec: Record<string, unknown>, annotations: Record<string, string>, reason: string][] = [
  ['crash', { containers: [{ name: 'main', image: 'a', command: ['/bin/false'] }] }, {}, 'CrashLoopBackOff'],
  ['crash-on-demand', {}, { 'sekisho.dev/simulate': 'crash' }, 'CrashLoopBackOff'],
  ['bad-name', { containers: [{ name: 'main', image: 'Bad Image!' }] }, {}, 'InvalidImageName'],
  ['no-registry', { containers: [{ name: 'main', image: 'registry.invalid/a:1' }] }, {}, 'ImagePullBackOff'],
  ['no-tag', { containers: [{ name: 'main', image: 'nginx:does-not-exist' }] }, {}, 'ImagePullBackOff'],
  ['never', {}, { 'sekisho.dev/simulate': 'pending' }, 'ContainerCreating'],
];
for (const [name, spec, annotations, reason] of failures) {
  test(`a pod that cannot run says ${reason} (${name})`, async () => {
    await pod(name, spec, { annotations });
    const stuck = await harness.waitFor(PODS, name, (object) => waiting(object)?.reason === reason);
    expect(condition(stuck, 'Ready')).toBe('False ContainersNotReady');
  });
}

test('a pod without its ConfigMap waits, and starts when the ConfigMap comes', async () => {
  const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }];
  await pod('needy', { containers: [{ name: 'main', image: 'nginx', env }] });
  const stuck = await harness.waitFor(
    PODS,
    'needy',
    (object) => waiting(object)?.reason === 'CreateContainerConfigError',
  );
  expect(waiting(stuck)?.message).toBe('configmap "settings" not found');
  await harness.create(CONFIG_MAPS, { metadata: { name: 'settings' }, data: { b: '1' } });
  await harness.waitFor(
    PODS,
    'needy',
    (object) => waiting(object)?.message === "couldn't find key a in ConfigMap default/settings",
  );
  await harness.client.patch(CONFIG_MAPS, 'settings', 'default', { kind: 'merge', body: { data: { a: '1' } } });
  await harness.waitFor(PODS, 'needy', (object) => phase(object) === 'Running');
});

test('a pod that fits no node waits until one fits', async () => {
  await pod('picky', { nodeSelector: { disk: 'ssd' } });
  const refused = (await harness.waitFor(
    PODS,
    'picky',
    (object) => condition(object, 'PodScheduled') === 'False Unschedulable',
  )) as Pod;
  expect(refused.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message).toContain(
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
  );
  await harness.client.patch(NODES, 'sekisho-node', undefined, {
    kind: 'merge',
    body: { metadata: { labels: { disk: 'ssd' } } },
  });
  await harness.waitFor(PODS, 'picky', (object) => phase(object) === 'Running');
});

test('a service gets slices and endpoints of its ready pods; a load balancer and an ingress get an address', async () => {
  const labels = { app: 'web' };
  await harness.create(SERVICES, {
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
  });
  await harness.create(DEPLOYMENTS, {
    metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template(labels) },
  });
  const slices = await harness.waitForAll(ENDPOINT_SLICES, (all) =>
    all.some(
      (slice) =>
        slice.metadata.labels?.['kubernetes.io/service-name'] === 'web' &&
        (slice['endpoints'] as unknown[]).length === 2,
    ),
  );
  const slice = slices.find(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web');
  expect(slice?.['ports']).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
  await harness.waitFor(
    ENDPOINTS,
    'web',
    (object) => (object['subsets'] as { addresses?: unknown[] }[] | undefined)?.[0]?.addresses?.length === 2,
  );
  const service = await harness.waitFor(
    SERVICES,
    'web',
    (object) => (statusOf(object)['loadBalancer'] as { ingress?: unknown[] }).ingress !== undefined,
  );
  expect((statusOf(service)['loadBalancer'] as { ingress: { ip: string }[] }).ingress[0]?.ip).toBe('127.0.0.1');
  await harness.create(INGRESSES, {
    metadata: { name: 'web' },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  });
  await harness.waitFor(
    INGRESSES,
    'web',
    (object) => (statusOf(object)['loadBalancer'] as { ingress?: unknown[] })?.ingress !== undefined,
  );
  await harness.create(POD_DISRUPTION_BUDGETS, {
    metadata: { name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  });
  await harness.waitFor(
    POD_DISRUPTION_BUDGETS,
    'web',
    (object) => condition(object, 'DisruptionAllowed') === 'True SufficientPods',
  );
  await harness.create(HORIZONTAL_POD_AUTOSCALERS, {
    metadata: { name: 'web' },
    spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  });
  await harness.waitFor(
    HORIZONTAL_POD_AUTOSCALERS,
    'web',
    (object) => condition(object, 'ScalingActive') === 'True ValidMetricFound',
  );
  await harness.client.delete(SERVICES, 'web', 'default');
  await harness.waitGone(ENDPOINTS, 'web');
  await harness.waitForAll(ENDPOINT_SLICES, (all) =>
    all.every(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] !== 'web'),
  );
});

test('a pod of a Job that restarts on failure counts its restarts until the Job gives up', async () => {
  await harness.create(JOBS, {
    metadata: { name: 'again' },
    spec: {
      backoffLimit: 0,
      template: {
        spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'a', command: ['false'] }] },
      },
    },
  });
  await harness.waitFor(JOBS, 'again', (object) => condition(object, 'Failed') === 'True BackoffLimitExceeded');
});

test('controllers complain of nothing on the way', () => {
  expect(harness.complaints).toEqual([]);
});
