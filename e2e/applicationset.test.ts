import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '@sekisho/kube';
import { recordingServer, runKubectl, startForge, type TestForge, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap, deployment } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APPLICATION_SETS, APPLICATIONS, CONFIG_MAPS, SECRETS } from './lib/resource-types.ts';
import { AUTOMATED, CASCADE, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

interface SetView extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
    readonly resources?: readonly { name: string; status?: string }[];
    readonly applicationStatus?: readonly { application: string; status: string; step: string }[];
  };
}

let sekisho: Sekisho;
let repo: PushedRepository;
let forge: TestForge;

const HERE = 'https://kubernetes.default.svc';
const TOKEN = 's3cr3t-forge-token';

beforeAll(async () => {
  sekisho = await startSekisho();
  repo = await sekisho.repository('sets', {
    'apps/one/config.yaml': configMap('settings', 'one'),
    'apps/two/config.yaml': configMap('settings', 'two'),
    'apps/hidden/config.yaml': configMap('settings', 'hidden'),
    'clusters/red.yaml': 'name: red\nvalues: {tier: gold}\n',
    'clusters/blue.json': '{"name": "blue", "values": {"tier": "silver"}}\n',
    'shared/config.yaml': configMap('settings', 'shared'),
  });
  forge = await startForge(
    'gitea',
    [{ owner: 'shop', name: 'web', id: 1, pullRequests: [pull(7, ['preview'])] }],
    TOKEN,
  );
  await secret('forge-token', { token: TOKEN });
});
afterAll(async () => {
  await sekisho?.close();
  await forge?.close();
});

function pull(number: number, labels: string[]) {
  return {
    number,
    title: `Change ${number}`,
    branch: `feature-${number}`,
    targetBranch: 'main',
    sha: 'a'.repeat(40),
    labels,
  };
}

/** An Application of the shared folder, in a namespace of its own name. */
function template(name: string, path = 'shared', more: Record<string, unknown> = {}) {
  return {
    metadata: { name, finalizers: [CASCADE], ...(more['metadata'] as object | undefined) },
    spec: {
      project: 'default',
      source: { repoURL: repo.url, path, targetRevision: 'main' },
      destination: { server: HERE, namespace: name },
      syncPolicy: AUTOMATED,
    },
  };
}

function setObject(name: string, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name, namespace: 'argocd' },
    spec: { goTemplate: true, goTemplateOptions: ['missingkey=error'], ...spec },
  };
}

const create = (name: string, spec: Record<string, unknown>) =>
  sekisho.kube.create(APPLICATION_SETS, setObject(name, spec));
const patch = (name: string, body: unknown) =>
  sekisho.kube.patch(APPLICATION_SETS, name, 'argocd', { kind: 'merge', body });
const remove = (name: string) => sekisho.kube.delete(APPLICATION_SETS, name, 'argocd');

async function secret(name: string, data: Record<string, string>, labels: Record<string, string> = {}): Promise<void> {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  await sekisho.kube.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'argocd', labels },
    data: Object.fromEntries(encoded),
  });
}

async function ownedBy(set: string): Promise<readonly KubeObject[]> {
  const { items } = await sekisho.kube.list(APPLICATIONS, { namespace: 'argocd' });
  return items
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === set))
    .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
}

async function untilOwned(set: string, names: readonly string[]): Promise<readonly KubeObject[]> {
  let found: readonly (string | undefined)[] = [];
  return eventually(
    async () => {
      const owned = await ownedBy(set);
      found = owned.map(({ metadata }) => metadata.name);
      return JSON.stringify(found) === JSON.stringify(names) ? owned : undefined;
    },
    () => `${set} owns ${found.join(', ')} instead of ${names.join(', ')}\n${sekisho.captured().slice(-2000)}`,
  );
}

async function untilSet(name: string, expected: (set: SetView) => boolean): Promise<SetView> {
  return (await untilObject(sekisho.kube, APPLICATION_SETS, [name, 'argocd'], expected)) as SetView;
}

const condition = ({ status }: SetView, type: string) => status?.conditions?.find((one) => one.type === type);
const isUpToDate = (set: SetView) => condition(set, 'ResourcesUpToDate')?.status === 'True';
const hasFailed =
  (...parts: string[]) =>
  (set: SetView) => {
    const { status, message = '' } = condition(set, 'ErrorOccurred') ?? {};
    return status === 'True' && parts.every((part) => message.includes(part));
  };

test('a list makes Applications that are synced, changed and deleted with their resources', async () => {
  const elements = [
    { name: 'list-a', value: '1' },
    { name: 'list-b', value: '2' },
  ];
  const spec = (list: object[]) => ({ generators: [{ list: { elements: list } }], template: template('{{.name}}') });
  await create('list', spec(elements));
  await untilOwned('list', ['list-a', 'list-b']);
  await sekisho.untilGood('list-a');
  await sekisho.untilGood('list-b');
  const good = await untilSet(
    'list',
    (set) => isUpToDate(set) && set.status?.resources?.every(({ status }) => status === 'Synced') === true,
  );
  expect(good.status?.resources?.map(({ name }) => name)).toEqual(['list-a', 'list-b']);
  // Whoever changes an Application of the set by hand is set right.
  await sekisho.patchApplication('list-a', { spec: { source: { path: 'elsewhere' } } });
  await sekisho.until('list-a', ({ spec }) => (spec as { source: { path: string } }).source.path === 'shared');
  await patch('list', { spec: spec([...elements.slice(1), { name: 'list-c', value: '3' }]) });
  await untilOwned('list', ['list-b', 'list-c']);
  await untilObject(sekisho.kube, CONFIG_MAPS, ['settings', 'list-a'], undefined);
  await remove('list');
  await untilOwned('list', []);
  await untilObject(sekisho.kube, CONFIG_MAPS, ['settings', 'list-b'], undefined);
});

test('a pushed folder makes an Application, and one that is taken away deletes it', async () => {
  const directories = [{ path: 'apps/*' }, { path: 'apps/hidden', exclude: true }];
  await create('folders', {
    generators: [{ git: { repoURL: repo.url, revision: 'main', directories } }],
    template: template('folder-{{.path.basename}}', '{{.path.path}}'),
  });
  await untilOwned('folders', ['folder-one', 'folder-two']);
  await sekisho.untilGood('folder-one');
  await repo.push({ 'apps/three/config.yaml': configMap('settings', 'three') });
  await untilOwned('folders', ['folder-one', 'folder-three', 'folder-two']);
  await sekisho.untilGood('folder-three');
  await repo.push({ 'apps/one': null });
  await untilOwned('folders', ['folder-three', 'folder-two']);
  await untilObject(sekisho.kube, CONFIG_MAPS, ['settings', 'folder-one'], undefined);
  await remove('folders');
});

test('files give parameters; a matrix combines them', async () => {
  const files = [{ path: 'clusters/*.yaml' }, { path: 'clusters/*.json' }];
  await create('files', {
    generators: [
      {
        matrix: {
          generators: [
            { git: { repoURL: repo.url, revision: 'main', files } },
            { list: { elements: [{ env: 'dev' }, { env: 'prod' }] } },
          ],
        },
      },
    ],
    template: template('file-{{.name}}-{{.env}}', 'shared', {
      metadata: { labels: { tier: '{{.values.tier}}', upper: '{{.env | upper}}' } },
    }),
  });
  const owned = await untilOwned('files', ['file-blue-dev', 'file-blue-prod', 'file-red-dev', 'file-red-prod']);
  expect(owned[3]?.metadata.labels).toMatchObject({ tier: 'gold', upper: 'PROD' });
  // A file that can't be read stops the set where it is.
  await repo.push({ 'clusters/red.yaml': 'name: [red\n' });
  const failed = await untilSet('files', hasFailed('clusters/red.yaml'));
  expect(condition(failed, 'ParametersGenerated')?.status).toBe('False');
  expect(await ownedBy('files')).toHaveLength(4);
  await repo.push({ 'clusters/red.yaml': 'name: green\nvalues: {tier: gold}\n' });
  await untilOwned('files', ['file-blue-dev', 'file-blue-prod', 'file-green-dev', 'file-green-prod']);
  await remove('files');
});

test('clusters come and go with their Secrets', async () => {
  await create('clusters', {
    generators: [
      { clusters: { selector: { matchLabels: { 'sekisho.test/kind': 'edge' } }, values: { zone: '{{.name}}-zone' } } },
    ],
    template: {
      ...template('cluster-{{.nameNormalized}}'),
      metadata: { name: 'cluster-{{.nameNormalized}}', labels: { zone: '{{.values.zone}}' } },
      spec: { ...template('x').spec, syncPolicy: {}, destination: { server: '{{.server}}', namespace: 'edge' } },
    },
  });
  await untilSet('clusters', isUpToDate);
  const data = (name: string) => ({ name, server: `https://${name}.invalid`, config: '{}' });
  const labels = { 'argocd.argoproj.io/secret-type': 'cluster', 'sekisho.test/kind': 'edge' };
  await secret('cluster-north', data('north'), labels);
  const [north] = await untilOwned('clusters', ['cluster-north']);
  expect(north?.metadata.labels).toEqual({ zone: 'north-zone' });
  await secret('cluster-south', data('south'), labels);
  await untilOwned('clusters', ['cluster-north', 'cluster-south']);
  await sekisho.kube.delete(SECRETS, 'cluster-north', 'argocd');
  await untilOwned('clusters', ['cluster-south']);
  // Nobody waits for a cluster that is not known any more.
  await sekisho.kube.delete(SECRETS, 'cluster-south', 'argocd');
  await untilOwned('clusters', []);
  await remove('clusters');
});

describe('pull requests of a forge', () => {
  const spec = () => ({
    generators: [
      {
        pullRequest: {
          gitea: {
            api: forge.url,
            owner: 'shop',
            repo: 'web',
            labels: ['preview'],
            tokenRef: { secretName: 'forge-token', key: 'token' },
          },
          filters: [{ branchMatch: '^feature-' }],
          requeueAfterSeconds: 1800,
        },
      },
    ],
    template: template('pr-{{.number}}', 'shared', {
      metadata: { labels: { sha: '{{.head_short_sha}}', author: '{{.author}}' } },
    }),
  });
  const refresh = () =>
    patch('pulls', { metadata: { annotations: { 'argocd.argoproj.io/application-set-refresh': 'true' } } });

  test('are Applications as long as they are open; a forge that fails deletes nothing', async () => {
    await create('pulls', spec());
    const [first] = await untilOwned('pulls', ['pr-7']);
    expect(first?.metadata.labels).toEqual({ sha: 'aaaaaaaa', author: 'mori' });
    const [web] = forge.repositories;
    if (web === undefined) throw new Error('no repository');
    forge.repositories = [{ ...web, pullRequests: [pull(7, ['preview']), pull(8, ['preview']), pull(9, [])] }];
    await refresh();
    await untilOwned('pulls', ['pr-7', 'pr-8']);
    const asked = forge.requests.length;
    await sekisho.untilGood('pr-8');
    // What Applications do is no reason to ask the forge again.
    expect(forge.requests.length).toBe(asked);
    for (const [status, words] of [
      [500, 'could not list pull requests'],
      [401, 'refused the token'],
      [404, 'no such repository'],
    ] as const) {
      forge.failWith = status;
      await refresh();
      await untilSet('pulls', hasFailed('spec.generators[0]', words));
      expect(await ownedBy('pulls')).toHaveLength(2);
    }
    forge.failWith = undefined;
    forge.repositories = [{ ...web, pullRequests: [pull(8, ['preview'])] }];
    await refresh();
    await untilOwned('pulls', ['pr-8']);
    expect(sekisho.captured()).not.toContain(TOKEN);
  });

  test('a webhook makes the set look at once', async () => {
    await secret('argocd-secret', { 'webhook.gitea.secret': 'hook-secret' });
    const [web] = forge.repositories;
    if (web === undefined) throw new Error('no repository');
    forge.repositories = [{ ...web, pullRequests: [pull(8, ['preview']), pull(11, ['preview'])] }];
    const body = JSON.stringify({ action: 'opened', number: 11 });
    const answer = await fetch(new URL('/hooks/gitea', sekisho.server.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gitea-event': 'pull_request',
        'x-gitea-signature': createHmac('sha256', 'hook-secret').update(body).digest('hex'),
      },
      body,
    });
    expect(answer.status).toBe(202);
    await untilOwned('pulls', ['pr-11', 'pr-8']);
    await remove('pulls');
    await untilOwned('pulls', []);
  });

  test('repositories of an owner, at their default branch', async () => {
    forge.repositories = [
      {
        owner: 'shop',
        name: 'web',
        id: 1,
        topics: ['deploy'],
        branches: { main: { sha: 'b'.repeat(40), files: ['deploy/x.yaml'] } },
      },
      { owner: 'shop', name: 'docs', id: 2, branches: { main: { sha: 'c'.repeat(40), files: ['README.md'] } } },
      { owner: 'shop', name: 'empty', id: 3 },
    ];
    await create('scm', {
      generators: [
        {
          scmProvider: {
            gitea: { api: forge.url, owner: 'shop', tokenRef: { secretName: 'forge-token', key: 'token' } },
            cloneProtocol: 'https',
            filters: [{ pathsExist: ['deploy'] }],
          },
        },
      ],
      template: {
        metadata: {
          name: 'scm-{{.repository}}',
          annotations: { url: '{{.url}}', sha: '{{.sha}}', branch: '{{.branch}}' },
        },
        spec: { ...template('scm').spec, syncPolicy: {} },
      },
    });
    const [web] = await untilOwned('scm', ['scm-web']);
    expect(web?.metadata.annotations).toMatchObject({
      url: 'https://forge.example/shop/web.git',
      sha: 'b'.repeat(40),
      branch: 'main',
    });
    await remove('scm');
  });

  test('no generator reads a Secret that is not for generators', async () => {
    await create('thief', {
      generators: [
        {
          pullRequest: {
            gitea: {
              api: forge.url,
              owner: 'shop',
              repo: 'web',
              tokenRef: { secretName: 'argocd-secret', key: 'webhook.gitea.secret' },
            },
          },
        },
      ],
      template: template('thief-{{.number}}'),
    });
    await untilSet('thief', hasFailed('The Secret argocd-secret is not for generators'));
    await remove('thief');
  });
});

test('a plugin gives parameters', async () => {
  const plugin = await recordingServer(({ body }) => {
    const { applicationSetName, input } = JSON.parse(body) as {
      applicationSetName: string;
      input: { parameters: object };
    };
    return {
      body: JSON.stringify({ output: { parameters: [{ name: `${applicationSetName}-1`, ...input.parameters }] } }),
    };
  });
  await secret('plugin-secret', { token: 'plugin-token-1' }, { 'app.kubernetes.io/part-of': 'argocd' });
  await sekisho.kube.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'my-plugin', namespace: 'argocd' },
    data: { baseUrl: plugin.url, token: '$plugin-secret:token' },
  });
  await create('plugged', {
    generators: [{ plugin: { configMapRef: { name: 'my-plugin' }, input: { parameters: { team: 'red' } } } }],
    template: template('{{.name}}', 'shared', { metadata: { labels: { team: '{{.team}}' } } }),
  });
  const [first] = await untilOwned('plugged', ['plugged-1']);
  expect(first?.metadata.labels).toEqual({ team: 'red' });
  expect(plugin.requests[0]).toMatchObject({
    path: '/api/v1/getparams.execute',
    headers: { authorization: 'Bearer plugin-token-1' },
  });
  plugin.answer(() => ({ status: 503, body: 'plugin-token-1 is tired' }));
  await patch('plugged', { metadata: { annotations: { 'argocd.argoproj.io/application-set-refresh': 'true' } } });
  const failed = await untilSet('plugged', hasFailed('status 503'));
  expect(JSON.stringify(failed)).not.toContain('plugin-token-1 is');
  expect(await ownedBy('plugged')).toHaveLength(1);
  await remove('plugged');
  await plugin.close();
});

describe('what is wrong', () => {
  test('in the set or its template is told, and nothing is deleted', async () => {
    const elements = [{ name: 'wrong-a' }];
    await create('wrong', { generators: [{ list: { elements } }], template: template('{{.name}}') });
    await untilOwned('wrong', ['wrong-a']);
    await patch('wrong', { spec: { template: { metadata: { name: '{{.nothing}}' } } } });
    await untilSet('wrong', hasFailed('nothing'));
    await patch('wrong', { spec: { template: { metadata: { name: '{{.name' } } } });
    await untilSet('wrong', hasFailed('template.metadata.name'));
    await patch('wrong', { spec: { generators: [{ lists: {} }] } });
    await untilSet('wrong', hasFailed('spec.generators[0]'));
    expect(await ownedBy('wrong')).toHaveLength(1);
    await patch('wrong', {
      spec: { generators: [{ list: { elements } }], template: { metadata: { name: '{{.name}}' } } },
    });
    await untilSet('wrong', isUpToDate);
    await remove('wrong');
    await untilOwned('wrong', []);
  });

  test('with one Application: its project, its destination, another owner', async () => {
    await sekisho.createApplication('taken', { repoURL: repo.url, path: 'shared' });
    const elements = [
      { name: 'fine', project: 'default', server: HERE },
      { name: 'lost', project: 'nowhere', server: HERE },
      { name: 'away', project: 'default', server: 'https://nobody.invalid' },
    ];
    await create('partly', {
      generators: [{ list: { elements } }],
      template: {
        metadata: { name: '{{.name}}' },
        spec: {
          ...template('x').spec,
          project: '{{.project}}',
          destination: { server: '{{.server}}', namespace: 'partly' },
        },
      },
    });
    await untilOwned('partly', ['fine']);
    await untilSet('partly', (set) => condition(set, 'ErrorOccurred')?.reason === 'ApplicationValidationError');
    await remove('partly');
    expect(await sekisho.kube.getIfExists(APPLICATIONS, 'taken', 'argocd')).toBeDefined();
  });

  test('an Application that another set owns stays its own', async () => {
    const spec = { generators: [{ list: { elements: [{}] } }], template: template('contested') };
    await create('first', spec);
    await untilOwned('first', ['contested']);
    await create('second', { ...spec, template: template('contested', 'elsewhere') });
    await untilSet('second', hasFailed('contested', 'first'));
    await remove('second');
    await untilObject(sekisho.kube, APPLICATION_SETS, ['second', 'argocd'], undefined);
    expect(await ownedBy('first')).toHaveLength(1);
    await remove('first');
  });
});

test('policies and preserved fields: what is created only stays, and survives its set', async () => {
  const spec = {
    generators: [{ list: { elements: [{ name: 'kept-a' }] } }],
    syncPolicy: { applicationsSync: 'create-only', preserveResourcesOnDeletion: true },
    template: { ...template('{{.name}}'), metadata: { name: '{{.name}}' } },
  };
  await create('kept', spec);
  await untilOwned('kept', ['kept-a']);
  await sekisho.untilGood('kept-a');
  await patch('kept', { spec: { generators: [{ list: { elements: [{ name: 'kept-b' }] } }] } });
  await untilOwned('kept', ['kept-a', 'kept-b']);
  await remove('kept');
  await untilObject(sekisho.kube, APPLICATION_SETS, ['kept', 'argocd'], undefined);
  await untilObject(
    sekisho.kube,
    APPLICATIONS,
    ['kept-a', 'argocd'],
    ({ metadata }) => (metadata.ownerReferences ?? []).length === 0,
  );
  expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'settings', 'kept-a')).toBeDefined();
});

test('a rollout goes step by step: the next one begins when the one before is healthy', async () => {
  await repo.push({ 'roll/app.yaml': deployment('web') });
  const elements = [
    { name: 'roll-canary', ring: 'canary' },
    { name: 'roll-main', ring: 'main' },
  ];
  await create('roll', {
    generators: [{ list: { elements } }],
    strategy: {
      type: 'RollingSync',
      rollingSync: {
        steps: ['canary', 'main'].map((ring) => ({
          matchExpressions: [{ key: 'ring', operator: 'In', values: [ring] }],
        })),
      },
    },
    template: template('{{.name}}', 'roll', { metadata: { labels: { ring: '{{.ring}}' } } }),
  });
  // The states of the Applications are noted before what is done about them, conditions after it.
  const done = (set: SetView) => {
    const states = set.status?.applicationStatus ?? [];
    const isOver = condition(set, 'RolloutProgressing')?.status === 'False';
    return isOver && states.length === 2 && states.every((one) => one.status === 'Healthy');
  };
  await untilSet('roll', done);
  const startOf = async (name: string) => (await sekisho.application(name)).status?.operationState?.startedAt ?? '';
  expect((await startOf('roll-canary')) <= (await startOf('roll-main'))).toBe(true);
  // A commit that never gets healthy stays in the first step.
  const broken = deployment('web', { container: 'readinessProbe: {exec: {command: ["false"]}}' });
  const commit = await repo.push({ 'roll/app.yaml': broken });
  await sekisho.until(
    'roll-canary',
    ({ status }) => status?.operationState?.syncResult?.revision === commit && status.health.status !== 'Healthy',
  );
  const halted = await untilSet(
    'roll',
    ({ status }) =>
      status?.applicationStatus?.find(({ application }) => application === 'roll-canary')?.status === 'Progressing',
  );
  expect(halted.status?.applicationStatus?.find(({ application }) => application === 'roll-main')?.status).toBe(
    'Waiting',
  );
  expect((await sekisho.application('roll-main')).status?.operationState?.syncResult?.revision).not.toBe(commit);
  const mended = await repo.push({ 'roll/app.yaml': deployment('web', { label: 'web' }).replace('nginx', 'nginx:2') });
  await sekisho.untilGood('roll-canary', mended);
  await sekisho.untilGood('roll-main', mended);
  await untilSet('roll', done);
  await remove('roll');
});

test('kubectl shows them', async () => {
  await create('shown', {
    generators: [{ list: { elements: [{ name: 'shown-a' }] } }],
    template: template('{{.name}}'),
  });
  await untilSet('shown', (set) => isUpToDate(set) && set.status?.resources?.length === 1);
  const { stdout } = await runKubectl(['get', 'appset', '-n', 'argocd', 'shown'], {
    kubeconfig: sekisho.server.kubeconfigPath,
  });
  expect(stdout).toMatch(/NAME\s+APPLICATIONS\s+UP TO DATE\s+AGE/);
  expect(stdout).toMatch(/shown\s+1\s+True/);
  await remove('shown');
});

test('the command line generates, creates, lists, gets and deletes them', async () => {
  const folder = await tempDir('sekisho-appset-');
  const file = join(folder.path, 'set.json');
  const write = (spec: Record<string, unknown>) => writeFile(file, JSON.stringify(setObject('by-hand', spec)));
  const spec = { generators: [{ list: { elements: [{ name: 'by-hand-a' }] } }], template: template('{{.name}}') };
  await write(spec);
  const generated = await sekisho.cli(['appset', 'generate', file, '-o', 'json']);
  expect(generated).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(generated.stdout).items).toMatchObject([{ kind: 'Application', metadata: { name: 'by-hand-a' } }]);
  expect(await sekisho.kube.getIfExists(APPLICATION_SETS, 'by-hand', 'argocd')).toBeUndefined();
  expect(await sekisho.cli(['appset', 'create', file, '--dry-run'])).toMatchObject({
    code: 0,
    stdout: 'applicationset by-hand would make 1 application\n  by-hand-a\n',
  });
  expect(await sekisho.cli(['appset', 'create', file])).toMatchObject({ code: 0 });
  expect(await sekisho.cli(['appset', 'create', file])).toMatchObject({ code: 3 });
  expect(await sekisho.cli(['appset', 'create', file, '--upsert'])).toMatchObject({ code: 0 });
  await untilSet('by-hand', (set) => isUpToDate(set) && set.status?.resources?.length === 1);
  const listed = await sekisho.cli('appset list');
  expect(listed.stdout).toMatch(/by-hand\s+default\s+list\s+1\s+yes/);
  const shown = await sekisho.cli('appset get by-hand');
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toMatch(/by-hand-a\s+\w+/);
  await write({ ...spec, template: template('{{.nothing}}') });
  const refused = await sekisho.cli(['appset', 'generate', file]);
  expect(refused).toMatchObject({ code: 3, stdout: '' });
  expect(refused.stderr).toContain('template.metadata.name');
  expect(await sekisho.cli('appset get nobody')).toMatchObject({ code: 3 });
  expect(await sekisho.cli('appset delete by-hand --yes')).toMatchObject({ code: 0 });
  await untilOwned('by-hand', []);
  await folder.remove();
});
