import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { gitRepo, type TestRepo } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findWorkingCopy, openWorkingCopy, type WorkingCopy } from './working-copy.ts';

let repo: TestRepo;
let copy: WorkingCopy;
const { signal } = new AbortController();

beforeAll(async () => {
  repo = await gitRepo({ 'web/a.yaml': 'first\n' });
  await repo.commit({ 'web/a.yaml': 'second\n' });
  copy = await openWorkingCopy(repo.path, { logger: silentLogger });
});
afterAll(async () => {
  await copy?.close();
  await repo?.remove();
});

async function readAt(opened: WorkingCopy, revision: string): Promise<string> {
  const tree = opened.tree(await opened.resolve(revision, { signal }));
  return new TextDecoder().decode(await tree.read('web/a.yaml', { maxBytes: 100 }));
}

test.each([
  ['HEAD', 'second\n'],
  ['main', 'second\n'],
  ['HEAD~1', 'first\n'],
  ['main^', 'first\n'],
])('reads the files of %s', async (revision, text) => {
  expect(await readAt(copy, revision)).toBe(text);
});

test.each(['HEAD~9', 'nothing', '--help', 'HEAD:web', ''])('has no commit %j', async (revision) => {
  await expect(copy.resolve(revision, { signal })).rejects.toMatchObject({ code: 'GIT_REVISION_UNKNOWN' });
});

test('is found from a folder below, and nowhere above', async () => {
  await mkdir(join(repo.path, 'web', 'deep'), { recursive: true });
  expect(await findWorkingCopy(join(repo.path, 'web', 'deep'))).toBe(repo.path);
  expect(await findWorkingCopy(tmpdir())).toBeUndefined();
});

test('is opened in a linked work tree, too', async () => {
  const linked = `${repo.path}-linked`;
  await repo.git('worktree', 'add', '-q', '--detach', linked, 'HEAD~1');
  const opened = await openWorkingCopy(linked, { logger: silentLogger });
  try {
    expect(await readAt(opened, 'HEAD')).toBe('first\n');
  } finally {
    await opened.close();
    await repo.git('worktree', 'remove', '--force', linked);
  }
});

test('a folder that is none is named', async () => {
  await expect(openWorkingCopy(tmpdir(), { logger: silentLogger })).rejects.toMatchObject({ code: 'GIT_NOT_FOUND' });
});
