import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Deployment, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { deployment, NOW, replicaSet } from '../testing/objects.ts';
import { planDeployment } from './plan.ts';
import { rollingStep } from './rolling.ts';
import { scaleSets } from './scale.ts';
import { availableReplicas, rollingBounds, totalReplicas } from './sizes.ts';
import { rolloutStatus } from './status.ts';

const sizesOf = (sizes: ReadonlyMap<ReplicaSet, number>) =>
  Object.fromEntries([...sizes].map(([set, size]) => [set.metadata.name, size]));
const rolling = (maxSurge: number | string, maxUnavailable: number | string): Partial<Deployment['spec']> => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});

describe('rollingBounds', () => {
  test.each<[number, number | string, number | string, number, number, string]>([
    [10, '25%', '25%', 3, 2, 'surge rounds up, unavailable down'],
    [1, '25%', '25%', 1, 0, 'one replica: surge only'],
    [4, 0, 0, 0, 1, 'both zero would never move'],
    [3, 0, 5, 0, 3, 'no more can be missing than there are'],
    [3, '100%', 0, 3, 0, 'all at once'],
  ])(
    '%i replicas, surge %s, unavailable %s → %i and %i (%s)',
    (replicas, surge, unavailable, maxSurge, maxUnavailable) => {
      expect(rollingBounds(deployment(replicas, rolling(surge, unavailable)))).toEqual({ maxSurge, maxUnavailable });
    },
  );
});

describe('rollingStep', () => {
  test.each([
    ['starts the new set within the surge', 10, '25%', '25%', { old: [10, 10], now: [0, 0] }, { now: 3 }],
    ['then takes old pods within what may be missing', 10, '25%', '25%', { old: [10, 10], now: [3, 0] }, { old: 8 }],
    ['goes on as new pods come', 10, '25%', '25%', { old: [8, 8], now: [3, 3] }, { now: 5 }],
    ['takes old pods that never worked first', 4, 1, 1, { old: [4, 1], now: [1, 0] }, { old: 3 }],
    ['waits when nothing may be missing', 4, 1, 0, { old: [4, 4], now: [1, 0] }, {}],
    ['shrinks a new set that is too large', 3, 1, 0, { old: [0, 0], now: [5, 5] }, { now: 3 }],
    ['ends when the old set is empty', 3, 1, 0, { old: [0, 0], now: [3, 3] }, {}],
  ])('%s', (_title, replicas, surge, unavailable, { old, now }, expected) => {
    const oldSet = replicaSet('old', { replicas: old[0] ?? 0, available: old[1] ?? 0 });
    const newSet = replicaSet('now', { replicas: now[0] ?? 0, available: now[1] ?? 0 });
    expect(sizesOf(rollingStep(deployment(replicas, rolling(surge, unavailable)), newSet, [oldSet]))).toEqual(expected);
  });

  test('keeps every rollout within its bounds and brings it to its end', () => {
    const bound = fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        bound,
        bound,
        fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 3 }),
        (replicas, surge, unavailable, oldSizes) => {
          const wanted = deployment(replicas, rolling(surge, unavailable));
          const { maxSurge, maxUnavailable } = rollingBounds(wanted);
          let old = oldSizes.map((size, index) => replicaSet(`old${index}`, { replicas: size }));
          let now = replicaSet('now', { replicas: 0 });
          const startTotal = totalReplicas(old);
          for (let step = 0; step < 500; step++) {
            const sizes = rollingStep(wanted, now, old);
            if (sizes.size === 0) break;
            const minAvailable = replicas - maxUnavailable;
            const before = availableReplicas([...old, now]);
            // New pods become available at once, removed ones are gone at once.
            const resized = (set: ReplicaSet): ReplicaSet =>
              replicaSet(set.metadata.name ?? '', { replicas: sizes.get(set) ?? replicasOf(set) });
            old = old.map(resized);
            now = resized(now);
            expect(totalReplicas([...old, now])).toBeLessThanOrEqual(Math.max(startTotal, replicas + maxSurge));
            expect(availableReplicas([...old, now])).toBeGreaterThanOrEqual(Math.min(before, minAvailable));
          }
          expect([totalReplicas(old), replicasOf(now)]).toEqual([0, replicas]);
        },
      ),
    );
  });
});

describe('scaleSets', () => {
  test.each([
    ['all to the only active set', 5, [replicaSet('now', { replicas: 3, desired: 3, max: 4 })], [], { now: 5 }],
    [
      'in proportion while a rollout is half done',
      20,
      [replicaSet('now', { replicas: 5, available: 2, desired: 10, max: 13 })],
      [replicaSet('old', { replicas: 8, desired: 10, max: 13 })],
      { old: 15, now: 10 },
    ],
    [
      'to zero for all',
      0,
      [replicaSet('now', { replicas: 5, available: 2, desired: 10, max: 13 })],
      [replicaSet('old', { replicas: 8, desired: 10, max: 13 })],
      { old: 0, now: 0 },
    ],
    [
      'old sets end when the new one is saturated',
      3,
      [replicaSet('now', { replicas: 3, desired: 3, max: 4 })],
      [replicaSet('old', { replicas: 1 })],
      { old: 0 },
    ],
  ])('%s', (_title, replicas, [current], old, expected) => {
    expect(sizesOf(scaleSets(deployment(replicas), current, old))).toEqual(expected);
  });
});

describe('planDeployment', () => {
  const plan = (wanted: Deployment, sets: ReplicaSet[], oldPodsRun = false) =>
    planDeployment({ deployment: wanted, sets, oldPodsRun: () => oldPodsRun });

  test('creates the first set with hash, revision and size', () => {
    const { create, revision } = plan(deployment(3), []);
    expect(create?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]+$/);
    expect(create?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
    expect(create?.spec.selector.matchLabels?.['pod-template-hash']).toBe(
      create?.metadata.labels?.['pod-template-hash'],
    );
    expect([create?.spec.replicas, revision]).toEqual([3, 1]);
  });

  test('finds its set again by template, whatever the name', () => {
    const { create, current } = plan(deployment(3), [replicaSet('any', { replicas: 3, revision: 1 })]);
    expect([create, current?.metadata.name]).toEqual([undefined, 'any']);
  });

  test('waits with a Recreate until old pods are gone', () => {
    const wanted = deployment(2, { strategy: { type: 'Recreate' } }, 'nginx:2');
    const old = replicaSet('old', { replicas: 2, revision: 1 });
    expect(plan(wanted, [old], true).update.map(({ to }) => to.spec.replicas)).toEqual([0]);
    const empty = replicaSet('old', { replicas: 0, revision: 1 });
    expect(plan(wanted, [empty], true).create).toBeUndefined();
    expect(plan(wanted, [empty], false).create?.spec.replicas).toBe(2);
  });

  test('does nothing while it is being deleted', () => {
    const wanted = deployment(2);
    wanted.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(plan(wanted, [])).toMatchObject({ create: undefined, update: [], remove: [] });
  });
});

test('rolloutStatus is the same instance when nothing changed', () => {
  const current = replicaSet('now', { replicas: 2, revision: 1 });
  const observe = (wanted: Deployment) =>
    rolloutStatus({
      deployment: wanted,
      current,
      old: [],
      news: undefined,
      countOnly: false,
      collisionCount: undefined,
      now: NOW,
    });
  const first = deployment(2);
  const status = observe(first);
  expect(observe({ ...first, status })).toBe(status);
  expect(status.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`)).toEqual([
    'Available True MinimumReplicasAvailable',
    'Progressing True NewReplicaSetAvailable',
  ]);
});
