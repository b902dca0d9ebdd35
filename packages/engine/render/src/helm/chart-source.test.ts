import { chartArchive } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { archiveTree, type HelmSource, type MemoryFile, memoryTree, type RenderOptions, render } from '../index.ts';

const CHART = {
  'app/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'app/values.yaml': 'a: chart\nlist: []\n',
  'app/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\ndata:\n  values: {{ toJson .Values | quote }}\n',
  'app/prod.yaml': 'a: prod\nb: prod\n',
  'app/env/10.yaml': 'a: ten\n',
  'app/env/20.yaml': 'a: twenty\n',
  'app/env/deep/30.yaml': 'a: thirty\n',
  'app/env/notes.txt': 'no values',
  'shared/all.yaml': 'b: shared\n',
};
const OTHER = memoryTree({ 'envs/prod.yaml': 'a: other\n', 'envs/text.txt': 'one,two' });
const refs = new Map([['values', { tree: OTHER, repo: 'https://x/other', revision: 'fff' }]]);

async function run(helm: HelmSource, files: Record<string, MemoryFile> = CHART, options: Partial<RenderOptions> = {}) {
  return render(memoryTree(files), {
    path: 'app',
    helm,
    refs,
    release: { name: 'shop', namespace: 'prod' },
    revision: 'abcdef0',
    ...options,
  });
}

/** The values that templates see; fails on any fault. */
async function values(helm: HelmSource): Promise<unknown> {
  const { manifests, diagnostics } = await run(helm);
  expect(diagnostics).toEqual([]);
  const data = manifests[0]?.object['data'] as { values: string };
  return JSON.parse(data.values);
}

describe('source.helm gives values as Argo CD does', () => {
  test.each<[string, HelmSource, object]>([
    ['those of the chart', {}, { a: 'chart' }],
    ['files in their order', { valueFiles: ['prod.yaml', 'env/10.yaml'] }, { a: 'ten', b: 'prod' }],
    ['a path from the root', { valueFiles: ['/shared/all.yaml'] }, { a: 'chart', b: 'shared' }],
    ['a path above', { valueFiles: ['../shared/all.yaml'] }, { b: 'shared' }],
    ['a file of another source', { valueFiles: ['prod.yaml', '$values/envs/prod.yaml'] }, { a: 'other', b: 'prod' }],
    [
      'a variable in a path',
      { valueFiles: [`env/$${'{ARGOCD_APP_NAME}'}0.yaml`, 'prod.yaml'], ignoreMissingValueFiles: true },
      { a: 'prod' },
    ],
    ['a glob, by name', { valueFiles: ['env/*.yaml'] }, { a: 'twenty' }],
    ['a glob of any depth', { valueFiles: ['env/**/*.yaml'] }, { a: 'thirty' }],
    ['a glob of another source', { valueFiles: ['$values/envs/*.yaml'] }, { a: 'other' }],
    ['a file by name keeps its place before a glob', { valueFiles: ['env/20.yaml', 'env/*.yaml'] }, { a: 'ten' }],
    [
      'missing files that may',
      { valueFiles: ['none.yaml', 'none/*.yaml'], ignoreMissingValueFiles: true },
      { a: 'chart' },
    ],
    ['values over files', { valueFiles: ['prod.yaml'], values: 'a: text' }, { a: 'text', b: 'prod' }],
    [
      'an object in the place of values',
      { values: 'a: text\nc: text', valuesObject: { a: 'object' } },
      { a: 'object' },
    ],
    ['parameters', { valuesObject: { a: 'x' }, parameters: [{ name: 'a', value: '1' }] }, { a: 1 }],
    ['parameters that are strings', { parameters: [{ name: 'a', value: '1', forceString: true }] }, { a: '1' }],
    ['commas in parameters', { parameters: [{ name: 'a', value: 'x,y=z' }] }, { a: 'x,y=z' }],
    ['lists in parameters', { parameters: [{ name: 'list', value: '{x,y}' }] }, { list: ['x', 'y'] }],
    [
      'variables in parameters',
      { parameters: [{ name: 'a', value: `$ARGOCD_APP_NAME-$${'{ARGOCD_APP_REVISION}'}` }] },
      { a: 'shop-abcdef0' },
    ],
    ['files as parameters', { fileParameters: [{ name: 'a', path: '$values/envs/text.txt' }] }, { a: 'one,two' }],
  ])('%s', async (_title, helm, expected) => {
    expect(await values(helm)).toMatchObject(expected);
  });

  test.each<[string, HelmSource, string, RegExp]>([
    ['a missing file', { valueFiles: ['none.yaml'] }, 'RENDER_VALUES_MISSING', /open app\/none\.yaml: no such file/],
    ['a glob without a match', { valueFiles: ['none/*.yaml'] }, 'RENDER_VALUES_MISSING', /no values file matches none/],
    ['an unknown source', { valueFiles: ['$nobody/x.yaml'] }, 'RENDER_REF_UNKNOWN', /no source has the ref nobody/],
    ['a path out of the repository', { valueFiles: ['../../x.yaml'] }, 'RENDER_PATH_ESCAPE', /not inside/],
    ['an address', { valueFiles: ['https://u:p@x/y.yaml'] }, 'RENDER_VALUES_REMOTE', /https:\/\/x\/y/],
    ['a broken bracket', { valueFiles: ['env/[.yaml'] }, 'RENDER_INVALID_GLOB', /glob/],
    ['broken YAML in the Application', { values: 'a: [' }, 'CHART_YAML_INVALID', /failed to parse helm\.values/],
    ['a broken parameter', { parameters: [{ name: 'a[x]', value: '1' }] }, 'VALUES_INVALID', /--set/],
  ])('%s is one fault', async (_title, helm, code, message) => {
    const { manifests, diagnostics } = await run(helm);
    expect(manifests).toEqual([]);
    expect(diagnostics).toMatchObject([{ code, message: expect.stringMatching(message) }]);
  });

  test('a fault in a file of another source is told there', async () => {
    const broken = new Map([['v', { tree: memoryTree({ 'x.yaml': 'a: [' }), repo: 'https://x/o', revision: 'ee' }]]);
    const { diagnostics } = await run({ valueFiles: ['$v/x.yaml'] }, CHART, { refs: broken });
    expect(diagnostics).toMatchObject([{ origin: { repo: 'https://x/o', revision: 'ee', file: 'x.yaml' } }]);
  });
});

const object = (kind: string, name: string, more = '') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;

describe('a chart', () => {
  test('has the name of its release, or else of its folder', async () => {
    const metadata = async (helm: HelmSource, options: Partial<RenderOptions> = {}) =>
      (await run(helm, CHART, options)).manifests[0]?.object.metadata;
    expect(await metadata({})).toMatchObject({ name: 'shop', namespace: 'prod' });
    expect(await metadata({ releaseName: 'r', namespace: 'team' })).toMatchObject({ name: 'r', namespace: 'team' });
    expect(await metadata({}, { release: undefined })).toMatchObject({ name: 'app', namespace: 'default' });
  });

  test('gives definitions first, and hooks and tests with their annotations', async () => {
    const hook = (event: string) => `  annotations: {helm.sh/hook: ${event}}\n`;
    const files = {
      ...CHART,
      'app/crds/c.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n',
      'app/templates/a.yaml': [
        object('Pod', 'test', hook('test')),
        object('Pod', 'job', hook('pre-install')),
        object('Pod', 'job', hook('post-install')),
        object('Namespace', 'ns'),
        '# nothing\n',
      ].join('---\n'),
    };
    const names = async (helm: HelmSource) => {
      const { manifests, diagnostics } = await run(helm, files);
      expect(diagnostics).toEqual([]);
      return manifests.map(({ object: { metadata } }) => metadata.name);
    };
    expect(await names({})).toEqual(['crd', 'ns', 'test', 'job', 'job']);
    expect(await names({ skipCrds: true, skipTests: true })).toEqual(['ns', 'job', 'job']);
  });

  test('sees what the cluster can do, unless the source says other', async () => {
    const files = {
      ...CHART,
      'app/templates/a.yaml': object(
        'ConfigMap',
        '{{ .Capabilities.KubeVersion.Version }}-{{ .Capabilities.APIVersions.Has "x/v1" }}',
      ),
    };
    const name = async (helm: HelmSource) =>
      (await run(helm, files, { cluster: { kubeVersion: '1.30.1', apiVersions: ['x/v1'] } })).manifests[0]?.object
        .metadata.name;
    expect(await name({})).toBe('v1.30.1-true');
    expect(await name({ kubeVersion: '1.29.0', apiVersions: [] })).toBe('v1.29.0-false');
  });

  test('draws the same random texts for the same seed', async () => {
    const files = { ...CHART, 'app/templates/a.yaml': object('ConfigMap', '{{ randAlphaNum 12 | lower }}') };
    const name = async (seed: string) => (await run({}, files, { seed })).manifests[0]?.object.metadata.name;
    expect(await name('a')).toBe(await name('a'));
    expect(await name('a')).not.toBe(await name('b'));
  });

  test('follows links inside the repository alone', async () => {
    const inside = {
      ...CHART,
      'app/templates/b.yaml': { symlink: '../../shared/b.yaml' },
      'shared/b.yaml': object('Pod', 'b'),
    };
    expect((await run({}, inside)).manifests).toHaveLength(2);
    const outside = { ...CHART, 'app/templates/b.yaml': { symlink: '/etc/passwd' } };
    expect((await run({}, outside)).diagnostics).toMatchObject([{ code: 'RENDER_SYMLINK_ESCAPE' }]);
    const module = { ...CHART, 'app/charts/sub': { submodule: true as const } };
    expect((await run({}, module)).diagnostics).toMatchObject([{ code: 'RENDER_SUBMODULE' }]);
  });

  test('tells the line of a template that fails', async () => {
    const files = { ...CHART, 'app/templates/a.yaml': 'a: b\nc: {{ fail "not so" }}\n' };
    expect((await run({}, files, { repo: 'https://x/y' })).diagnostics).toMatchObject([
      { severity: 'error', origin: { repo: 'https://x/y', file: 'app/templates/a.yaml', line: 2 } },
    ]);
  });
});

describe('dependencies', () => {
  const DEPENDING = (repository: string) => ({
    ...CHART,
    'app/Chart.yaml': `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: lib, version: ^1.0.0, repository: "${repository}"}]\n`,
  });
  const LIB = {
    'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.2.0\n',
    'lib/templates/l.yaml': object('ConfigMap', 'lib'),
  };

  test('lie in charts/, or beside the chart', async () => {
    const vendored = Object.fromEntries(Object.entries(LIB).map(([path, text]) => [`app/charts/${path}`, text]));
    const names = async (files: Record<string, string>) =>
      (await run({}, files)).manifests.map(({ object: { metadata } }) => metadata.name);
    expect(await names({ ...DEPENDING('https://x'), ...vendored })).toEqual(['lib', 'shop']);
    expect(await names({ ...DEPENDING('file://../lib'), ...LIB })).toEqual(['lib', 'shop']);
  });

  test('that are nowhere are one fault, which says what to do', async () => {
    const { diagnostics } = await run({}, DEPENDING('https://x'));
    expect(diagnostics).toMatchObject([
      {
        code: 'CHART_DEPENDENCY_MISSING',
        message: expect.stringMatching(/dependency lib of web is missing/),
        hint: expect.stringMatching(/charts\//),
      },
    ]);
  });

  test('are fetched where that is allowed', async () => {
    const asked: unknown[] = [];
    const { diagnostics } = await run({}, DEPENDING('https://x'), {
      fetchChart: async (request) => {
        asked.push(request);
        return { archive: new Uint8Array(20), version: '1.1.0', digest: 'sha256:0' };
      },
    });
    expect(asked).toMatchObject([{ repository: 'https://x', name: 'lib', version: '^1.0.0' }]);
    expect(diagnostics).toMatchObject([
      { code: 'CHART_ARCHIVE_INVALID', origin: { file: 'app/charts/lib-1.1.0.tgz' } },
    ]);
  });
});

describe('archiveTree', () => {
  test('makes a tree whose root is the chart', async () => {
    const archive = chartArchive('web', {
      'Chart.yaml': CHART['app/Chart.yaml'],
      'templates/a.yaml': object('Pod', 'a'),
    });
    const { tree, diagnostics } = archiveTree(archive, 'web-1.0.0.tgz');
    expect(diagnostics).toEqual([]);
    const { manifests } = await render(tree ?? memoryTree({}), { path: '', helm: {}, repo: 'https://charts' });
    expect(manifests).toMatchObject([{ origin: { repo: 'https://charts', file: 'templates/a.yaml', line: 1 } }]);
  });

  test.each<[string, Uint8Array, string]>([
    ['no archive', new Uint8Array(30), 'CHART_ARCHIVE_INVALID'],
    ['a path that leaves it', chartArchive('web', { '../../x': 'y' }), 'CHART_ARCHIVE_INVALID'],
    ['a file where a folder is', chartArchive('web', { a: '1', 'a/b': '2' }), 'CHART_ARCHIVE_INVALID'],
  ])('refuses %s', (_title, archive, code) => {
    expect(archiveTree(archive, 'web.tgz')).toMatchObject({ diagnostics: [{ code, origin: { file: 'web.tgz' } }] });
  });
});

describe('what a chart gives', () => {
  const files = {
    ...CHART,
    'app/templates/a.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {day: {{ now | date "2006-01-02" }}, word: {{ randAlphaNum 20 }}}\n',
  };
  const data = async (options: Partial<RenderOptions>) =>
    (await run({}, files, options)).manifests[0]?.object['data'] as { day: string; word: string };

  test('depends on the time and the secret that it is rendered with, and on nothing else', async () => {
    const first = await data({ time: Date.UTC(2026, 0, 2), seed: 'one' });
    expect(first.day).toBe('2026-01-02');
    expect(await data({ time: Date.UTC(2026, 0, 2), seed: 'one' })).toEqual(first);
    expect(await data({ time: Date.UTC(2026, 5, 2), seed: 'one' })).toEqual({ ...first, day: '2026-06-02' });
    expect((await data({ time: Date.UTC(2026, 0, 2), seed: 'two' })).word).not.toBe(first.word);
  });
});
