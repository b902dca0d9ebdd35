import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pod } from '../kinds/pod.ts';
import { NOW, pod } from '../testing/objects.ts';
import { parseImageReference } from './image-reference.ts';
import { type Node, placePod } from './scheduling.ts';
import { simulatePod } from './simulate-pod.ts';
import { statedExitCode } from './simulated-exit.ts';
import type { SimulatedNode } from './simulation.ts';

const node: SimulatedNode = {
  name: 'n1',
  ip: '10.0.0.1',
  startupMs: 10,
  jobMs: 20,
  references: { configMapKeys: () => undefined, secretKeys: () => undefined },
  allocateIp: () => '10.244.1.1',
};

/** Runs a pod on until it neither changes nor waits, or `steps` are over. */
function phasesOf(start: Pod, steps = 6): string[] {
  const phases: string[] = [];
  let current: Pod = { ...start, status: { phase: 'Pending' } };
  for (let step = 0; step < steps; step++) {
    const { status, afterMs } = simulatePod(current, node, 1_000_000, NOW);
    if (status === undefined) break;
    current = { ...current, status };
    const state = status.containerStatuses?.[0];
    phases.push(`${status.phase} ${state?.state.waiting?.reason ?? ''}${state?.restartCount ?? 0}`);
    if (afterMs === undefined && status.phase !== 'Running') break;
  }
  return phases;
}

const withSpec = (spec: Partial<Pod['spec']>, annotations: Record<string, string> = {}): Pod =>
  pod({ name: 'p', spec, annotations });
const running = (command: string[]) => ({ containers: [{ name: 'main', image: 'busybox', command }] });

test.each([
  ['runs on', withSpec({}), ['Running 0']],
  ['completes', withSpec({ restartPolicy: 'Never' }), ['Running 0', 'Succeeded 0']],
  ['fails', withSpec({ restartPolicy: 'Never', ...running(['false']) }), ['Running 0', 'Failed 0']],
  [
    'crashes again and again',
    withSpec(running(['false'])),
    [
      'Running CrashLoopBackOff1',
      'Running CrashLoopBackOff2',
      'Running CrashLoopBackOff3',
      'Running CrashLoopBackOff4',
      'Running CrashLoopBackOff5',
      'Running CrashLoopBackOff6',
    ],
  ],
  [
    'fails on demand',
    withSpec({ restartPolicy: 'Never' }, { 'sekisho.dev/simulate': 'fail' }),
    ['Running 0', 'Failed 0'],
  ],
  ['never starts on demand', withSpec({}, { 'sekisho.dev/simulate': 'pending' }), ['Pending ContainerCreating0']],
])('simulatePod: a pod %s', (_title, start, expected) => {
  expect(phasesOf(start)).toEqual(expected);
});

test('simulatePod waits the start-up time, and says how long', () => {
  expect(simulatePod({ ...pod({ name: 'p' }), status: { phase: 'Pending' } }, node, 4, NOW)).toEqual({ afterMs: 6 });
});

test('simulatePod changes nothing the second time', () => {
  const start = { ...pod({ name: 'p' }), status: { phase: 'Pending' } };
  const { status } = simulatePod(start, node, 100, NOW);
  expect(simulatePod({ ...start, ...(status === undefined ? {} : { status }) }, node, 100, NOW + 60_000)).toEqual({});
});

test('simulatePod restarts a container whose image changed', () => {
  const start = { ...pod({ name: 'p' }), status: { phase: 'Pending' } };
  const { status } = simulatePod(start, node, 100, NOW);
  const changed: Pod = {
    ...start,
    spec: { ...start.spec, containers: [{ name: 'main', image: 'nginx:2' }] },
    ...(status === undefined ? {} : { status }),
  };
  const next = simulatePod(changed, node, 100, NOW).status?.containerStatuses?.[0];
  expect([next?.image, next?.restartCount]).toEqual(['nginx:2', 1]);
});

describe('statedExitCode', () => {
  test.each([
    [['false'], 1],
    [['/bin/false'], 1],
    [['true'], 0],
    [['sh', '-c', 'exit 1'], 1],
    [['/bin/bash', '-ec', 'echo hi; exit 42'], 42],
    [['sh', '-c', 'echo a && false'], 1],
    [['sh', '-c', 'make || exit 1'], undefined],
    [['sh', '-c', 'sleep 10'], undefined],
    [['exit', '256'], 0],
    [[], undefined],
  ])('%j → %s', (command, expected) => {
    expect(statedExitCode({ name: 'c', command })).toBe(expected);
  });
});

describe('parseImageReference', () => {
  test.each([
    ['nginx', 'docker.io', 'nginx', 'latest'],
    ['nginx:1.27', 'docker.io', 'nginx', '1.27'],
    ['library/nginx', 'docker.io', 'library/nginx', 'latest'],
    ['ghcr.io/a/b_c:v1', 'ghcr.io', 'a/b_c', 'v1'],
    ['localhost:5000/a', 'localhost:5000', 'a', 'latest'],
    [`a@sha256:${'0'.repeat(64)}`, 'docker.io', 'a', undefined],
  ])('%s', (image, registry, repository, tag) => {
    expect(parseImageReference(image)).toMatchObject({ registry, repository, tag });
  });
  test.each([
    [''],
    ['Bad Image'],
    ['a:'],
    ['a::b'],
    ['UPPER'],
    ['a@sha256:xyz'],
    ['/a'],
    ['a//b'],
    ['https://a/b'],
    ['a:t/'],
    ['a'.repeat(600)],
  ])('%s is none', (image) => {
    expect(parseImageReference(image)).toBeUndefined();
  });
  test('answers any text at once', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => void parseImageReference(text)));
  });
});

describe('placePod', () => {
  const nodes = (spec: Node['spec'], labels: Record<string, string> = {}): Node[] => [
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels }, spec },
  ];
  const claims = { phaseOf: (_namespace: string, name: string) => ({ bound: 'Bound', pending: 'Pending' })[name] };
  const taint = { key: 'a', value: 'b', effect: 'NoSchedule' };
  const claim = (claimName: string) => ({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] });
  test.each([
    ['fits', {}, nodes({}), 'n1'],
    ['no node', {}, [], 'no nodes available'],
    ['cordoned', {}, nodes({ unschedulable: true }), '1 node(s) were unschedulable'],
    ['tainted', {}, nodes({ taints: [taint] }), '1 node(s) had untolerated taint {a: b}'],
    ['tolerated', { tolerations: [{ key: 'a', operator: 'Exists' }] }, nodes({ taints: [taint] }), 'n1'],
    ['selected', { nodeSelector: { x: 'y' } }, nodes({}, { x: 'y' }), 'n1'],
    ['not selected', { nodeSelector: { x: 'y' } }, nodes({}), "didn't match Pod's node affinity/selector"],
    ['bound claim', claim('bound'), nodes({}), 'n1'],
    ['pending claim', claim('pending'), nodes({}), 'unbound immediate PersistentVolumeClaims'],
    ['missing claim', claim('none'), nodes({}), 'persistentvolumeclaim "none" not found'],
  ])('%s', (_title, spec, all, expected) => {
    const placement = placePod(withSpec(spec), all, claims);
    expect('node' in placement ? placement.node : placement.unschedulable).toContain(expected);
  });
});
