import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { silentLogger } from '@sekisho/base';
import { createGit, type Git, type Repository } from '@sekisho/git';

/** A repository of files, and a data folder, as a server has them. */
export interface GitFolder {
  /** Empty folder for whatever else is to be kept; removed with the rest. */
  readonly folder: string;
  readonly repository: Repository;
  /** @returns the commit */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

export async function createGitFolder(): Promise<GitFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-render-'));
  const work = join(folder, 'work');
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Bench',
    GIT_AUTHOR_EMAIL: 'bench@localhost',
    GIT_COMMITTER_NAME: 'Bench',
    GIT_COMMITTER_EMAIL: 'bench@localhost',
  };
  const run = (...args: string[]) => execFileSync('git', ['-C', work, ...args], { env, encoding: 'utf8' }).trim();
  await mkdir(work);
  run('init', '-q', '-b', 'main');
  run('commit', '-q', '--allow-empty', '-m', 'start');
  const git: Git = await createGit({ dataDir: join(folder, 'git'), logger: silentLogger, allowFile: true });
  const repository = await git.open(pathToFileURL(work).href);
  return {
    folder: join(folder, 'kept'),
    repository,
    async commit(files) {
      const made = new Set<string>();
      for (const [path, text] of Object.entries(files)) {
        const file = join(work, path);
        if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
        made.add(dirname(file));
        await writeFile(file, text);
      }
      run('add', '-A');
      run('commit', '-q', '-m', 'change');
      await repository.refresh();
      return run('rev-parse', 'HEAD');
    },
    async close() {
      await git.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
