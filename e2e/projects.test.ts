import type { KubeObject } from '@sekisho/kube';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, NAMESPACES } from './lib/resource-types.ts';
import {
  type ApplicationView,
  applicationObject,
  CASCADE,
  type Sekisho,
  startSekisho,
  untilObject,
} from './lib/sekisho.ts';

let sekisho: Sekisho;
let repo: PushedRepository;

const ANYTHING = {
  sourceRepos: ['*'],
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
};
const clusterRole = (name: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: ${name}\nrules: []\n`;

beforeAll(async () => {
  sekisho = await startSekisho();
  repo = await sekisho.repository('config', {
    'plain/config.yaml': configMap('settings', 'first'),
    'role/config.yaml': configMap('settings', 'first'),
    'role/role.yaml': clusterRole('e2e-role'),
  });
});
afterAll(() => sekisho?.close());

async function project(name: string, spec: Record<string, unknown>): Promise<void> {
  const object: KubeObject = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd' },
    spec,
  };
  const stored = await sekisho.kube.getIfExists(APP_PROJECTS, name, 'argocd');
  if (stored === undefined) await sekisho.kube.create(APP_PROJECTS, object);
  else await sekisho.kube.update(APP_PROJECTS, { ...stored, spec });
}

async function create(
  name: string,
  projectName: string,
  folder: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  const object = applicationObject(name, { repoURL: repo.url, path: folder });
  const spec = { ...(object['spec'] as object), project: projectName, ...more };
  await sekisho.kube.create(APPLICATIONS, { ...object, spec });
}

async function request(method: string, path: string, body?: unknown) {
  const answer = await fetch(new URL(path, sekisho.server.url), {
    method,
    headers: { authorization: `Bearer ${sekisho.server.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as { code: string; title: string } };
}

const conditionsOf = ({ status }: ApplicationView, type: string) =>
  (status?.conditions ?? []).filter((condition) => condition.type === type).map(({ message }) => message);

test('the default project is there from the start, and permits everything', async () => {
  const stored = await sekisho.kube.get(APP_PROJECTS, 'default', 'argocd');
  expect(stored['spec']).toEqual(ANYTHING);
});

describe('an application that breaks the rules of its project', () => {
  test('says each rule, is not synced, and is synced at once when the rules change', async () => {
    await project('narrow', { sourceRepos: ['https://git.example/*'], destinations: [] });
    await create('narrow', 'narrow', 'plain');
    const refused = await sekisho.until('narrow', (app) => conditionsOf(app, 'InvalidSpecError').length === 2);
    expect(conditionsOf(refused, 'InvalidSpecError')).toEqual([
      expect.stringContaining(`application repo ${repo.url} is not permitted in project 'narrow'`),
      expect.stringContaining('The project has no destinations'),
    ]);
    expect(refused.status?.operationState).toBeUndefined();
    await project('narrow', ANYTHING);
    await sekisho.untilGood('narrow');
    // What was made stays when the rules are narrowed again, and a wish ends with the reason.
    await project('narrow', { ...ANYTHING, sourceRepos: [] });
    await sekisho.untilRefused('narrow', "is not permitted in project 'narrow'");
    await sekisho.patchApplication('narrow', { operation: { initiatedBy: { username: 'eve' }, sync: {} } });
    const ended = await sekisho.until('narrow', ({ operation }) => operation === undefined);
    expect(ended.status?.operationState).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('is not permitted'),
    });
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'settings', 'narrow')).toBeDefined();
  });

  test('is not made or changed over the API', async () => {
    await project('api', { ...ANYTHING, sourceRepos: ['embedded:other'] });
    const object = applicationObject('api', { repoURL: repo.url, path: 'plain' });
    const spec = { ...(object['spec'] as object), project: 'api' };
    const made = await request('POST', '/api/v1/applications', { ...object, spec });
    expect(made).toMatchObject({ status: 422, body: { code: 'APPLICATION_FORBIDDEN' } });
    expect(made.body.title).toContain(`application repo ${repo.url} is not permitted in project 'api'`);
    const moved = await request('PATCH', '/api/v1/applications/argocd/narrow', { spec: { project: 'api' } });
    expect(moved).toMatchObject({ status: 422, body: { code: 'APPLICATION_FORBIDDEN' } });
  });

  test('is refused when another Application declares it, and when an operation brings a source along', async () => {
    await project('apps-only', {
      ...ANYTHING,
      sourceRepos: [repo.url],
      destinations: [{ server: '*', namespace: 'permitted' }],
    });
    const child = applicationObject('child', { repoURL: repo.url, path: 'plain', namespace: 'elsewhere' });
    const object = { ...child, spec: { ...(child['spec'] as object), project: 'apps-only' } };
    await repo.push({ 'parent/child.yaml': JSON.stringify(object) });
    await sekisho.createApplication('parent', { repoURL: repo.url, path: 'parent', namespace: 'argocd' });
    await untilObject(sekisho.kube, APPLICATIONS, ['child', 'argocd'], () => true);
    const refused = await sekisho.untilRefused('child', "and namespace 'elsewhere'", "in project 'apps-only'");
    expect(refused.status?.operationState).toBeUndefined();
    expect(await sekisho.kube.getIfExists(NAMESPACES, 'elsewhere')).toBeUndefined();

    await create('brought', 'apps-only', 'plain', {
      destination: { server: 'https://kubernetes.default.svc', namespace: 'permitted' },
    });
    await sekisho.untilGood('brought');
    const source = { repoURL: 'embedded:other', path: 'plain' };
    await sekisho.patchApplication('brought', { operation: { initiatedBy: { username: 'eve' }, sync: { source } } });
    const ended = await sekisho.until('brought', ({ operation }) => operation === undefined);
    expect(ended.status?.operationState).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining("application repo embedded:other is not permitted in project 'apps-only'"),
    });
    await sekisho.untilGood('brought');
  });

  test('names a project that is missing, or that has faults', async () => {
    await create('lost', 'nowhere', 'plain');
    await sekisho.untilRefused('lost', 'references project nowhere which does not exist');
    await project('nowhere', { ...ANYTHING, syncWindows: [{ kind: 'deny', schedule: 'often', duration: '1h' }] });
    await sekisho.untilRefused('lost', 'spec.syncWindows[0].schedule');
    await project('nowhere', ANYTHING);
    await sekisho.untilGood('lost');
  });

  test('a kind that is not permitted fails the sync before anything is touched', async () => {
    await project('kinds', { ...ANYTHING, clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] });
    await create('kinds', 'kinds', 'role');
    const failed = await sekisho.until('kinds', ({ status }) => status?.operationState?.phase === 'Failed');
    expect(failed.status?.operationState?.message).toContain(
      'resource rbac.authorization.k8s.io:ClusterRole is not permitted in project kinds',
    );
    expect(failed.status?.operationState?.message).toContain('role/role.yaml:1');
    expect(await sekisho.kube.getIfExists(NAMESPACES, 'kinds')).toBeUndefined();
    await project('kinds', ANYTHING);
    await sekisho.untilGood('kinds');
  });

  test('what the project no longer permits is neither pruned nor deleted', async () => {
    await project('shrink', ANYTHING);
    await repo.push({ 'shrink/a.yaml': configMap('kept', '1'), 'shrink/role.yaml': clusterRole('e2e-shrink') });
    await create('shrink', 'shrink', 'shrink');
    await sekisho.untilGood('shrink');
    await project('shrink', { ...ANYTHING, clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] });
    const commit = await repo.push({ 'shrink/role.yaml': null });
    await sekisho.untilGood('shrink', commit);
    await sekisho.patchApplication('shrink', { metadata: { finalizers: [CASCADE] } });
    await sekisho.kube.delete(APPLICATIONS, 'shrink', 'argocd');
    await untilObject(sekisho.kube, APPLICATIONS, ['shrink', 'argocd'], undefined);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'kept', 'shrink')).toBeUndefined();
    const roles = {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      resource: 'clusterroles',
      kind: 'ClusterRole',
      namespaced: false,
    };
    expect(await sekisho.kube.getIfExists(roles, 'e2e-shrink')).toBeDefined();
  });
});

describe('sync windows', () => {
  const always = (kind: string, more: object = {}) => ({
    kind,
    schedule: '* * * * *',
    duration: '1h',
    applications: ['*'],
    ...more,
  });

  test('keep automated and manual syncs waiting, and let them go when they are taken away', async () => {
    await project('windows', { ...ANYTHING, syncWindows: [always('deny')] });
    await create('windows', 'windows', 'plain', { info: [{ name: 'runbook', value: 'https://wiki.example/windows' }] });
    const held = await sekisho.until('windows', (app) => conditionsOf(app, 'SyncWindowWarning').length > 0);
    expect(conditionsOf(held, 'SyncWindowWarning')[0]).toContain('the deny window "* * * * *" (1h) is open until');
    expect(held.status?.operationState).toBeUndefined();
    const refused = await request('POST', '/api/v1/applications/argocd/windows/sync', {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'SYNC_WINDOW_CLOSED' } });
    expect(refused.body.title).toContain('the deny window "* * * * *" (1h) is open until');
    const shown = await sekisho.cli('app get windows');
    expect(shown.stdout).toMatch(/Project: +windows\n/);
    expect(shown.stdout).toMatch(/Sync window: +syncs are blocked: the deny window/);
    expect(shown.stdout).toMatch(/Info: +runbook https:\/\/wiki.example\/windows\n/);
    const detail = await request('GET', '/api/v1/applications/argocd/windows');
    expect(detail.body).toMatchObject({
      windows: { allowed: false, manualAllowed: false, active: [{ kind: 'deny' }] },
    });
    await sekisho.patchApplication('windows', { operation: { initiatedBy: { username: 'ann' }, sync: {} } });
    const waiting = await sekisho.until('windows', ({ status }) => status?.operationState?.phase === 'Running');
    expect(waiting.status?.operationState?.message).toContain('blocked by sync window');
    await project('windows', { ...ANYTHING, syncWindows: [always('deny', { manualSync: true })] });
    const done = await sekisho.untilGood('windows');
    expect(done.status?.operationState?.operation?.initiatedBy?.username).toBe('ann');
  });

  test('one that never opens is told', async () => {
    const never = { kind: 'allow', schedule: '0 0 30 2 *', duration: '1h', applications: ['*'] };
    await project('never', { ...ANYTHING, syncWindows: [never] });
    await create('never', 'never', 'plain');
    const app = await sekisho.until('never', (view) => conditionsOf(view, 'SyncWindowWarning').length > 1);
    expect(conditionsOf(app, 'SyncWindowWarning')).toEqual([
      'The allow window "0 0 30 2 *" (1h) of project never never opens.',
      expect.stringContaining('no allow window is open'),
    ]);
  });
});

test('orphaned resources are counted, and told when they come and go', async () => {
  await project('orphans', { ...ANYTHING, orphanedResources: { ignore: [{ kind: 'ConfigMap', name: 'ignored-*' }] } });
  await create('orphans', 'orphans', 'plain');
  await sekisho.untilGood('orphans');
  const stray = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'orphans' } });
  await sekisho.kube.create(CONFIG_MAPS, stray('ignored-a'));
  await sekisho.kube.create(CONFIG_MAPS, stray('stray'));
  const app = await sekisho.until('orphans', (view) => conditionsOf(view, 'OrphanedResourceWarning').length > 0);
  expect(conditionsOf(app, 'OrphanedResourceWarning')).toEqual([
    'Application has 1 orphaned resources: ConfigMap stray',
  ]);
  await sekisho.kube.delete(CONFIG_MAPS, 'stray', 'orphans');
  await sekisho.until('orphans', (view) => conditionsOf(view, 'OrphanedResourceWarning').length === 0);
});

test('an Application of another namespace is synced when its project permits the namespace', async () => {
  await sekisho.kube.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } });
  await project('team', ANYTHING);
  const object = applicationObject('outside', { repoURL: repo.url, path: 'plain' });
  const spec = { ...(object['spec'] as object), project: 'team' };
  await sekisho.kube.create(APPLICATIONS, { ...object, metadata: { name: 'outside', namespace: 'team-a' }, spec });
  const said = (text: string) => (app: KubeObject) => JSON.stringify(app['status'] ?? {}).includes(text);
  const where = ['outside', 'team-a'] as const;
  await untilObject(
    sekisho.kube,
    APPLICATIONS,
    where,
    said("in namespace 'team-a' is not permitted to use project 'team'"),
  );
  await project('team', { ...ANYTHING, sourceNamespaces: ['team-*'] });
  await untilObject(sekisho.kube, APPLICATIONS, where, said('"status":"Synced"'));
  const made = await sekisho.kube.get(CONFIG_MAPS, 'settings', 'outside');
  expect(made.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe(
    'team-a_outside:/ConfigMap:outside/settings',
  );
  // Its objects lead back to it.
  await sekisho.kube.delete(CONFIG_MAPS, 'settings', 'outside');
  await untilObject(sekisho.kube, CONFIG_MAPS, ['settings', 'outside'], () => true);
});

describe('sekisho proj', () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await sekisho.cli(['proj', ...args]);
    return { code, stdout, stderr };
  };

  test('makes, changes, shows and deletes a project', async () => {
    const here = 'https://kubernetes.default.svc';
    const created = await run('create', 'cli', '-s', 'embedded:*', '-d', `${here},cli-*`, '--description', 'by hand');
    expect(created).toMatchObject({ code: 0, stdout: 'project cli created\n' });
    expect(await run('create', 'cli')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('KUBE_ALREADY_EXISTS'),
    });
    for (const change of [
      ['add-destination', 'cli', 'staging', 'cli'],
      ['allow-cluster-resource', 'cli', '', 'Namespace'],
      ['deny-namespace-resource', 'cli', '', 'ResourceQuota'],
      ['add-signature-key', 'cli', '4AEE18F83AFDEB23'],
      ['add-orphaned-ignore', 'cli', '', 'ConfigMap', '--name', 'cache-*'],
      [
        'windows',
        'add',
        'cli',
        '--kind',
        'deny',
        '--schedule',
        '0 22 * * *',
        '--duration',
        '8h',
        '--applications',
        'web,api',
      ],
      ['windows', 'enable-manual-sync', 'cli', '0'],
      ['role', 'create', 'cli', 'ci'],
      ['role', 'add-policy', 'cli', 'ci', '--action', 'sync', '--object', '*'],
    ]) {
      expect(await run(...change), change.join(' ')).toMatchObject({ code: 0 });
    }
    const stored = await sekisho.kube.get(APP_PROJECTS, 'cli', 'argocd');
    expect(stored['spec']).toEqual({
      description: 'by hand',
      sourceRepos: ['embedded:*'],
      destinations: [
        { server: here, namespace: 'cli-*' },
        { name: 'staging', namespace: 'cli' },
      ],
      clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
      namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
      signatureKeys: [{ keyID: '4AEE18F83AFDEB23' }],
      orphanedResources: { ignore: [{ group: '', kind: 'ConfigMap', name: 'cache-*' }] },
      syncWindows: [
        { kind: 'deny', schedule: '0 22 * * *', duration: '8h', applications: ['web', 'api'], manualSync: true },
      ],
      roles: [{ name: 'ci', policies: ['p, proj:cli:ci, applications, sync, cli/*, allow'] }],
    });
    expect((await run('add-source', 'cli', 'embedded:*')).stderr).toContain('It is so already.');
    const shown = await run('get', 'cli');
    expect(shown.stdout).toMatch(/Denied namespaced resources: +\/ResourceQuota/);
    expect(shown.stdout).toMatch(/0 {4}(Ina|A)ctive +deny +0 22 \* \* \*/);
    expect((await run('list')).stdout).toMatch(/cli +0 +embedded:\* +https:\/\/kubernetes.default.svc,cli-\* \+1 +1/);
    const wrong = await run(
      'windows',
      'add',
      'cli',
      '--kind',
      'deny',
      '--schedule',
      'often',
      '--duration',
      '8h',
      '--applications',
      '*',
    );
    expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('spec.syncWindows[1].schedule') });
    expect(await run('windows', 'delete', 'cli', '7')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no entry 7'),
    });
    expect(await run('delete', 'cli', '--yes')).toMatchObject({ code: 0 });
    expect(await run('get', 'cli')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('There is no project cli.'),
    });
  });

  test('tells whom a change leaves out, and deletes nothing that is in use', async () => {
    await project('used', ANYTHING);
    await create('used', 'used', 'plain');
    await sekisho.untilGood('used');
    const narrowed = await run('remove-source', 'used', '*');
    expect(narrowed.stderr).toContain('argocd/used is not synced any more: application repo embedded:config');
    expect(await run('delete', 'used', '--yes')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is used by an application'),
    });
    expect(await run('delete', 'default', '--yes')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('can not be deleted'),
    });
  });
});

test('a project with the finalizer of Argo CD goes when no Application names it any more', async () => {
  await project('leaving', ANYTHING);
  await sekisho.kube.patch(APP_PROJECTS, 'leaving', 'argocd', {
    kind: 'merge',
    body: { metadata: { finalizers: [CASCADE] } },
  });
  await create('stays', 'leaving', 'plain');
  await sekisho.untilGood('stays');
  await sekisho.kube.delete(APP_PROJECTS, 'leaving', 'argocd');
  const held = await sekisho.kube.get(APP_PROJECTS, 'leaving', 'argocd');
  expect(held.metadata.deletionTimestamp).toBeDefined();
  await sekisho.patchApplication('stays', { spec: { project: 'default' } });
  await untilObject(sekisho.kube, APP_PROJECTS, ['leaving', 'argocd'], undefined);
});
