import { runKubectl } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from './lib/resource-types.ts';
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

const kubectl = (...args: string[]) => runKubectl([...args], { kubeconfig: sekisho.server.kubeconfigPath });

describe('drift', () => {
  test('is told with field, values, manager and how often, and by the status, the command line and an Event', async () => {
    await create('told', { 'web.yaml': deployment, 'config.yaml': configMap('settings', 'git') });
    await sekisho.kube.patch(
      DEPLOYMENTS,
      'web',
      'told',
      { kind: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'web', image: 'nginx:evil' }] } } } } },
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
});
