import { join } from 'node:path';
import { runKubectl, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, type FolderApps, folderApps } from './lib/folder-apps.ts';
import { APPLICATIONS, CONFIG_MAPS } from './lib/resource-types.ts';
import { AUTOMATED, at, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

let data: Awaited<ReturnType<typeof tempDir>>;
let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  data = await tempDir('sekisho-policy-sync-');
  sekisho = await startSekisho({ dataDir: join(data.path, 'data') });
  apps = await folderApps(sekisho);
});
afterAll(async () => {
  await sekisho?.close();
  await data?.remove();
});

const TEMPLATE = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: needsowner}
spec:
  crd: {spec: {names: {kind: NeedsOwner}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package needsowner
        violation[{"msg": "who owns it?"}] { not input.review.object.metadata.labels.owner }
`;
const CONSTRAINT = `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsOwner
metadata: {name: maps}
spec:
  match:
    kinds: [{apiGroups: [''], kinds: [ConfigMap]}]
    namespaces: [owned, unowned]
`;

describe('an application', () => {
  test('with a template and its constraint syncs in one go', async () => {
    await apps.create('rules', { 'a-constraint.yaml': CONSTRAINT, 'b-template.yaml': TEMPLATE });
    const { status } = await sekisho.untilGood('rules');
    expect(status?.operationState?.retryCount ?? 0).toBe(0);
    expect(status?.resources?.map(({ kind, namespace }) => [kind, namespace])).toEqual(
      expect.arrayContaining([
        ['NeedsOwner', undefined],
        ['ConstraintTemplate', undefined],
      ]),
    );
  });

  test('with a waiver and what it is about syncs in one go', async () => {
    const waiver = `apiVersion: sekisho.dev/v1alpha1
kind: Waiver
metadata: {name: unowned}
spec: {policies: [{name: NeedsOwner/maps}], reason: nobody yet, owner: mori, expires: '2999-01-01'}
`;
    await apps.create('owned', { 'a.yaml': configMap('a', '1'), 'z-waiver.yaml': waiver });
    await sekisho.untilGood('owned');
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'a', 'owned'), 'data.value')).toBe('1');
  });

  test('that policies deny is looked at once for each push, and they are asked once', async () => {
    const told = (commit: string) =>
      untilObject(
        sekisho.kube,
        APPLICATIONS,
        ['unowned', 'argocd'],
        (app) => at(app, 'status.sync.revision') === commit,
      );
    const push = async (value: string) => told(await apps.push('unowned', { 'a.yaml': configMap('a', value) }));
    await told(await apps.create('unowned', { 'a.yaml': configMap('a', '1') }));
    const before = await counts();
    for (const value of ['2', '3', '4', '5']) await push(value);
    const after = await counts();
    expect(after.looks - before.looks).toBe(4);
    expect(after.renders - before.renders).toBe(4);
    // The end of the first one may be counted, and that of the last one may not.
    expect(after.reconciles - before.reconciles).toBeLessThanOrEqual(5);
  });
});

async function counts(): Promise<{ looks: number; renders: number; reconciles: number }> {
  const headers = { authorization: `Bearer ${sekisho.server.token}` };
  const text = await (await fetch(new URL('/metrics', sekisho.server.url), { headers })).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))].reduce((all, [, n]) => all + Number(n), 0);
  return {
    looks: sum('sekisho_gate_looks_total'),
    renders: sum('sekisho_renders_total'),
    reconciles: sum('sekisho_application_reconciles_total'),
  };
}

test('Kubernetes’ own policies are told what is wrong with their expressions', async () => {
  const type = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource: 'validatingadmissionpolicies',
    kind: 'ValidatingAdmissionPolicy',
    namespaced: false,
  };
  const policy = (expression: string) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'checked' },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
      },
      validations: [{ expression }],
    },
  });
  await sekisho.kube.apply(type, policy('object.metadata.name != 1 + "a"'), { force: true });
  const told = await untilObject(
    sekisho.kube,
    type,
    ['checked'],
    (object) => at(object, 'status.observedGeneration') === 1,
  );
  expect(told?.['status']).toMatchObject({
    observedGeneration: 1,
    typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression' }] },
  });
  await sekisho.kube.apply(type, policy('true'), { force: true });
  await untilObject(
    sekisho.kube,
    type,
    ['checked'],
    (object) =>
      at(object, 'status.observedGeneration') === 2 &&
      at(object, 'status.typeChecking.expressionWarnings') === undefined,
  );
});

test('the way back: with a webhook that is down and asked about everything, the server starts and it can be deleted', async () => {
  const wall = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: wall}
webhooks:
  - name: wall.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    timeoutSeconds: 1
    clientConfig: {url: 'https://127.0.0.1:1/'}
    rules: [{operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*']}]
`;
  const kubectl = (command: string, input?: string) =>
    runKubectl(command.split(' '), {
      kubeconfig: sekisho.server.kubeconfigPath,
      ...(input === undefined ? {} : { input }),
    });
  expect((await kubectl('apply -f -', wall)).stdout).toContain('created');
  expect((await kubectl('create configmap walled')).stderr).toContain('failed calling webhook "wall.example.com"');
  await sekisho.close();
  sekisho = await startSekisho({ dataDir: join(data.path, 'data') });
  expect((await kubectl('create configmap walled')).stderr).toContain('failed calling webhook "wall.example.com"');
  expect((await kubectl('delete validatingwebhookconfiguration wall')).stdout).toContain('deleted');
  apps = await folderApps(sekisho, 'later');
  await apps.create('after', { 'a.yaml': configMap('a', '1') }, { syncPolicy: AUTOMATED });
  await sekisho.untilGood('after');
});
