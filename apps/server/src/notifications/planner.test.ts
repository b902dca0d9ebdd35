import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnostic, SekishoError, silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { readNotificationConfig } from '@sekisho/notification';
import { type NotificationOutbox, openStore, type Store, type StoredNotification } from '@sekisho/store';
import { type FakeClock, fakeClock } from '@sekisho/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPlanner, type Planner } from './planner.ts';
import type { NotificationSettings } from './settings.ts';

let dir: string;
let store: Store;
let clock: FakeClock;
let inserted: StoredNotification[];
let faults: string[];
let looks: number;
const planners: Planner[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-planner-'));
  store = await openStore({ dataDir: dir, logger: silentLogger });
  await store.ping();
});
afterAll(async () => {
  await store?.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  clock = fakeClock();
  inserted = [];
  faults = [];
  looks = 0;
});
afterEach(async () => {
  for (const planner of planners.splice(0)) await planner.close();
});

const TO_OPS = { 'notifications.argoproj.io/subscribe.on-drift.slack': 'ops' };

function settingsOf(data: Record<string, string> = {}, more: Partial<NotificationSettings> = {}): NotificationSettings {
  const services = { 'service.slack': 'token: $token', 'service.webhook.hook': 'url: http://127.0.0.1:1/' };
  return {
    config: readNotificationConfig({ data: { ...services, ...data }, secrets: { token: 'xoxb' } }),
    asksForCommits: false,
    asksForTime: false,
    project: () => undefined,
    onChange: () => {},
    close: async () => {},
    ...more,
  };
}

function start(settings = settingsOf(), more: Partial<Parameters<typeof createPlanner>[0]> = {}) {
  const outbox: Pick<NotificationOutbox, 'record' | 'remembered'> = more.outbox ?? store.notifications;
  const planner = createPlanner({
    settings,
    driftOf: () => [],
    commitOf: async () => Promise.reject(new Error('nobody knows')),
    context: () => ({ argocdUrl: 'http://sekisho.example' }),
    onInserted: (messages) => inserted.push(...messages),
    onFaults: (_application, found: readonly Diagnostic[]) => faults.push(...found.map(({ message }) => message)),
    clock,
    logger: silentLogger,
    ...more,
    outbox: {
      remembered: () => outbox.remembered(),
      record: (wanted, at) => {
        looks += wanted.length;
        return outbox.record(wanted, at);
      },
    },
  });
  planners.push(planner);
  return planner;
}

let count = 0;
const names = () => `app-${++count}`;

type Status = {
  sync?: string;
  health?: string;
  drift?: string;
  phase?: string;
  finishedAt?: string;
  revision?: string;
};

function application(
  name: string,
  status: Status = {},
  annotations: Record<string, string> = TO_OPS,
  uid = name,
): KubeObject {
  const { sync = 'Synced', health = 'Healthy', drift, phase, finishedAt, revision = 'abc' } = status;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', uid, annotations },
    spec: { project: 'shop', source: { repoURL: 'https://git.example/config.git' } },
    status: {
      sync: { status: sync, revision },
      health: { status: health },
      ...(phase === undefined
        ? {}
        : {
            operationState: {
              phase,
              message: phase,
              syncResult: { revision },
              ...(finishedAt === undefined ? {} : { finishedAt }),
            },
          }),
      conditions: drift === undefined ? [] : [{ type: 'DriftWarning', message: drift }],
    },
  };
}

function show(planner: Planner, object: KubeObject): void {
  planner.observe({ key: `${object.metadata.namespace}/${object.metadata.name}`, object });
}

/** Time goes by, and what was to be looked at has been. */
async function passing(ms = 1_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await clock.advance(1_000);
    for (const planner of planners) await planner.settled();
  }
}

const said = () => inserted.splice(0).map(({ app, trigger, recipient }) => `${app} ${trigger} ${recipient}`);

describe('what is due', () => {
  test('is put into the outbox once, however often the application changes', async () => {
    const app = names();
    const planner = start();
    show(planner, application(app));
    await passing();
    expect(looks, 'nothing to say, nothing to remember').toBe(0);
    for (let change = 0; change < 50; change++) show(planner, application(app, { drift: `${change} fields` }));
    await passing();
    expect(said()).toEqual([`${app} on-drift ops`]);
    expect(looks).toBe(1);
    show(planner, application(app, { drift: 'other fields' }));
    await passing();
    expect([said(), looks]).toEqual([[], 1]);
    show(planner, application(app));
    await passing();
    expect(said()).toEqual([`${app} on-recovered ops`]);
  });

  test('is not told again after a restart, and what came true meanwhile is', async () => {
    const [drifted, later] = [names(), names()];
    const first = start();
    show(first, application(drifted, { drift: 'x' }));
    show(first, application(later));
    await passing();
    expect(said()).toEqual([`${drifted} on-drift ops`]);
    await planners.pop()?.close();

    const second = start();
    show(second, application(drifted, { drift: 'x' }));
    show(second, application(later, { drift: 'x' }));
    await passing();
    expect(said()).toEqual([`${later} on-drift ops`]);
  });

  test('a problem that lasted shorter than the time between two looks is told, with its end', async () => {
    const app = names();
    const planner = start();
    show(planner, application(app));
    await passing();
    show(planner, application(app, { drift: 'x' }));
    show(planner, application(app));
    await passing();
    expect(said()).toEqual([`${app} on-drift ops`, `${app} on-recovered ops`]);
  });

  test('the end of each sync is told, however quickly the next one follows', async () => {
    const app = names();
    const to = {
      'notifications.argoproj.io/subscribe.on-sync-failed.hook': '',
      'notifications.argoproj.io/subscribe.on-sync-succeeded.hook': '',
    };
    const planner = start();
    show(planner, application(app, { phase: 'Running' }, to));
    show(planner, application(app, { phase: 'Failed', finishedAt: '1' }, to));
    show(planner, application(app, { phase: 'Running', revision: 'def' }, to));
    show(planner, application(app, { phase: 'Succeeded', finishedAt: '2', revision: 'def' }, to));
    await passing();
    expect(said()).toEqual([`${app} on-sync-failed `, `${app} on-sync-succeeded `, `${app} on-recovered `]);
  });

  test('one that is deleted ends its incidents, and a new one of its name begins anew', async () => {
    const app = names();
    const planner = start();
    show(planner, application(app, { drift: 'x' }));
    await passing();
    planner.observe({ key: `argocd/${app}`, object: undefined, previous: application(app, { drift: 'x' }) });
    await passing();
    expect(said()).toEqual([`${app} on-drift ops`, `${app} on-deleted ops`]);
    show(planner, application(app, { drift: 'x' }, TO_OPS, 'another'));
    await passing();
    expect(said()).toEqual([`${app} on-drift ops`]);
  });

  test('one that was deleted while nobody looked is forgotten', async () => {
    const app = names();
    const planner = start();
    show(planner, application(app, { drift: 'x' }));
    await passing();
    await planners.pop()?.close();
    inserted = [];
    const next = start();
    show(next, application(names()));
    await passing(602_000);
    expect(inserted.filter((message) => message.app === app).map(({ trigger }) => trigger)).toEqual(['on-deleted']);
  });
});

describe('settings', () => {
  test('a project subscribes for its applications', async () => {
    const app = names();
    const project: KubeObject = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'shop', annotations: TO_OPS },
    };
    const planner = start(settingsOf({}, { project: (name) => (name === 'shop' ? project : undefined) }));
    show(planner, application(app, { drift: 'x' }, {}));
    await passing();
    expect(said()).toEqual([`${app} on-drift ops`]);
  });

  test('a trigger or service that is not there, and a condition or template that fails, harm no other', async () => {
    const app = names();
    const planner = start(
      settingsOf({
        'template.app-health-degraded': 'message: "{{index .app.none 3}}"',
        'trigger.on-broken': '- when: app.metadata.name.x.y > 3\n  send: [app-drift]',
      }),
    );
    const annotations = {
      ...TO_OPS,
      'notifications.argoproj.io/subscribe.on-nothing.slack': 'ops',
      'notifications.argoproj.io/subscribe.on-drift.pager': 'ops',
      'notifications.argoproj.io/subscribe.on-broken.slack': 'ops',
      'notifications.argoproj.io/subscribe.on-health-degraded.slack': 'dev',
    };
    show(planner, application(app, { drift: 'x', health: 'Degraded' }, annotations));
    await passing();
    expect(said().sort()).toEqual([`${app} on-drift ops`, `${app} on-health-degraded dev`]);
    expect(faults.join('\n')).toContain('the trigger on-nothing is not there');
    expect(faults.join('\n')).toContain('the service pager, which is not there');
    expect(faults.join('\n')).toContain('on-broken');
    expect(faults.join('\n')).toContain('the template app-health-degraded');
  });

  test('without services nobody is told; when there are some, all are looked at', async () => {
    const app = names();
    let current = settingsOf({ 'service.slack': '', 'service.webhook.hook': '' });
    current = { ...current, config: readNotificationConfig({ data: {}, secrets: {} }) };
    const changing = new Proxy(settingsOf(), { get: (_target, name) => Reflect.get(current, name) });
    const planner = start(changing);
    show(planner, application(app, { drift: 'x' }));
    await passing();
    expect([said(), faults]).toEqual([[], []]);
    current = settingsOf();
    planner.lookAgain();
    await passing();
    expect(said()).toEqual([`${app} on-drift ops`]);
  });

  test('conditions that ask for the time come true without a change', async () => {
    const app = names();
    const when =
      "app.status.operationState.phase in ['Running'] and time.Now().Sub(time.Parse('2026-01-01T00:00:00Z')).Minutes() >= 5";
    const data = { 'trigger.on-slow': `- when: ${when}\n  send: [app-sync-running]` };
    const planner = start(settingsOf(data, { asksForTime: true }));
    show(
      planner,
      application(app, { phase: 'Running' }, { 'notifications.argoproj.io/subscribe.on-slow.slack': 'ops' }),
    );
    await passing();
    expect(said()).toEqual([]);
    await passing(302_000);
    expect(said()).toEqual([`${app} on-slow ops`]);
  });

  test('templates are told who made the commit, and do without when nobody knows', async () => {
    const data = {
      'template.app-drift':
        'message: "{{.app.metadata.name}} by {{(call .repo.GetCommitMetadata .app.status.sync.revision).Author}}."',
    };
    const commitOf = async (_repo: string, revision: string) => {
      if (revision !== 'abc') throw new SekishoError('GIT_REVISION_UNKNOWN', 'no such commit');
      return { revision, author: 'Ada', message: 'More' };
    };
    const planner = start(settingsOf(data, { asksForCommits: true }), { commitOf });
    const [one, two] = [names(), names()];
    show(planner, application(one, { drift: 'x' }));
    show(planner, application(two, { drift: 'x', revision: 'zzz' }));
    await passing();
    expect(inserted.map(({ text }) => text)).toEqual([`${one} by Ada.`, `${two} by .`]);
  });
});

describe('the store', () => {
  test('away for a while: nothing is lost and nothing is told twice', async () => {
    const app = names();
    let away = true;
    const outbox: Pick<NotificationOutbox, 'record' | 'remembered'> = {
      remembered: async () => {
        if (away) throw new SekishoError('STORE_UNAVAILABLE', 'away', { retryable: true });
        return store.notifications.remembered();
      },
      record: store.notifications.record,
    };
    const planner = start(settingsOf(), { outbox });
    show(planner, application(app, { drift: 'x' }));
    await passing(10_000);
    expect(said()).toEqual([]);
    away = false;
    await passing(31_000);
    expect(said()).toEqual([`${app} on-drift ops`]);
  });

  test('changed by another process: what that one told is not told again', async () => {
    const app = names();
    const [a, b] = [start(), start()];
    show(a, application(app));
    show(b, application(app));
    await passing();
    show(a, application(app, { drift: 'x' }));
    await passing();
    show(b, application(app, { drift: 'x' }));
    await passing(5_000);
    expect(said()).toEqual([`${app} on-drift ops`]);
  });
});

test('2,500 applications that drift at once are looked at in one go, each once', async () => {
  const planner = start();
  const apps = Array.from({ length: 2_500 }, () => names());
  for (const app of apps) show(planner, application(app));
  await passing();
  expect(looks).toBe(0);
  for (const app of apps) show(planner, application(app, { drift: '1 field of 1 object drifted from git' }));
  await passing();
  expect(inserted).toHaveLength(2_500);
  expect(looks).toBe(2_500);
}, 120_000);
