import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitRepo, repositoryRoot, runProgram, type TestRepo } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, type FolderApps, folderApps } from './lib/folder-apps.ts';
import { CLI, CLI_ENVIRONMENT, type Sekisho, startSekisho } from './lib/sekisho.ts';

const FILES = {
  'base/kustomization.yaml': 'resources: [map.yaml]\n',
  'base/map.yaml': configMap('map', '1'),
  'overlays/dev/kustomization.yaml':
    'namePrefix: dev-\nresources: [../../base]\nsecretGenerator:\n- {name: key, literals: [password=hunter22]}\n',
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'chart/values.yaml': 'size: small\nlist: [a]\n',
  'chart/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\ndata: {size: {{ .Values.size | quote }}, list: {{ join "+" .Values.list | quote }}}\n',
  'production.yaml': 'size: large\n',
  'broken/kustomization.yaml': 'resources:\n- nothing.yaml\n',
};

let repo: TestRepo;
beforeAll(async () => {
  repo = await gitRepo(FILES);
});
afterAll(() => repo?.remove());

/** Without any server to be found. */
const render = (...args: (string | Record<string, string>)[]) =>
  runProgram(process.execPath, [CLI, 'render', ...args.filter((arg) => typeof arg === 'string')], {
    cwd: repo.path,
    env: Object.assign({ ...CLI_ENVIRONMENT, SEKISHO_DATA: '' }, ...args.filter((arg) => typeof arg !== 'string')),
  });

describe('render of a path says by itself what it is', () => {
  test('a kustomization, with bases elsewhere in the repository', async () => {
    const { code, stdout, stderr } = await render('overlays/dev', '-o', 'name');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^configmap\/dev-map\nsecret\/dev-key-[a-z0-9]{10}\n$/);
  });

  test.each([
    [[], 'chart', 'default', 'small', 'a'],
    [['-f', 'production.yaml', '-n', 'prod', '--release-name', 'web'], 'web', 'prod', 'large', 'a'],
    [['-f', 'production.yaml', '--set', 'size=medium,list={x,y}'], 'chart', 'default', 'medium', 'x+y'],
    [['--set-string', 'size=7'], 'chart', 'default', '7', 'a'],
  ])('a chart with %j', async (flags, name, namespace, size, list) => {
    const { code, stdout, stderr } = await render('chart', '-o', 'json', ...flags);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).items).toMatchObject([{ metadata: { name, namespace }, data: { size, list } }]);
  });

  test('plain files when that is asked for', async () => {
    const { stdout } = await render('base', '--include', 'map.yaml', '-o', 'name');
    expect(stdout).toBe('configmap/map\n');
  });

  test('what is wrong is told by file and line, as seen from here', async () => {
    const { code, stdout, stderr } = await render('broken');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: broken\/kustomization\.yaml:2:/);
    expect(stderr).toContain('nothing.yaml');
  });
});

describe('render opens what SOPS encrypted', () => {
  const data = join(repositoryRoot(), 'packages/service/sops/testdata');

  test('with the keys of whoever is at the terminal, and says which are wanted without them', async () => {
    const encrypted = await readFile(join(data, 'secret.yaml'), 'utf8');
    await repo.commit({ 'sealed/secret.yaml': encrypted });
    const opened = await render('sealed', '-o', 'json', { SOPS_AGE_KEY_FILE: join(data, 'age.agekey') });
    expect([opened.code, opened.stderr]).toEqual([0, '']);
    expect(JSON.parse(opened.stdout).items).toMatchObject([{ stringData: { password: 'hunter22' } }]);
    const closed = await render('sealed', '-o', 'json');
    expect([closed.code, closed.stdout]).toEqual([3, '']);
    expect(closed.stderr).toMatch(/sealed\/secret\.yaml.*age1/s);
  });
});

describe('render compares', () => {
  test('the files as they are with a commit, and two commits with each other', async () => {
    const first = await repo.git('rev-parse', 'HEAD');
    expect(await render('overlays/dev', '--diff', 'HEAD')).toMatchObject({ code: 0, stdout: '' });
    await repo.commit({ 'base/map.yaml': configMap('map', '2') });
    const change = 'update ConfigMap/dev-map  (base/map.yaml:1:1)\n  data.value\n    - 1\n    + 2\n';
    expect(await render('overlays/dev', '--diff', first)).toMatchObject({ code: 1, stdout: change, stderr: '' });
    expect(await render('overlays/dev', '--diff', 'HEAD', '--revision', 'HEAD~1')).toMatchObject({ code: 1 });
    expect((await render('overlays/dev', '--revision', first, '-o', 'json')).stdout).toContain('"value": "1"');
    expect((await render('overlays/dev', '--diff', 'HEAD~1', '-o', 'json')).stdout).toContain('"path": "data.value"');
  });

  test('a commit that is not there is told', async () => {
    const { code, stderr } = await render('base', '--revision', 'nothing');
    expect(code).toBe(3);
    expect(stderr).toMatch(/has no commit "nothing" \(GIT_REVISION_UNKNOWN\)/);
  });
});

describe('render of an Application', () => {
  let sekisho: Sekisho;
  let apps: FolderApps;
  beforeAll(async () => {
    sekisho = await startSekisho();
    apps = await folderApps(sekisho);
    await apps.create('web', { 'config.yaml': configMap('web', '1') });
    await sekisho.untilGood('web');
  });
  afterAll(() => sekisho?.close());

  test('is what the server renders, now or at a revision, and what changed since one', async () => {
    const first = await apps.repo.git('rev-parse', 'HEAD');
    await apps.push('web', { 'config.yaml': configMap('web', '2') });
    await sekisho.untilGood('web', await apps.repo.git('rev-parse', 'HEAD'));
    const now = await sekisho.cli('render web');
    expect([now.code, now.stderr]).toEqual([0, '']);
    expect(now.stdout).toContain('value: "2"');
    expect((await sekisho.cli(`render web --revision ${first}`)).stdout).toContain('value: "1"');
    const diff = await sekisho.cli(`render web --diff ${first}`);
    expect([diff.code, diff.stdout]).toEqual([1, expect.stringContaining('data.value\n    - 1\n    + 2')]);
  });

  test('that is not there is told', async () => {
    const { code, stderr } = await sekisho.cli('render nope');
    expect(code).toBe(3);
    expect(stderr).toMatch(/There is no application nope in the namespace argocd/);
  });
});
