import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APPLICATIONS, CONFIG_MAPS } from './lib/resource-types.ts';
import { AUTOMATED, applicationObject, at, type Sekisho, startSekisho } from './lib/sekisho.ts';

let sekisho: Sekisho;
let base: PushedRepository;
let team: PushedRepository;

beforeAll(async () => {
  sekisho = await startSekisho();
  base = await sekisho.repository('base', {
    'web/a.yaml': configMap('a', 'base'),
    'web/b.yaml': configMap('b', 'base'),
  });
  team = await sekisho.repository('team', { 'web/b.yaml': configMap('b', 'team'), 'values.yaml': 'x: 1\n' });
});
afterAll(() => sekisho?.close());

async function createApplication(name: string, sources: readonly unknown[]): Promise<void> {
  const object = applicationObject(name, { repoURL: 'unused', syncPolicy: AUTOMATED });
  const { source: _, ...spec } = object['spec'] as Record<string, unknown>;
  await sekisho.kube.create(APPLICATIONS, { ...object, spec: { ...spec, sources } });
}

const value = async (name: string, namespace: string) =>
  at(await sekisho.kube.getIfExists(CONFIG_MAPS, name, namespace), 'data.value');

test('sources of several repositories make one application, the later one wins, and each commit counts', async () => {
  await createApplication('web', [
    { repoURL: base.url, path: 'web', targetRevision: 'main' },
    { repoURL: team.url, path: 'web', targetRevision: 'main' },
    { repoURL: team.url, targetRevision: 'main', ref: 'values' },
  ]);
  const first = await sekisho.untilGood('web');
  expect(await value('a', 'web')).toBe('base');
  expect(await value('b', 'web')).toBe('team');
  expect(first.status?.conditions).toMatchObject([{ type: 'RepeatedResourceWarning' }]);
  const [baseCommit, teamCommit] = [await base.git('rev-parse', 'HEAD'), await team.git('rev-parse', 'HEAD')];
  expect(first.status).toMatchObject({
    sync: { revisions: [baseCommit, teamCommit, teamCommit] },
    history: [
      { id: 0, revisions: [baseCommit, teamCommit, teamCommit], sources: [{ path: 'web' }, {}, { ref: 'values' }] },
    ],
    operationState: { syncResult: { revisions: [baseCommit, teamCommit, teamCommit] } },
  });
  expect(first.status?.sync.revision).toBeUndefined();

  await team.push({ 'web/b.yaml': configMap('b', 'team 2') });
  await sekisho.until('web', ({ status }) => status?.history?.length === 2);
  expect(await value('b', 'web')).toBe('team 2');
  await base.push({ 'web/a.yaml': configMap('a', 'base 2') });
  await sekisho.until('web', ({ status }) => status?.history?.length === 3);
  expect(await value('a', 'web')).toBe('base 2');

  await sekisho.patchApplication('web', {
    spec: { syncPolicy: { automated: null } },
    operation: { sync: { revisions: [baseCommit, teamCommit, teamCommit] } },
  });
  await sekisho.until('web', ({ status }) => status?.history?.length === 4);
  expect(await value('a', 'web')).toBe('base');
  expect(await value('b', 'web')).toBe('team');
});

test.each([
  ['two-names', [{ path: 'web', ref: 'a' }, { ref: 'a' }], 'is the name of an earlier source'],
  ['only-refs', [{ ref: 'a' }, { ref: 'b' }], 'no source with manifests'],
])('what can not be rendered says so: %s', async (name, sources, message) => {
  await createApplication(
    name,
    sources.map((source) => ({ repoURL: base.url, ...source })),
  );
  await sekisho.untilRefused(name, message);
});
