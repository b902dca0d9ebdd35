import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import {
  advanceSync,
  blastRadius,
  defaultPruneLimits,
  defaultSyncOptions,
  newSyncProgress,
  noPruneLimits,
  type ObjectKey,
  type PlanInput,
  parsePruneLimits,
  planSync,
  type SyncRequest,
  withTracking,
} from '../index.ts';

const keys = (kind: string, count: number, group = ''): ObjectKey[] =>
  Array.from({ length: count }, (_, i) => ({ group, kind, namespace: 'shop', name: `${kind.toLowerCase()}-${i}` }));

describe('blastRadius', () => {
  test.each<[limit: string, pruned: ObjectKey[], total: number, exceeded: string | undefined]>([
    ['', keys('ConfigMap', 5), 10, undefined],
    ['', keys('ConfigMap', 6), 10, '50%'],
    ['', keys('ConfigMap', 9), 9, undefined],
    ['', keys('PersistentVolumeClaim', 1), 100, 'PersistentVolumeClaim=0'],
    ['', keys('Namespace', 1), 100, 'Namespace=0'],
    ['', keys('CustomResourceDefinition', 1, 'apiextensions.k8s.io'), 100, 'CustomResourceDefinition=0'],
    ['', [], 0, undefined],
    ['3', keys('ConfigMap', 4), 100, '3'],
    ['3', keys('ConfigMap', 3), 100, undefined],
    ['20%', keys('ConfigMap', 1), 3, '20%'],
    ['100%', keys('ConfigMap', 50), 50, undefined],
    ['off', keys('PersistentVolumeClaim', 50), 50, undefined],
    ['off, Deployment.apps=1', keys('Deployment', 2, 'apps'), 50, 'Deployment.apps=1'],
    ['Deployment.apps=1', keys('Deployment', 2, 'other.dev'), 50, undefined],
    ['PersistentVolumeClaim=off', keys('PersistentVolumeClaim', 2), 50, undefined],
    ['PersistentVolumeClaim=2', keys('PersistentVolumeClaim', 3), 50, 'PersistentVolumeClaim=2'],
  ])('%j with %#', (text, pruned, total, exceeded) => {
    const { limits, diagnostics } = parsePruneLimits(text, 'f');
    expect(diagnostics).toEqual([]);
    expect(blastRadius({ pruned, total }, [limits]).exceeds?.limit).toBe(exceeded);
  });

  test('says how much, which limit, and names what goes', () => {
    const radius = blastRadius({ pruned: keys('ConfigMap', 30), total: 40 }, [noPruneLimits, defaultPruneLimits]);
    expect(radius).toMatchObject({ total: 40, percent: 75, byKind: { ConfigMap: 30 } });
    expect(radius.exceeds?.message).toMatch(
      /^would delete 30 of 40 objects \(75 %\), above the limit 50%: ConfigMap shop\/configmap-0, .* and 10 more$/,
    );
  });

  test.each(['x', '5 objects', '120%', '-1', '=0', 'Pod=-1', 'Pod=x', '1e3'])(
    '%j is no limit, the rest holds',
    (text) => {
      const { limits, diagnostics } = parsePruneLimits(`${text}, 7`, 'application a/b');
      expect(diagnostics).toMatchObject([{ code: 'PRUNE_LIMIT_INVALID', origin: { file: 'application a/b' } }]);
      expect(limits.count).toBe(7);
    },
  );
});

describe('a sync above a limit', () => {
  const configMap = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop' },
  });
  const request = (over: Partial<SyncRequest> = {}): SyncRequest => ({
    app: { name: 'web', namespace: 'argocd', instanceName: 'web' },
    revision: 'r1',
    prune: true,
    dryRun: false,
    options: defaultSyncOptions,
    strategy: 'hook',
    startedAt: '2026-11-21T10:00:00Z',
    destinationNamespace: 'shop',
    ...over,
  });
  const live = Array.from({ length: 12 }, (_, i) => withTracking('web', configMap(`c${i}`)));
  const input = (kept: number, over: Partial<PlanInput> = {}): PlanInput => ({
    desired: live.slice(0, kept).map((object) => ({ object })),
    live: [...live, { ...configMap('others'), metadata: { name: 'others', namespace: 'shop' } }],
    isNamespaced: () => true,
    crdPresent: () => true,
    pruneLimits: [defaultPruneLimits],
    ...over,
  });
  const step = (plan: ReturnType<typeof planSync>, approved = false) =>
    advanceSync(
      plan,
      { ...newSyncProgress(), dryRunDone: true },
      { now: 0, live: ({ live: object }) => object, healthOf: () => undefined, deletionApproved: approved },
    );

  test('waits before anything is touched, and goes on when that is approved', () => {
    const plan = planSync(request(), input(3));
    expect(plan.blastRadius).toMatchObject({ total: 12, percent: 75 });
    expect(step(plan)).toMatchObject({ state: 'Running', actions: [] });
    expect(step(plan).message).toMatch(/^Waiting for pruning confirmation: this sync would delete 9 of 12 objects/);
    expect(step(plan, true).actions.length).toBeGreaterThan(0);
  });

  test('goes on after a restart when it had begun', () => {
    const plan = planSync(request(), input(3));
    const begun = advanceSync(
      plan,
      { ...newSyncProgress(), dryRunDone: true, wave: { phase: 'Sync', wave: 0 } },
      { now: 0, live: ({ live: object }) => object, healthOf: () => undefined },
    );
    expect(begun.actions.length).toBeGreaterThan(0);
  });

  test.each<[title: string, plan: ReturnType<typeof planSync>]>([
    ['below the limit', planSync(request(), input(6))],
    ['without limits', planSync(request(), input(0, { pruneLimits: [] }))],
    ['that does not prune', planSync(request({ prune: false }), input(0))],
    ['of objects that are kept', planSync(request({ options: { ...defaultSyncOptions, prune: 'false' } }), input(0))],
  ])('%s does not wait', (_title, plan) => {
    expect(step(plan).message).not.toContain('confirmation');
  });

  test('a dry run says that it would wait', () => {
    const { state, message } = step(planSync(request({ dryRun: true }), input(0)));
    expect(state).toBe('Succeeded');
    expect(message).toMatch(/a sync would wait for confirmation, because it would delete 12 of 12 objects/);
  });
});

describe('planSync keeps live fields', () => {
  const deployment = (replicas: number): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas, selector: { matchLabels: { a: 'b' } } },
  });
  const plan = (over: Partial<PlanInput>, respect: boolean) =>
    planSync(
      {
        app: { name: 'web', namespace: 'argocd', instanceName: 'web' },
        revision: 'r1',
        prune: false,
        dryRun: false,
        options: { ...defaultSyncOptions, respectIgnoreDifferences: respect, applyOutOfSyncOnly: true },
        strategy: 'hook',
        startedAt: '2026-11-21T10:00:00Z',
        destinationNamespace: 'shop',
      },
      {
        desired: [{ object: deployment(2) }],
        live: [withTracking('web', deployment(5))],
        isNamespaced: () => true,
        crdPresent: () => true,
        ...over,
      },
    ).tasks[0];
  const rule = {
    group: 'apps',
    kind: 'Deployment',
    namespace: '',
    name: '',
    jsonPointers: ['/spec/replicas'],
    jqPathExpressions: [],
    managedFieldsManagers: [],
  };

  test('with RespectIgnoreDifferences, and remembers what git says', () => {
    const task = plan({ ignoreDifferences: { rules: [rule] } }, true);
    expect(task?.object['spec']).toMatchObject({ replicas: 5 });
    expect(task?.declared?.['spec']).toMatchObject({ replicas: 2 });
    expect(task?.upToDate).toBe(true);
  });

  test('not without it, but what is ignored is not out of sync', () => {
    const task = plan({ ignoreDifferences: { rules: [rule] } }, false);
    expect(task?.object['spec']).toMatchObject({ replicas: 2 });
    expect(task).not.toHaveProperty('declared');
    expect(task?.upToDate).toBe(true);
    expect(plan({}, true)?.upToDate).toBe(false);
  });

  test('as the caller says', () => {
    const path = ['spec', 'replicas'];
    const task = plan({ keepLive: () => ({ desired: [path], live: [path] }) }, false);
    expect(task?.object['spec']).toMatchObject({ replicas: 5 });
  });
});
