import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import {
  appInstanceName,
  defaultSyncOptions,
  objectSyncOptions,
  ownedBy,
  parseSyncOptions,
  readTrackingId,
  withTracking,
} from './index.ts';

const object = (metadata: KubeObject['metadata']): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
});

describe('tracking', () => {
  it('writes and reads the id of an object', () => {
    const tracked = withTracking('web', object({ name: 'a', namespace: 'n' }));
    expect(tracked.metadata.annotations).toEqual({
      'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:n/a',
    });
    expect(readTrackingId(tracked)).toEqual({
      app: 'web',
      group: 'apps',
      kind: 'Deployment',
      namespace: 'n',
      name: 'a',
    });
    expect(ownedBy('web', tracked)).toBe(true);
    expect(ownedBy('other', tracked)).toBe(false);
    expect(withTracking('web', tracked)).toBe(tracked);
  });
  it('does not own a copy', () => {
    const { metadata } = withTracking('web', object({ name: 'a', namespace: 'n' }));
    expect(ownedBy('web', object({ ...metadata, name: 'b' }))).toBe(false);
    expect(ownedBy('web', object({ ...metadata, namespace: 'm' }))).toBe(false);
    expect(ownedBy('web', { ...object(metadata), kind: 'StatefulSet' })).toBe(false);
  });
  it('owns cluster-scoped objects whatever namespace their id names', () => {
    const live: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: 'system:x',
        annotations: { 'argocd.argoproj.io/tracking-id': 'web:rbac.authorization.k8s.io/ClusterRole:n/system:x' },
      },
    };
    expect(ownedBy('web', live)).toBe(true);
  });
  it.each(['', 'web', 'web:apps/Deployment', 'web:Deployment:n/a', ':apps/Deployment:n/a'])(
    'reads no id from "%s"',
    (text) => {
      const live = object({ name: 'a', annotations: { 'argocd.argoproj.io/tracking-id': text } });
      expect(readTrackingId(live)).toBeUndefined();
    },
  );
  it('names applications of other namespaces with their namespace', () => {
    expect(appInstanceName({ name: 'web', namespace: 'argocd' }, 'argocd')).toBe('web');
    expect(appInstanceName({ name: 'web', namespace: 'team' }, 'argocd')).toBe('team_web');
  });
});

describe('sync options', () => {
  it('reads every option', () => {
    const { options, diagnostics } = parseSyncOptions([
      'CreateNamespace=true',
      'Prune=confirm',
      'Delete=false',
      'PruneLast=true',
      'PrunePropagationPolicy=background',
      'ApplyOutOfSyncOnly=true',
      'Replace=true',
      'Force=true',
      'ServerSideApply=true',
      'FailOnSharedResource=true',
      'SkipDryRunOnMissingResource=true',
      'Validate=false',
      'RespectIgnoreDifferences=true',
    ]);
    expect(diagnostics).toEqual([]);
    expect(options).toEqual({
      createNamespace: true,
      prune: 'confirm',
      delete: 'false',
      pruneLast: true,
      prunePropagationPolicy: 'Background',
      applyOutOfSyncOnly: true,
      replace: true,
      force: true,
      serverSideApply: true,
      failOnSharedResource: true,
      skipDryRunOnMissingResource: true,
      validate: false,
      respectIgnoreDifferences: true,
    });
  });
  it('warns of unknown options and wrong values and keeps the default', () => {
    const { options, diagnostics } = parseSyncOptions(['Prunes=true', 'Prune=maybe', 'PrunePropagationPolicy=all']);
    expect(options).toEqual(defaultSyncOptions);
    expect(diagnostics.map(({ code }) => code)).toEqual([
      'SYNC_OPTION_UNKNOWN',
      'SYNC_OPTION_INVALID',
      'SYNC_OPTION_INVALID',
    ]);
  });
  it('lets an object say otherwise than its application', () => {
    const { options: base } = parseSyncOptions(['ServerSideApply=true', 'Prune=false']);
    const annotations = { 'argocd.argoproj.io/sync-options': 'ServerSideApply=false, Replace=true' };
    const { options } = objectSyncOptions(object({ name: 'a', annotations }), base);
    expect(options).toMatchObject({ serverSideApply: false, replace: true, prune: 'false' });
    expect(objectSyncOptions(object({ name: 'a' }), base).options).toBe(base);
  });
});
