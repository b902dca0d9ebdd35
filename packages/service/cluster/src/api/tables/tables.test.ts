import { expect, test } from 'vitest';
import { humanDuration } from './age.ts';
import { builtinColumns } from './builtin-columns.ts';
import { compileJsonPath, jsonPathText } from './json-path.ts';

test.each([
  [0, '0s'],
  [45_000, '45s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [200_000, '3m20s'],
  [599_000, '9m59s'],
  [3_600_000, '60m'],
  [10_799_000, '179m'],
  [10_800_000, '3h'],
  [11_100_000, '3h5m'],
  [86_400_000, '24h'],
  [172_800_000, '2d'],
  [187_200_000, '2d4h'],
  [691_200_000, '8d'],
  [63_072_000_000, '2y'],
  [66_000_000_000, '2y33d'],
  [-5_000, '<invalid>'],
])('humanDuration(%i ms) is %s', (ms, expected) => {
  expect(humanDuration(ms)).toBe(expected);
});

const object = {
  metadata: { name: 'x', labels: { 'a.b/c': 'label' } },
  spec: {
    list: [
      { name: 'one', n: 1 },
      { name: 'two', n: 2 },
    ],
    'dotted.key': 'd',
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

test.each([
  ['.metadata.name', 'x'],
  ['{.metadata.name}', 'x'],
  ['$.metadata.name', 'x'],
  ['.spec.list[*].name', 'one two'],
  ['.spec.list[-1].name', 'two'],
  ['.spec.list[0].n', '1'],
  ['.spec.list[?(@.n>1)].name', 'two'],
  ['.status.conditions[?(@.type=="Ready")].status', 'True'],
  [".status.conditions[?(@.type=='Ready')].status", 'True'],
  ['.metadata.labels.a\\.b/c', 'label'],
  [".metadata.labels['a\\.b/c']", 'label'],
  [".spec['dotted.key']", 'd'],
  ['..name', 'x one two'],
  ['.spec.list[0]', '{"name":"one","n":1}'],
  ['.nothing.here', ''],
  ['.constructor', ''],
  ['.[[', ''],
])('compileJsonPath(%s) finds %s', (path, expected) => {
  expect(jsonPathText(compileJsonPath(path)(object))).toBe(expected);
});

// biome-ignore lint/suspicious/noExplicitAny: rows are partial objects
function row(group: string, resource: string, value: any): Record<string, unknown> {
  return Object.fromEntries(
    builtinColumns(group, resource).map((column) => [column.name, column.cell({ metadata: {}, ...value }, 0)]),
  );
}

test.each([
  [
    'running',
    { status: { phase: 'Running', containerStatuses: [{ ready: true, state: { running: {} } }] } },
    'Running',
    '1/1',
  ],
  [
    'waiting',
    { status: { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] } },
    'ImagePullBackOff',
    '0/1',
  ],
  [
    'initialising',
    {
      spec: { containers: [{ name: 'c' }], initContainers: [{ name: 'i' }] },
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] },
    },
    'Init:0/1',
    '0/1',
  ],
  [
    'init failed',
    {
      spec: { containers: [{ name: 'c' }], initContainers: [{ name: 'i' }] },
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 2 } } }] },
    },
    'Init:ExitCode:2',
    '0/1',
  ],
  [
    'done',
    {
      status: {
        phase: 'Succeeded',
        containerStatuses: [{ state: { terminated: { reason: 'Completed', exitCode: 0 } } }],
      },
    },
    'Completed',
    '0/1',
  ],
  ['going', { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running' } }, 'Terminating', '0/1'],
])('a %s pod', (_, pod, status, ready) => {
  expect(row('', 'pods', { spec: { containers: [{ name: 'c' }] }, ...pod })).toMatchObject({
    Status: status,
    Ready: ready,
  });
});

test('workloads, services, jobs and nodes show kubectl’s columns', () => {
  expect(
    row('apps', 'deployments', { spec: { replicas: 3 }, status: { readyReplicas: 1, updatedReplicas: 2 } }),
  ).toMatchObject({ Ready: '1/3', 'Up-to-date': 2, Available: 0 });
  expect(
    row('', 'services', {
      spec: { type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30_000, protocol: 'TCP' }] },
    }),
  ).toMatchObject({ 'Port(s)': '80:30000/TCP', 'External-IP': '<none>' });
  expect(row('', 'services', { spec: { type: 'LoadBalancer' } })).toMatchObject({ 'External-IP': '<pending>' });
  expect(row('batch', 'jobs', { spec: { completions: 2 }, status: { succeeded: 1 } })).toMatchObject({
    Completions: '1/2',
    Status: 'Running',
  });
  expect(
    row('', 'nodes', {
      metadata: { labels: { 'node-role.kubernetes.io/worker': '' } },
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    }),
  ).toMatchObject({ Status: 'Ready,SchedulingDisabled', Roles: 'worker' });
});
