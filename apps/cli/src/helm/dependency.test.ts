import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chartArchive, runHelm, startChartRepository, type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runIn } from './testing/run-in.ts';

let temporary: TempDir;
let folder: string;
let count = 0;

beforeAll(async () => {
  temporary = await tempDir('sekisho-helm-dependency-');
});
afterAll(() => temporary.remove());
beforeEach(() => {
  folder = join(temporary.path, String(count++));
});

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

const run = (...args: string[]) => runIn(folder, ['dependency', ...args]);

const real = (...args: string[]) =>
  runHelm(['dependency', ...args], { cwd: folder, kubeconfig: join(temporary.path, 'none', 'config') });

const yaml = (name: string, version = '1.0.0') => `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;
const top = (...lines: string[]) => `${yaml('top')}dependencies:\n${lines.map((line) => `- {${line}}\n`).join('')}`;

describe('sekisho helm dependency list', () => {
  test('prints what Helm prints', async () => {
    await write({
      'top/Chart.yaml': top(
        'name: archived, version: 1.x, repository: "https://charts.example/stable"',
        'name: folder, version: ~1, repository: "file://../folder"',
        'name: newer, version: ">=2 <3", repository: "oci://registry.example/charts"',
        'name: missing, version: "1", repository: ""',
      ),
      'top/charts/archived-1.0.0.tgz': chartArchive('archived', { 'Chart.yaml': yaml('archived') }),
      'top/charts/folder/Chart.yaml': yaml('folder'),
      'top/charts/newer-1.0.0.tgz': chartArchive('newer', { 'Chart.yaml': yaml('newer') }),
      'top/charts/extra/Chart.yaml': yaml('extra'),
    });
    const [ours, helms] = [await run('list', 'top'), await real('list', 'top')];
    expect(ours).toEqual({ status: 0, stdout: helms.stdout, stderr: '' });
  });

  test('says when there are none', async () => {
    await write({ 'top/Chart.yaml': yaml('top') });
    expect((await run('list', 'top')).stdout).toBe((await real('list', 'top')).stdout);
  });

  test('a folder without a chart is an error', async () => {
    await write({ 'other/readme.md': '' });
    expect(await run('list', 'other')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Error: /),
    });
  });
});

describe('sekisho helm dependency build', () => {
  test('fetches what is missing, once; what Helm locked is taken', async () => {
    const server = await startChartRepository();
    try {
      server.add({ name: 'redis', version: '1.2.0' });
      const line = `name: redis, version: ^1, repository: "${server.url}"`;
      await write({ 'top/Chart.yaml': top(line), 'local/Chart.yaml': yaml('local') });
      await real('update', 'top');
      server.add({ name: 'redis', version: '1.9.0' });
      await rm(join(folder, 'top/charts'), { recursive: true });
      expect(await run('build', 'top')).toEqual({
        status: 0,
        stdout: `wrote top/charts/redis-1.2.0.tgz (${server.url})\n`,
        stderr: '',
      });
      expect(await readdir(join(folder, 'top/charts'))).toEqual(['redis-1.2.0.tgz']);
      expect((await run('build', 'top')).stdout).toBe('');
      expect((await real('list', 'top')).stdout).toContain('ok');
    } finally {
      await server.close();
    }
  });

  test('a lock of other dependencies is an error, in Helm’s words', async () => {
    await write({
      'top/Chart.yaml': top('name: redis, version: ^1, repository: "https://charts.example"'),
      'top/Chart.lock': 'digest: sha256:00\ndependencies: []\n',
    });
    const [ours, helms] = [await run('build', 'top'), await real('build', 'top')];
    expect(ours.status).toBe(1);
    expect(ours.stderr.split('\n')[0]).toBe(helms.stderr.trimEnd());
  });

  test('credentials go to one host', async () => {
    const lines = ['a', 'b'].map((name) => `name: ${name}, version: ^1, repository: "https://${name}.example"`);
    await write({ 'top/Chart.yaml': top(...lines) });
    const { status, stderr } = await run('build', 'top', '--username', 'user', '--password', 'secret-word');
    expect(status).toBe(2);
    expect(stderr).toContain('several hosts');
    expect(stderr).not.toContain('secret-word');
  });
});
