import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, endlessJob, type FolderApps, folderApps, job } from './lib/folder-apps.ts';
import { APPLICATIONS, CONFIG_MAPS, JOBS } from './lib/resource-types.ts';
import {
  type ApplicationView,
  AUTOMATED,
  at,
  CASCADE,
  type Sekisho,
  startSekisho,
  untilObject,
} from './lib/sekisho.ts';

const HOOK = 'argocd.argoproj.io/hook';
const DELETE_POLICY = 'argocd.argoproj.io/hook-delete-policy';
const REFRESH = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };

let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
});
afterAll(() => sekisho?.close());

async function make(name: string, files: Record<string, string>, wish = {}): Promise<void> {
  await apps.create(name, { 'map.yaml': configMap('map', 'one'), ...files }, { finalizers: [CASCADE], ...wish });
  await sekisho.untilGood(name);
}

async function remove(name: string): Promise<void> {
  await sekisho.kube.delete(APPLICATIONS, name, 'argocd');
}

const gone = (name: string) => untilObject(sekisho.kube, APPLICATIONS, [name, 'argocd'], undefined);
const map = (namespace: string) => sekisho.kube.getIfExists(CONFIG_MAPS, 'map', namespace);
const held =
  (...parts: string[]) =>
  ({ status }: ApplicationView) =>
    (status?.conditions ?? []).some(
      ({ type, message }) => type === 'DeletionError' && parts.every((part) => message.includes(part)),
    );

test('PreDelete hooks run while everything is there, PostDelete hooks when it is gone', async () => {
  await make('both', {
    'before.yaml': endlessJob('before', { [HOOK]: 'PreDelete' }),
    'after.yaml': endlessJob('after', { [HOOK]: 'PostDelete' }),
    'cleaned.yaml': job('cleaned', { [HOOK]: 'PostDelete', [DELETE_POLICY]: 'HookSucceeded' }),
  });
  expect(await sekisho.kube.getIfExists(JOBS, 'before', 'both')).toBeUndefined();
  await remove('both');
  await untilObject(sekisho.kube, JOBS, ['before', 'both'], () => true);
  const running = await sekisho.until('both', ({ status }) => status?.operationState?.phase === 'Running');
  expect(running.status?.operationState?.syncResult?.resources).toMatchObject([
    { kind: 'Job', name: 'before', hookType: 'PreDelete', hookPhase: 'Running' },
  ]);
  expect(await map('both')).toBeDefined();
  await sekisho.kube.patch(JOBS, 'before', 'both', { kind: 'merge', body: { spec: { suspend: false } } });
  await untilObject(sekisho.kube, JOBS, ['after', 'both'], () => true);
  expect(await map('both')).toBeUndefined();
  expect(await sekisho.kube.getIfExists(JOBS, 'before', 'both')).toBeUndefined();
  expect((await sekisho.application('both')).metadata.finalizers).toEqual([CASCADE]);
  await sekisho.kube.patch(JOBS, 'after', 'both', { kind: 'merge', body: { spec: { suspend: false } } });
  await gone('both');
  // By their delete policies.
  const after = await untilObject(sekisho.kube, JOBS, ['after', 'both'], () => true);
  expect(after?.metadata.finalizers ?? []).toEqual([]);
  await untilObject(sekisho.kube, JOBS, ['cleaned', 'both'], undefined);
});

test('a PreDelete hook that fails holds everything, until it is mended in git', async () => {
  await make('backup', { 'hook.yaml': job('backup', { [HOOK]: 'PreDelete' }, 'exit 3') });
  await remove('backup');
  await sekisho.until('backup', held('PreDelete hooks failed', 'Job backup/backup'));
  expect(await map('backup')).toBeDefined();
  const { uid } = (await sekisho.kube.get(JOBS, 'backup', 'backup')).metadata;
  await sekisho.patchApplication('backup', REFRESH);
  await untilObject(sekisho.kube, JOBS, ['backup', 'backup'], ({ metadata }) => metadata.uid !== uid);
  await sekisho.until('backup', held('PreDelete hooks failed'));
  await apps.push('backup', { 'hook.yaml': job('backup', { [HOOK]: 'PreDelete' }) });
  await gone('backup');
  expect(await map('backup')).toBeUndefined();
});

test('a PostDelete hook that fails is told in an event, and the Application goes', async () => {
  await make('failing', { 'hook.yaml': job('after', { [HOOK]: 'PostDelete' }, 'exit 3') });
  await remove('failing');
  await gone('failing');
  const events = { ...CONFIG_MAPS, resource: 'events', kind: 'Event' };
  const { items } = await sekisho.kube.list(events, { namespace: 'argocd' });
  const told = items.filter((item) => at(item, 'reason') === 'DeletionHooks').map((item) => at(item, 'message'));
  expect(told).toContainEqual(expect.stringMatching(/PostDelete hooks: Failed: .*Job failing\/after/));
});

test('hooks that are known and can not be read any more hold the deletion; without hooks nothing is asked of git', async () => {
  await make('lost', { 'hook.yaml': job('backup', { [HOOK]: 'PreDelete' }) });
  await make('plain', {});
  await apps.push('lost', { 'hook.yaml': '{broken' });
  await sekisho.untilRefused('lost', 'lost/hook.yaml');
  await apps.push('plain', { 'map.yaml': '{broken' });
  await sekisho.untilRefused('plain', 'plain/map.yaml');
  await remove('lost');
  await remove('plain');
  await gone('plain');
  await sekisho.until('lost', held("PreDelete hooks can't be run", 'lost/hook.yaml'));
  expect(await map('lost')).toBeDefined();
  await apps.push('lost', { 'hook.yaml': job('backup', { [HOOK]: 'PreDelete' }) });
  await gone('lost');
});

test('the finalizers of Argo CD for such hooks run them too, and come off', async () => {
  const finalizers = ['post-delete-finalizer.argocd.argoproj.io', 'post-delete-finalizer.argocd.argoproj.io/cleanup'];
  await make('moved', { 'hook.yaml': job('after', { [HOOK]: 'PostDelete' }) }, { finalizers });
  await remove('moved');
  await gone('moved');
  expect(await map('moved')).toBeDefined();
  expect(await sekisho.kube.getIfExists(JOBS, 'after', 'moved')).toBeDefined();
});

test('without the cascade finalizer nothing runs', async () => {
  await make('single', { 'hook.yaml': job('before', { [HOOK]: 'PreDelete' }) }, { finalizers: [] });
  await remove('single');
  await gone('single');
  expect(await map('single')).toBeDefined();
  expect(await sekisho.kube.getIfExists(JOBS, 'before', 'single')).toBeUndefined();
});

test('a hook of a sync that runs when the Application is deleted goes with it', async () => {
  const files = { 'map.yaml': configMap('map', 'one'), 'hook.yaml': endlessJob('endless', { [HOOK]: 'PreSync' }) };
  await apps.create('midway', files, { finalizers: [CASCADE], syncPolicy: AUTOMATED });
  await untilObject(sekisho.kube, JOBS, ['endless', 'midway'], () => true);
  await remove('midway');
  await gone('midway');
  expect(await sekisho.kube.getIfExists(JOBS, 'endless', 'midway')).toBeUndefined();
});
