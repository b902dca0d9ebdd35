import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram, tempDir } from '@sekisho/testkit';

/** A clone of a repository that a server serves; changes reach the server by `git push`. */
export interface PushedRepository {
  /** As an Application names it. */
  readonly url: string;
  readonly path: string;
  /** Writes files (null deletes), commits and pushes; returns the commit id. */
  push(files: Readonly<Record<string, string | Uint8Array | null>>, message?: string): Promise<string>;
  /** Copies a folder into the clone and pushes. */
  pushFolder(from: string, to: string): Promise<string>;
  /** Runs git in the clone; throws with what it said when it fails. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

const IDENTITY = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Mori',
  GIT_AUTHOR_EMAIL: 'mori@example.com',
  GIT_COMMITTER_NAME: 'Mori',
  GIT_COMMITTER_EMAIL: 'mori@example.com',
  GIT_TERMINAL_PROMPT: '0',
};

/** @param address with user and token */
export async function cloneRepository(address: string, url: string): Promise<PushedRepository> {
  const { path, remove } = await tempDir('sekisho-clone-');
  async function git(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runProgram('git', args, { cwd: path, env: IDENTITY });
    if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}: ${stderr}`);
    return stdout.trimEnd();
  }
  async function commitAndPush(message: string): Promise<string> {
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', message);
    await git('push', '-q', 'origin', 'HEAD:main');
    return git('rev-parse', 'HEAD');
  }
  await git('clone', '-q', address, '.');
  await git('symbolic-ref', 'HEAD', 'refs/heads/main');
  return {
    url,
    path,
    git,
    remove,
    async push(files, message = 'Change') {
      for (const [name, content] of Object.entries(files)) {
        const file = join(path, name);
        if (content === null) {
          await rm(file, { recursive: true });
          continue;
        }
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      return commitAndPush(message);
    },
    async pushFolder(from, to) {
      await cp(from, join(path, to), { recursive: true });
      return commitAndPush('Add a folder');
    },
  };
}
