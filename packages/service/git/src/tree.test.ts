import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { createLru, silentLogger, systemClock } from '@sekisho/base';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { commitAll, type GitServer, mustGit, realGit, startGitServer, writeFiles } from '../testing/real-git.ts';
import { createCommand } from './command.ts';
import { parseCommit } from './commit-object.ts';
import { prepareHome } from './environment.ts';
import { createGitTree, createTreeLoader } from './git-tree.ts';
import { createObjectReader } from './object-reader.ts';
import { parseTagRange } from './tag-range.ts';
import { type ParsedTree, parseTree } from './tree-object.ts';

let server: GitServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function repositoryWith(files: Record<string, string | Uint8Array>, prepare?: (work: string) => Promise<void>) {
  server = await startGitServer();
  await server.git.embedded.create('config');
  const work = await server.work('config');
  await writeFiles(work, files);
  await prepare?.(work);
  const commit = await commitAll(work, {});
  await mustGit(work, 'push', '-q', 'origin', 'main');
  return { repository: await server.git.open('embedded:config'), work, commit };
}

describe('tree', () => {
  test('shows files, folders, links and submodules as what they are, and follows none', async () => {
    const { repository, commit, work } = await repositoryWith(
      { 'a/b/c.yaml': 'c: 1\n', 'a/d.yaml': '', 'new\nline.yaml': 'n', 'ü ".yaml': 'u' },
      async (folder) => {
        await symlink('../../etc/passwd', join(folder, 'a', 'link'));
        await symlink('b', join(folder, 'a', 'folder-link'));
        const id = 'a'.repeat(40);
        await mustGit(folder, 'update-index', '--add', '--cacheinfo', `160000,${id},sub`);
        await mustGit(folder, 'commit', '-q', '-m', 'submodule');
        await mustGit(folder, 'config', 'diff.ignoreSubmodules', 'all');
        await writeFiles(folder, { 'sub/.keep': '' });
      },
    );
    const tree = repository.tree(commit);
    const shape = async (path: string) => (await tree.list(path))?.map(({ name, type }) => `${type} ${name}`);
    expect(await shape('a')).toEqual(['directory b', 'file d.yaml', 'symlink folder-link', 'symlink link']);
    expect(await shape('')).toContain('file new\nline.yaml');
    const text = async (path: string) => Buffer.from(await tree.read(path, { maxBytes: 100 })).toString();
    expect(await text('a/b/c.yaml')).toBe('c: 1\n');
    expect(await text('/a//./b/c.yaml')).toBe('c: 1\n');
    expect(await text('new\nline.yaml')).toBe('n');
    expect(await text('ü ".yaml')).toBe('u');
    expect(await text('a/link')).toBe('../../etc/passwd');
    for (const path of [
      'a/folder-link',
      'a/b/c.yaml',
      'nope',
      'a/../a',
      '..',
      'a/b/c.yaml/x',
      'a/folder-link/c.yaml',
    ]) {
      expect([path, await tree.list(path)]).toEqual([path, undefined]);
    }
    for (const path of ['', 'a', 'nope', 'a/../a/d.yaml', '../x', 'a/folder-link/c.yaml', 'a/d.yaml/x']) {
      await expect(tree.read(path, { maxBytes: 9 })).rejects.toMatchObject({ code: 'TREE_NOT_FOUND' });
    }
    expect(await tree.idOf('a/b')).toBe(await mustGit(work, 'rev-parse', `${commit}:a/b`));
    expect(await tree.idOf('')).toBe(await mustGit(work, 'rev-parse', `${commit}^{tree}`));
    expect(await tree.idOf('nope')).toBeUndefined();
    await expect(repository.tree('f'.repeat(40)).list('')).rejects.toMatchObject({ code: 'GIT_REVISION_UNKNOWN' });
    await expect(repository.tree('main').list('')).rejects.toMatchObject({ code: 'GIT_REVISION_UNKNOWN' });
  });

  test('submodules are listed, not read', async () => {
    const { repository, work } = await repositoryWith({ a: '1' });
    await mustGit(work, 'update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},sub`);
    await mustGit(work, 'commit', '-q', '-m', 'submodule');
    await mustGit(work, 'push', '-q', 'origin', 'main');
    const tree = repository.tree((await repository.resolve('main')).commit);
    expect((await tree.list(''))?.map(({ type }) => type)).toEqual(['file', 'submodule']);
    expect(await tree.list('sub')).toBeUndefined();
    await expect(tree.read('sub', { maxBytes: 9 })).rejects.toMatchObject({ code: 'TREE_NOT_FOUND' });
  });

  test('a 50 MB file is refused without being kept, and the reader goes on', async () => {
    const { repository, commit } = await repositoryWith({
      'big.yaml': Buffer.alloc(50 * 1024 * 1024, 'a'),
      'huge.yaml': Buffer.alloc(80 * 1024 * 1024, 'b'),
      'small.yaml': 'a: 1\n',
    });
    const tree = repository.tree(commit);
    const small = () => tree.read('small.yaml', { maxBytes: 1_000_000 });
    const results = await Promise.allSettled([
      small(),
      tree.read('big.yaml', { maxBytes: 1_000_000 }),
      small(),
      tree.read('huge.yaml', { maxBytes: 1_000_000 }),
      small(),
      tree.read('small.yaml', { maxBytes: 4 }),
    ]);
    expect(results.map((result) => (result.status === 'fulfilled' ? 'read' : result.reason.code))).toEqual([
      'read',
      'TREE_TOO_LARGE',
      'read',
      'TREE_TOO_LARGE',
      'read',
      'TREE_TOO_LARGE',
    ]);
  });
});

describe('the object reader', () => {
  async function open(mode?: '2.30', stallMs = 20_000) {
    const { commit } = await repositoryWith({ a: 'text a', b: 'text b' });
    const running = server as GitServer;
    const command = await createCommand('git', await prepareHome(join(running.dir, 'data')));
    const old = { ...command, atLeast: () => false };
    const reader = createObjectReader({
      command: mode === '2.30' ? old : command,
      gitDir: running.git.embedded.path('config'),
      logger: silentLogger,
      clock: systemClock,
      idleMs: 60_000,
      stallMs,
    });
    return { reader, commit, command, running };
  }

  test.each(['new', '2.30'] as const)(
    'answers with a %s git, also what is missing, ambiguous or no name',
    async (age) => {
      const { reader, commit } = await open(age === '2.30' ? age : undefined);
      expect(await reader.info(commit)).toMatchObject({ id: commit, type: 'commit' });
      expect(await reader.info('0'.repeat(40))).toBeUndefined();
      expect(await reader.contents('0'.repeat(40), { maxBytes: 9 })).toBeUndefined();
      for (const name of ['', 'a b', 'a\nb', `${commit}\n${commit}`]) expect(await reader.info(name)).toBeUndefined();
      const all = await Promise.all(
        Array.from({ length: 500 }, (_, i) => reader.info(i % 2 === 0 ? commit : 'f'.repeat(40))),
      );
      expect(all.filter((found) => found !== undefined)).toHaveLength(250);
      await reader.close();
      await expect(reader.info(commit)).rejects.toMatchObject({ code: 'GIT_CLOSED' });
    },
  );

  test('reports a damaged object that git itself hands out cut, and mixes up nothing else', async () => {
    const { reader, commit, running } = await open(undefined, 200);
    const dir = running.git.embedded.path('config');
    const broken = 'b'.repeat(40);
    await writeFiles(dir, { [`objects/bb/${broken.slice(2)}`]: deflateSync('blob 100\0cut off') });
    const all = await Promise.allSettled([
      reader.contents(commit, { maxBytes: 999 }),
      reader.contents(broken, { maxBytes: 999 }),
      reader.contents(commit, { maxBytes: 999 }),
      reader.contents(broken, { maxBytes: 9 }),
      reader.contents(commit, { maxBytes: 999 }),
    ]);
    expect(all.map((one) => (one.status === 'fulfilled' ? one.value?.id : one.reason.code))).toEqual([
      commit,
      'GIT_OBJECT_UNREADABLE',
      commit,
      'GIT_OBJECT_TOO_LARGE',
      commit,
    ]);
    await expect(reader.contents(broken, { maxBytes: 999 })).rejects.toMatchObject({ code: 'GIT_OBJECT_UNREADABLE' });
    expect(await reader.info(commit)).toMatchObject({ id: commit });
    await reader.close();
  });

  test('a tree with a name that leads out is refused', async () => {
    const { reader, running } = await open();
    const dir = running.git.embedded.path('config');
    const blob = await mustGit(dir, 'rev-parse', 'main:a');
    await writeFile(join(running.dir, 'evil'), Buffer.concat([Buffer.from('100644 ../x\0'), Buffer.from(blob, 'hex')]));
    const id = await mustGit(dir, 'hash-object', '-t', 'tree', '-w', '--literally', join(running.dir, 'evil'));
    const cache = createLru<string, ParsedTree>({ maxWeight: 1e6, weigh: (tree) => tree.bytes });
    const tree = createGitTree(reader, createTreeLoader(reader, cache), async () => id);
    await expect(tree.list('')).rejects.toMatchObject({ code: 'GIT_TREE_INVALID' });
    await reader.close();
  });
});

describe('revisions', () => {
  test('branch before tag before commit before HEAD before range; git syntax is not reached', async () => {
    const { repository, work, commit } = await repositoryWith({ a: '1' });
    const tags: Record<string, string> = {};
    for (const tag of ['v1.0.0', '1.2.0', 'v1.10.1', 'v2.0.0-rc.1', 'both', 'nested/v9.9.9']) {
      tags[tag] = await commitAll(work, { a: tag });
      await mustGit(work, 'tag', ...(tag === '1.2.0' ? ['-a', '-m', 'annotated'] : []), tag);
    }
    await mustGit(work, 'branch', 'both', commit);
    await mustGit(work, 'push', '-q', 'origin', 'main', 'refs/heads/both', '--tags');
    const find = async (revision: string) => (await repository.resolve(revision)).commit;
    for (const [revision, expected] of [
      ['both', commit],
      ['refs/tags/both', tags['both']],
      ['1.2.0', tags['1.2.0']],
      ['HEAD', tags['nested/v9.9.9']],
      ['', tags['nested/v9.9.9']],
      [commit.slice(0, 7), commit],
      [commit.toUpperCase(), commit],
      ['1.x', tags['v1.10.1']],
      ['v1.x', tags['v1.10.1']],
      ['1.2.*', tags['1.2.0']],
      ['>=1.0 <1.10', tags['1.2.0']],
      ['~1.0', tags['v1.0.0']],
      ['*', tags['v1.10.1']],
      ['>=2.0.0-0', tags['v2.0.0-rc.1']],
    ] as const) {
      expect([revision, await find(revision)]).toEqual([revision, expected]);
    }
    for (const revision of [
      'nope',
      'main~1',
      'main^',
      'main@{0}',
      ':/change',
      'main:a',
      '..',
      '-x',
      '--all',
      'a b',
      'main\n',
      commit.slice(0, 6),
      '3.x',
      '1.3',
      'v1',
      '../config',
      'refs/../HEAD',
      'x'.repeat(5000),
    ]) {
      await expect(repository.resolve(revision)).rejects.toMatchObject({ code: 'GIT_REVISION_UNKNOWN' });
    }
    // Packed references answer the same.
    await mustGit((server as GitServer).git.embedded.path('config'), 'pack-refs', '--all');
    expect(await find('both')).toBe(commit);
    expect(await find('1.x')).toBe(tags['v1.10.1']);
    expect((await realGit(work, ['push', '-q', 'origin', 'main:later'])).code).toBe(0);
    expect(await find('later')).toBe(tags['nested/v9.9.9']);
  });

  test.each([
    ['>=1.0, <2', 'v1.9.0'],
    ['^1 || ^3', '3.1'],
    ['!=1.9.0, 1.x', 'v1.0.0'],
    ['1 - 2', '2.0.0'],
    ['=1.0.0', 'v1.0.0'],
    ['<2.0.0-0', 'v1.9.0'],
    ['=>2', '3.1'],
  ])('range %s picks %s', (range, expected) => {
    expect(
      parseTagRange(range)?.best(
        ['v1.0.0', 'v1.9.0', '2.0.0', '3.1', '4.0.0-beta', 'main', 'x1.2'].filter((t) => t !== '4.0.0-beta'),
      ),
    ).toBe(expected);
  });

  test.each(['1', 'v1.2', '1.2.3', 'main', 'release-1.2', 'x', '', ' ', '1.2.3-rc.1', 'feature/1.x'])(
    '%j is no range',
    (text) => {
      expect(parseTagRange(text)).toBeUndefined();
    },
  );
});

describe('strangers’ bytes', () => {
  test('parseTree gives entries or GIT_TREE_INVALID, and reads back what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(40, 64), (bytes, length) => {
        try {
          parseTree('0'.repeat(length), Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'GIT_TREE_INVALID' });
        }
      }),
    );
    const name = fc.stringMatching(/^[a-z][a-z0-9 ."\n-]{0,9}$/);
    const entry = fc.record({ mode: fc.constantFrom('40000', '100644', '100755', '120000', '160000'), name });
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: (one) => one.name }),
        fc.constantFrom(40, 64),
        (entries, length) => {
          const id = 'ab'.repeat(length / 2);
          const data = Buffer.concat(
            entries.map((one) => Buffer.concat([Buffer.from(`${one.mode} ${one.name}\0`), Buffer.from(id, 'hex')])),
          );
          const parsed = parseTree('0'.repeat(length), data);
          expect(parsed.entries.map((one) => [one.name, one.id])).toEqual(entries.map((one) => [one.name, id]));
        },
      ),
    );
  });

  test('parseCommit and parseTagRange never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.concat([Buffer.from('tree x\nauthor '), Buffer.from(bytes)]);
        expect(new Date(parseCommit('c', text).authorDate).getTime()).not.toBeNaN();
      }),
    );
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void parseTagRange(text)?.best(['1.0.0', text])));
  });

  test.each([
    ['author Ann <a@b> 1700000000 +0100', 'Ann', 'a@b', '2023-11-14T22:13:20.000Z'],
    ['author  <> 0 +0000', '', '', '1970-01-01T00:00:00.000Z'],
    ['author Ann <a@b> 99999999999999999 +0000', 'Ann', 'a@b', '1970-01-01T00:00:00.000Z'],
    ['author Ann <a@b>', 'Ann', 'a@b', '1970-01-01T00:00:00.000Z'],
  ])('parseCommit reads %j', (line, authorName, authorEmail, authorDate) => {
    const data = Buffer.from(`tree t\n${line}\n\n\nfirst\nline\n\nbody\n`);
    expect(parseCommit('c', data)).toMatchObject({
      tree: 't',
      authorName,
      authorEmail,
      authorDate,
      message: 'first line',
    });
  });
});
