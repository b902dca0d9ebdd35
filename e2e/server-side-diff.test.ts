import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { CONFIG_MAPS } from './lib/resource-types.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

let sekisho: Sekisho;
let repo: PushedRepository;

const SERVER_SIDE = { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' };
const POLICY = { automated: {}, syncOptions: ['CreateNamespace=true', 'Validate=false'] };
const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.e2e.example}
spec:
  group: e2e.example
  scope: Namespaced
  names: {kind: Lamp, plural: lamps, singular: lamp, listKind: LampList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                watts: {type: integer}
`;
// The API drops what the definition does not know.
const lamp = (watts: number) =>
  `apiVersion: e2e.example/v1\nkind: Lamp\nmetadata: {name: desk}\nspec: {watts: ${watts}, colour: red}\n`;

beforeAll(async () => {
  sekisho = await startSekisho();
  repo = await sekisho.repository('config', { 'definitions/lamp.yaml': definition });
  await sekisho.createApplication('definitions', { repoURL: repo.url, path: 'definitions', syncPolicy: POLICY });
  await sekisho.untilGood('definitions');
});
afterAll(() => sekisho?.close());

const map = (data: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: ${data}\n`;

test.each(['client', 'server'])('what applying on the %s would change is what the API says', async (side) => {
  const name = `by-${side}`;
  const extra = side === 'client' ? [] : ['ServerSideApply=true'];
  const syncPolicy = { ...POLICY, syncOptions: [...POLICY.syncOptions, ...extra] };
  const files: Record<string, string> = { [`${name}/map.yaml`]: map('{a: git, b: git}') };
  // Server-side apply refuses such a field.
  if (side === 'client') files[`${name}/lamp.yaml`] = lamp(5);
  await repo.push(files);
  await sekisho.createApplication(name, { repoURL: repo.url, path: name, syncPolicy });
  if (side === 'client') {
    await sekisho.until(
      name,
      ({ status }) => status?.operationState?.phase === 'Succeeded' && status.sync.status === 'OutOfSync',
    );
    expect((await sekisho.cli(`app diff ${name}`)).stdout).toContain('spec.colour');
  }
  await sekisho.patchApplication(name, { metadata: { annotations: SERVER_SIDE } });
  await sekisho.untilGood(name);

  // What somebody changes is still seen, as is what leaves git.
  const body = { data: { a: 'mine' } };
  await sekisho.kube.patch(CONFIG_MAPS, 'm', name, { kind: 'merge', body }, { fieldManager: 'kubectl-edit' });
  await sekisho.until(name, ({ status }) => status?.sync.status === 'OutOfSync');
  const { stdout } = await sekisho.cli(`app diff ${name}`);
  expect(stdout).toMatch(/data\.a\n +- mine\n +\+ git/);
  expect(stdout).not.toContain('colour');
  const head = await repo.push({ [`${name}/map.yaml`]: map('{a: git}') });
  await sekisho.untilGood(name, head);
  expect((await sekisho.kube.get(CONFIG_MAPS, 'm', name))['data']).toEqual({ a: 'git' });
});

test('what the API refuses is told, and nothing is decided until it changes', async () => {
  const text = (size: string) =>
    `apiVersion: e2e.example/v1\nkind: Lamp\nmetadata: {name: hall}\nspec: {watts: ${size}}\n`;
  await repo.push({ 'refused/lamp.yaml': text('1') });
  await sekisho.createApplication('refused', {
    repoURL: repo.url,
    path: 'refused',
    syncPolicy: POLICY,
    annotations: SERVER_SIDE,
  });
  await sekisho.untilGood('refused');
  await repo.push({ 'refused/lamp.yaml': text('many') });
  const { status } = await sekisho.untilRefused(
    'refused',
    'Lamp',
    'does not say what applying it would change',
    'spec.watts',
  );
  expect(status?.sync.status).toBe('Unknown');
  const head = await repo.push({ 'refused/lamp.yaml': text('2') });
  await sekisho.untilGood('refused', head);
});
