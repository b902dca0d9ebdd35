import { recordingServer, startForge, type TestForge, type TestForgeRepository } from '@sekisho/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { createForgeListing, type ForgeListing, type ListingKind } from '../index.ts';

const token = 's3cr3t-listing-token';
const kinds: readonly ListingKind[] = ['github', 'gitlab', 'gitea', 'bitbucket', 'bitbucket-server', 'azure-devops'];
const withLabels = new Set<ListingKind>(['github', 'gitlab', 'gitea', 'azure-devops']);
const withTopics = new Set<ListingKind>(['github', 'gitlab', 'gitea']);

const pullRequest = (number: number, labels: string[]) => ({
  number,
  title: `Change ${number}`,
  branch: `feature/${number}`,
  targetBranch: 'main',
  sha: String(number).repeat(40),
  labels,
});
const REPOSITORIES: readonly TestForgeRepository[] = [
  {
    owner: 'shop',
    name: 'web',
    id: 11,
    topics: ['deploy'],
    branches: {
      main: { sha: 'a'.repeat(40), files: ['deploy/app.yaml'] },
      next: { sha: 'b'.repeat(40), files: ['README.md'] },
      old: { sha: 'c'.repeat(40), files: [] },
    },
    pullRequests: [1, 2, 3, 4, 5].map((number) => pullRequest(number, number % 2 === 1 ? ['preview', 'odd'] : [])),
  },
  { owner: 'shop', name: 'api', id: 12, branches: { main: { sha: 'd'.repeat(40), files: [] } } },
  { owner: 'shop', name: 'empty', id: 13 },
  { owner: 'other', name: 'web', id: 14 },
];

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(kind: ListingKind, given = token): Promise<{ forge: TestForge; listing: ForgeListing }> {
  const forge = await startForge(kind, REPOSITORIES, token);
  open.push(forge);
  return { forge, listing: listingOf(kind, forge.url, given) };
}

function listingOf(kind: ListingKind, api: string, given = token, more: object = {}): ForgeListing {
  const listing = createForgeListing({ kind, api, signIn: { token: given }, ...more });
  open.push(listing);
  return listing;
}

const address = (kind: ListingKind, owner: string, name: string) =>
  kind === 'gitlab' ? { owner: '', name: `${owner}/${name}` } : { owner, name, project: 'platform' };
const signal = () => AbortSignal.timeout(20_000);

describe.each(kinds)('a listing of %s', (kind) => {
  test('has the pull requests of all pages', async () => {
    const { listing } = await start(kind);
    const found = await listing.pullRequests({ repository: address(kind, 'shop', 'web') }, signal());
    expect(found.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(found[0]).toEqual({
      number: 1,
      title: 'Change 1',
      branch: 'feature/1',
      targetBranch: 'main',
      headSha: '1'.repeat(40),
      labels: withLabels.has(kind) ? ['preview', 'odd'] : [],
      author: 'mori',
    });
  });

  test('has only pull requests with all labels', async () => {
    const { listing } = await start(kind);
    const repository = address(kind, 'shop', 'web');
    const found = await listing.pullRequests({ repository, labels: ['odd', 'preview'] }, signal());
    expect(found.map(({ number }) => number)).toEqual(withLabels.has(kind) ? [1, 3, 5] : []);
  });

  test('has repositories, their branches and whether a path is there', async () => {
    const { listing } = await start(kind);
    const found = await listing.repositories({ owner: 'shop', project: 'platform' }, signal());
    expect(found.map(({ name }) => name)).toEqual(['web', 'api', 'empty']);
    const [web, , empty] = found;
    if (web === undefined || empty === undefined) throw new Error('no repositories');
    expect(web).toMatchObject({
      owner: 'shop',
      cloneUrls: { https: 'https://forge.example/shop/web.git', ssh: 'git@forge.example:shop/web.git' },
      labels: withTopics.has(kind) ? ['deploy'] : [],
    });
    expect(String(web.id)).toContain('11');
    const main = { name: 'main', sha: 'a'.repeat(40) };
    expect(await listing.branches(web, { all: false }, signal())).toEqual([main]);
    expect(await listing.branches(web, { all: true }, signal())).toEqual([
      main,
      { name: 'next', sha: 'b'.repeat(40) },
      { name: 'old', sha: 'c'.repeat(40) },
    ]);
    expect(await listing.branches(empty, { all: false }, signal())).toEqual([]);
    expect(await listing.hasPath(web, main, 'deploy', signal())).toBe(true);
    expect(await listing.hasPath(web, main, 'deploy/app.yaml', signal())).toBe(true);
    expect(await listing.hasPath(web, main, 'deploy/none.yaml', signal())).toBe(false);
  });

  test('tells what is wrong without the token', async () => {
    const { listing, forge } = await start(kind, 'wr0ng-token');
    const repository = address(kind, 'shop', 'web');
    const refused: unknown = await listing.pullRequests({ repository }, signal()).catch((reason: unknown) => reason);
    expect(refused).toMatchObject({ code: 'FORGE_AUTH', retryable: false });
    expect(String(refused)).not.toContain('wr0ng');
    forge.failWith = 500;
    await expect(listing.pullRequests({ repository }, signal())).rejects.toMatchObject({
      code: 'FORGE_UNREACHABLE',
      retryable: true,
    });
    forge.failWith = 404;
    await expect(listing.repositories({ owner: 'nobody', project: 'platform' }, signal())).rejects.toMatchObject({
      code: 'FORGE_REFUSED',
      details: { missing: true },
    });
    // Whatever else is no answer never counts as "not there".
    forge.failWith = 302;
    await expect(listing.pullRequests({ repository }, signal())).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
  });
});

test('a page that goes on for ever ends at the bound', async () => {
  const body = JSON.stringify([{ number: 1, title: 't', head: { ref: 'b', sha: 's' }, base: { ref: 'main' } }]);
  const server = await recordingServer(() => ({ body, headers: { link: '<x>; rel="next"' } }));
  open.push(server);
  const listing = listingOf('github', server.url, token, { maxEntries: 5 });
  await expect(listing.pullRequests({ repository: { owner: 'shop', name: 'web' } }, signal())).rejects.toMatchObject({
    code: 'FORGE_FAILED',
    message: expect.stringContaining('more than 5 entries'),
  });
  expect(server.requests.length).toBeLessThan(8);
});

test.each([
  ['an entry without its branch', '[{"number":1}]'],
  ['no JSON', '<html>'],
  ['a text', '"fine"'],
  ['an object', '{"message":"fine"}'],
])('%s is an error, not an empty list', async (_, body) => {
  const server = await recordingServer(() => ({ body }));
  open.push(server);
  const listing = listingOf('gitea', server.url);
  const repository = { owner: 'shop', name: 'web' };
  await expect(listing.pullRequests({ repository }, signal())).rejects.toMatchObject({ code: /^FORGE_/ });
});

test('a limit of requests is worth a retry', async () => {
  const server = await recordingServer(() => ({ status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: '{}' }));
  open.push(server);
  const listing = listingOf('github', server.url);
  await expect(listing.pullRequests({ repository: { owner: 'a', name: 'b' } }, signal())).rejects.toMatchObject({
    code: 'FORGE_UNREACHABLE',
    retryable: true,
  });
});

test.each([
  ['gitea', undefined],
  ['bitbucket-server', undefined],
  ['github', 'file:///etc/passwd'],
  ['github', 'https://user:secret@forge.example'],
  ['gitlab', 'nonsense'],
] as const)('%s at %s is no address', (kind, api) => {
  const create = () => createForgeListing({ kind, api });
  expect(create).toThrow(expect.objectContaining({ code: 'FORGE_ADDRESS' }));
  expect(create).not.toThrow(/secret/);
});
