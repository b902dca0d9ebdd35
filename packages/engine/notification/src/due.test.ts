import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DueInput, dueNotifications, exampleMessage, readNotificationConfig } from './index.ts';

const services = { 'service.slack': 'token: $slack-token', 'service.webhook.ops': 'url: http://127.0.0.1/' };
const secrets = { 'slack-token': 'xoxb-secret' };

function application(status: Record<string, unknown>, annotations: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd', labels: { team: 'shop' }, annotations },
    status: {
      sync: { status: 'Synced', revision: 'abc' },
      health: { status: 'Healthy' },
      operationState: { phase: 'Succeeded', syncResult: { revision: 'abc' } },
      ...status,
    },
  };
}

function due(
  data: Record<string, string>,
  app: KubeObject,
  more: { remembered?: readonly string[]; project?: KubeObject; now?: number } & Pick<
    DueInput,
    'incidents' | 'drift' | 'context'
  > = {},
) {
  const config = readNotificationConfig({ data: { ...services, ...data }, secrets });
  const { remembered = [], now = Date.parse('2026-01-01T00:10:00Z'), project, ...rest } = more;
  return dueNotifications({
    config,
    application: app,
    remembered: new Set(remembered),
    now,
    ...(project === undefined ? {} : { project }),
    ...rest,
  });
}

const degraded = { health: { status: 'Degraded', message: 'no pods' } };
const toOps = { 'notifications.argoproj.io/subscribe.on-health-degraded.slack': 'ops' };

it('sends when a condition comes true, once while it stays true, and again the next time', () => {
  expect(due({}, application({}, toOps)).notifications).toEqual([]);
  const first = due({}, application(degraded, toOps));
  expect(first.notifications).toMatchObject([
    {
      trigger: 'on-health-degraded',
      service: 'slack',
      recipient: 'ops',
      incident: 'open',
      message: {
        text: expect.stringContaining('web is Degraded: no pods'),
        fields: { email: { subject: 'web is degraded' } },
      },
    },
  ]);
  const still = due({}, application(degraded, toOps), { remembered: first.keys });
  expect(still).toMatchObject({ notifications: [], keys: first.keys });
  const well = due({}, application({}, toOps), { remembered: first.keys });
  expect(well.keys).toEqual([]);
  expect(due({}, application(degraded, toOps), { remembered: well.keys }).notifications).toHaveLength(1);
});

describe('subscriptions', () => {
  const names = (found: ReturnType<typeof due>) =>
    found.notifications.map((one) => `${one.trigger} ${one.service}:${one.recipient}`);

  it.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    [
      'several recipients',
      {},
      { 'notifications.argoproj.io/subscribe.on-health-degraded.slack': 'a;b' },
      ['on-health-degraded slack:a', 'on-health-degraded slack:b'],
    ],
    [
      'default triggers',
      { defaultTriggers: '[on-health-degraded]' },
      { 'notifications.argoproj.io/subscribe.slack': 'a' },
      ['on-health-degraded slack:a'],
    ],
    [
      'default triggers of a service',
      { defaultTriggers: '[on-deployed]', 'defaultTriggers.slack': '[on-health-degraded]' },
      { 'notifications.argoproj.io/subscribe.slack': 'a' },
      ['on-health-degraded slack:a'],
    ],
    [
      'a service without recipients',
      {},
      { 'notifications.argoproj.io/subscribe.on-health-degraded.ops': '' },
      ['on-health-degraded ops:'],
    ],
    [
      'for all',
      { subscriptions: '- recipients: [slack:x]\n  triggers: [on-health-degraded]' },
      {},
      ['on-health-degraded slack:x'],
    ],
    [
      'for some',
      {
        subscriptions:
          '- recipients: [slack:x]\n  triggers: [on-health-degraded]\n  selector: team=shop\n- recipients: [slack:y]\n  triggers: [on-health-degraded]\n  selector: team!=shop',
      },
      {},
      ['on-health-degraded slack:x'],
    ],
    [
      'one twice',
      { subscriptions: '- recipients: [slack:ops]\n  triggers: [on-health-degraded]' },
      toOps,
      ['on-health-degraded slack:ops'],
    ],
    [
      'a list',
      {},
      {
        'notifications.argoproj.io/subscriptions':
          '- trigger: [on-health-degraded]\n  destinations:\n  - service: slack\n    recipients: [a]\n  - service: ops',
      },
      ['on-health-degraded slack:a', 'on-health-degraded ops:'],
    ],
  ])('%s', (_name, data, annotations, wanted) => {
    const found = due(data, application(degraded, annotations));
    expect([names(found), found.diagnostics]).toEqual([wanted, []]);
  });

  it('of the project', () => {
    const project: KubeObject = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'shop', annotations: toOps },
    };
    expect(names(due({}, application(degraded), { project }))).toEqual(['on-health-degraded slack:ops']);
  });

  it('what is not there is told', () => {
    const found = due(
      {},
      application(degraded, {
        'notifications.argoproj.io/subscribe.on-none.slack': 'a',
        'notifications.argoproj.io/subscribe.on-x.pager': 'a',
      }),
    );
    expect(found.notifications).toEqual([]);
    expect(found.diagnostics.map(({ message }) => message).sort()).toEqual([
      'a subscription names the service pager, which is not there',
      'the trigger on-none is not there',
    ]);
  });
});

it('oncePer sends again when its value changes', () => {
  const to = { 'notifications.argoproj.io/subscribe.on-deployed.slack': 'ops' };
  const first = due({}, application({}, to));
  expect(first.notifications).toHaveLength(1);
  const other = { operationState: { phase: 'Succeeded', syncResult: { revision: 'def' } } };
  expect(due({}, application({}, to), { remembered: first.keys }).notifications).toHaveLength(0);
  expect(due({}, application(other, to), { remembered: first.keys }).notifications).toHaveLength(1);
});

it('oncePer is not told again when the condition was false in between, but when the value came back from another', () => {
  const to = { 'notifications.argoproj.io/subscribe.on-deployed.slack': 'ops' };
  const deployed = (revision: string) => ({ operationState: { phase: 'Succeeded', syncResult: { revision } } });
  const running = { operationState: { phase: 'Running' } };
  let remembered: readonly string[] = [];
  const told = [deployed('a'), running, deployed('a'), deployed('b'), running, deployed('a')].map((status) => {
    const found = due({}, application(status, to), { remembered });
    remembered = found.keys;
    return found.notifications.length;
  });
  expect(told).toEqual([1, 0, 0, 1, 0, 1]);
  expect(remembered).toHaveLength(1);
});

describe('an incident', () => {
  const ops = { service: 'slack', recipient: 'ops' };
  const flow = (to: Record<string, string>, statuses: readonly Record<string, unknown>[]) => {
    let remembered: readonly string[] = [];
    let incidents: readonly { service: string; recipient: string }[] = [];
    return statuses.map((status) => {
      const { notifications, keys } = due({}, application(status, to), { remembered, incidents });
      remembered = keys;
      for (const { incident } of notifications) incidents = incident === 'open' ? [ops] : [];
      return notifications.map(({ trigger }) => trigger);
    });
  };
  const drifted = { conditions: [{ type: 'DriftWarning', message: 'x' }], sync: { status: 'OutOfSync' } };
  const progressing = { health: { status: 'Progressing' } };

  it.each<[string, Record<string, string>, Record<string, unknown>[], string[][]]>([
    [
      'is over when its problem is, without a subscription to the end',
      { 'notifications.argoproj.io/subscribe.on-drift.slack': 'ops' },
      [drifted, drifted, {}, {}],
      [['on-drift'], [], ['on-recovered'], []],
    ],
    [
      'goes on while the application only seems better',
      toOps,
      [degraded, progressing, degraded, {}],
      [['on-health-degraded'], [], [], ['on-recovered']],
    ],
    [
      'is over also when something else is wrong that nobody asked for',
      toOps,
      [degraded, { sync: { status: 'OutOfSync' } }],
      [['on-health-degraded'], ['on-recovered']],
    ],
    [
      'of two problems is over with the second',
      { ...toOps, 'notifications.argoproj.io/subscribe.on-drift.slack': 'ops' },
      [drifted, { ...drifted, ...degraded }, degraded, {}],
      [['on-drift'], ['on-health-degraded'], [], ['on-recovered']],
    ],
    [
      'has one end, also with a subscription to it',
      { ...toOps, 'notifications.argoproj.io/subscribe.on-recovered.slack': 'ops' },
      [degraded, {}],
      [['on-health-degraded'], ['on-recovered']],
    ],
    [
      'of a sync that fails again and again is one',
      { 'notifications.argoproj.io/subscribe.on-sync-failed.slack': 'ops' },
      [
        { operationState: { phase: 'Failed', syncResult: { revision: 'a' } } },
        { operationState: { phase: 'Running' } },
        { operationState: { phase: 'Failed', syncResult: { revision: 'a' } } },
        { operationState: { phase: 'Succeeded', syncResult: { revision: 'b' } } },
      ],
      [['on-sync-failed'], [], [], ['on-recovered']],
    ],
  ])('%s', (_name, to, statuses, told) => {
    expect(flow(to, statuses)).toEqual(told);
  });

  it('of one who does not subscribe any more ends when all is well, and not before', () => {
    expect(due({}, application(degraded), { incidents: [ops] }).notifications).toEqual([]);
    expect(due({}, application({}), { incidents: [ops] }).notifications).toMatchObject([
      { ...ops, trigger: 'on-recovered', incident: 'close' },
    ]);
  });
});

it('drift and context are there for conditions and templates', () => {
  const data = {
    'template.app-drift': 'message: "{{range .drift}}{{.path}} by {{.manager}}{{end}} {{.context.argocdUrl}}"',
  };
  const to = { 'notifications.argoproj.io/subscribe.on-drift-alert.slack': 'ops' };
  const drift = [{ path: 'spec.replicas', manager: 'kubectl', policy: 'alert' }];
  const context = { argocdUrl: 'http://sekisho.example' };
  expect(due(data, application({}, to), { drift, context }).notifications[0]?.message.text).toBe(
    'spec.replicas by kubectl http://sekisho.example',
  );
  expect(due(data, application({}, to), { drift: [{ policy: 'report' }] }).notifications).toEqual([]);
});

it('subscriptions without end are cut, and told', () => {
  const recipients = Array.from({ length: 50_000 }, (_, index) => `r${index}`).join(';');
  const app = application(degraded, { 'notifications.argoproj.io/subscribe.on-health-degraded.slack': recipients });
  const found = due({}, app);
  expect(found.notifications).toHaveLength(200);
  expect(found.diagnostics.map(({ message }) => message)).toEqual([
    'it has more than 1000 subscriptions; the rest is left out',
  ]);
});

it('more than one look tells is told at the next ones', () => {
  const recipients = Array.from({ length: 450 }, (_, index) => `r${index}`).join(';');
  const app = application(degraded, { 'notifications.argoproj.io/subscribe.on-health-degraded.slack': recipients });
  let remembered: readonly string[] = [];
  const counts = [1, 2, 3, 4].map(() => {
    const found = due({}, app, { remembered });
    remembered = found.keys;
    return [found.notifications.length, found.more];
  });
  expect(counts).toEqual([
    [200, true],
    [200, true],
    [50, false],
    [0, false],
  ]);
});

it('an example says what a trigger would say', () => {
  const config = readNotificationConfig({ data: services, secrets });
  const input = { config, application: application({}), now: 0, to: { service: 'slack', recipient: 'ops' } };
  expect(exampleMessage({ ...input, trigger: 'on-deployed' })).toMatchObject({
    message: { text: expect.stringContaining('web runs revision abc') },
    faults: [],
  });
  expect(exampleMessage({ ...input, trigger: 'on-none' })).toBeUndefined();
});

it("reads Argo CD's form: triggers with times, templates with fields of services", () => {
  const data = {
    'trigger.on-slow': `
- description: takes long
  when: app.status?.operationState.phase in ['Running'] and time.Now().Sub(time.Parse(app.status.operationState.startedAt)).Minutes() >= 5
  send: [slow]`,
    'template.slow': `
message: |
  {{if eq .serviceType "slack"}}:warning:{{end}} {{.app.metadata.name}} by {{(call .repo.GetCommitMetadata .app.status.sync.revision).CommitSHA}} at {{.context.argocdUrl}}
slack:
  groupingKey: "{{.app.metadata.name}}"
  attachments: |
    [{"title": "{{.app.metadata.name}}"}]
webhook:
  ops:
    method: POST
    body: '{"name": "{{.app.metadata.name}}"}'`,
    context: 'argocdUrl: https://sekisho.example',
  };
  const to = { 'notifications.argoproj.io/subscribe.on-slow.slack': 'ops' };
  const running = { operationState: { phase: 'Running', startedAt: '2026-01-01T00:04:00Z' } };
  const found = due(data, application(running, to));
  expect(found.diagnostics).toEqual([]);
  expect(found.notifications[0]?.message).toEqual({
    text: ':warning: web by abc at https://sekisho.example\n',
    fields: {
      slack: { groupingKey: 'web', attachments: '[{"title": "web"}]\n' },
      webhook: { ops: { method: 'POST', body: '{"name": "web"}' } },
    },
  });
  expect(due(data, application(running, to), { now: Date.parse('2026-01-01T00:05:00Z') }).notifications).toEqual([]);
});

describe('faults of the configuration are told, and the rest works', () => {
  it.each([
    ['trigger.a', '- when: (', 'is no condition'],
    ['trigger.a', '- send: [x]', 'without `when`'],
    ['trigger.a', '{', 'line 1'],
    ['trigger.a', 'x', 'must be a list'],
    ['trigger.a', '- when: true\n  send: [none]', 'sends the template none'],
    ['template.a', 'message: "{{nope}}"', 'function "nope" not defined'],
    ['template.a', 'x', 'at least a message'],
    ['service.pager', 'x: 1', 'not supported'],
    ['service.email.x', 'password: $none', 'names $none'],
    ['subscriptions', '- recipients: [slack:a]\n  selector: "a in"', 'no label selector'],
    ['sekisho.fallback', 'none:x', 'names the service none'],
  ])('%s: %s', (key, value, message) => {
    const config = readNotificationConfig({ data: { ...services, [key]: value }, secrets });
    expect(config.diagnostics.map((one) => one.message).join('\n')).toContain(message);
    expect(JSON.stringify(config.diagnostics)).not.toContain('xoxb-secret');
    expect(config.triggers.get('on-health-degraded')?.conditions).toHaveLength(1);
  });

  it('a template that fails still sends something', () => {
    const found = due(
      { 'template.app-health-degraded': 'message: "{{index .app.none.list 3}}"' },
      application(degraded, toOps),
    );
    expect(found.notifications[0]?.message.text).toContain('app-health-degraded');
    expect(found.diagnostics).toHaveLength(1);
  });
});

it('the built-in configuration has no fault, and each trigger can be asked of any application', () => {
  const config = readNotificationConfig({ data: services, secrets });
  expect(config.diagnostics).toEqual([]);
  fc.assert(
    fc.property(fc.jsonValue(), (status) => {
      const annotations = Object.fromEntries(
        [...config.triggers.keys()].map((name) => [`notifications.argoproj.io/subscribe.${name}.slack`, 'a']),
      );
      const app = { ...application({}, annotations), status };
      dueNotifications({ config, application: app as KubeObject, remembered: new Set(), now: 0 });
    }),
  );
});
