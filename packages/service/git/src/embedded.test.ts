import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { commitAll, type GitServer, mustGit, realGit, startGitServer, writeFiles } from '../testing/real-git.ts';
import type { PushEvent } from './types.ts';

let server: GitServer;
afterEach(() => server?.close());

const author = { name: 'Ann', email: 'ann@example.org' };

function collectPushes(): PushEvent[] {
  const events: PushEvent[] = [];
  server.git.onPush((event) => events.push(event));
  return events;
}

describe('embedded repositories serve the real git client', () => {
  test('a push is announced before the client is told that it succeeded', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const events = collectPushes();
    const work = await server.work('config');
    const commit = await commitAll(work, { 'a.yaml': 'a: 1\n' });
    await mustGit(work, 'push', '-q', 'origin', 'main');
    expect(events).toEqual([
      { url: 'embedded:config', name: 'config', by: 'ann', refs: [{ ref: 'refs/heads/main', old: '', new: commit }] },
    ]);
    const repository = await server.git.open('embedded:config');
    expect(await repository.resolve('main')).toMatchObject({ commit, authorName: 'Ann', message: 'change' });
    expect(Buffer.from(await repository.tree(commit).read('a.yaml', { maxBytes: 100 })).toString()).toBe('a: 1\n');
  });

  test('clone, shallow clone, partial clone and fetch by commit work, over both protocol versions', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const work = await server.work('config');
    const first = await commitAll(work, { 'a.yaml': 'a: 1\n' });
    await commitAll(work, { 'a.yaml': 'a: 2\n' });
    await mustGit(work, 'push', '-q', 'origin', 'main');
    const url = server.url('config');
    for (const version of ['0', '2']) {
      const to = (name: string) => join(server.dir, `${name}-${version}`);
      await mustGit(server.dir, '-c', `protocol.version=${version}`, 'clone', '-q', url, to('full'));
      await mustGit(server.dir, '-c', `protocol.version=${version}`, 'clone', '-q', '--depth=1', url, to('shallow'));
      expect(await mustGit(to('shallow'), 'rev-list', '--count', 'HEAD')).toBe('1');
      await mustGit(
        server.dir,
        '-c',
        `protocol.version=${version}`,
        'clone',
        '-q',
        '--filter=blob:none',
        url,
        to('part'),
      );
      await mustGit(to('shallow'), '-c', `protocol.version=${version}`, 'fetch', '-q', 'origin', first);
    }
  });

  test('the long-lived reader sees what arrives later, and tags, branches and their deletion are announced', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const events = collectPushes();
    const work = await server.work('config');
    const repository = await server.git.open('embedded:config');
    for (let i = 0; i < 3; i++) {
      const commit = await commitAll(work, { 'a.yaml': `a: ${i}\n` });
      await mustGit(work, 'push', '-q', 'origin', 'main');
      expect((await repository.resolve('HEAD')).commit).toBe(commit);
      expect((await repository.resolve(commit.slice(0, 8))).commit).toBe(commit);
      const text = Buffer.from(await repository.tree(commit).read('a.yaml', { maxBytes: 9 })).toString();
      expect(text).toBe(`a: ${i}\n`);
    }
    const commit = await mustGit(work, 'rev-parse', 'HEAD');
    await mustGit(work, 'tag', '-a', 'v1.0.0', '-m', 'one');
    await mustGit(work, 'push', '-q', 'origin', 'v1.0.0', 'main:feature');
    expect(
      events
        .at(-1)
        ?.refs.map(({ ref }) => ref)
        .sort(),
    ).toEqual(['refs/heads/feature', 'refs/tags/v1.0.0']);
    expect(await repository.resolve('v1.0.0')).toMatchObject({ commit, ref: 'refs/tags/v1.0.0', tags: ['v1.0.0'] });
    await mustGit(work, 'push', '-q', 'origin', ':feature');
    expect(events.at(-1)?.refs).toEqual([{ ref: 'refs/heads/feature', old: commit, new: '' }]);
    await expect(repository.resolve('feature')).rejects.toMatchObject({ code: 'GIT_REVISION_UNKNOWN' });
  });

  test('a force push is accepted and reported as rewritten history; the default branch cannot be deleted', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const events = collectPushes();
    const work = await server.work('config');
    await commitAll(work, { 'a.yaml': 'a: 1\n' });
    await commitAll(work, { 'a.yaml': 'a: 2\n' });
    await mustGit(work, 'push', '-q', 'origin', 'main');
    await mustGit(work, 'commit', '-q', '--amend', '-m', 'other');
    expect((await realGit(work, ['push', '-q', 'origin', 'main'])).code).not.toBe(0);
    await mustGit(work, 'push', '-q', '--force', 'origin', 'main');
    expect(events).toHaveLength(2);
    expect(events[1]?.refs).toMatchObject([{ ref: 'refs/heads/main', rewritten: true }]);
    expect((await realGit(work, ['push', '-q', 'origin', ':main'])).code).not.toBe(0);
  });

  test('a large push with many objects and pushes at the same time all arrive', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const events = collectPushes();
    const work = await server.work('config');
    const files: Record<string, string | Uint8Array> = { 'big.bin': randomBytes(20 * 1024 * 1024) };
    for (let i = 0; i < 500; i++) files[`apps/${i}/a.yaml`] = `n: ${i}\n`;
    await commitAll(work, files);
    await mustGit(work, 'push', '-q', 'origin', 'main');
    const clones = await Promise.all([1, 2, 3, 4, 5].map(() => server.work('config')));
    await Promise.all(
      clones.map(async (clone, i) => {
        await commitAll(clone, { [`own/${i}.yaml`]: `n: ${i}\n` });
        await mustGit(clone, 'push', '-q', 'origin', `HEAD:branch-${i}`);
      }),
    );
    const refs = events.flatMap((event) => event.refs.map(({ ref }) => ref));
    expect(refs.sort()).toEqual(
      ['main', ...[0, 1, 2, 3, 4].map((i) => `branch-${i}`)].map((b) => `refs/heads/${b}`).sort(),
    );
    // Of pushes to one branch from one base exactly one wins.
    const results = await Promise.all(clones.map((clone) => realGit(clone, ['push', '-q', 'origin', 'HEAD:main'])));
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
  });

  test('content stays readable while pushes arrive', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const work = await server.work('config');
    const files: Record<string, string> = {};
    for (let i = 0; i < 200; i++) files[`apps/${i}/a.yaml`] = `n: ${i}\n`;
    const commit = await commitAll(work, files);
    await mustGit(work, 'push', '-q', 'origin', 'main');
    const repository = await server.git.open('embedded:config');
    let pushing = true;
    const pushes = (async () => {
      for (let i = 0; i < 5; i++) {
        await commitAll(work, { 'apps/7/a.yaml': `push: ${i}\n` });
        await mustGit(work, 'push', '-q', 'origin', 'main');
      }
      pushing = false;
    })();
    while (pushing) {
      const tree = repository.tree(commit);
      const read = await Promise.all(
        Array.from({ length: 200 }, (_, i) => tree.read(`apps/${i}/a.yaml`, { maxBytes: 100 })),
      );
      expect(read.map((data) => Buffer.from(data).toString())).toEqual(
        Array.from({ length: 200 }, (_, i) => `n: ${i}\n`),
      );
    }
    await pushes;
  });

  test('a client that goes away in the middle of a push changes nothing, and the next push works', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const events = collectPushes();
    const work = await server.work('config');
    await commitAll(work, { 'a.yaml': 'a: 1\n' });
    const { hostname, port } = new URL(server.origin);
    for (const body of ['', '00a0', '0094']) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(
            'POST /git/config.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n' +
              `Content-Type: application/x-git-receive-pack-request\r\n\r\n${body}`,
            () => socket.destroy(),
          );
        });
        socket.on('close', () => resolve());
        socket.on('error', () => {});
      });
    }
    await mustGit(work, 'push', '-q', 'origin', 'main');
    expect(events).toHaveLength(1);
    const objects = await readdir(join(server.git.embedded.path('config'), 'objects'));
    expect(objects.filter((name) => name.includes('tmp') || name.includes('incoming'))).toEqual([]);
  });

  test('a push over the limit, broken objects and a push without the right are refused', async () => {
    server = await startGitServer({ maxPushBytes: 100_000 });
    await server.git.embedded.create('config');
    const work = await server.work('config');
    await commitAll(work, { 'big.bin': randomBytes(300_000) });
    const large = await realGit(work, ['push', '-q', 'origin', 'main']);
    expect(large.code).not.toBe(0);
    expect(large.stderr).toContain('maximum allowed size');
    await server.close();

    server = await startGitServer({ write: false });
    await server.git.embedded.create('config');
    const readOnly = await server.work('config');
    await commitAll(readOnly, { 'a.yaml': 'a: 1\n' });
    const refused = await realGit(readOnly, ['push', '-q', 'origin', 'main']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('403');
    await expect((await server.git.open('embedded:config')).resolve('HEAD')).rejects.toMatchObject({
      code: 'GIT_REVISION_UNKNOWN',
    });
  });

  test('only the three requests of the smart protocol are served', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    for (const [path, status] of [
      ['/git/config.git/info/refs?service=git-upload-pack', 200],
      ['/git/config.git/info/refs', 404],
      ['/git/config.git/info/refs?service=git-upload-archive', 404],
      ['/git/config.git/HEAD', 404],
      ['/git/config.git/objects/info/packs', 404],
      ['/git/other.git/info/refs?service=git-upload-pack', 404],
      ['/git/..%2f..%2fetc.git/info/refs?service=git-upload-pack', 404],
      ['/git/config.git/../config.git/config', 404],
    ] as const) {
      const response = await fetch(`${server.origin}${path}`);
      expect([path, response.status]).toEqual([path, status]);
      await response.arrayBuffer();
    }
  });

  test('repositories are listed, made once, and only with plain names', async () => {
    server = await startGitServer();
    await server.git.embedded.create('b');
    await server.git.embedded.create('a.config_1');
    expect(await server.git.embedded.list()).toEqual(['a.config_1', 'b']);
    expect(await server.git.embedded.exists('b')).toBe(true);
    expect(await server.git.embedded.exists('c')).toBe(false);
    await expect(server.git.embedded.create('b')).rejects.toMatchObject({ code: 'GIT_ALREADY_EXISTS' });
    for (const name of ['', '.', '..', 'a/b', '../x', 'x.git', 'x.lock', '-x', 'x\n', 'a..b', 'x'.repeat(200)]) {
      await expect(server.git.embedded.create(name)).rejects.toMatchObject({ code: 'GIT_NAME_INVALID' });
      expect(await server.git.embedded.exists(name)).toBe(false);
    }
    await expect(server.git.open('embedded:nope')).rejects.toMatchObject({ code: 'GIT_NOT_FOUND' });
  });
});

describe('commit', () => {
  test('adds files on the server, keeps the rest and the modes, and announces it', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    const events = collectPushes();
    const first = await server.git.embedded.commit('config', {
      branch: 'main',
      files: { 'a.yaml': 'a: 1\n', 'dir/ü "q".yaml': 'b: 1\n' },
      message: 'first\n\nbody',
      author: { name: 'Ann <x>\n', email: 'ann@example.org' },
    });
    const repository = await server.git.open('embedded:config');
    expect(await repository.resolve('main')).toMatchObject({ commit: first, message: 'first', authorName: 'Ann  x' });
    const work = await server.work('config');
    await writeFiles(work, { 'run.sh': '#!/bin/sh\n' });
    await mustGit(work, 'add', '.');
    await mustGit(work, 'update-index', '--chmod=+x', 'run.sh');
    await mustGit(work, 'commit', '-q', '-m', 'script');
    await mustGit(work, 'push', '-q', 'origin', 'main');
    const second = await server.git.embedded.commit('config', {
      branch: 'main',
      files: { 'run.sh': '#!/bin/bash\n', 'dir/ü "q".yaml': null, 'new/bin': new Uint8Array([0, 10, 255]) },
      message: 'second',
      author,
    });
    const tree = repository.tree(second);
    expect((await tree.list(''))?.map(({ name, executable }) => [name, executable ?? false])).toEqual([
      ['a.yaml', false],
      ['new', false],
      ['run.sh', true],
    ]);
    expect([...(await tree.read('new/bin', { maxBytes: 3 }))]).toEqual([0, 10, 255]);
    expect(events).toHaveLength(3);
    await mustGit(work, 'fetch', '-q');
    expect(await mustGit(work, 'fsck', '--strict')).toBe('');
    const same = { branch: 'main', files: { 'a.yaml': 'a: 1\n', 'gone.yaml': null }, message: 'nothing', author };
    expect(await server.git.embedded.commit('config', same)).toBe(second);
    expect(events).toHaveLength(3);
  });

  test('commits and pushes at the same time are all kept', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    await server.git.embedded.commit('config', { branch: 'main', files: { a: '1' }, message: 'm', author });
    const work = await server.work('config');
    const commits = Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        server.git.embedded.commit('config', {
          branch: 'main',
          files: { [`f${i}`]: `${i}` },
          message: `m${i}`,
          author,
        }),
      ),
    );
    for (let i = 0; i < 3; i++) {
      for (;;) {
        await mustGit(work, 'fetch', '-q', 'origin');
        await mustGit(work, 'reset', '-q', '--hard', 'origin/main');
        await commitAll(work, { [`w${i}`]: `${i}` });
        if ((await realGit(work, ['push', '-q', 'origin', 'main'])).code === 0) break;
      }
    }
    await commits;
    const repository = await server.git.open('embedded:config');
    const names = (await repository.tree((await repository.resolve('main')).commit).list(''))?.map(({ name }) => name);
    expect(names?.sort()).toEqual(['a', ...Array.from({ length: 10 }, (_, i) => `f${i}`), 'w0', 'w1', 'w2'].sort());
  });

  test('refuses paths that are none', async () => {
    server = await startGitServer();
    await server.git.embedded.create('config');
    for (const path of ['', '/a', 'a//b', '../a', 'a/../b', './a', '.git/config', 'a/.GIT/x', 'a\0b']) {
      const request = { branch: 'main', files: { [path]: 'x' }, message: 'm', author };
      await expect(server.git.embedded.commit('config', request)).rejects.toMatchObject({ code: 'GIT_PATH_INVALID' });
    }
    await expect(
      server.git.embedded.commit('config', { branch: '../x', files: {}, message: 'm', author }),
    ).rejects.toMatchObject({ code: 'GIT_NAME_INVALID' });
  });
});
