import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { DriftCount, DriftRecord, Store } from '@sekisho/store';
import { type ApplicationComparison, compareApplication, withTracking } from '@sekisho/sync';
import { fakeClock } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { type Application, parseApplication } from '../applications/application.ts';
import { createAnnouncer, type DriftAnnouncement } from './announcer.ts';
import type { DriftItem } from './drift-item.ts';
import { createDriftTracker, type DriftChange } from './tracker.ts';

/** A store of drift alone, in memory. */
function memoryStore(open: readonly DriftRecord[] = []) {
  const rows = new Map<string, DriftRecord>();
  const id = (r: DriftRecord) => JSON.stringify([r.namespace, r.app, r.object, r.path]);
  for (const row of open) rows.set(id(row), row);
  const drift: Store['drift'] = {
    async save(records) {
      return records.map((record): DriftCount => {
        const times = (rows.get(id(record))?.times ?? 0) + record.times;
        rows.set(id(record), { ...record, times });
        return { namespace: record.namespace, app: record.app, object: record.object, path: record.path, times };
      });
    },
    open: async () => [...rows.values()].filter(({ healedAt }) => healedAt === undefined),
    healed: async ({ app }) => [...rows.values()].filter((row) => row.app === app && row.healedAt !== undefined),
    async forget({ app }) {
      for (const [key, row] of rows) if (row.app === app) rows.delete(key);
    },
    prune: async () => 0,
  };
  const store = { drift, releases: { list: async () => [] } } as unknown as Store;
  return { store, rows };
}

const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
});

function application(annotations: Record<string, string> = {}, automated?: Record<string, boolean>): Application {
  const parsed = parseApplication(
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'web', namespace: 'argocd', uid: 'u', annotations },
      spec: {
        project: 'default',
        source: { repoURL: 'embedded:config', path: '.' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
        ...(automated === undefined ? {} : { syncPolicy: { automated } }),
      },
      status: {},
    },
    'argocd',
  );
  if ('application' in parsed) return parsed.application;
  throw new Error(JSON.stringify(parsed.diagnostics));
}

const tracked = (object: KubeObject) => withTracking('web', object);
const by = (manager: string, ...fields: string[]) => ({
  managedFields: [
    {
      manager,
      operation: 'Update' as const,
      apiVersion: 'v1',
      fieldsType: 'FieldsV1' as const,
      time: '2025-12-31T00:00:00Z',
      fieldsV1: { 'f:data': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
    },
  ],
});
const changed = (object: KubeObject, data: Record<string, string>, manager = 'kubectl-edit'): KubeObject => {
  const live = tracked(object);
  return { ...live, data, metadata: { ...live.metadata, ...by(manager, ...Object.keys(data)) } };
};

function compare(desired: readonly KubeObject[], live: readonly KubeObject[]): ApplicationComparison {
  return compareApplication({
    app: { instanceName: 'web', name: 'web', namespace: 'argocd' },
    manifests: desired.map((object) => ({ object, origin: { file: 'a.yaml' } })),
    live,
    destinationNamespace: 'shop',
    isNamespaced: () => true,
  });
}

function setup(open?: readonly DriftRecord[]) {
  const { store, rows } = memoryStore(open);
  const clock = fakeClock();
  const tracker = createDriftTracker({ store, clock, logger: silentLogger });
  const changes: DriftChange[] = [];
  tracker.onChange((change) => changes.push(change));
  return { tracker, rows, clock, changes };
}

const key = 'argocd/web';
const settings = configMap('settings', { a: 'git', b: 'git' });

describe('the drift tracker', () => {
  test('tells field, values, manager and since, once, until it is over', async () => {
    const { tracker, changes } = setup();
    const app = application();
    tracker.applied(key, [tracked(settings)]);
    const comparison = compare([settings], [changed(settings, { a: 'mine', b: 'git' })]);
    const look = await tracker.look(app, comparison);
    expect(tracker.items(key)).toMatchObject([
      {
        application: { namespace: 'argocd', name: 'web', project: 'default' },
        object: { kind: 'ConfigMap', name: 'settings' },
        path: 'data.a',
        from: 'git',
        to: 'mine',
        manager: 'kubectl-edit',
        since: '2025-12-31T00:00:00.000Z',
        count: 1,
        policy: 'report',
      },
    ]);
    expect(look.conditions).toMatchObject([
      {
        type: 'DriftWarning',
        message: '1 field of 1 object drifted from git: ConfigMap shop/settings data.a by kubectl-edit',
      },
    ]);
    await tracker.look(app, comparison);
    expect(changes).toMatchObject([{ key, began: [{ path: 'data.a' }], ended: [] }]);

    const after = await tracker.look(app, compare([settings], [tracked(settings)]));
    expect(after.conditions).toEqual([]);
    expect(tracker.count(key)).toBe(0);
    expect(changes[1]).toMatchObject({ began: [], ended: [{ path: 'data.a', healedAt: '2026-01-01T00:00:00.000Z' }] });
    await tracker.close();
  });

  test('counts how often, also over a restart, and forgets with the application', async () => {
    const first = setup();
    const app = application();
    first.tracker.applied(key, [tracked(settings)]);
    const drifted = compare([settings], [changed(settings, { a: 'mine', b: 'git' })]);
    const good = compare([settings], [tracked(settings)]);
    for (const comparison of [drifted, good, drifted, good, drifted]) await first.tracker.look(app, comparison);
    await first.tracker.close();
    expect([...first.rows.values()]).toMatchObject([{ path: 'data.a', times: 3 }]);

    const second = setup([...first.rows.values()]);
    second.tracker.applied(key, [tracked(settings)]);
    await second.tracker.look(app, drifted);
    expect(second.tracker.items(key)).toMatchObject([{ count: 3 }]);
    expect(second.changes).toEqual([]);
    second.tracker.forget(key);
    await second.tracker.close();
    expect(second.rows.size).toBe(0);
  });

  test('waits for a store that opens with an application that was looked at before, and with no other', async () => {
    const { store } = memoryStore();
    let open = (_: DriftRecord[]) => {};
    const opened = new Promise<DriftRecord[]>((resolve) => {
      open = resolve;
    });
    const tracker = createDriftTracker({
      store: { ...store, drift: { ...store.drift, open: () => opened } },
      clock: fakeClock(),
      logger: silentLogger,
    });
    const missing = compare([settings], []);
    const known = application();
    const { status: _, ...object } = known.object;
    await tracker.look({ ...known, key: 'argocd/new', object: object as KubeObject }, missing);
    let looked = false;
    const look = tracker.look(known, missing).then(() => {
      looked = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(looked).toBe(false);
    open([]);
    await look;
    await tracker.close();
  });

  test('notes that something healed while nobody looked', async () => {
    const first = setup();
    first.tracker.applied(key, [tracked(settings)]);
    await first.tracker.look(application(), compare([settings], [changed(settings, { a: 'mine', b: 'git' })]));
    await first.tracker.close();
    for (const early of [true, false]) {
      const second = setup([...first.rows.values()]);
      if (!early) await second.clock.advance(0);
      await second.tracker.look(application(), compare([settings], [tracked(settings)]));
      await second.clock.advance(0);
      await second.tracker.close();
      expect([...second.rows.values()]).toMatchObject([{ path: 'data.a', times: 1, healedAt: expect.any(String) }]);
    }
  });

  test('does not take a change in git for the end of drift, and heals nothing that would roll it out', async () => {
    const { tracker, changes } = setup();
    const app = application({ 'sekisho.dev/drift-policy': 'heal' });
    const live = changed(settings, { a: 'mine', b: 'git' });
    tracker.applied(key, [tracked(settings)]);
    const first = compare([settings], [live]);
    expect((await tracker.look(app, first)).heals(first.resources[0] as never)).toBe(true);
    const newer = compare([configMap('settings', { a: 'git', b: 'newer' })], [live]);
    const look = await tracker.look(app, newer);
    expect(tracker.items(key).map(({ path }) => path)).toEqual(['data.a']);
    expect(look.heals(newer.resources[0] as never)).toBeUndefined();
    expect(changes).toHaveLength(1);
    await tracker.look(app, compare([configMap('settings', { a: 'mine', b: 'newer' })], [live]));
    expect(changes[1]).toMatchObject({ began: [], ended: [{ path: 'data.a' }] });
    await tracker.close();
  });

  test('is silent about what git has changed, and about what was never applied', async () => {
    const { tracker, changes } = setup();
    const next = configMap('settings', { a: 'newer', b: 'git' });
    await tracker.look(application(), compare([settings], []));
    await tracker.look(application(), compare([settings], [changed(settings, { a: 'mine', b: 'git' })]));
    tracker.applied(key, [tracked(settings)]);
    const look = await tracker.look(application(), compare([next], [tracked(settings)]));
    expect(look.conditions).toEqual([]);
    expect(changes).toEqual([]);
    await tracker.close();
  });

  test('knows by the last-applied annotation what was applied before the start', async () => {
    const { tracker } = setup();
    const desired = tracked(settings);
    const live = changed(settings, { a: 'mine', b: 'git' });
    const text = `${JSON.stringify({
      apiVersion: 'v1',
      data: { a: 'git', b: 'git' },
      kind: 'ConfigMap',
      metadata: { annotations: desired.metadata.annotations, name: 'settings', namespace: 'shop' },
    })}\n`;
    const annotations = { ...live.metadata.annotations, 'kubectl.kubernetes.io/last-applied-configuration': text };
    await tracker.look(application(), compare([settings], [{ ...live, metadata: { ...live.metadata, annotations } }]));
    expect(tracker.items(key)).toHaveLength(1);
    await tracker.close();
  });

  test('tells of an object that is gone', async () => {
    const { tracker } = setup();
    tracker.applied(key, [tracked(settings)]);
    const look = await tracker.look(application(), compare([settings], []));
    expect(tracker.items(key)).toMatchObject([{ path: '' }]);
    expect(look.conditions[0]?.message).toContain('ConfigMap shop/settings is gone');
    await tracker.close();
  });

  test.each<[title: string, app: Application, heals: boolean | undefined, policies: string[]]>([
    ['by default', application(), false, ['report', 'report']],
    ['with selfHeal', application({}, { selfHeal: true }), true, ['heal', 'heal']],
    ['with selfHeal that is off', application({}, { selfHeal: true, enabled: false }), false, ['report', 'report']],
    ['by annotation', application({ 'sekisho.dev/drift-policy': 'heal' }), true, ['heal', 'heal']],
    [
      'by annotation against selfHeal',
      application({ 'sekisho.dev/drift-policy': 'alert' }, { selfHeal: true }),
      false,
      ['alert', 'alert'],
    ],
    [
      'by field',
      application(
        { 'sekisho.dev/drift-policy': '{"fields":[{"path":"data.a","policy":"alert"}]}' },
        { selfHeal: true },
      ),
      true,
      ['alert', 'heal'],
    ],
  ])('decides %s', async (_title, app, heals, policies) => {
    const { tracker } = setup();
    tracker.applied(key, [tracked(settings)]);
    const live = changed(settings, { a: 'mine', b: 'mine' });
    const comparison = compare([settings], [live]);
    const look = await tracker.look(app, comparison);
    expect(tracker.items(key).map(({ policy }) => policy)).toEqual(policies);
    const [resource] = comparison.resources;
    expect(resource && look.heals(resource)).toBe(heals);
    const kept = look.keepLive(settings, tracked(settings), live);
    const paths = ['a', 'b'].filter((_, i) => policies[i] !== 'heal').map((field) => ['data', field]);
    expect(kept?.live ?? []).toEqual(paths);
    expect(kept?.desired ?? []).toEqual(paths);
    await tracker.close();
  });

  test('says what is wrong with a policy', async () => {
    const { tracker } = setup();
    const look = await tracker.look(application({ 'sekisho.dev/drift-policy': 'undo' }), compare([], []));
    expect(look.conditions).toMatchObject([{ type: 'DriftWarning', message: expect.stringContaining('"undo"') }]);
    await tracker.close();
  });

  test('goes on when the store is away', async () => {
    const away = new Error('away');
    const drift = {
      save: async () => Promise.reject(away),
      open: async () => Promise.reject(away),
      prune: async () => 0,
    };
    const releases = { list: async () => Promise.reject(away) };
    const store = { drift, releases } as unknown as Store;
    const tracker = createDriftTracker({ store, clock: fakeClock(), logger: silentLogger });
    tracker.applied(key, [tracked(settings)]);
    await tracker.look(application(), compare([settings], [changed(settings, { a: 'mine', b: 'git' })]));
    expect(tracker.items(key)).toHaveLength(1);
    await tracker.close();
  });

  test('takes 10,000 objects that drift at once without holding up the event loop', async () => {
    const { tracker, changes } = setup();
    const objects = Array.from({ length: 10_000 }, (_, i) => configMap(`c${i}`, { a: 'git' }));
    tracker.applied(key, objects.map(tracked));
    const comparison = compare(
      objects,
      objects.map((object) => changed(object, { a: 'mine' })),
    );
    let turns = 0;
    const pulse = setInterval(() => turns++, 1);
    const look = await tracker.look(application(), comparison);
    clearInterval(pulse);
    expect(turns).toBeGreaterThan(1);
    expect(tracker.count(key)).toBe(10_000);
    expect(tracker.items(key)).toHaveLength(1_000);
    expect(changes).toHaveLength(1);
    expect(look.conditions).toHaveLength(1);
    expect(look.conditions[0]?.message).toMatch(/^10000 fields of 10000 objects drifted .* and 9997 more$/);
    await tracker.look(application(), compare(objects, objects.map(tracked)));
    expect(tracker.count(key)).toBe(0);
    await tracker.close();
  });
});

describe('announcements', () => {
  const item = (name: string, path: string): DriftItem => ({
    application: { namespace: 'argocd', name, project: 'default' },
    object: { group: '', kind: 'ConfigMap', namespace: 'shop', name: path },
    path,
    since: '2026-01-01T00:00:00Z',
    count: 1,
    policy: 'report',
  });
  const app: KubeObject = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'web' } };

  test('say once what many fields of an application do, and wait before the next', async () => {
    const told: DriftAnnouncement[] = [];
    const clock = fakeClock();
    const announcer = createAnnouncer({ announce: (a) => told.push(a), clock, gatherMs: 1, quietMs: 1_000 });
    for (let i = 0; i < 5_000; i++) announcer.add('argocd/web', app, [item('web', `data.${i}`)]);
    announcer.add('argocd/api', app, [item('api', 'data.x')]);
    await expect.poll(() => told.length).toBe(2);
    expect(told[0]).toMatchObject({ key: 'argocd/web', fields: 5_000, objects: 5_000 });
    expect(told[0]?.items).toHaveLength(20);
    announcer.add('argocd/web', app, [item('web', 'data.y')]);
    announcer.add('argocd/web', app, []);
    expect(told).toHaveLength(2);
    announcer.forget('argocd/web');
    announcer.close();
    announcer.add('argocd/web', app, [item('web', 'data.z')]);
  });
});
