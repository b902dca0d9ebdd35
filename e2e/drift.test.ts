import type { ResourceType } from '@sekisho/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS } from './lib/resource-types.ts';
import { at, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

interface DriftItem {
  readonly object: { readonly kind: string; readonly name: string };
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly manager?: string;
  readonly operation?: string;
  readonly since: string;
  readonly count: number;
  readonly policy: string;
  readonly healedAt?: string;
}

let sekisho: Sekisho;
let repo: PushedRepository;

const configMap = (name: string, value: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data:\n  value: ${value}\n  other: same\n`;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: 'nginx:1'}
`;
const AUTOMATED = { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] };
const HEALING = { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] };

beforeAll(async () => {
  sekisho = await startSekisho();
  repo = await sekisho.repository('config', { 'README.md': 'x' });
});
afterAll(() => sekisho?.close());

/** Somebody changes an object, under a name of their own. */
async function change(type: ResourceType, name: string, namespace: string, body: unknown, manager = 'kubectl-edit') {
  await sekisho.kube.patch(type, name, namespace, { kind: 'merge', body }, { fieldManager: manager });
}

async function create(name: string, files: Record<string, string>, wish: object = {}): Promise<void> {
  await repo.push(Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text])));
  await sekisho.createApplication(name, { repoURL: repo.url, path: name, syncPolicy: AUTOMATED, ...wish });
  await sekisho.untilGood(name);
}

async function drift(name: string, all = false): Promise<readonly DriftItem[]> {
  const response = await fetch(
    new URL(`/api/v1/applications/argocd/${name}/drift${all ? '' : '?healed=0'}`, sekisho.server.url),
    { headers: { authorization: `Bearer ${sekisho.server.token}` } },
  );
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: DriftItem[] }).items;
}

describe('drift', () => {
  test('is told with field, values, manager and how often, and by the status, the command line and an Event', async () => {
    await create('told', { 'web.yaml': deployment, 'config.yaml': configMap('settings', 'git') });
    await sekisho.kube.patch(
      DEPLOYMENTS,
      'web',
      'told',
      {
        kind: 'strategic',
        body: { spec: { template: { spec: { containers: [{ name: 'web', image: 'nginx:evil' }] } } } },
      },
      { fieldManager: 'kubectl-edit' },
    );
    const items = await eventually(
      async () => {
        const found = await drift('told');
        return found.length > 0 ? found : undefined;
      },
      () => 'no drift is told',
    );
    expect(items).toMatchObject([
      {
        object: { kind: 'Deployment', name: 'web' },
        path: 'spec.template.spec.containers[name=web].image',
        from: 'nginx:1',
        to: 'nginx:evil',
        manager: 'kubectl-edit',
        operation: 'Update',
        count: 1,
        policy: 'report',
      },
    ]);
    await sekisho.until('told', ({ status }) =>
      (status?.conditions ?? []).some(
        ({ type, message }) => type === 'DriftWarning' && message.includes('by kubectl-edit'),
      ),
    );
    const { stdout, code } = await sekisho.cli('app drift told');
    expect(code).toBe(1);
    expect(stdout).toMatch(/Deployment\/web +spec\.template\S+image +nginx:1 +nginx:evil +kubectl-edit/);

    await sekisho.kube.patch(CONFIG_MAPS, 'settings', 'told', { kind: 'merge', body: { data: { other: null } } });
    const removed = await eventually(
      async () => (await drift('told')).find(({ path }) => path === 'data.other'),
      () => 'the removed field is not told',
    );
    expect(removed).toMatchObject({ from: 'same' });
    expect(removed).not.toHaveProperty('manager');

    expect((await sekisho.cli('app sync told')).code).toBe(0);
    await sekisho.untilGood('told');
    await eventually(
      async () => ((await drift('told')).length === 0 ? true : undefined),
      () => 'drift is told although all is well',
    );
    expect((await sekisho.cli('app drift told')).code).toBe(0);
  });

  test('heals what it shall, and leaves alone what is only reported, in one object', async () => {
    const annotations = {
      'sekisho.dev/drift-policy': '{"fields": [{"kind": "ConfigMap", "path": "data.other", "policy": "alert"}]}',
    };
    await create('healed', { 'config.yaml': configMap('settings', 'git') }, { syncPolicy: HEALING, annotations });
    await change(CONFIG_MAPS, 'settings', 'healed', { data: { value: 'mine', other: 'mine' } });
    await untilObject(
      sekisho.kube,
      CONFIG_MAPS,
      ['settings', 'healed'],
      (object) => at(object, 'data.value') === 'git',
    );
    const left = await eventually(
      async () => {
        const found = await drift('healed', true);
        return found.some(({ healedAt }) => healedAt !== undefined) ? found : undefined;
      },
      () => 'nothing is told to be healed',
    );
    expect(left).toMatchObject([
      { path: 'data.other', to: 'mine', policy: 'alert', manager: 'kubectl-edit' },
      { path: 'data.value', policy: 'heal', healedAt: expect.any(String) },
    ]);
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'settings', 'healed'), 'data.other')).toBe('mine');
    const { stdout } = await sekisho.cli('app drift healed --all');
    expect(stdout).toMatch(/data\.value .* heal +20\d\d-/);
    const metrics = await fetch(new URL('/metrics', sekisho.server.url), {
      headers: { authorization: `Bearer ${sekisho.server.token}` },
    });
    const text = await metrics.text();
    expect(text).toMatch(/sekisho_drift_detected_total\{policy="alert"\} [1-9]/);
    expect(text).toMatch(/sekisho_drift_objects\{namespace="argocd",name="healed",project="default"\} 1/);
    await eventually(
      async () => {
        const { items } = await sekisho.kube.list(EVENTS, { namespace: 'argocd' });
        return items.find((e) => e['reason'] === 'DriftDetected' && at(e, 'involvedObject.name') === 'healed');
      },
      () => 'no Event tells of the drift',
    );

    // A commit that says nothing of it is no reason to undo it either.
    await repo.push({ 'elsewhere/notes.txt': 'nothing of this application' });
    await change(CONFIG_MAPS, 'settings', 'healed', { data: { value: 'again' } });
    await untilObject(
      sekisho.kube,
      CONFIG_MAPS,
      ['settings', 'healed'],
      (object) => at(object, 'data.value') === 'git',
    );
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'settings', 'healed'), 'data.other')).toBe('mine');
  });

  test('heals by annotation without automated sync, and does not roll out what is new in git', async () => {
    const annotations = { 'sekisho.dev/drift-policy': 'heal' };
    const syncPolicy = { syncOptions: ['CreateNamespace=true'] };
    const files = { 'a.yaml': configMap('a', 'git'), 'b.yaml': configMap('b', 'git') };
    await repo.push(Object.fromEntries(Object.entries(files).map(([file, text]) => [`manual/${file}`, text])));
    await sekisho.createApplication('manual', { repoURL: repo.url, path: 'manual', syncPolicy, annotations });
    expect((await sekisho.cli('app sync manual')).code).toBe(0);
    await repo.push({ 'manual/b.yaml': configMap('b', 'newer') });
    await sekisho.until('manual', ({ status }) => status?.sync.status === 'OutOfSync');
    await change(CONFIG_MAPS, 'a', 'manual', { data: { value: 'mine' } });
    await untilObject(sekisho.kube, CONFIG_MAPS, ['a', 'manual'], (object) => at(object, 'data.value') === 'git');
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'b', 'manual'), 'data.value')).toBe('git');
    await sekisho.patchApplication('manual', { spec: { syncPolicy: { automated: {} } } });
    await untilObject(sekisho.kube, CONFIG_MAPS, ['b', 'manual'], (object) => at(object, 'data.value') === 'newer');
  });
});

describe('ignoreDifferences', () => {
  const ignoring = (name: string, ignoreDifferences: unknown, options: readonly string[] = []) =>
    sekisho.patchApplication(name, {
      spec: {
        ignoreDifferences,
        syncPolicy: { syncOptions: ['CreateNamespace=true', ...options] },
      },
    });

  test('by pointer, jq and manager: nobody heals the field, and a sync leaves it with RespectIgnoreDifferences', async () => {
    const files = { 'config.yaml': configMap('settings', 'git'), 'web.yaml': deployment };
    await create('ignored', files, { syncPolicy: HEALING });
    await ignoring(
      'ignored',
      [
        { group: 'apps', kind: 'Deployment', managedFieldsManagers: ['autoscaler'] },
        { kind: 'ConfigMap', name: 'set*', jqPathExpressions: ['.data | select(.other) | .value'] },
        { kind: 'ConfigMap', jsonPointers: ['/data/other'] },
      ],
      ['RespectIgnoreDifferences=true'],
    );
    await change(CONFIG_MAPS, 'settings', 'ignored', { data: { value: 'mine', other: 'mine' } });
    await change(DEPLOYMENTS, 'web', 'ignored', { spec: { replicas: 3 } }, 'autoscaler');
    await sekisho.until('ignored', ({ status }) => status?.sync.status === 'Synced');
    const head = await repo.push({ 'ignored/config.yaml': configMap('settings', 'newer', '  labels: {a: b}\n') });
    await sekisho.untilGood('ignored', head);
    const settings = await sekisho.kube.get(CONFIG_MAPS, 'settings', 'ignored');
    expect(settings.metadata.labels).toEqual({ a: 'b' });
    expect(settings['data']).toEqual({ value: 'mine', other: 'mine' });
    expect(at(await sekisho.kube.get(DEPLOYMENTS, 'web', 'ignored'), 'spec.replicas')).toBe(3);
    expect(await drift('ignored')).toEqual([]);
  });

  test('for all applications, by argocd-cm', async () => {
    await create('everywhere', { 'config.yaml': configMap('settings', 'git') }, { syncPolicy: AUTOMATED });
    await change(CONFIG_MAPS, 'settings', 'everywhere', { data: { value: 'mine' } });
    await sekisho.until('everywhere', ({ status }) => status?.sync.status === 'OutOfSync');
    await sekisho.kube.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: { 'resource.customizations.ignoreDifferences.ConfigMap': 'jsonPointers: [/data/value]' },
    });
    await sekisho.until('everywhere', ({ status }) => status?.sync.status === 'Synced');
    await sekisho.kube.delete(CONFIG_MAPS, 'argocd-cm', 'argocd');
    await sekisho.until('everywhere', ({ status }) => status?.sync.status === 'OutOfSync');
  });

  test('with a jq that never ends, or is none: a clear message, nothing is overwritten, others go on', async () => {
    await create('endless', { 'config.yaml': configMap('settings', 'git') }, { syncPolicy: HEALING });
    for (const [expression, says] of [
      ['def f: f; f', 'did not end'],
      ['.data[', 'syntax error'],
    ] as const) {
      await ignoring('endless', [{ kind: 'ConfigMap', jqPathExpressions: [expression] }]);
      const { status } = await sekisho.untilRefused('endless', 'jq', says);
      expect(status?.sync.status).toBe('Unknown');
    }
    await change(CONFIG_MAPS, 'settings', 'endless', { data: { value: 'mine' } });
    await create('meanwhile', { 'config.yaml': configMap('settings', 'git') });
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'settings', 'endless'), 'data.value')).toBe('mine');
    await ignoring('endless', []);
    await untilObject(
      sekisho.kube,
      CONFIG_MAPS,
      ['settings', 'endless'],
      (object) => at(object, 'data.value') === 'git',
    );
  });
});

describe('a sync that would delete much', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}.yaml`, configMap(`c${i}`, 'x')]));
  const without = (name: string, from: number, to: number) =>
    Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`${name}/c${from + i}.yaml`, null]));

  test('waits, says what it would delete, and goes on when that is confirmed', async () => {
    await create('radius', many(12));
    await repo.push({ ...without('radius', 3, 12), 'radius/new.yaml': configMap('new', 'x') });
    const { status } = await sekisho.until('radius', ({ status }) =>
      (status?.operationState?.message ?? '').startsWith('Waiting for pruning confirmation'),
    );
    expect(status?.operationState).toMatchObject({ phase: 'Running' });
    expect(status?.operationState?.message).toContain('would delete 9 of 12 objects (75 %), above the limit 50%');
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'PruneLimitWarning',
        message: expect.stringContaining('sekisho app confirm radius'),
      }),
    );
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'new', 'radius')).toBeUndefined();
    expect((await sekisho.cli('app confirm radius')).code).toBe(2);
    expect((await sekisho.cli('app confirm radius --yes')).code).toBe(0);
    await sekisho.untilGood('radius');
    const { items } = await sekisho.kube.list(CONFIG_MAPS, { namespace: 'radius' });
    expect(items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt')).toEqual([
      'c0',
      'c1',
      'c2',
      'new',
    ]);
    const again = await sekisho.cli('app confirm radius --yes');
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('No deletion of radius waits');
  });

  test('gives up for a newer commit that puts things back, and follows the annotation while it waits', async () => {
    await create('limited', many(3), { annotations: { 'sekisho.dev/prune-limit': '0' } });
    await repo.push(without('limited', 2, 3));
    await sekisho.until('limited', ({ status }) => status?.operationState?.phase === 'Running');
    const head = await repo.push({ 'limited/c2.yaml': configMap('c2', 'x') });
    await sekisho.untilGood('limited', head);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'c2', 'limited')).toBeDefined();
    await repo.push(without('limited', 2, 3));
    await sekisho.until('limited', ({ status }) => status?.operationState?.phase === 'Running');
    await sekisho.patchApplication('limited', { metadata: { annotations: { 'sekisho.dev/prune-limit': 'off' } } });
    await sekisho.untilGood('limited');
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'c2', 'limited')).toBeUndefined();
  });
});
