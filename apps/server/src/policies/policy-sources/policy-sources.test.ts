import { SekishoError, silentLogger } from '@sekisho/base';
import type { PolicySourceSpec } from '@sekisho/policy';
import { type FakeClock, fakeClock, type TempDir, tempDir } from '@sekisho/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fetched } from './fetch-files.ts';
import { createKeptFiles } from './kept-files.ts';
import { createPolicySources, type PolicySources } from './policy-sources.ts';

let clock: FakeClock;
let folder: TempDir;
let sources: PolicySources;
let answer: (signal: AbortSignal) => Promise<Fetched>;
let changes: number;
let tell: (repoURL: string) => void;

const REPO = 'https://git.example/policies';
const spec = (name: string, path = 'policy', repoURL = REPO): PolicySourceSpec => ({
  name,
  place: { kind: 'git', repoURL, targetRevision: 'HEAD', path },
  bundle: { name, format: 'rego', match: { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] }, namespaces: ['own'] },
});
const found = (revision: string): Fetched => ({
  revision,
  files: [{ text: `package own # ${revision}`, origin: { file: 'policy/a.rego' } }],
});
const away = () => Promise.reject(new SekishoError('GIT_UNREACHABLE', 'nobody answers', { retryable: true }));

function open(): PolicySources {
  return createPolicySources({
    fetch: (_place, _known, signal) => answer(signal),
    kept: createKeptFiles(folder.path, silentLogger),
    onRepositoryChange: (listener) => {
      tell = listener;
    },
    onChange: () => {
      changes++;
    },
    clock,
    logger: silentLogger,
  });
}

beforeEach(async () => {
  clock = fakeClock();
  folder = await tempDir('sekisho-policy-sources-');
  changes = 0;
  answer = async () => found('one');
  sources = open();
});
afterEach(async () => {
  await sources.close();
  await folder.remove();
});

const texts = () => sources.bundles().flatMap(({ files }) => files.map(({ text }) => text));

/** Files are read and written on real disks. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo() && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(isSo()).toBe(true);
}

test('files of a source count, and those of its new commits', async () => {
  await sources.follow([spec('platform')]);
  expect(sources.bundles()).toMatchObject([
    { name: 'platform', namespaces: ['own'], files: [{ text: 'package own # one' }] },
  ]);
  expect(sources.state('platform')?.found).toMatchObject({ revision: 'one', fetchedAt: '2026-01-01T00:00:00.000Z' });
  answer = async () => found('two');
  tell('https://git.example/other');
  tell(REPO);
  await until(() => texts()[0] === 'package own # two');
  expect(changes).toBeGreaterThan(1);
});

test('a place that goes away leaves its last good files, and says so; it is asked again', async () => {
  await sources.follow([spec('platform')]);
  answer = away;
  tell(REPO);
  await until(() => sources.state('platform')?.trouble !== undefined);
  expect(sources.state('platform')?.trouble).toContain('nobody answers');
  expect(texts()).toEqual(['package own # one']);
  answer = async () => found('two');
  await clock.advance(180_000);
  await until(() => sources.state('platform')?.trouble === undefined);
  expect(texts()).toEqual(['package own # two']);
});

test('a repository that is away while its mirror answers says so, too', async () => {
  await sources.follow([spec('platform')]);
  answer = async () => ({ revision: 'one', trouble: 'the repository does not answer' });
  tell(REPO);
  await until(() => sources.state('platform')?.trouble === 'the repository does not answer');
  expect(texts()).toEqual(['package own # one']);
});

test('after a restart the files that were kept count while the place is away', async () => {
  await sources.follow([spec('platform')]);
  await sources.close();
  answer = away;
  sources = open();
  await sources.follow([spec('platform')]);
  expect(texts()).toEqual(['package own # one']);
  expect(sources.unavailable().size).toBe(0);
});

test('files that can never be had are a policy that denies, and names its source', async () => {
  answer = away;
  await sources.follow([spec('platform')]);
  expect(sources.unavailable()).toEqual(new Set(['platform']));
  const [bundle] = sources.bundles();
  expect(bundle).toMatchObject({ name: 'platform', format: 'rego', match: { kinds: [{ kinds: ['Pod'] }] } });
  expect(bundle?.namespaces).toBeUndefined();
  expect(bundle?.files[0]?.text).toContain('PolicySource platform can not be had: nobody answers');
  answer = async () => found('one');
  await clock.advance(10_000);
  await until(() => sources.unavailable().size === 0);
  expect(texts()).toEqual(['package own # one']);
});

test('a place that says nothing keeps nobody waiting for long', async () => {
  answer = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const following = sources.follow([spec('platform')]);
  expect(sources.bundles()).toEqual([]);
  await clock.advance(5_000);
  await following;
  expect(sources.unavailable()).toEqual(new Set(['platform']));
});

test('a source that moves keeps its files until the new place has some', async () => {
  await sources.follow([spec('platform')]);
  answer = away;
  await sources.follow([spec('platform', 'elsewhere')]);
  await until(() => sources.state('platform')?.trouble !== undefined);
  expect(texts()).toEqual(['package own # one']);
});

test('a source that is taken away takes its files along', async () => {
  await sources.follow([spec('platform'), spec('team')]);
  expect(sources.bundles().map(({ name }) => name)).toEqual(['platform', 'team']);
  await sources.follow([spec('team')]);
  expect(sources.bundles().map(({ name }) => name)).toEqual(['team']);
  expect(sources.state('platform')).toBeUndefined();
});
