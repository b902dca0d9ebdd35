import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, type FolderApps, folderApps, job, MANUAL } from './lib/folder-apps.ts';
import { APPLICATIONS, CONFIG_MAPS, JOBS } from './lib/resource-types.ts';
import {
  type ApplicationView,
  AUTOMATED,
  applicationObject,
  at,
  CASCADE,
  type Sekisho,
  startSekisho,
  untilObject,
} from './lib/sekisho.ts';

const HOOK = 'argocd.argoproj.io/hook';
const DELETE_POLICY = 'argocd.argoproj.io/hook-delete-policy';
const REFRESH = 'argocd.argoproj.io/refresh';
const BROKEN = configMap('broken', '1').replace('data: {value: "1"}', 'data: {value: [1]}');

let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
});
afterAll(() => sekisho?.close());

const get = (name: string, namespace: string) => sekisho.kube.getIfExists(CONFIG_MAPS, name, namespace);
const value = async (name: string, namespace: string) => at(await get(name, namespace), 'data.value');
const ended =
  (...phases: readonly string[]) =>
  (app: ApplicationView) =>
    app.operation === undefined && phases.includes(app.status?.operationState?.phase ?? '');
/** Asks for a sync as Argo CD's API server does, and waits for its end. */
async function operate(name: string, sync: Record<string, unknown>): Promise<ApplicationView> {
  const before = (await sekisho.application(name)).status?.operationState?.startedAt;
  await sekisho.patchApplication(name, { operation: { initiatedBy: { username: 'mori' }, sync } });
  return sekisho.until(
    name,
    (app) => ended('Succeeded', 'Failed', 'Error')(app) && app.status?.operationState?.startedAt !== before,
  );
}

describe('retry', () => {
  test('tries a failing sync again, so often and no more, and tells how often', async () => {
    const retry = { limit: 2, backoff: { duration: '100ms', factor: 2, maxDuration: '1s' } };
    await apps.create('retried', { 'a.yaml': BROKEN }, { syncPolicy: { ...AUTOMATED, retry } });
    const { status } = await sekisho.until('retried', ended('Failed'));
    expect(status?.operationState?.retryCount).toBe(2);
    expect(status?.operationState?.message).toContain('retried/a.yaml:1');
    const failedAt = status?.operationState?.startedAt;
    await sekisho.patchApplication('retried', { metadata: { annotations: { [REFRESH]: 'hard' } } });
    await sekisho.until('retried', (app) => app.metadata.annotations?.[REFRESH] === undefined);
    expect((await sekisho.application('retried')).status?.operationState?.startedAt).toBe(failedAt);
    await apps.push('retried', { 'a.yaml': configMap('broken', '2') });
    await sekisho.untilGood('retried');
  });

  test('a newer commit ends the waiting for a retry', async () => {
    const retry = { limit: 5, backoff: { duration: '1h' } };
    await apps.create('overtaken', { 'a.yaml': BROKEN }, { syncPolicy: { ...AUTOMATED, retry } });
    await sekisho.untilRefused('overtaken', 'Retry 1');
    await apps.push('overtaken', { 'a.yaml': configMap('broken', '2') });
    await sekisho.untilGood('overtaken');
  });
});

describe('the operation field', () => {
  test('syncs to the target, with who asked for it', async () => {
    const commit = await apps.create('asked', { 'a.yaml': configMap('a', '1') }, { syncPolicy: MANUAL });
    const { status } = await operate('asked', {});
    expect(status?.operationState).toMatchObject({
      phase: 'Succeeded',
      operation: { initiatedBy: { username: 'mori' } },
      syncResult: { revision: commit },
    });
    expect(status?.history).toHaveLength(1);
    await sekisho.untilGood('asked', commit);
  });

  test('syncs to a given revision, which leaves the application OutOfSync with its target', async () => {
    const first = await apps.create('older', { 'a.yaml': configMap('a', '1') }, { syncPolicy: MANUAL });
    await apps.push('older', { 'a.yaml': configMap('a', '2') });
    await operate('older', {});
    await sekisho.untilGood('older');
    const { status } = await operate('older', { revision: first });
    expect(status?.operationState?.phase).toBe('Succeeded');
    expect(status?.history?.at(-1)?.revision).toBe(first);
    expect(await value('a', 'older')).toBe('1');
    await sekisho.until('older', (app) => app.status?.sync.status === 'OutOfSync');
  });

  test('names a revision that does not exist, and changes nothing', async () => {
    await apps.create('no-revision', { 'a.yaml': configMap('a', '1') }, { syncPolicy: MANUAL });
    const { status } = await operate('no-revision', { revision: 'no-such-tag' });
    expect(status?.operationState?.phase).toMatch(/Failed|Error/);
    expect(status?.operationState?.message).toContain('no-such-tag');
    expect(await get('a', 'no-revision')).toBeUndefined();
  });

  test('of selected resources touches only these, runs no hooks and makes no release', async () => {
    const files = {
      'a.yaml': configMap('a', '1'),
      'b.yaml': configMap('b', '1'),
      'hook.yaml': job('hook', { [HOOK]: 'PreSync' }),
    };
    await apps.create('selected', files, { syncPolicy: MANUAL });
    const { status } = await operate('selected', { resources: [{ kind: 'ConfigMap', name: 'b' }] });
    expect(status?.operationState?.phase).toBe('Succeeded');
    expect(await value('b', 'selected')).toBe('1');
    expect(await get('a', 'selected')).toBeUndefined();
    expect(await sekisho.kube.getIfExists(JOBS, 'hook', 'selected')).toBeUndefined();
    expect(status?.history ?? []).toEqual([]);
  });

  test('as a dry run says what would be done and does nothing', async () => {
    await apps.create('tried', { 'a.yaml': configMap('a', '1') }, { syncPolicy: MANUAL });
    const { status } = await operate('tried', { dryRun: true });
    expect(status?.operationState).toMatchObject({ phase: 'Succeeded' });
    expect(status?.operationState?.syncResult?.resources?.map(({ name, message }) => [name, message])).toContainEqual([
      'a',
      'would be applied (dry run)',
    ]);
    expect(await get('a', 'tried')).toBeUndefined();
    expect(status?.history ?? []).toEqual([]);
  });
});

test('the refresh annotation is acted on and taken off', async () => {
  await apps.create('refreshed', { 'a.yaml': configMap('a', '1') });
  await sekisho.untilGood('refreshed');
  for (const kind of ['normal', 'hard']) {
    await sekisho.patchApplication('refreshed', { metadata: { annotations: { [REFRESH]: kind } } });
    await sekisho.until('refreshed', (app) => app.metadata.annotations?.[REFRESH] === undefined);
  }
});

test('targetRevision may be a branch, a tag, a commit, HEAD or a range of tags', async () => {
  const { repo } = apps;
  const first = await apps.push('versions', { 'a.yaml': configMap('a', '1') });
  await repo.git('tag', 'v1.0.0');
  const second = await apps.push('versions', { 'a.yaml': configMap('a', '2') });
  await repo.git('tag', 'v1.2.0');
  const third = await apps.push('versions', { 'a.yaml': configMap('a', '3') });
  await repo.git('tag', 'v2.0.0');
  await repo.git('push', '-q', 'origin', '--tags', `${second}:refs/heads/release`);
  const cases = { release: '2', 'v1.0.0': '1', [first]: '1', HEAD: '3', '1.*': '2', '>=1.0.0 <2.0.0': '2', '>=1': '3' };
  const names = new Map(Object.keys(cases).map((targetRevision, i) => [targetRevision, `versions-${i}`]));
  for (const [targetRevision, name] of names) {
    await sekisho.createApplication(name, { repoURL: repo.url, path: 'versions', targetRevision });
  }
  for (const [targetRevision, expected] of Object.entries(cases)) {
    const name = names.get(targetRevision) ?? '';
    await sekisho.untilGood(name, { 1: first, 2: second, 3: third }[expected]);
    expect([targetRevision, await value('a', name)]).toEqual([targetRevision, expected]);
  }
  const fourth = await apps.push('versions', { 'a.yaml': configMap('a', '4') });
  await repo.git('tag', 'v1.3.0');
  await repo.git('push', '-q', 'origin', '--tags');
  await sekisho.untilGood(names.get('1.*') ?? '', fourth);
  expect(await value('a', names.get('v1.0.0') ?? '')).toBe('1');
});

describe('hooks', () => {
  test('go or stay by their delete policy; the next sync makes them anew', async () => {
    const files = {
      'a.yaml': configMap('a', '1'),
      'before.yaml': job('before', { [HOOK]: 'PreSync' }),
      'goes.yaml': job('goes', { [HOOK]: 'PostSync', [DELETE_POLICY]: 'HookSucceeded' }),
      'stays.yaml': job('stays', { [HOOK]: 'PostSync', [DELETE_POLICY]: 'HookFailed,BeforeHookCreation' }),
    };
    await apps.create('hooked', files);
    await sekisho.untilGood('hooked');
    const first = await sekisho.kube.get(JOBS, 'before', 'hooked');
    expect(first.metadata.finalizers ?? []).toEqual([]);
    await sekisho.kube.get(JOBS, 'stays', 'hooked');
    await untilObject(sekisho.kube, JOBS, ['goes', 'hooked'], undefined);
    const commit = await apps.push('hooked', { 'a.yaml': configMap('a', '2') });
    await sekisho.untilGood('hooked', commit);
    expect((await sekisho.kube.get(JOBS, 'before', 'hooked')).metadata.uid).not.toBe(first.metadata.uid);
  });

  test('a PreSync hook that fails stops the sync, runs the SyncFail hooks and is named', async () => {
    const files = {
      'a.yaml': configMap('a', '1'),
      'before.yaml': job('before', { [HOOK]: 'PreSync', [DELETE_POLICY]: 'HookFailed' }, 'exit 3'),
      'alarm.yaml': job('alarm', { [HOOK]: 'SyncFail' }),
    };
    const syncPolicy = { ...AUTOMATED, retry: { limit: 0 } };
    await apps.create('failing', files, { syncPolicy });
    const { status } = await sekisho.until('failing', ended('Failed'));
    expect(status?.operationState?.message).toMatch(/failing\/before\.yaml:1.*Job failing\/before/);
    expect(await get('a', 'failing')).toBeUndefined();
    expect(at(await sekisho.kube.get(JOBS, 'alarm', 'failing'), 'status.succeeded')).toBe(1);
    await untilObject(sekisho.kube, JOBS, ['before', 'failing'], undefined);
    const commit = await apps.push('failing', { 'before.yaml': job('before', { [HOOK]: 'PreSync' }) });
    await sekisho.untilGood('failing', commit);
    expect(await value('a', 'failing')).toBe('1');
  });
});

test('an app of apps makes its applications, follows them, and takes them with it', async () => {
  const { repo } = apps;
  const child = (name: string) =>
    JSON.stringify(applicationObject(name, { repoURL: repo.url, path: name, finalizers: [CASCADE] }));
  await apps.push('child-a', { 'a.yaml': configMap('a', '1') });
  await apps.push('child-b', { 'b.yaml': configMap('b', '1') });
  const finalizers = [CASCADE];
  await apps.create('parent', { 'a.yaml': child('child-a'), 'b.yaml': child('child-b') }, { finalizers });
  await sekisho.untilGood('parent');
  await sekisho.untilGood('child-a');
  await sekisho.untilGood('child-b');
  await apps.push('parent', { 'b.yaml': null });
  await untilObject(sekisho.kube, APPLICATIONS, ['child-b', 'argocd'], undefined);
  expect(await get('b', 'child-b')).toBeUndefined();
  await sekisho.untilGood('parent');
  await sekisho.kube.delete(APPLICATIONS, 'parent', 'argocd');
  await untilObject(sekisho.kube, APPLICATIONS, ['parent', 'argocd'], undefined);
  await untilObject(sekisho.kube, APPLICATIONS, ['child-a', 'argocd'], undefined);
  expect(await get('a', 'child-a')).toBeUndefined();
});
