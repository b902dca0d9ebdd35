import type { ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { type FolderApps, folderApps, MANUAL } from './lib/folder-apps.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

const type = (group: string, version: string, kind: string, namespaced = false): ResourceType => ({
  group,
  version,
  kind,
  resource: `${kind.toLowerCase()}s`,
  namespaced,
});
const TEMPLATES = type('templates.gatekeeper.sh', 'v1', 'ConstraintTemplate');
const PRIVILEGED = { ...type('constraints.gatekeeper.sh', 'v1beta1', 'NoPrivileged'), resource: 'noprivileged' };
const ENDLESS = { ...type('constraints.gatekeeper.sh', 'v1beta1', 'Endless'), resource: 'endless' };
const WAIVERS = type('sekisho.dev', 'v1alpha1', 'Waiver', true);
const DEPLOYMENTS = type('apps', 'v1', 'Deployment', true);

const template = {
  apiVersion: 'templates.gatekeeper.sh/v1',
  kind: 'ConstraintTemplate',
  metadata: { name: 'noprivileged' },
  spec: {
    crd: { spec: { names: { kind: 'NoPrivileged' } } },
    targets: [
      {
        target: 'admission.k8s.gatekeeper.sh',
        rego: `package noprivileged

violation[{"msg": msg}] {
  container := input.review.object.spec.template.spec.containers[_]
  container.securityContext.privileged
  msg := sprintf("container %v is privileged", [container.name])
}
`,
      },
    ],
  },
};
const constraint = (action: string) => ({
  apiVersion: 'constraints.gatekeeper.sh/v1beta1',
  kind: 'NoPrivileged',
  metadata: { name: 'everywhere' },
  spec: { enforcementAction: action, match: { kinds: [{ apiGroups: ['apps'], kinds: ['Deployment'] }] } },
});

function deployment(name: string, privileged: boolean): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: nginx
          securityContext:
            privileged: ${privileged}
`;
}

function waiver(name: string, expires: string, namespace?: string): KubeObject {
  return {
    apiVersion: 'sekisho.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { policies: [{ name: 'NoPrivileged' }], reason: 'it reads a device', owner: 'team-a', expires },
  };
}

let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
  await sekisho.kube.create(TEMPLATES, template);
  await enforce('deny');
});
afterAll(() => sekisho?.close());

/** The kind of the constraint comes a moment after its template. */
async function enforce(action: string): Promise<void> {
  let last: unknown;
  await eventually(
    () =>
      sekisho.kube.apply(PRIVILEGED, constraint(action), { force: true }).catch((error: unknown) => {
        last = error;
        return undefined;
      }),
    () => String(last),
  );
}

const live = (name: string) => sekisho.kube.getIfExists(DEPLOYMENTS, name, name);
const conditionsOf = (object: { status?: { conditions?: readonly { type: string; message: string }[] } }) =>
  object.status?.conditions ?? [];

async function api(path: string): Promise<{ readonly [field: string]: unknown }> {
  const response = await fetch(new URL(path, sekisho.server.url), {
    headers: { authorization: `Bearer ${sekisho.server.token}` },
  });
  expect(response.status, path).toBe(200);
  return (await response.json()) as { readonly [field: string]: unknown };
}

describe('a change that policies deny', () => {
  test('is refused before anything is touched, with the line of the field; what runs stays', async () => {
    const good = await apps.create('web', { 'web.yaml': deployment('web', false) });
    await sekisho.untilGood('web', good);
    await apps.push('web', { 'web.yaml': deployment('web', true), 'more.yaml': deployment('more', false) });
    const refused = await sekisho.untilRefused(
      'web',
      'NoPrivileged/everywhere',
      'Deployment web/web',
      'web/web.yaml:14:13',
    );
    expect(conditionsOf(refused)).toMatchObject([{ type: 'PolicyViolationError' }]);
    expect(refused.status?.history).toHaveLength(1);
    expect(await live('more')).toBeUndefined();
    const deployed = (await live('web')) as { spec?: { template: { spec: { containers: unknown[] } } } } | undefined;
    expect(deployed?.spec?.template.spec.containers).toMatchObject([{ securityContext: { privileged: false } }]);

    const verdicts = await api('/api/v1/applications/argocd/web/verdicts');
    expect(verdicts).toMatchObject({
      deny: 1,
      warn: 0,
      items: [
        {
          decision: 'deny',
          policyId: 'gatekeeper/NoPrivileged/everywhere',
          object: { kind: 'Deployment', namespace: 'web', name: 'web' },
          origin: { file: 'web/web.yaml', line: 14, column: 13 },
        },
      ],
    });
    expect(await api(`/api/v1/applications/argocd/web/verdicts?revision=${good}`)).toMatchObject({
      deny: 0,
      items: [],
    });
    expect(await api('/api/v1/applications/argocd/web')).toMatchObject({ row: { gate: { deny: 1, warn: 0 } } });
    const checked = await sekisho.cli('check --app web');
    expect(checked.stdout).toContain(
      'FAIL - web/web.yaml:14:13 - gatekeeper/NoPrivileged/everywhere - Deployment web/web: container main is privileged',
    );
    expect(checked.code).toBe(1);
    expect((await sekisho.cli(['check', 'app', 'web', '--revision', good])).code).toBe(0);
    const audit = await eventually(async () => {
      const { items } = await api('/api/v1/audit?action=application.policy-denied');
      return (items as readonly unknown[]).length > 0 ? (items as readonly unknown[]) : undefined;
    });
    expect(audit).toMatchObject([{ outcome: 'denied', object: { name: 'web' } }]);

    const better = await apps.push('web', { 'web.yaml': deployment('web', false) });
    expect(conditionsOf(await sekisho.untilGood('web', better))).toEqual([]);
  });

  test('does not pass by hand either', async () => {
    await apps.create('manual', { 'web.yaml': deployment('manual', true) }, { syncPolicy: MANUAL });
    await sekisho.untilRefused('manual', 'NoPrivileged/everywhere');
    await sekisho.patchApplication('manual', { operation: { sync: {} } });
    const failed = await sekisho.until('manual', ({ status }) => status?.operationState?.phase === 'Failed');
    expect(failed.status?.operationState?.message).toContain('denied by policy: NoPrivileged/everywhere');
    expect(await live('manual')).toBeUndefined();
  });
});

describe('a waiver', () => {
  test('of the application lets it pass until it ends', async () => {
    const later = new Date(Date.now() + 600_000).toISOString();
    await apps.create('device', {
      'web.yaml': deployment('device', true),
      'waiver.yaml': JSON.stringify(waiver('device', later)),
    });
    await sekisho.untilGood('device');
    expect(await live('device')).toBeDefined();
    expect(await api('/api/v1/applications/argocd/device/verdicts')).toMatchObject({
      deny: 0,
      items: [{ decision: 'waived', waivedBy: 'device/device', waiverExpires: later }],
    });
    const soon = new Date(Date.now() + 2_000).toISOString();
    await apps.push('device', { 'waiver.yaml': JSON.stringify(waiver('device', soon)) });
    await sekisho.untilRefused('device', 'NoPrivileged/everywhere');
  });

  test('that somebody else wrote counts at once, and what it lets pass is synced', async () => {
    await apps.create('late', { 'web.yaml': deployment('late', true) });
    await sekisho.untilRefused('late', 'NoPrivileged/everywhere');
    await sekisho.kube.create(WAIVERS, waiver('late', '2999-12-31', 'argocd'));
    await sekisho.untilGood('late');
    await sekisho.kube.delete(WAIVERS, 'late', 'argocd');
    await sekisho.untilRefused('late', 'NoPrivileged/everywhere');
  });

  test('with a fault covers nothing, and is told', async () => {
    await apps.create('faulty', {
      'web.yaml': deployment('faulty', true),
      'waiver.yaml': JSON.stringify(waiver('faulty', 'soon')),
    });
    const refused = await sekisho.untilRefused('faulty', 'NoPrivileged/everywhere');
    expect(
      conditionsOf(refused)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain('faulty/waiver.yaml:1:');
  });
});

test('a policy that never comes to an end denies, and is named', async () => {
  const endless = {
    ...template,
    metadata: { name: 'endless' },
    spec: {
      crd: { spec: { names: { kind: 'Endless' } } },
      targets: [
        {
          target: 'admission.k8s.gatekeeper.sh',
          rego: `package endless

violation[{"msg": "never"}] {
  some i, j, k
  numbers.range(1, 100000)[i] + numbers.range(1, 100000)[j] + numbers.range(1, 100000)[k] == 1
}
`,
        },
      ],
    },
  };
  await sekisho.kube.create(TEMPLATES, endless);
  const match = { namespaces: ['slow'] };
  const object = { ...constraint('deny'), kind: 'Endless', metadata: { name: 'slow' }, spec: { match } };
  await eventually(() => sekisho.kube.apply(ENDLESS, object, { force: true }).catch(() => undefined));
  await apps.create('slow', { 'web.yaml': deployment('slow', false) });
  const refused = await sekisho.untilRefused('slow', 'Endless/slow');
  expect(conditionsOf(refused)[0]?.type).toBe('PolicyViolationError');
  expect(await live('slow')).toBeUndefined();
  await sekisho.kube.delete(ENDLESS, 'slow', undefined);
  await sekisho.untilGood('slow');
});

test('a policy that only warns stops nothing; when it denies again, applications are looked at', async () => {
  await enforce('warn');
  await apps.create('warned', { 'web.yaml': deployment('warned', true) });
  const good = await sekisho.untilGood('warned');
  const warned = await sekisho.until('warned', (object) => conditionsOf(object).length > 0);
  expect(good.status?.sync.status).toBe('Synced');
  expect(conditionsOf(warned)).toMatchObject([{ type: 'PolicyWarning' }]);
  await enforce('deny');
  await sekisho.untilRefused('warned', 'NoPrivileged/everywhere', 'warned/web.yaml:14:13');
});
