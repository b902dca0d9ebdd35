import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { createLru, type Logger, SekishoError, systemClock } from '@sekisho/base';
import { createCommand } from './command.ts';
import { openContent } from './content.ts';
import { prepareHome, writeConfig } from './environment.ts';
import type { GitTree } from './types.ts';

/** A clone on this machine, for reading commits beside the files that lie there. */
export interface WorkingCopy {
  /** Any name that git has for a commit: `HEAD~2`, `v1.4`, `main@{yesterday}`. @throws SekishoError GIT_REVISION_UNKNOWN */
  resolve(revision: string, options: { readonly signal: AbortSignal }): Promise<string>;
  /** The files of a commit. */
  tree(commit: string): GitTree;
  close(): Promise<void>;
}

/** The folder at or above `folder` that has a `.git`; undefined when there is none. Absolute. */
export async function findWorkingCopy(folder: string): Promise<string | undefined> {
  for (let at = resolvePath(folder); ; at = dirname(at)) {
    if ((await stat(join(at, '.git')).catch(() => undefined)) !== undefined) return at;
    if (at === dirname(at)) return undefined;
  }
}

/**
 * Opens the clone whose top folder is `root`, without its hooks and its user's configuration.
 * @throws SekishoError GIT_MISSING | GIT_TOO_OLD | GIT_NOT_FOUND
 */
export async function openWorkingCopy(root: string, { logger }: { readonly logger: Logger }): Promise<WorkingCopy> {
  const gitDir = await gitDirOf(root);
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-git-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const home = await prepareHome(folder);
    const command = await createCommand('git', home);
    await writeConfig(home, { maxPushBytes: 1, hasFsync: command.atLeast(2, 36) });
    const content = openContent(gitDir, root, {
      command,
      logger,
      clock: systemClock,
      readerIdleMs: 60_000,
      treeCache: createLru({ maxWeight: 32 * 1024 * 1024, weigh: (tree) => tree.bytes }),
    });
    return {
      async resolve(revision, { signal }) {
        const question = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
        const { code, stdout } = await command.run(question, { gitDir, signal });
        if (code === 0) return stdout.toString('utf8').trim();
        throw new SekishoError('GIT_REVISION_UNKNOWN', `${root} has no commit ${JSON.stringify(revision)}`, {
          hint: 'git log --oneline shows those that it has.',
        });
      },
      tree: (commit) => content.tree(commit),
      async close() {
        await content.close();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** In a linked work tree and in a submodule `.git` is a file that says where the repository is. */
async function gitDirOf(root: string): Promise<string> {
  const path = join(root, '.git');
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return path;
  const text = info === undefined ? '' : await readFile(path, 'utf8');
  const target = /^gitdir: (.+)$/m.exec(text)?.[1]?.trim();
  if (target === undefined) throw new SekishoError('GIT_NOT_FOUND', `${root} is not a git repository`);
  return resolvePath(root, target);
}
