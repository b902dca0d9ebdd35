import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runProgram } from './program.ts';
import { tempDir } from './temp-dir.ts';

/** null deletes the file. */
export type RepoFiles = Readonly<Record<string, string | Uint8Array | null>>;

export interface TestRepo {
  readonly path: string;
  /** `file://…` */
  readonly url: string;
  /** Writes the files and commits; returns the commit id. */
  commit(files: RepoFiles, message?: string): Promise<string>;
  /** Runs git in the repository; returns its output without the last newline, throws when it fails. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

const ISOLATED = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test Author',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'Test Author',
  GIT_COMMITTER_EMAIL: 'author@example.com',
  GIT_TERMINAL_PROMPT: '0',
};

/** A repository with a working tree and one commit on `main`. */
export async function gitRepo(files: RepoFiles): Promise<TestRepo> {
  const { path, remove } = await tempDir('sekisho-repo-');
  async function git(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runProgram('git', args, { cwd: path, env: ISOLATED });
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trimEnd();
  }
  async function commit(changes: RepoFiles, message = 'Change'): Promise<string> {
    for (const [name, content] of Object.entries(changes)) {
      const file = join(path, name);
      if (content === null) {
        await rm(file, { recursive: true });
        continue;
      }
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  }
  await git('init', '-q', '-b', 'main');
  await commit(files, 'First');
  return { path, url: pathToFileURL(path).href, commit, git, remove };
}
