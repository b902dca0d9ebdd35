import { chartArchive } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import type { FetchChart } from '../chart/fetch.ts';
import { loadChart } from '../chart/load.ts';
import { renderChart } from '../release/render-chart.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import { completeDependencies } from './complete.ts';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Chart.Name }}-{{ .Chart.Version }}\n';
const chartFiles = (folder: string, yaml: string) => ({
  [`${folder}/Chart.yaml`]: yaml,
  [`${folder}/templates/map.yaml`]: CONFIG_MAP,
});
const common = chartFiles('charts-src/common', 'apiVersion: v2\nname: common\nversion: 1.2.3\n');

/** What `helm dependency update` of Helm 4.1.4 made of it. */
const LOCKED = {
  'app/Chart.yaml': `apiVersion: v2
name: app
version: 0.1.0
dependencies:
- name: common
  version: ">=1 <2"
  repository: file://../common
  tags: [a, b]
  import-values: [data, {child: z, parent: y}]
- name: other
  version: 1.x
  repository: file://../other
  alias: a2
  condition: a2.enabled
`,
  'app/Chart.lock': `dependencies:
- name: common
  repository: file://../common
  version: 1.2.3
- name: other
  repository: file://../other
  version: 1.2.3
digest: sha256:64e0f85e0636c1cd9e9d80487f8e3f47cb188b2222e6a472dd6e6174f131bd51
generated: "2026-11-21T22:58:22.108919353Z"
`,
};
const LOCKED_V1 = {
  'app/Chart.yaml': 'apiVersion: v1\nname: app\nversion: 0.1.0\n',
  'app/requirements.yaml': 'dependencies:\n- name: common\n  version: ">=1 <2"\n  repository: file://../common\n',
  'app/requirements.lock': `dependencies:
- name: common
  repository: file://../common
  version: 1.2.3
digest: sha256:b03d2e37b38b92ed739b620660ef585d930f13631bf047f4b685ab761ebaa1ef
`,
};
const other = (version: string) => ({
  ...chartFiles('common', 'apiVersion: v2\nname: common\nversion: 1.2.3\n'),
  ...chartFiles('other', `apiVersion: v2\nname: other\nversion: ${version}\n`),
});

async function complete(files: Record<string, string | Uint8Array>, path: string, fetchChart?: FetchChart) {
  const source = memoryFiles(files);
  const { chart, diagnostics } = await loadChart(source, path);
  if (chart === undefined) throw new Error(diagnostics[0]?.message);
  const completed = await completeDependencies(chart, { files: source, fetchChart });
  return { ...completed, names: completed.chart?.dependencies.map(({ metadata }) => metadata.name) };
}

function app(...dependencies: string[]): Record<string, string> {
  const lines = dependencies.map((line) => `- {${line}}\n`).join('');
  return { 'app/Chart.yaml': `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n${lines}` };
}

/** Gives each chart that it is asked for, in the version 1.5.0 unless one is named. */
function repository(): { fetch: FetchChart; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async ({ repository, name, version }) => {
      asked.push(`${repository} ${name} ${version}`);
      const exact = /^\d+\.\d+\.\d+$/.test(version) ? version : '1.5.0';
      const yaml = `apiVersion: v2\nname: ${name}\nversion: ${exact}\n`;
      const archive = chartArchive(name, { 'Chart.yaml': yaml, 'templates/map.yaml': CONFIG_MAP });
      return { archive, version: exact, digest: '' };
    },
  };
}

const redis = 'name: redis, version: ^1, repository: "https://charts.example"';

describe('completeDependencies', () => {
  test('fetches what charts/ lacks, and the render has it', async () => {
    const { fetch, asked } = repository();
    const files = { ...app(redis, 'name: base, version: 1.x, repository: "oci://registry.example/charts"') };
    const { chart, names, added } = await complete(files, 'app', fetch);
    expect(asked).toEqual(['https://charts.example redis ^1', 'oci://registry.example/charts base 1.x']);
    expect(names).toEqual(['base', 'redis']);
    expect(added.map(({ name, version }) => `${name} ${version}`)).toEqual(['redis 1.5.0', 'base 1.5.0']);
    if (chart === undefined) throw new Error('no chart');
    const { manifests, diagnostics } = renderChart(chart, { releaseName: 'x' });
    expect(diagnostics).toEqual([]);
    expect(manifests.map(({ origin }) => origin.file)).toEqual([
      'app/charts/base-1.5.0.tgz!/templates/map.yaml',
      'app/charts/redis-1.5.0.tgz!/templates/map.yaml',
    ]);
  });

  test('knows the aliases of repositories that it is told', async () => {
    const { fetch, asked } = repository();
    const files = memoryFiles(app('name: a, version: ^1, repository: "@stable"', 'name: b, repository: "alias:more"'));
    const { chart } = await loadChart(files, 'app');
    if (chart === undefined) throw new Error('no chart');
    const aliases = new Map([
      ['stable', 'https://charts.example'],
      ['more', 'oci://registry.example'],
    ]);
    const { diagnostics } = await completeDependencies(chart, { fetchChart: fetch, aliases });
    expect(diagnostics).toEqual([]);
    expect(asked).toEqual(['https://charts.example a ^1', 'oci://registry.example b ']);
  });

  test('leaves a chart alone that has everything', async () => {
    const { fetch, asked } = repository();
    const vendored = chartFiles('app/charts/redis', 'apiVersion: v2\nname: redis\nversion: 9.0.0\n');
    const { names } = await complete({ ...app(redis), ...vendored }, 'app', fetch);
    expect({ names, asked }).toEqual({ names: ['redis'], asked: [] });
  });

  test('keeps what is there and fits; archives of other versions are gone', async () => {
    const { fetch, asked } = repository();
    const archive = (name: string, version: string) => ({
      [`app/charts/${name}-${version}.tgz`]: chartArchive(name, {
        'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
      }),
    });
    const base = 'name: base, version: ^2, repository: "https://charts.example"';
    const more = 'name: more, version: ^1, repository: "https://charts.example"';
    const files = { ...app(redis, base, more), ...archive('redis', '1.0.0'), ...archive('base', '1.0.0') };
    const { chart } = await complete(files, 'app', fetch);
    expect(asked).toEqual(['https://charts.example base ^2', 'https://charts.example more ^1']);
    expect(chart?.dependencies.map(({ metadata }) => `${metadata.name}-${metadata.version}`)).toEqual([
      'base-1.5.0',
      'more-1.5.0',
      'redis-1.0.0',
    ]);
  });

  test('takes charts of the tree, and says what it read', async () => {
    const files = { ...app('name: common, version: 1.x, repository: "file://../charts-src/common"'), ...common };
    const { names, reads } = await complete(files, 'app');
    expect(names).toEqual(['common']);
    expect(reads).toContain('charts-src/common/templates/map.yaml');
  });

  test('takes the versions of Chart.lock', async () => {
    const { names, chart } = await complete({ ...LOCKED, ...other('1.2.3') }, 'app');
    expect(names).toEqual(['common', 'other']);
    expect(chart?.dependencies[1]?.metadata.version).toBe('1.2.3');
    expect((await complete({ ...LOCKED_V1, ...other('1.2.3') }, 'app')).names).toEqual(['common']);
  });

  test('takes a lock of Helm 2 for a chart of v1', async () => {
    const text = '{"dependencies":[{"name":"common","version":"\\u003e=1 \\u003c2","repository":"file://../common"}]}';
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    const lock = `digest: sha256:${Buffer.from(digest).toString('hex')}\ndependencies:\n- {name: common, repository: file://../common, version: 1.2.3}\n`;
    const files = { ...LOCKED_V1, 'app/requirements.lock': lock, ...other('1.2.3') };
    expect((await complete(files, 'app')).names).toEqual(['common']);
  });

  const outOfSync = (lock: string, file: string) =>
    `the lock file (${lock}) is out of sync with the dependencies file (${file}). Please update the dependencies`;
  test.each<[string, Record<string, string>, string, string]>([
    [
      'a lock of other dependencies',
      { ...LOCKED, ...app(redis) },
      'CHART_LOCK_OUTDATED',
      outOfSync('Chart.lock', 'Chart.yaml'),
    ],
    [
      'a lock of other requirements',
      { ...LOCKED_V1, 'app/requirements.yaml': `dependencies:\n- {${redis}}\n` },
      'CHART_LOCK_OUTDATED',
      outOfSync('requirements.lock', 'requirements.yaml'),
    ],
    [
      'a lock that is no YAML',
      { ...app(redis), 'app/Chart.lock': 'a: b: c' },
      'CHART_YAML_INVALID',
      'cannot load Chart.lock: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
    ],
    [
      'a lock that is a list',
      { ...app(redis), 'app/Chart.lock': '- a' },
      'CHART_YAML_INVALID',
      'cannot load Chart.lock: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type v2.Lock',
    ],
    [
      'another version than the locked one',
      { ...LOCKED, ...other('1.2.4') },
      'CHART_DEPENDENCY_MISSING',
      "can't get a valid version for dependency other",
    ],
    [
      'no version of the range',
      { ...app('name: common, version: 9.x, repository: "file://../charts-src/common"'), ...common },
      'CHART_DEPENDENCY_MISSING',
      'can\'t get a valid version for 1 subchart(s): "common" (repository "file://../charts-src/common", version "9.x"). Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml',
    ],
    [
      'an alias of a repository',
      app('name: a, version: "1", repository: "@stable"'),
      'CHART_DEPENDENCY_MISSING',
      "no repository definition for @stable. Please add them via 'helm repo add'",
    ],
    [
      'an alias in the other form',
      app('name: a, version: "1", repository: "alias:stable"'),
      'CHART_DEPENDENCY_MISSING',
      "no repository definition for alias:stable. Please add them via 'helm repo add'",
    ],
    ['no repository', app('name: a, version: "1"'), 'CHART_DEPENDENCY_MISSING', 'directory app/charts/a not found'],
    [
      'another protocol',
      app('name: a, version: "1", repository: "s3://bucket"'),
      'CHART_DEPENDENCY_MISSING',
      'could not find protocol handler for: s3',
    ],
    [
      'a folder outside of the tree',
      app('name: a, version: "1", repository: "file://../../secret"'),
      'CHART_DEPENDENCY_MISSING',
      'directory ../../secret not found',
    ],
    [
      'an absolute folder',
      app('name: a, version: "1", repository: "file:///etc"'),
      'CHART_DEPENDENCY_MISSING',
      'directory /etc not found',
    ],
    [
      'a folder that holds no chart',
      app('name: a, version: "1", repository: "file://../nothing"'),
      'CHART_NOT_FOUND',
      'unable to detect chart at nothing: Chart.yaml file is missing',
    ],
    [
      'a repository that nobody asks',
      app(redis),
      'CHART_DEPENDENCY_MISSING',
      'the dependency redis of app is missing in charts/, and is not fetched here',
    ],
  ])('says of %s what is wrong', async (_, files, code, message) => {
    const { chart, diagnostics } = await complete(files, 'app');
    expect(chart).toBeUndefined();
    expect(diagnostics).toEqual([expect.objectContaining({ code, message })]);
  });

  test('all that can be said beforehand is said at once', async () => {
    const { diagnostics } = await complete(app(redis, 'name: a, repository: "@x"', 'name: b'), 'app');
    expect(diagnostics.length).toBe(3);
  });

  test('what is fetched and is no chart is told; what fetching throws is thrown', async () => {
    const fetchText: FetchChart = async () => ({ archive: Buffer.from('hello'), version: '1.0.0', digest: '' });
    const { diagnostics } = await complete(app(redis), 'app', fetchText);
    expect(diagnostics).toEqual([expect.objectContaining({ code: 'CHART_ARCHIVE_INVALID' })]);
    const failing: FetchChart = async () => {
      throw new Error('the network is away');
    };
    await expect(complete(app(redis), 'app', failing)).rejects.toThrow('the network is away');
  });
});
