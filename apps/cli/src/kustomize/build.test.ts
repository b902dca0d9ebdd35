import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isSekishoError } from '@sekisho/base';
import { repositoryRoot, startChartRepository } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckWorld } from '../check/world.ts';
import { runKustomize } from './run.ts';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sekisho-kustomize-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function run(...args: string[]) {
  return runIn(folder, ...args);
}

async function runIn(cwd: string, ...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const world: CheckWorld = {
    cwd,
    env: { HOME: folder },
    readStdin: async () => new Uint8Array(),
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
    isTerminal: false,
    showsProgress: false,
  };
  const status = await runKustomize(args, world, new AbortController().signal);
  return { status, ...said };
}

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n';

describe('sekisho kustomize build', () => {
  it('says what the documentation shows', async () => {
    const root = repositoryRoot();
    const page = await readFile(join(root, 'docs/commands/examples/kustomize-build.md'), 'utf8');
    const [, line = '', answer] =
      /^\$ cd examples\/kustomize && npx sekisho kustomize (.*)\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const { status, stdout } = await runIn(join(root, 'examples/kustomize'), ...line.split(' '));
    expect(status).toBe(0);
    expect(stdout).toBe(answer);
  });

  it('builds the folder it stands in, and bases anywhere', async () => {
    await write({ 'base/kustomization.yaml': 'resources: [s.yaml]\n', 'base/s.yaml': SERVICE });
    await write({ 'top/kustomization.yaml': 'resources: [../base]\nnamePrefix: p-\n' });
    const { status, stdout, stderr } = await runIn(join(folder, 'top'), 'build');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('apiVersion: v1\nkind: Service\nmetadata:\n  name: p-web\n');
  });

  it('writes a file, or a file for each object', async () => {
    const other = SERVICE.replace('web', 'web, namespace: Other');
    const space = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n';
    await write({ 'kustomization.yaml': 'resources: [s.yaml]\n', 's.yaml': `${SERVICE}---\n${other}---\n${space}` });
    expect((await run('build', '-o', 'one.yaml')).stdout).toBe('');
    expect((await readFile(join(folder, 'one.yaml'), 'utf8')).split('---\n')).toHaveLength(3);
    await mkdir(join(folder, 'out'));
    await run('build', '.', '-o', 'out');
    expect((await readdir(join(folder, 'out'))).sort()).toEqual([
      'default_v1_service_web.yaml',
      'other_v1_service_web.yaml',
      'v1_namespace_n.yaml',
    ]);
    expect(await readFile(join(folder, 'out/default_v1_service_web.yaml'), 'utf8')).toBe(
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n',
    );
  });

  it('keeps files where they are when a name would lead elsewhere', async () => {
    await write({ 'kustomization.yaml': 'resources: [s.yaml]\n', 's.yaml': SERVICE.replace('web', '../../x') });
    await mkdir(join(folder, 'out'));
    await expect(run('build', '-o', 'out')).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });
  });

  it('tells warnings and faults with their places on stderr', async () => {
    await write({ 'kustomization.yaml': 'commonLabels: {a: b}\nresources:\n- nope.yaml\n' });
    const { status, stdout, stderr } = await run('build');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain("# Warning: 'commonLabels' is deprecated.");
    expect(stderr).toContain(`lstat ${folder}/nope.yaml: no such file or directory\n  at kustomization.yaml:3:3\n`);
  });

  it('reads links only where the load restrictor allows it', async () => {
    await write({ 'k/kustomization.yaml': 'configMapGenerator: [{name: c, files: [f]}]\n', secret: 'x' });
    await symlink('../secret', join(folder, 'k/f'));
    const { status, stderr } = await run('build', 'k');
    expect(status).toBe(1);
    expect(stderr).toContain(`security; file '${folder}/k/f' is not in or below '${folder}/k'\n`);
    expect((await run('build', 'k', '--load-restrictor', 'LoadRestrictionsNone')).stdout).toContain('f: x');
  });

  it('renders charts when it is asked to', async () => {
    await write({
      'kustomization.yaml': 'helmCharts: [{name: c, releaseName: r, valuesInline: {word: hello}}]\n',
      'charts/c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
      'charts/c/values.yaml': 'word: no\nother: yes\n',
      'charts/c/templates/x.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {a: {{ .Values.word }}, b: "{{ .Values.other }}"}\n',
    });
    expect((await run('build')).stderr).toContain('must specify --enable-helm');
    const { status, stdout, stderr } = await run('build', '--enable-helm');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('apiVersion: v1\ndata:\n  a: hello\n  b: "yes"\nkind: ConfigMap\nmetadata:\n  name: r\n');
  });

  it('fetches charts that name a repository, when it is asked to', async () => {
    const server = await startChartRepository();
    try {
      const template =
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-{{ .Chart.Version }}"}\n';
      server.add({ name: 'c', version: '1.2.0', files: { 'templates/x.yaml': template } });
      await write({
        'kustomization.yaml': `helmCharts: [{name: c, repo: "${server.url}", version: ^1, releaseName: r}]\n`,
      });
      expect((await run('build')).status).toBe(1);
      expect(server.requests).toEqual([]);
      const { status, stdout } = await run('build', '--enable-helm');
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: r-1.2.0\n',
      });
    } finally {
      await server.close();
    }
  });

  it.each([
    [['build', 'nope'], 'PATH_MISSING'],
    [['build', 'https://github.com/x/y?ref=v1'], 'USAGE'],
    [['build', '--network'], 'USAGE'],
    [['build', '--enable-alpha-plugins'], 'USAGE'],
    [['build', '--mount', 'a'], 'USAGE'],
    [['build', '--load-restrictor', 'x'], 'commander.invalidArgument'],
    [['build', '--nope'], 'commander.unknownOption'],
  ])('refuses %j', async (args, code) => {
    const error: unknown = await run(...args).catch((thrown: unknown) => thrown);
    expect(isSekishoError(error) || error instanceof Error ? (error as { code?: string }).code : undefined).toBe(code);
  });
});
