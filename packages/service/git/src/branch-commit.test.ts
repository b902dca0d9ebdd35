import { afterEach, describe, expect, test } from 'vitest';
import { commitAll, type GitServer, mustGit, realGit, startGitServer } from '../testing/real-git.ts';
import type { BranchCommitRequest, FileVersion, Repository } from './types.ts';

let servers: GitServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

const author = { name: 'Mori <x>', email: 'mori@example.com' };
const token = 'push-t0ken';

async function start(options: Parameters<typeof startGitServer>[0] = {}): Promise<GitServer> {
  const server = await startGitServer(options);
  servers.push(server);
  return server;
}

const seed = { branch: 'main', message: 'seed', author: { name: 'Ann', email: 'ann@example.org' } };

/** The same repository, embedded or as the mirror of a remote. */
async function open(kind: 'embedded' | 'remote', objectFormat: 'sha1' | 'sha256' = 'sha1') {
  const server = await start(kind === 'remote' ? { password: token } : {});
  const { embedded } = server.git;
  await embedded.create('config', { objectFormat });
  const commit = (files: Record<string, string | null>) => embedded.commit('config', { ...seed, files });
  const first = await commit({ 'web/a.yaml': 'a: 1\n', 'web/b.yaml': 'b: 1\n', 'other.yaml': 'o: 1\n' });
  const dir = embedded.path('config');
  if (kind === 'embedded') {
    return { server, repository: await server.git.open('embedded:config'), first, commit, dir };
  }
  const local = await start({ allowLoopback: true });
  return { server, repository: await local.git.open(server.url('config'), { password: token }), first, commit, dir };
}

/** Puts `paths` back to what they were at a commit. */
function restoring(repository: Repository, good: string, paths: readonly string[]): BranchCommitRequest['plan'] {
  return async () => {
    const changes = new Map<string, FileVersion | null>();
    for (const path of paths) {
      const id = await repository.tree(good).idOf(path);
      changes.set(path, id === undefined ? null : { id, mode: '100644' });
    }
    return { changes, message: `Back to ${good}\n\nBecause.\n` };
  };
}

describe.each(['embedded', 'remote'] as const)('a commit on a branch of an %s repository', (kind) => {
  test('changes the named paths alone, with author, committer and message', async () => {
    const { repository, first, commit, dir } = await open(kind);
    const bad = await commit({ 'web/a.yaml': 'a: 2\n', 'web/new.yaml': 'n: 1\n', 'other.yaml': 'o: 2\n' });
    const made = await repository.commit({
      branch: 'main',
      plan: restoring(repository, first, ['web/a.yaml', 'web/new.yaml']),
      author,
    });
    expect(made).toMatchObject({ branch: 'main', tip: bad });
    expect((await repository.resolve('main')).commit).toBe(made?.commit);
    expect(await mustGit(dir, 'log', '-1', '--format=%an|%ae|%cn|%ce|%P|%B', 'main')).toBe(
      `Mori  x|mori@example.com|Mori  x|mori@example.com|${bad}|Back to ${first}\n\nBecause.`,
    );
    expect(await mustGit(dir, 'diff', '--name-status', first, 'main')).toBe('M\tother.yaml');
    expect(await mustGit(dir, 'fsck', '--strict')).not.toContain('error');
  });

  test('that changes nothing is not made', async () => {
    const { repository, first, dir } = await open(kind);
    expect(await repository.commit({ branch: 'main', plan: async () => undefined, author })).toBeUndefined();
    expect(await mustGit(dir, 'rev-parse', 'main')).toBe(first);
  });

  test('is planned again when somebody pushes in between', async () => {
    const { repository, first, commit, dir } = await open(kind);
    await commit({ 'web/a.yaml': 'a: 2\n' });
    const tips: string[] = [];
    const plan = restoring(repository, first, ['web/a.yaml']);
    const made = await repository.commit({
      branch: 'main',
      author,
      async plan(tip, tree) {
        tips.push(tip);
        if (tips.length === 1) {
          // Not through the service's own queue: as another process would.
          const tree = await mustGit(dir, 'rev-parse', 'main^{tree}');
          const other = await mustGit(dir, 'commit-tree', '-p', tip, '-m', 'meanwhile', tree);
          await mustGit(dir, 'update-ref', 'refs/heads/main', other);
        }
        return plan(tip, tree);
      },
    });
    expect(tips).toHaveLength(2);
    expect(made?.tip).toBe(tips[1]);
    expect(await mustGit(dir, 'log', '--format=%s', '-2', 'main')).toBe(`Back to ${first}\nmeanwhile`);
  });

  test('is refused by a protected branch, which a new branch gets around', async () => {
    const { server, repository, first, commit, dir } = await open(kind);
    const bad = await commit({ 'web/a.yaml': 'a: 2\n' });
    await server.git.embedded.protect('config', ['main']);
    expect(await server.git.embedded.protectedBranches('config')).toEqual(['main']);
    const request = { branch: 'main', plan: restoring(repository, first, ['web/a.yaml']), author };
    await expect(repository.commit(request)).rejects.toMatchObject({ code: 'GIT_PROTECTED' });
    expect(await mustGit(dir, 'rev-parse', 'main')).toBe(bad);
    const made = await repository.commit({ ...request, newBranch: 'sekisho/revert-1' });
    expect(made).toMatchObject({ branch: 'sekisho/revert-1', tip: bad });
    expect(await mustGit(dir, 'rev-parse', 'sekisho/revert-1^')).toBe(bad);
    await expect(repository.commit({ ...request, newBranch: 'sekisho/revert-1' })).rejects.toMatchObject({
      code: 'GIT_ALREADY_EXISTS',
    });
    await server.git.embedded.protect('config', []);
    expect(await repository.commit(request)).toMatchObject({ branch: 'main' });
  });

  test('of a branch that is not there, or with a name that cannot be one, is refused', async () => {
    const { repository } = await open(kind);
    const request = { plan: async () => undefined, author };
    await expect(repository.commit({ ...request, branch: 'gone' })).rejects.toMatchObject({
      code: 'GIT_REVISION_UNKNOWN',
    });
    await expect(repository.commit({ ...request, branch: '--mirror' })).rejects.toMatchObject({
      code: 'GIT_NAME_INVALID',
    });
  });

  test('two at once both arrive', async () => {
    const { repository, first, commit, dir } = await open(kind);
    await commit({ 'web/a.yaml': 'a: 2\n', 'web/b.yaml': 'b: 2\n' });
    const [a, b] = await Promise.all(
      ['web/a.yaml', 'web/b.yaml'].map((path) =>
        repository.commit({ branch: 'main', plan: restoring(repository, first, [path]), author }),
      ),
    );
    expect(b?.tip).toBe(a?.commit);
    expect(await mustGit(dir, 'diff', '--name-only', first, 'main')).toBe('');
  });
});

test('a repository with SHA-256 ids works the same', async () => {
  const { repository, first, commit } = await open('embedded', 'sha256');
  await commit({ 'web/a.yaml': 'a: 2\n' });
  const made = await repository.commit({
    branch: 'main',
    plan: restoring(repository, first, ['web/a.yaml']),
    author,
  });
  expect(made?.commit).toHaveLength(64);
  expect(await repository.tree(made?.commit ?? '').idOf('')).toBe(await repository.tree(first).idOf(''));
});

test('a folder takes the place of a file and a file that of a folder', async () => {
  const { repository, commit, dir } = await open('embedded');
  const good = await commit({ 'web/b.yaml': null, 'web/b.yaml/inner.yaml': 'i: 1\n' });
  await commit({ 'web/b.yaml/inner.yaml': null, 'web/b.yaml': 'b: 1\n' });
  await repository.commit({
    branch: 'main',
    plan: restoring(repository, good, ['web/b.yaml/inner.yaml']),
    author,
  });
  expect(await mustGit(dir, 'diff', '--name-only', good, 'main')).toBe('');
});

test('a remote whose token may only read says so', async () => {
  const remote = await start({ password: token, write: false });
  await remote.git.embedded.create('config');
  const first = await remote.git.embedded.commit('config', { ...seed, files: { 'a.yaml': 'a: 1\n' } });
  await remote.git.embedded.commit('config', { ...seed, files: { 'a.yaml': 'a: 2\n' } });
  const local = await start({ allowLoopback: true });
  const repository = await local.git.open(remote.url('config'), { password: token });
  const error: unknown = await repository
    .commit({ branch: 'main', plan: restoring(repository, first, ['a.yaml']), author })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'GIT_AUTH' });
  expect(String(error)).not.toContain(token);
});

test('a push by a user to a protected branch is refused, other branches stay open', async () => {
  const { server } = await open('embedded');
  await server.git.embedded.protect('config', ['main']);
  const work = await server.work('config');
  await commitAll(work, { 'x.yaml': 'x: 1\n' });
  expect((await realGit(work, ['push', '-q', 'origin', 'main'])).code).not.toBe(0);
  await mustGit(work, 'push', '-q', 'origin', 'main:feature');
});

test('the log tells commits between two revisions that touch some paths', async () => {
  const { repository, first, commit } = await open('embedded');
  const second = await commit({ 'web/a.yaml': 'a: 2\n' });
  await commit({ 'other.yaml': 'o: 2\n' });
  const third = await commit({ 'web/b.yaml': 'b: 2\n' });
  const log = await repository.log({ revision: 'main', since: first, paths: ['web/a.yaml', 'web/b.yaml'], max: 10 });
  expect(log.map(({ commit }) => commit)).toEqual([third, second]);
});
