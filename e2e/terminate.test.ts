import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, endlessJob, type FolderApps, folderApps, MANUAL } from './lib/folder-apps.ts';
import { CONFIG_MAPS, JOBS } from './lib/resource-types.ts';
import { type ApplicationView, AUTOMATED, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

let folder: TempDir;
let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  folder = await tempDir('sekisho-e2e-');
  sekisho = await startSekisho({ dataDir: folder.path });
  apps = await folderApps(sekisho);
});
afterAll(async () => {
  await sekisho?.close();
  await folder?.remove();
});

const waitsForHook = ({ status }: ApplicationView) =>
  status?.operationState?.phase === 'Running' && /waiting for completion of hook/.test(status.operationState.message);
const terminated = ({ operation, status }: ApplicationView) =>
  operation === undefined &&
  status?.operationState?.phase === 'Failed' &&
  status.operationState.message === 'Operation terminated';

test('the hook that runs is deleted, nothing else is begun, and automated sync waits for a new commit', async () => {
  const files = {
    'hook.yaml': endlessJob('stuck', { 'argocd.argoproj.io/hook': 'PreSync' }),
    'map.yaml': configMap('after', 'one'),
  };
  await apps.create('hooked', files, { syncPolicy: AUTOMATED });
  await sekisho.until('hooked', waitsForHook);
  const { code, stdout, stderr } = await sekisho.cli('app terminate hooked');
  expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('hooked: Failed: Operation terminated')]);
  const { status } = await sekisho.until('hooked', terminated);
  expect(status?.operationState?.syncResult?.resources).toMatchObject([
    { kind: 'Namespace', hookPhase: 'Succeeded' },
    { kind: 'Job', name: 'stuck', hookPhase: 'Failed', message: 'Terminated' },
  ]);
  await untilObject(sekisho.kube, JOBS, ['stuck', 'hooked'], undefined);
  expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'after', 'hooked')).toBeUndefined();
  const again = await sekisho.cli('app terminate hooked');
  expect(again.stderr).toContain('No operation of hooked is running');
  const next = await apps.push('hooked', { 'hook.yaml': null });
  await sekisho.untilGood('hooked', next);
});

test('the phase Terminating, written as Argo CD does, ends an operation that waits for health, and what it applied stays', async () => {
  const image = { name: 'main', image: 'nginx', readinessProbe: { exec: { command: ['false'] } } };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'never-ready' },
    spec: { nodeSelector: { nowhere: 'none' }, containers: [image] },
  };
  const wave = { 'argocd.argoproj.io/sync-wave': '1' };
  const files = { 'pod.yaml': JSON.stringify(pod), 'map.yaml': configMap('later', 'one', wave) };
  await apps.create('waiting', files, { syncPolicy: MANUAL });
  await sekisho.patchApplication('waiting', { operation: { sync: {} } });
  await sekisho.until('waiting', ({ status }) => /waiting for healthy/.test(status?.operationState?.message ?? ''));
  await sekisho.patchApplication('waiting', { status: { operationState: { phase: 'Terminating' } } });
  await sekisho.until('waiting', terminated);
  expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'later', 'waiting')).toBeUndefined();
  const pods = { ...CONFIG_MAPS, resource: 'pods', kind: 'Pod' };
  expect(await sekisho.kube.getIfExists(pods, 'never-ready', 'waiting')).toBeDefined();
});

test('an operation that waits for a retry ends', async () => {
  const broken = configMap('broken', '1').replace('data: {value: "1"}', 'data: {value: [1]}');
  const retry = { limit: 5, backoff: { duration: '1h', factor: 2, maxDuration: '2h' } };
  await apps.create('retrying', { 'a.yaml': broken }, { syncPolicy: { ...AUTOMATED, retry } });
  await sekisho.until('retrying', ({ status }) => /Retry 1 in/.test(status?.operationState?.message ?? ''));
  expect((await sekisho.cli('app terminate retrying')).code).toBe(0);
  await sekisho.until('retrying', terminated);
});

test('a wish to end is kept over a restart', async () => {
  await apps.create(
    'restarted',
    { 'hook.yaml': endlessJob('stuck', { 'argocd.argoproj.io/hook': 'Sync' }), 'map.yaml': configMap('map', 'one') },
    { syncPolicy: AUTOMATED },
  );
  await sekisho.until('restarted', waitsForHook);
  const { kube } = sekisho;
  await sekisho.server.close();
  await expect(kube.getIfExists(JOBS, 'stuck', 'restarted')).rejects.toThrow();
  sekisho = await startSekisho({ dataDir: folder.path });
  await sekisho.until('restarted', waitsForHook);
  expect((await sekisho.cli('app terminate restarted --no-wait')).code).toBe(0);
  await sekisho.until('restarted', terminated);
  await untilObject(sekisho.kube, JOBS, ['stuck', 'restarted'], undefined);
});
