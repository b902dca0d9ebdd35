import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import {
  advanceSync,
  defaultSyncOptions,
  HOOK_FINALIZER,
  newSyncProgress,
  planDeletionHooks,
  planSync,
  readTrackingId,
  type SyncRequest,
} from '../index.ts';

const request: SyncRequest = {
  app: { name: 'web', namespace: 'argocd', instanceName: 'web' },
  revision: '0123456789abcdef',
  prune: false,
  dryRun: false,
  options: defaultSyncOptions,
  strategy: 'hook',
  startedAt: '2026-11-21T10:00:00Z',
  destinationNamespace: 'shop',
};

function manifest(kind: string, name: string, annotations: Record<string, string> = {}): { object: KubeObject } {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'v1';
  const named = name.endsWith('-') ? { generateName: name } : { name };
  return { object: { apiVersion, kind, metadata: { ...named, annotations } } };
}

const desired = [
  manifest('ConfigMap', 'plain'),
  manifest('Job', 'late', { 'argocd.argoproj.io/hook': 'PreDelete', 'argocd.argoproj.io/sync-wave': '2' }),
  manifest('Job', 'early', { 'helm.sh/hook': 'pre-delete', 'helm.sh/hook-weight': '-1' }),
  manifest('Job', 'after-', { 'argocd.argoproj.io/hook': 'PostSync,PostDelete' }),
];
const input = { desired, live: [], isNamespaced: () => true, crdPresent: () => true };

describe('planDeletionHooks', () => {
  test('has the hooks of one phase and nothing else, in the order of their waves', () => {
    const { tasks, diagnostics } = planDeletionHooks(request, input, 'PreDelete');
    expect(diagnostics).toEqual([]);
    expect(tasks.map(({ phase, wave, object }) => [phase, wave, object.metadata.name])).toEqual([
      ['PreDelete', -1, 'early'],
      ['PreDelete', 2, 'late'],
    ]);
    for (const { object } of tasks) {
      expect(object.metadata).toMatchObject({ namespace: 'shop', finalizers: [HOOK_FINALIZER] });
      expect(readTrackingId(object)?.app).toBe('web');
    }
    const after = planDeletionHooks(request, input, 'PostDelete');
    expect(after.tasks.map(({ object }) => object.metadata.name)).toEqual(['after-0123456-postdelete-1795255200']);
  });

  test('leaves them out of a sync, and what else a hook is in', () => {
    const { tasks } = planSync(request, input);
    expect(tasks.map(({ phase, object }) => [phase, object.metadata.name])).toEqual([
      ['Sync', 'plain'],
      ['PostSync', 'after-0123456-postsync-1795255200'],
    ]);
  });

  test('is over at once when there are none, and names a kind that is not served', () => {
    const none = planDeletionHooks(request, { ...input, desired: desired.slice(0, 1) }, 'PreDelete');
    const observed = { now: 0, live: () => undefined, healthOf: () => undefined };
    expect(none.tasks).toEqual([]);
    expect(advanceSync(none, newSyncProgress(), observed).state).toBe('Succeeded');
    const unknown = planDeletionHooks(request, { ...input, crdPresent: () => false }, 'PostDelete');
    expect(unknown.diagnostics).toMatchObject([{ code: 'SYNC_KIND_UNKNOWN' }]);
    expect(advanceSync(unknown, newSyncProgress(), observed).state).toBe('Failed');
  });
});
