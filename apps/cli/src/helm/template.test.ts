import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  chartArchive,
  repositoryRoot,
  runHelm,
  startChartRepository,
  startRegistry,
  type TempDir,
  tempDir,
} from '@sekisho/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runIn } from './testing/run-in.ts';

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "7"\n',
  'values.yaml': 'replicas: 1\nname: web\nlist: [a]\n',
  'values.schema.json': '{"properties": {"replicas": {"type": "integer"}}}',
  'templates/_name.tpl': '{{ define "name" }}{{ .Release.Name }}-{{ .Values.name }}{{ end }}',
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
  namespace: {{ .Release.Namespace }}
  annotations:
    upgrade: {{ .Release.IsUpgrade | quote }}
    kube: {{ .Capabilities.KubeVersion.Version }}
    monitoring: {{ .Capabilities.APIVersions.Has "monitoring/v1" | quote }}
spec:
  replicas: {{ .Values.replicas }}
  {{- with .Values.extra }}
  extra: {{ toJson . }}
  {{- end }}
`,
  'templates/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ include "name" . }}\n',
  'templates/hook.yaml':
    'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: pre-install}\n',
  'templates/test.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations: {helm.sh/hook: test}\n',
  'templates/NOTES.txt': 'Hello {{ .Release.Name }}\n',
  'crds/crd.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a.b\n',
};

let temporary: TempDir;
let folder: string;
let count = 0;

beforeAll(async () => {
  temporary = await tempDir('sekisho-helm-template-');
});
afterAll(() => temporary.remove());
beforeEach(async () => {
  folder = join(temporary.path, String(count++));
  await write(Object.fromEntries(Object.entries(CHART).map(([path, text]) => [`web/${path}`, text])));
  await write({
    'a.yaml': 'replicas: 2\nextra: {a: 1}\n',
    'b.yaml': 'replicas: 3\nname: null\n',
    'text.txt': 'line\n',
    'broken.yaml': 'a: b: c\n',
  });
  await writeFile(join(folder, 'web-1.2.3.tgz'), chartArchive('web', CHART));
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const run = (
  args: readonly string[],
  { cwd = folder, ...given }: { cwd?: string; env?: object; stdin?: string } = {},
) => runIn(cwd, ['template', ...args], given);

const real = async (args: readonly string[], stdin?: string) =>
  runHelm(['template', ...args], {
    cwd: folder,
    kubeconfig: join(temporary.path, 'none', 'config'),
    ...(stdin === undefined ? {} : { input: stdin }),
  });

describe('sekisho helm template prints what Helm prints', () => {
  test.each([
    ['web', './web'],
    ['./web'],
    ['web', 'web-1.2.3.tgz'],
    ['web', './web', '-f', 'a.yaml', '-f', 'b.yaml'],
    ['web', './web', '--values', 'a.yaml,b.yaml', '--set', 'replicas=5', '--set-string', 'name=x'],
    ['web', './web', '--set-file', 'extra=text.txt', '--set-json', 'list=[1,2]', '--set-literal', 'name=a,b'],
    ['web', './web', '--set', 'extra.a=1,extra.b={x,y}', '-n', 'production', '--create-namespace'],
    ['web', './web', '--include-crds', '--no-hooks'],
    ['web', './web', '--include-crds', '--skip-crds', '--skip-tests'],
    ['web', './web', '-s', 'templates/service.yaml', '--show-only', 'templates/hook.yaml'],
    ['web', './web', '--kube-version', '1.30.2', '-a', 'monitoring/v1,other/v1', '--is-upgrade'],
    ['web', './web', '--set', 'replicas=x', '--skip-schema-validation', '--dry-run', '--wait'],
    ['./web', '--name-template', 'a-{{ "B" | lower }}', '--skip-tests'],
    ['-g', './web', '--hide-notes', '--description', 'x', '--labels', 'a=b', '--no-hooks'],
    ['--dry-run=client', 'web', './web', '--version', '9.9.9'],
  ])('%s %s %s %s %s %s', async (...args) => {
    const words = args.filter((word) => word !== undefined);
    const [ours, helms] = [await run(words), await real(words)];
    expect(ours).toEqual({ status: 0, stdout: helms.stdout, stderr: '' });
  });

  test.each([
    ['a b c', 2],
    ['', 2],
    ['a ./web -g', 2],
    ['a ./web --name-template x', 2],
    ['web nothing', 2],
    ['web stable/nothing', 2],
    ['web ./nothing', 3],
    ['web ./web -f nothing.yaml', 3],
    ['web ./web -f broken.yaml', 1],
    ['web ./web --set a,b', 1],
    ['web ./web --set-file a=nothing', 1],
    ['web ./web --set replicas=x', 1],
    ['web ./web --kube-version x', 1],
    ['web ./web -s templates/nothing.yaml', 1],
    ['WEB ./web', 1],
    ['web ./web --verify', 2],
    ['./web --name-template {{', 1],
  ])('the error of %j is that of Helm; exit %i', async (line, status) => {
    const args = line.split(' ').filter((word) => word !== '');
    const [ours, helms] = [await run(args), await real(args)];
    const [error = ''] = /^Error: [\s\S]*/m.exec(helms.stderr) ?? [];
    const wanted = error.replace('\n\nUse --debug flag to render out invalid YAML', '').trimEnd();
    expect(wanted).not.toBe('');
    expect(ours.stderr.slice(0, wanted.length)).toBe(wanted);
    expect(ours).toMatchObject({ status, stdout: '' });
  });

  test('values come from standard input', async () => {
    const ours = await run(['web', './web', '-f', '-'], { stdin: 'replicas: 8\n' });
    expect(ours.stdout).toContain('replicas: 8');
  });

  test.each([[[]], [['--release-name', '--include-crds']], [['--no-hooks']]])('--output-dir %j', async (more) => {
    const [ours, helms] = [
      await run(['rel', './web', '--output-dir', 'out', ...more]),
      await real(['rel', './web', '--output-dir', 'wanted', ...more]),
    ];
    expect(ours.stdout).toBe(helms.stdout.replaceAll('wrote wanted/', 'wrote out/'));
    const files = (await readdir(join(folder, 'wanted'), { recursive: true })).sort();
    expect((await readdir(join(folder, 'out'), { recursive: true })).sort()).toEqual(files);
    for (const file of files.filter((path) => path.endsWith('.yaml'))) {
      const text = await readFile(join(folder, 'wanted', file), 'utf8');
      expect(await readFile(join(folder, 'out', file), 'utf8')).toBe(text);
    }
  });
});

describe('sekisho helm template refuses', () => {
  test.each([
    ['--validate', /no cluster/],
    ['--kubeconfig=x', /no cluster/],
    ['--post-renderer=x', /kustomize build/],
    ['--enable-dns', /not looked up/],
    ['--dry-run=server', /Allowed choices/],
    ['--nothing', /unknown option/],
    ['-f=https://values.example/x.yaml', /from files/],
  ])('%s', async (flag, message) => {
    const { status, stdout, stderr } = await run(['web', './web', ...flag.split(/(?<=^-f)=/)]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('--output-dir with --show-only', async () => {
    const { status } = await run(['web', './web', '--output-dir', 'out', '-s', 'templates/service.yaml']);
    expect(status).toBe(2);
  });
});

describe('sekisho helm template with a chart of a repository', () => {
  async function repository(credentials?: { username: string; password: string }) {
    const server = await startChartRepository(credentials);
    server.add({
      name: 'site',
      version: '1.0.0',
      files: { 'templates/a.yaml': 'kind: A\nversion: {{ .Chart.Version }}\n' },
    });
    server.add({ name: 'site', version: '1.1.0-rc.1' });
    return server;
  }

  test('finds it by name, by address, with --version and --devel', async () => {
    const { url, close } = await repository();
    try {
      for (const args of [
        ['site', '--repo', url],
        ['site', '--repo', url, '--version', '^1'],
        [`${url}/site-1.0.0.tgz`],
      ]) {
        const { stdout, status } = await run(['x', ...args]);
        expect({ stdout, status }).toEqual({
          stdout: '---\n# Source: site/templates/a.yaml\nkind: A\nversion: 1.0.0\n',
          status: 0,
        });
        expect((await real(['x', ...args])).stdout).toBe(stdout);
      }
      expect((await run(['x', 'site', '--repo', url, '--devel'])).stdout).toBe('\n');
      expect(await run(['x', 'site', '--repo', url, '--version', '9'])).toMatchObject({
        status: 3,
        stderr: expect.stringMatching(/^Error: There is no version "9" of site in http/),
      });
      expect((await run(['x', 'site', '--repo', url, '--verify'])).stderr).toContain('there is no provenance file');
    } finally {
      await close();
    }
  });

  test('takes charts of registries, by tag, range and digest, as Helm does', async () => {
    const registry = await startRegistry();
    try {
      const digests = [];
      for (const version of ['1.0.0', '1.2.0+x', '2.0.0']) {
        const text = 'kind: A\nversion: {{ .Chart.Version }}\n';
        const yaml = `apiVersion: v2\nname: site\nversion: ${version}\n`;
        const archive = chartArchive('site', { 'Chart.yaml': yaml, 'templates/a.yaml': text });
        digests.push(
          registry.addArtifact(`charts/site:${version.replace('+', '_')}`, {
            config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', content: '{}' },
            layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content: archive }],
          }),
        );
      }
      const base = `oci://${registry.host}/charts/site`;
      for (const args of [
        [base],
        [base, '--version', '^1'],
        [base, '--version', '1.0.0'],
        [`${base}:1.0.0`],
        [`${base}@${digests[0]}`],
      ]) {
        const words = ['x', ...args, '--plain-http'];
        const [ours, helms] = [await run(words), await real(words)];
        expect(helms.stdout).toContain('kind: A');
        expect(ours).toEqual({ status: 0, stdout: helms.stdout, stderr: '' });
      }
      expect(await run(['x', `${base}:1.0.0`, '--version', '2.0.0', '--plain-http'])).toMatchObject({ status: 3 });
    } finally {
      await registry.close();
    }
  });

  test('signs in with flags or the environment; the password is never told', async () => {
    const { url, close } = await repository({ username: 'user', password: 'secret-word' });
    try {
      const args = ['x', 'site', '--repo', url, '--username', 'user'];
      const given = await run([...args, '--password', 'secret-word']);
      expect(given).toMatchObject({ status: 0, stderr: expect.stringMatching(/^WARNING: .*SEKISHO_CHART_PASSWORD/) });
      expect(await run(args, { env: { SEKISHO_CHART_PASSWORD: 'secret-word' } })).toMatchObject({
        status: 0,
        stderr: '',
      });
      const refused = await run([...args, '--password', 'wrong-word']);
      expect(refused.status).toBe(3);
      expect(given.stderr + refused.stderr).not.toMatch(/secret-word|wrong-word/);
    } finally {
      await close();
    }
  });

  test('knows what helm repo add remembers: names, aliases of dependencies, credentials', async () => {
    const { url, close } = await repository({ username: 'user', password: 'secret-word' });
    try {
      const config = join(folder, 'repositories.yaml');
      const entry = `{name: stable, url: "${url}", username: user, password: secret-word}`;
      const alias =
        'apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: site, version: 1.x, repository: "@stable"}\n';
      await write({ 'repositories.yaml': `repositories:\n- ${entry}\n`, 'top/Chart.yaml': alias });
      const env = { HELM_REPOSITORY_CONFIG: config };
      expect((await run(['x', 'stable/site'], { env })).stdout).toContain('version: 1.0.0');
      const top = await run(['x', './top', '--dependency-update'], { env });
      expect(top.stdout).toContain('# Source: top/charts/site/templates/a.yaml');
      expect(await run(['x', 'other/site'], { env })).toMatchObject({ status: 2 });
      const broken = { HELM_REPOSITORY_CONFIG: join(folder, 'broken.yaml') };
      expect(await run(['x', 'stable/site'], { env: broken })).toMatchObject({ status: 3 });
    } finally {
      await close();
    }
  });

  test('credentials of the command line go to one server', async () => {
    const [{ url, close }, other] = [await repository(), await startChartRepository()];
    try {
      other.add({ name: 'more', version: '1.0.0' });
      const [mine, theirs] = [new URL(url).host, new URL(other.url).host];
      const address = `http://${theirs}\\\\@${mine}/charts`;
      const yaml = (repository: string) =>
        `apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: more, version: 1.x, repository: "${repository}"}\n`;
      for (const repository of [other.url, address]) {
        await write({ 'top/Chart.yaml': yaml(repository) });
        const args = ['x', './top', '--dependency-update', '--repo', url, '--username', 'user'];
        await run(args, { env: { SEKISHO_CHART_PASSWORD: 'secret-word' } });
      }
      expect(other.requests.length).toBeGreaterThan(0);
      expect(other.authorizations.join('')).toBe('');
    } finally {
      await close();
      await other.close();
    }
  });

  test('--dependency-update fetches what charts/ lacks, and writes nothing', async () => {
    const { url, close } = await repository();
    try {
      const yaml = `apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: site, version: 1.x, repository: "${url}"}\n- {name: local, version: 1.x, repository: "file://../local"}\n`;
      await write({
        'top/Chart.yaml': yaml,
        'local/Chart.yaml': 'apiVersion: v2\nname: local\nversion: 1.0.0\n',
        'local/templates/b.yaml': 'kind: B\n',
      });
      const missing = await run(['x', './top']);
      expect(missing).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('missing in charts/ directory: site, local'),
      });
      const before = await readdir(join(folder, 'top'));
      const ours = await run(['x', './top', '--dependency-update']);
      expect(await readdir(join(folder, 'top'))).toEqual(before);
      await real(['x', './top', '--dependency-update']);
      expect(ours.stdout).toBe((await real(['x', './top'])).stdout);
    } finally {
      await close();
    }
  });
});

test('the documentation shows what is printed', async () => {
  const root = repositoryRoot();
  const page = await readFile(join(root, 'docs/commands/examples/helm-template.md'), 'utf8');
  const examples = [
    ...page.matchAll(/^```\n\$ cd examples\/helm && npx sekisho helm template (.*)\n([\s\S]*?)^```$/gm),
  ];
  expect(examples.length).toBeGreaterThan(0);
  for (const [, line = '', answer] of examples) {
    const { stdout, status } = await run(line.split(' '), { cwd: join(root, 'examples/helm') });
    expect(status).toBe(0);
    expect(stdout).toBe(answer);
  }
});
