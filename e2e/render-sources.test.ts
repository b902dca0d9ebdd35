import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { repositoryRoot, startChartRepository, type TestChartRepository } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, job } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APPLICATIONS, CONFIG_MAPS, DEPLOYMENTS, JOBS, SECRETS } from './lib/resource-types.ts';
import { AUTOMATED, applicationObject, at, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

let sekisho: Sekisho;
let charts: TestChartRepository;
let config: PushedRepository;
let values: PushedRepository;

const CHART = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'charts/web/values.yaml': 'greeting: chart\n',
  'charts/web/templates/web.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  greeting: {{ .Values.greeting | quote }}
  namespace: {{ .Release.Namespace }}
  widgets: {{ .Capabilities.APIVersions.Has "argoproj.io/v1alpha1/Application" | quote }}
`,
};
const OVERLAYS = {
  'base/kustomization.yaml': 'resources: [config.yaml]\n',
  'base/config.yaml': configMap('config', 'one'),
  'overlays/a/kustomization.yaml': 'resources: [../../base]\nnamePrefix: a-\n',
  'overlays/b/kustomization.yaml': 'resources: [../../base]\nnamePrefix: b-\n',
  'overlays/c/kustomization.yaml': 'resources: [own.yaml]\n',
  'overlays/c/own.yaml': configMap('own', 'one'),
};

beforeAll(async () => {
  charts = await startChartRepository();
  sekisho = await startSekisho({ allowLocalGit: true });
  config = await sekisho.repository('config', { ...CHART, ...OVERLAYS });
  values = await sekisho.repository('values', {
    'prod/web.yaml': 'greeting: prod\n',
    'test/web.yaml': 'greeting: test\n',
  });
});
afterAll(async () => {
  await sekisho?.close();
  await charts?.close();
});

async function createApplication(name: string, source: object, more: readonly object[] = []): Promise<void> {
  const object = applicationObject(name, { repoURL: 'unused', syncPolicy: AUTOMATED });
  const { source: _, ...spec } = object['spec'] as Record<string, unknown>;
  const given = more.length === 0 ? { source } : { sources: [source, ...more] };
  await sekisho.kube.create(APPLICATIONS, { ...object, spec: { ...spec, ...given } });
}

const source = (path: string, more: object = {}) => ({ repoURL: config.url, targetRevision: 'main', path, ...more });
const data = async (name: string, namespace: string) =>
  at(await sekisho.kube.getIfExists(CONFIG_MAPS, name, namespace), 'data') as Record<string, string>;

/** How many renders were computed so far. */
async function renders(): Promise<number> {
  const response = await fetch(new URL('/metrics', sekisho.server.url), {
    headers: { authorization: `Bearer ${sekisho.server.token}` },
  });
  return Number(/^sekisho_renders_total (\d+)$/m.exec(await response.text())?.[1]);
}

test('a chart takes values of another repository, and only their change renders it again', async () => {
  const helm = { valueFiles: ['$values/prod/*.yaml'], parameters: [{ name: 'unused', value: '$ARGOCD_APP_NAME' }] };
  await createApplication('web', source('charts/web', { helm }), [
    { repoURL: values.url, targetRevision: 'main', ref: 'values' },
  ]);
  const { status } = await sekisho.untilGood('web');
  expect(status).toMatchObject({ sourceTypes: ['Helm', 'Directory'] });
  expect(await data('web', 'web')).toEqual({ greeting: 'prod', namespace: 'web', widgets: 'true' });

  const before = await renders();
  await values.push({ 'test/web.yaml': 'greeting: other\n' });
  await values.push({ 'prod/web.yaml': 'greeting: again\n' });
  await untilObject(sekisho.kube, CONFIG_MAPS, ['web', 'web'], (object) => at(object, 'data.greeting') === 'again');
  await sekisho.untilGood('web');
  expect(await renders()).toBe(before + 1);
});

test('a rollback restores the values where they lie', async () => {
  const { code, stderr } = await sekisho.cli('app rollback web --reason Greeting');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  await untilObject(sekisho.kube, CONFIG_MAPS, ['web', 'web'], (object) => at(object, 'data.greeting') === 'prod');
  await values.git('fetch', '-q');
  expect(await values.git('diff', '--name-only', 'HEAD', 'origin/main')).toBe('prod/web.yaml');
});

test('a change of a base renders exactly the kustomizations that read it', async () => {
  for (const name of ['a', 'b', 'c']) await createApplication(name, source(`overlays/${name}`));
  const [first] = await Promise.all(['a', 'b', 'c'].map((name) => sekisho.untilGood(name)));
  expect(first?.status).toMatchObject({ sourceType: 'Kustomize' });
  expect(await data('a-config', 'a')).toEqual({ value: 'one' });

  const before = await renders();
  const commit = await config.push({ 'base/config.yaml': configMap('config', 'two') });
  await Promise.all(['a', 'b'].map((name) => sekisho.untilGood(name, commit)));
  expect([await data('a-config', 'a'), await data('b-config', 'b')]).toEqual([{ value: 'two' }, { value: 'two' }]);
  expect(await renders()).toBe(before + 2);
});

test('options of the Application change a kustomization, and overrides in the repository them', async () => {
  const kustomize = { nameSuffix: '-x', commonLabels: { team: '$ARGOCD_APP_NAME' }, labelWithoutSelector: true };
  await createApplication('options', source('overlays/c', { kustomize }));
  await sekisho.untilGood('options');
  const made = await sekisho.kube.getIfExists(CONFIG_MAPS, 'own-x', 'options');
  expect(at(made, 'metadata.labels')).toMatchObject({ team: 'options' });
  await config.push({ 'overlays/c/.argocd-source-options.yaml': 'kustomize: {nameSuffix: -y}\n' });
  await untilObject(sekisho.kube, CONFIG_MAPS, ['own-y', 'options'], () => true);
  await sekisho.untilGood('options');
  expect(await data('own', 'c')).toEqual({ value: 'one' });
});

test('hooks of a chart run as hooks of the sync, and what Helm is to keep stays', async () => {
  const helmHook = (event: string) => ({ 'helm.sh/hook': event, 'helm.sh/hook-delete-policy': 'before-hook-creation' });
  const kept = { 'helm.sh/resource-policy': 'keep' };
  await config.push({
    'charts/hooks/Chart.yaml': 'apiVersion: v2\nname: hooks\nversion: 1.0.0\n',
    'charts/hooks/templates/before.yaml': job('before', helmHook('pre-install,pre-upgrade')),
    'charts/hooks/templates/test.yaml': job('never', helmHook('test')),
    'charts/hooks/templates/a.yaml': configMap('a', '1'),
    'charts/hooks/templates/b.yaml': configMap('b', '1'),
    'charts/hooks/templates/kept.yaml': configMap('kept', '1', kept),
  });
  await createApplication('hooks', source('charts/hooks'));
  const { status } = await sekisho.untilGood('hooks');
  expect(status?.operationState?.syncResult?.resources).toMatchObject([
    { kind: 'Namespace' },
    { kind: 'Job', name: 'before', hookPhase: 'Succeeded', hookType: 'PreSync' },
    { kind: 'ConfigMap', name: 'a' },
    { kind: 'ConfigMap', name: 'b' },
    { kind: 'ConfigMap', name: 'kept' },
  ]);
  expect(await sekisho.kube.getIfExists(JOBS, 'never', 'hooks')).toBeUndefined();

  const commit = await config.push({ 'charts/hooks/templates/a.yaml': null, 'charts/hooks/templates/kept.yaml': null });
  await untilObject(sekisho.kube, CONFIG_MAPS, ['a', 'hooks'], undefined);
  await sekisho.until('hooks', (application) => application.status?.sync.revision === commit);
  expect(await data('kept', 'hooks')).toEqual({ value: '1' });
});

test('a template that breaks keeps the old state, and the condition names file and line', async () => {
  const template = CHART['charts/web/templates/web.yaml'];
  await config.push({
    'charts/own/Chart.yaml': CHART['charts/web/Chart.yaml'],
    'charts/own/templates/web.yaml': template,
  });
  await createApplication('broken', source('charts/own', { helm: { valuesObject: { greeting: 'here' } } }));
  await sekisho.untilGood('broken');
  await config.push({ 'charts/own/templates/web.yaml': `${template}  more: {{ .Values.none.below }}\n` });
  const refused = await sekisho.untilRefused('broken', 'charts/own/templates/web.yaml:9', 'nil pointer');
  expect(refused.status?.sync.status).toBe('Unknown');
  expect(await data('broken', 'broken')).toMatchObject({ greeting: 'here' });
  await config.push({ 'charts/own/templates/web.yaml': template.replace('greeting: {{', 'greeting: {{- "" }} {{') });
  await sekisho.untilGood('broken');
});

test('a chart of a repository is rendered in its newest version of the range', async () => {
  const template = (version: string) => ({ 'templates/a.yaml': configMap('{{ .Release.Name }}', version) });
  charts.add({ name: 'shop', version: '1.0.0', files: template('1.0.0') });
  charts.add({ name: 'shop', version: '1.2.0', files: template('1.2.0') });
  charts.add({ name: 'shop', version: '2.0.0', files: template('2.0.0') });
  await createApplication('shop', { repoURL: charts.url, chart: 'shop', targetRevision: '^1.0.0' });
  const { status } = await sekisho.untilGood('shop');
  expect(status).toMatchObject({ sourceType: 'Helm', sync: { revision: '1.2.0' } });
  expect(await data('shop', 'shop')).toEqual({ value: '1.2.0' });
  await sekisho.patchApplication('shop', { spec: { source: { targetRevision: '1.0.0' } } });
  await sekisho.untilGood('shop', '1.0.0');
  expect(await data('shop', 'shop')).toEqual({ value: '1.0.0' });
  // A version is no commit that git would have to know.
  expect((await sekisho.cli('audit verify')).code).toBe(0);
});

test('the examples run: pages of a blog, a queue whose password stays', async () => {
  const folder = join(repositoryRoot(), 'examples/rendering');
  const repo = await sekisho.repository('rendering');
  await repo.pushFolder(folder, '.');
  for (const name of ['blog', 'queue']) {
    const text = await readFile(join(folder, `applications/${name}.yaml`), 'utf8');
    const [document] = parseYamlDocuments(text, { file: name }).documents;
    await sekisho.kube.create(APPLICATIONS, document?.value as KubeObject);
  }
  const [blog, queue] = await Promise.all([sekisho.untilGood('blog'), sekisho.untilGood('queue')]);
  expect(blog.status).toMatchObject({ sourceType: 'Kustomize', summary: { images: ['nginx:1.29'] } });
  expect(queue.status).toMatchObject({ sourceType: 'Helm' });
  const worker = await sekisho.kube.get(DEPLOYMENTS, 'queue', 'queue');
  expect(at(worker, 'metadata.annotations')).toMatchObject({ owner: 'queue-team' });
  expect(at(worker, 'status.readyReplicas')).toBe(2);

  const password = async () => at(await sekisho.kube.get(SECRETS, 'queue', 'queue'), 'data.password');
  const before = await password();
  await sekisho.patchApplication('queue', {
    metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } },
  });
  await sekisho.until('queue', ({ metadata }) => metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined);
  await sekisho.untilGood('queue');
  expect(await password()).toBe(before);
  const { mode } = await stat(join(sekisho.dataDir, 'render.seed'));
  expect(mode & 0o777).toBe(0o600);
  expect(sekisho.captured()).not.toContain((await readFile(join(sekisho.dataDir, 'render.seed'), 'utf8')).trim());
});

test('what can not be rendered says so', async () => {
  await createApplication('two-tools', source('charts/web', { helm: {}, kustomize: {} }));
  await sekisho.untilRefused('two-tools', 'options of several tools: kustomize, helm');
  await createApplication('no-chart', { repoURL: charts.url, chart: 'none', targetRevision: '1.0.0' });
  await sekisho.untilRefused('no-chart', 'none');
  await createApplication('no-ref', source('charts/web', { helm: { valueFiles: ['$nobody/x.yaml'] } }));
  await sekisho.untilRefused('no-ref', 'no source has the ref nobody');
});
