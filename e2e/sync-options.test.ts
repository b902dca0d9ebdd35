import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap, deployment, type FolderApps, folderApps, MANUAL, withOptions } from './lib/folder-apps.ts';
import { APPLICATIONS, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, REPLICA_SETS } from './lib/resource-types.ts';
import { AUTOMATED, at, CASCADE, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

const OPTIONS = 'argocd.argoproj.io/sync-options';
const APPROVED = 'argocd.argoproj.io/deletion-approved';

let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
});
afterAll(() => sekisho?.close());

const get = (name: string, namespace: string) => sekisho.kube.getIfExists(CONFIG_MAPS, name, namespace);
const value = async (name: string, namespace: string) => at(await get(name, namespace), 'data.value');
const approve = (name: string) =>
  sekisho.patchApplication(name, { metadata: { annotations: { [APPROVED]: new Date().toISOString() } } });

describe('CreateNamespace', () => {
  test('without it the missing namespace is named', async () => {
    await apps.create('no-namespace', { 'a.yaml': configMap('a', '1') }, { syncPolicy: { automated: {} } });
    await sekisho.untilRefused('no-namespace', 'namespaces "no-namespace" not found');
  });

  test('managedNamespaceMetadata is put on the namespace, and kept up', async () => {
    const policy = (team: string) => ({
      ...AUTOMATED,
      managedNamespaceMetadata: { labels: { team }, annotations: { 'example.com/owner': 'ops' } },
    });
    await apps.create('managed', { 'a.yaml': configMap('a', '1') }, { syncPolicy: policy('red') });
    await sekisho.untilGood('managed');
    const namespace = await sekisho.kube.get(NAMESPACES, 'managed');
    expect(namespace.metadata.labels).toMatchObject({ team: 'red' });
    expect(namespace.metadata.annotations).toMatchObject({ 'example.com/owner': 'ops' });
    await sekisho.patchApplication('managed', { spec: { syncPolicy: policy('blue') } });
    await apps.push('managed', { 'a.yaml': configMap('a', '2') });
    await untilObject(sekisho.kube, NAMESPACES, ['managed'], (object) => object.metadata.labels?.['team'] === 'blue');
  });
});

describe('pruning', () => {
  test('Prune=false on an object keeps it, and the application stays OutOfSync', async () => {
    await apps.create('prune-false', {
      'a.yaml': configMap('a', '1'),
      'b.yaml': configMap('b', '1', { [OPTIONS]: 'Prune=false' }),
    });
    await sekisho.untilGood('prune-false');
    const commit = await apps.push('prune-false', { 'b.yaml': null });
    const { status } = await sekisho.until(
      'prune-false',
      (app) => app.status?.operationState?.syncResult?.revision === commit && app.operation === undefined,
    );
    expect(status?.operationState?.phase).toBe('Succeeded');
    expect(status?.sync.status).toBe('OutOfSync');
    expect(await value('b', 'prune-false')).toBe('1');
  });

  test('Prune=confirm waits until the Application is annotated', async () => {
    await apps.create('confirm', {
      'a.yaml': configMap('a', '1'),
      'b.yaml': configMap('b', '1', { [OPTIONS]: 'Prune=confirm' }),
    });
    await sekisho.untilGood('confirm');
    await apps.push('confirm', { 'b.yaml': null });
    await sekisho.until(
      'confirm',
      ({ status }) => status?.operationState?.message.includes('confirmation of ConfigMap b') === true,
    );
    expect(await value('b', 'confirm')).toBe('1');
    await approve('confirm');
    await sekisho.untilGood('confirm');
    expect(await get('b', 'confirm')).toBeUndefined();
  });

  test('PruneLast prunes after everything is applied', async () => {
    const policy = { syncPolicy: withOptions('PruneLast=true') };
    await apps.create('prune-last', { 'a.yaml': configMap('a', '1'), 'b.yaml': configMap('b', '1') }, policy);
    await sekisho.untilGood('prune-last');
    await apps.push('prune-last', { 'b.yaml': null, 'c.yaml': deployment('c') });
    const { status } = await sekisho.until(
      'prune-last',
      (app) => app.status?.operationState?.syncResult?.resources?.some(({ status }) => status === 'Pruned') === true,
    );
    const results = status?.operationState?.syncResult?.resources ?? [];
    expect(results.map(({ kind, name, status }) => [kind, name, status]).at(-1)).toEqual(['ConfigMap', 'b', 'Pruned']);
    await sekisho.untilGood('prune-last');
  });

  test.each([
    ['foreground', 0],
    ['background', 0],
    ['orphan', 1],
  ])('PrunePropagationPolicy=%s leaves %d ReplicaSets of a Deployment', async (policy, left) => {
    const name = `propagate-${policy}`;
    const options = withOptions(`PrunePropagationPolicy=${policy}`);
    const files = { 'a.yaml': configMap('a', '1'), 'web.yaml': deployment('web') };
    await apps.create(name, files, { syncPolicy: options });
    await sekisho.untilGood(name);
    await apps.push(name, { 'web.yaml': null });
    await untilObject(sekisho.kube, DEPLOYMENTS, ['web', name], undefined);
    const count = async () => (await sekisho.kube.list(REPLICA_SETS, { namespace: name })).items.length;
    if (policy === 'foreground') expect(await count()).toBe(0);
    await eventually(async () => ((await count()) === left ? true : undefined));
    await sekisho.untilGood(name);
  });

  test('Delete=false keeps an object when the Application goes; Delete=confirm waits', async () => {
    const files = {
      'a.yaml': configMap('a', '1'),
      'kept.yaml': configMap('kept', '1', { [OPTIONS]: 'Delete=false' }),
      'asked.yaml': configMap('asked', '1', { [OPTIONS]: 'Delete=confirm' }),
    };
    await apps.create('delete-options', files, { finalizers: [CASCADE] });
    await sekisho.untilGood('delete-options');
    await sekisho.kube.delete(APPLICATIONS, 'delete-options', 'argocd');
    await sekisho.untilRefused('delete-options', 'asked', APPROVED);
    expect(await value('a', 'delete-options')).toBe('1');
    await approve('delete-options');
    await untilObject(sekisho.kube, APPLICATIONS, ['delete-options', 'argocd'], undefined);
    expect(await get('asked', 'delete-options')).toBeUndefined();
    expect(await value('kept', 'delete-options')).toBe('1');
  });
});

describe('applying', () => {
  test('ApplyOutOfSyncOnly touches only what differs', async () => {
    const policy = { syncPolicy: withOptions('ApplyOutOfSyncOnly=true') };
    await apps.create('only-changed', { 'a.yaml': configMap('a', '1'), 'b.yaml': configMap('b', '1') }, policy);
    await sekisho.untilGood('only-changed');
    const commit = await apps.push('only-changed', { 'b.yaml': configMap('b', '2') });
    const { status } = await sekisho.untilGood('only-changed', commit);
    expect(status?.operationState?.syncResult?.resources?.map(({ name }) => name)).toEqual(['b']);
  });

  test('Replace takes away what others added; an apply keeps it', async () => {
    for (const [name, policy] of [
      ['applied', AUTOMATED],
      ['replaced', withOptions('Replace=true')],
    ] as const) {
      await apps.create(name, { 'a.yaml': configMap('a', '1') }, { syncPolicy: policy });
      await sekisho.untilGood(name);
      await sekisho.kube.patch(CONFIG_MAPS, 'a', name, { kind: 'merge', body: { data: { more: 'by hand' } } });
      const commit = await apps.push(name, { 'a.yaml': configMap('a', '2') });
      await sekisho.untilGood(name, commit);
    }
    expect(at(await get('a', 'applied'), 'data')).toEqual({ value: '2', more: 'by hand' });
    expect(at(await get('a', 'replaced'), 'data')).toEqual({ value: '2' });
  });

  test.each(['Force=true', 'Force=true,Replace=true'])('%s makes anew what can not be changed', async (options) => {
    const name = options.includes('Replace') ? 'force-replace' : 'force';
    const annotations = { [OPTIONS]: options };
    await apps.create(name, { 'web.yaml': deployment('web', { annotations }) });
    await sekisho.untilGood(name);
    const { metadata } = await sekisho.kube.get(DEPLOYMENTS, 'web', name);
    const commit = await apps.push(name, { 'web.yaml': deployment('web', { annotations, label: 'other' }) });
    await sekisho.untilGood(name, commit);
    const now = await sekisho.kube.get(DEPLOYMENTS, 'web', name);
    expect(now.metadata.uid).not.toBe(metadata.uid);
    expect(at(now, 'spec.selector.matchLabels')).toEqual({ app: 'other' });
  });

  test('ServerSideApply takes the fields of git from other managers and leaves theirs alone', async () => {
    const policy = { syncPolicy: withOptions('ServerSideApply=true') };
    await apps.create('server-side', { 'a.yaml': configMap('a', '1') }, policy);
    await sekisho.untilGood('server-side');
    const theirs = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'server-side' },
      data: { value: 'theirs', more: 'theirs' },
    };
    const options = { fieldManager: 'somebody' };
    await expect(sekisho.kube.apply(CONFIG_MAPS, theirs, options)).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    await sekisho.kube.apply(CONFIG_MAPS, theirs, { ...options, force: true });
    const healed = await untilObject(
      sekisho.kube,
      CONFIG_MAPS,
      ['a', 'server-side'],
      (object) => at(object, 'data.value') === '1',
    );
    expect(at(healed, 'data.more')).toBe('theirs');
    const owners = healed?.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
    expect(owners?.sort()).toEqual(['sekisho Apply', 'somebody Apply']);
    expect(healed?.metadata.annotations).not.toHaveProperty('kubectl.kubernetes.io/last-applied-configuration');
    await sekisho.untilGood('server-side');
  });

  test('FailOnSharedResource refuses an object that belongs to another application', async () => {
    await apps.create('owner', { 'a.yaml': configMap('shared', 'of owner') });
    await sekisho.untilGood('owner');
    const syncPolicy = withOptions('FailOnSharedResource=true');
    await apps.create('guest', { 'a.yaml': configMap('shared', 'of guest') }, { namespace: 'owner', syncPolicy });
    await sekisho.untilRefused('guest', 'ConfigMap owner/shared', 'application owner', 'guest/a.yaml:1');
    expect(await value('shared', 'owner')).toBe('of owner');
  });

  test('SkipDryRunOnMissingResource applies the rest while a kind is not there yet', async () => {
    const retry = { limit: -1, backoff: { duration: '200ms', factor: 1 } };
    const files = {
      'a.yaml': configMap('a', '1'),
      'robot.yaml': `apiVersion: toys.example.com/v1\nkind: Robot\nmetadata: {name: r2}\n`,
    };
    await apps.create('strict', files);
    await sekisho.untilRefused('strict', 'strict/robot.yaml:1', 'Robot');
    expect(await get('a', 'strict')).toBeUndefined();
    await sekisho.kube.delete(APPLICATIONS, 'strict', 'argocd');

    const syncPolicy = { ...withOptions('SkipDryRunOnMissingResource=true'), retry };
    await apps.create('patient', files, { syncPolicy });
    await sekisho.untilRefused('patient', 'Robot');
    await untilObject(sekisho.kube, CONFIG_MAPS, ['a', 'patient'], () => true);
    const names = { kind: 'Robot', plural: 'robots', singular: 'robot', listKind: 'RobotList' };
    const schema = { openAPIV3Schema: { type: 'object' } };
    await sekisho.kube.create(
      {
        group: 'apiextensions.k8s.io',
        version: 'v1',
        resource: 'customresourcedefinitions',
        kind: 'CustomResourceDefinition',
        namespaced: false,
      },
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'robots.toys.example.com' },
        spec: {
          group: 'toys.example.com',
          scope: 'Namespaced',
          names,
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      },
    );
    await sekisho.untilGood('patient');
  });

  test('Validate=false takes an object with unknown fields', async () => {
    const file = deployment('web', { container: 'imagePullPolize: Always' });
    await apps.create('not-valid', { 'web.yaml': file }, { syncPolicy: withOptions('Validate=false') });
    await untilObject(sekisho.kube, DEPLOYMENTS, ['web', 'not-valid'], () => true);
    const { status } = await sekisho.until('not-valid', (app) => app.status?.operationState?.phase === 'Succeeded');
    expect(status?.conditions).toEqual([]);
  });
});

describe('automated', () => {
  test('enabled: false does nothing until it is switched on', async () => {
    const policy = (enabled: boolean) => ({ ...AUTOMATED, automated: { enabled, prune: true } });
    await apps.create('switched', { 'a.yaml': configMap('a', '1') }, { syncPolicy: policy(false) });
    await sekisho.until('switched', ({ status }) => status?.sync.status === 'OutOfSync');
    expect(await get('a', 'switched')).toBeUndefined();
    await sekisho.patchApplication('switched', { spec: { syncPolicy: policy(true) } });
    await sekisho.untilGood('switched');
  });

  test('nothing automated: manual only', async () => {
    await apps.create('manual', { 'a.yaml': configMap('a', '1') }, { syncPolicy: MANUAL });
    const { status } = await sekisho.until('manual', (app) => app.status?.sync.status === 'OutOfSync');
    expect(status?.health.status).toBe('Missing');
    expect(status?.operationState).toBeUndefined();
  });

  test('a folder that became empty does not wipe out the application, unless allowEmpty says so', async () => {
    await apps.create('emptied', { 'a.yaml': configMap('a', '1'), 'README.md': 'kept\n' });
    await sekisho.untilGood('emptied');
    await apps.push('emptied', { 'a.yaml': null });
    await sekisho.untilRefused('emptied', 'wipe out');
    expect(await value('a', 'emptied')).toBe('1');
    const automated = { prune: true, selfHeal: true, allowEmpty: true };
    await sekisho.patchApplication('emptied', { spec: { syncPolicy: { automated } } });
    await untilObject(sekisho.kube, CONFIG_MAPS, ['a', 'emptied'], undefined);
  });
});
