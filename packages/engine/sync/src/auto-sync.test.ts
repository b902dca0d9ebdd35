import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import {
  type AutoSyncInput,
  decideAutoSync,
  defaultAutoRetry,
  defaultSyncOptions,
  deletionHooks,
  isDeletionApproved,
  nextRetryMs,
  parseDurationMs,
  planDelete,
  type ResourceState,
  withTracking,
} from './index.ts';

const state = (name: string, over: Partial<ResourceState> = {}): ResourceState => ({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  namespace: 'n',
  name,
  status: 'OutOfSync',
  counts: true,
  hook: false,
  requiresPruning: false,
  requiresDeletionConfirmation: false,
  ...over,
});
const last = {
  revision: 'r1',
  parametersHash: 'p',
  phase: 'Succeeded',
  finishedAt: '2026-01-01T00:00:00Z',
  selfHealAttempts: 0,
} as const;
const finished = Date.parse(last.finishedAt);
const decide = (
  over: Partial<AutoSyncInput>,
  resources = [state('a')],
  sync: 'OutOfSync' | 'Synced' | 'Unknown' = 'OutOfSync',
) => {
  const decision = decideAutoSync({
    policy: {},
    comparison: { resources, sync },
    revision: 'r1',
    parametersHash: 'p',
    operationRunning: false,
    last: undefined,
    now: finished,
    ...over,
  });
  return decision.sync
    ? { selfHeal: decision.selfHeal, n: decision.selfHealAttempts, only: decision.resources?.map((r) => r.name) }
    : decision.reason;
};
const fresh = { selfHeal: false, n: 0, only: undefined };

describe('decideAutoSync', () => {
  it.each<[string, ReturnType<typeof decide>, ReturnType<typeof decide>]>([
    ['no policy', decide({ policy: undefined }), 'disabled'],
    ['a policy that is off', decide({ policy: { enabled: false } }), 'disabled'],
    ['a running operation', decide({ operationRunning: true }), 'operation-running'],
    ['nothing to do', decide({}, [state('a', { status: 'Synced' })], 'Synced'), 'in-sync'],
    ['an unknown desired state', decide({}, [], 'Unknown'), 'unknown'],
    ['a new revision', decide({}), fresh],
    ['another revision than the last', decide({ last: { ...last, revision: 'r0', phase: 'Failed' } }), fresh],
    ['other parameters than the last time', decide({ last: { ...last, parametersHash: 'q' } }), fresh],
    [
      'a failed attempt of this revision',
      decide({ last: { ...last, phase: 'Failed' }, policy: { selfHeal: true } }),
      'already-attempted',
    ],
    ['drift without selfHeal', decide({ last, now: finished + 1e9 }), 'already-attempted'],
    ['only prunes, and pruning is off', decide({}, [state('a', { requiresPruning: true })]), 'prune-only'],
    ['some prunes, and pruning is off', decide({}, [state('a', { requiresPruning: true }), state('b')]), fresh],
    [
      'everything would be deleted',
      decide({ policy: { prune: true } }, [state('a', { requiresPruning: true })]),
      'would-wipe-out',
    ],
    [
      'everything may be deleted',
      decide({ policy: { prune: true, allowEmpty: true } }, [state('a', { requiresPruning: true })]),
      fresh,
    ],
  ])('%s', (_name, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  it('heals only what differs, after growing pauses', () => {
    const heal = (attempts: number, afterMs: number) =>
      decide({ policy: { selfHeal: true }, last: { ...last, selfHealAttempts: attempts }, now: finished + afterMs }, [
        state('a'),
        state('b', { status: 'Synced' }),
        state('c', { requiresPruning: true }),
      ]);
    expect(heal(0, 1999)).toBe('self-heal-backoff');
    expect(heal(0, 2000)).toEqual({ selfHeal: true, n: 1, only: ['a'] });
    expect(heal(1, 5999)).toBe('self-heal-backoff');
    expect(heal(1, 6000)).toEqual({ selfHeal: true, n: 2, only: ['a'] });
    expect(heal(50, 299_999)).toBe('self-heal-backoff');
    expect(heal(50, 300_000)).toMatchObject({ selfHeal: true });
  });
});

it('nextRetryMs grows to its cap and ends at the limit', () => {
  expect([0, 1, 2, 3, 4, 5].map((n) => nextRetryMs(defaultAutoRetry, n))).toEqual([
    5000,
    10_000,
    20_000,
    40_000,
    80_000,
    undefined,
  ]);
  expect(nextRetryMs({ ...defaultAutoRetry, limit: -1 }, 1000)).toBe(180_000);
});

it('parseDurationMs reads durations as Go writes them', () => {
  expect(['5s', '3m', '1h30m', '500ms', '1.5s', '10', '', '5 s', 's', '1d'].map(parseDurationMs)).toEqual([
    5000,
    180_000,
    5_400_000,
    500,
    1500,
    10_000,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

describe('planDelete', () => {
  const live = (name: string, annotations: Record<string, string> = {}, kind = 'ConfigMap'): KubeObject =>
    withTracking('web', { apiVersion: 'v1', kind, metadata: { name, namespace: 'n', annotations } });
  const plan = (
    objects: KubeObject[],
    finalizers = ['resources-finalizer.argocd.argoproj.io'],
    deletionApproved = false,
  ) =>
    planDelete({
      app: { instanceName: 'web' },
      finalizers,
      options: defaultSyncOptions,
      live: objects,
      deletionApproved,
    });
  const wave = (text: string) => ({ 'argocd.argoproj.io/sync-wave': text });
  const option = (text: string) => ({ 'argocd.argoproj.io/sync-options': text });

  it('deletes nothing without the finalizer', () => {
    expect(plan([live('a')], ['foregroundDeletion'])).toMatchObject({ cascade: false, waves: [], finalizers: [] });
  });
  it('deletes in reverse order of waves and kinds', () => {
    const { waves, propagation } = plan([
      live('a'),
      live('s', {}, 'Service'),
      live('late', wave('2')),
      live('early', wave('-1')),
    ]);
    expect(waves.map((members) => members.map(({ metadata }) => metadata.name))).toEqual([
      ['late'],
      ['s', 'a'],
      ['early'],
    ]);
    expect(propagation).toBe('Foreground');
    expect(plan([], ['resources-finalizer.argocd.argoproj.io/background']).propagation).toBe('Background');
  });
  it('keeps what asks to be kept and what is a copy', () => {
    const copy = { ...live('a'), metadata: { ...live('a').metadata, name: 'copy' } };
    const { waves, kept } = plan([live('kept', option('Delete=false')), copy]);
    expect(waves).toEqual([]);
    expect(kept.map(({ object, reason }) => `${object.metadata.name}: ${reason}`)).toEqual([
      'kept: Delete=false',
      'copy: a copy: tracked for another object',
    ]);
  });
  it('asks for approval', () => {
    const objects = [live('a', option('Delete=confirm'))];
    expect(plan(objects).unconfirmed).toHaveLength(1);
    expect(plan(objects, undefined, true).unconfirmed).toEqual([]);
    const app = (time: string) => ({ metadata: { annotations: { 'argocd.argoproj.io/deletion-approved': time } } });
    expect(isDeletionApproved(app('2026-01-02T00:00:00Z'), '2026-01-01T00:00:00Z')).toBe(true);
    expect(isDeletionApproved(app('2025-01-02T00:00:00Z'), '2026-01-01T00:00:00Z')).toBe(false);
    expect(isDeletionApproved(app('yes'), '2026-01-01T00:00:00Z')).toBe(false);
    expect(isDeletionApproved({ metadata: {} }, '2026-01-01T00:00:00Z')).toBe(false);
  });
  it('finds the hooks of a deletion', () => {
    const hooks = [
      { object: live('a', { 'argocd.argoproj.io/hook': 'PostDelete' }) },
      { object: live('b', { 'helm.sh/hook': 'pre-delete' }) },
    ];
    expect(deletionHooks(hooks, 'PostDelete')).toEqual([hooks[0]]);
    expect(deletionHooks(hooks, 'PreDelete')).toEqual([hooks[1]]);
  });
});
