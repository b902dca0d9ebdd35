import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { type CompareApplicationInput, compareApplication, toApplicationStatus, withTracking } from '../index.ts';

const object = (kind: string, name: string, annotations = {}, fields = {}, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, annotations: { ...annotations } },
  ...fields,
});
const config = (name: string, annotations = {}, data: Record<string, string> = { a: '1' }) =>
  object('ConfigMap', name, annotations, { data });
const live = (item: KubeObject, app = 'web', namespace = 'shop') => {
  const placed = { ...item, metadata: { ...item.metadata, namespace, uid: `uid-${item.metadata.name}` } };
  return withTracking(app, placed);
};
const compare = (desired: KubeObject[], found: KubeObject[], over: Partial<CompareApplicationInput> = {}) =>
  compareApplication({
    app: { instanceName: 'web', name: 'web', namespace: 'argocd' },
    manifests: desired.map((item) => ({ object: item, origin: { file: 'a.yaml', line: 1 } })),
    live: found,
    destinationNamespace: 'shop',
    isNamespaced: ({ kind }) => kind !== 'Namespace' && kind !== 'CustomResourceDefinition',
    ...over,
  });
const short = (result: ReturnType<typeof compare>) =>
  result.resources.map(
    ({ name, status, counts, requiresPruning }) =>
      `${name} ${status}${counts ? '' : ' uncounted'}${requiresPruning ? ' prune' : ''}`,
  );

describe('compareApplication', () => {
  it('is Synced when all is there and tracked', () => {
    const result = compare([config('a')], [live(config('a'))]);
    expect(result).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' }, conditions: [] });
    expect(short(result)).toEqual(['a Synced']);
  });
  it('is OutOfSync and Missing when nothing is there', () => {
    const result = compare([config('a')], []);
    expect(result).toMatchObject({ sync: 'OutOfSync', health: { status: 'Missing' } });
    expect(result.resources[0]).toMatchObject({ namespace: 'shop', health: { status: 'Missing' } });
  });
  it('finds a live object that is not tracked yet', () => {
    const untracked = { ...config('a'), metadata: { name: 'a', namespace: 'shop' } };
    const result = compare([config('a')], [untracked]);
    expect(result.resources[0]?.changes?.map(({ path }) => path)).toEqual(['metadata.annotations']);
  });
  it('wants extras pruned, shows copies, and leaves children and strangers out', () => {
    const copy = { ...live(config('a')), metadata: { ...live(config('a')).metadata, name: 'copy' } };
    const owners = [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }];
    const child = { ...copy, metadata: { ...copy.metadata, name: 'child', ownerReferences: owners } };
    const result = compare(
      [config('a')],
      [live(config('a')), live(config('extra')), copy, child, live(config('other'), 'shop')],
    );
    expect(short(result)).toEqual(['a Synced', 'copy Synced uncounted', 'extra OutOfSync prune']);
    expect(result.sync).toBe('OutOfSync');
  });
  it('does not count extras with IgnoreExtraneous, hooks and skipped objects', () => {
    const ignored = live(config('ignored', { 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous' }));
    const oldHook = live(config('old', { 'argocd.argoproj.io/hook': 'PreSync' }));
    const skipped = config('skipped', { 'argocd.argoproj.io/hook': 'Skip' });
    const result = compare(
      [config('a'), skipped, config('hook', { 'argocd.argoproj.io/hook': 'PreSync' })],
      [live(config('a')), ignored, oldHook],
    );
    expect(result.sync).toBe('Synced');
    expect(short(result)).toEqual([
      'a Synced',
      'skipped Synced uncounted',
      'ignored OutOfSync uncounted prune',
      'old Synced uncounted',
    ]);
  });
  it('warns of shared and repeated resources', () => {
    const result = compare([config('a'), config('a')], [live(config('a'), 'other')]);
    expect(result.conditions.map(({ type }) => type)).toEqual(['SharedResourceWarning', 'RepeatedResourceWarning']);
  });
  it('says Unknown when the desired state is not known', () => {
    expect(compare([], [live(config('a'))], { desiredUnknown: true }).sync).toBe('Unknown');
  });
  it('finds objects in any version of their group', () => {
    const desired = object('HorizontalPodAutoscaler', 'h', {}, { spec: { maxReplicas: 3 } }, 'autoscaling/v2');
    const found = live(object('HorizontalPodAutoscaler', 'h', {}, { spec: { maxReplicas: 3 } }, 'autoscaling/v1'));
    expect(short(compare([desired], [found]))).toEqual(['h Synced']);
  });
  it('takes the worst health and names what is to blame, without hooks and ignored objects', () => {
    const pod = (name: string, phase: string, annotations = {}) =>
      object('Pod', name, annotations, { status: { phase, message: `is ${phase}` }, spec: {} });
    const pods = [pod('good', 'Succeeded'), pod('bad', 'Failed'), pod('slow', 'Pending')];
    const result = compare(
      pods,
      pods.map((item) => live(item)),
    );
    expect(result.health).toEqual({ status: 'Degraded', message: 'Caused by Pod shop/bad (is Failed)' });
    const quiet = [
      pod('bad', 'Failed', { 'argocd.argoproj.io/ignore-healthcheck': 'true' }),
      pod('hook', 'Failed', { 'argocd.argoproj.io/hook': 'PostSync' }),
    ];
    expect(
      compare(
        quiet,
        quiet.map((item) => live(item)),
      ).health.status,
    ).toBe('Healthy');
  });
  it('does not judge an application by itself or by unknown children', () => {
    const app = object('Application', 'web', {}, {}, 'argoproj.io/v1alpha1');
    const deleting = live({ ...app, metadata: { ...app.metadata, deletionTimestamp: 'x' } }, 'web', 'argocd');
    const desired = { ...app, metadata: { ...app.metadata, namespace: 'argocd' } };
    expect(compare([desired], [deleting]).health.status).toBe('Healthy');
  });
});

describe('toApplicationStatus', () => {
  const spec = { source: { repoURL: 'r', path: 'p' }, destination: { namespace: 'shop' } };
  it("has Argo CD's shape", () => {
    const web = object(
      'Pod',
      'p',
      {},
      { spec: { containers: [{ name: 'c', image: 'nginx:1' }] }, status: { phase: 'Succeeded' } },
    );
    const comparison = compare([web, config('gone', { 'argocd.argoproj.io/sync-wave': '2' })], [live(web)]);
    expect(toApplicationStatus({ spec, comparison, revision: 'abc', now: '2026-01-01T00:00:00Z' })).toMatchObject({
      sync: {
        status: 'OutOfSync',
        revision: 'abc',
        comparedTo: { source: spec.source, destination: spec.destination },
      },
      health: { status: 'Healthy', lastTransitionTime: '2026-01-01T00:00:00Z' },
      resources: [
        { version: 'v1', kind: 'Pod', namespace: 'shop', name: 'p', status: 'Synced', health: { status: 'Healthy' } },
        { version: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'gone', status: 'OutOfSync', syncWave: 2 },
      ],
      summary: { images: ['nginx:1'] },
      sourceType: 'Directory',
      reconciledAt: '2026-01-01T00:00:00Z',
    });
  });
  it('keeps the times of what did not change', () => {
    const comparison = compare([config('a'), config('a')], [live(config('a'))]);
    const first = toApplicationStatus({ spec, comparison, revision: 'abc', now: '2026-01-01T00:00:00Z' });
    const next = toApplicationStatus({
      spec,
      comparison,
      revision: 'abc',
      now: '2026-01-02T00:00:00Z',
      previous: { ...first },
    });
    expect(next.health).toEqual(first.health);
    expect(next.conditions).toEqual(first.conditions);
  });
});
