import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { redactUrl, SekishoError } from '@sekisho/base';
import type { BundleFile } from '@sekisho/registry';
import type { CheckWorld } from '../world.ts';
import { readFolder } from './folder.ts';

const run = promisify(execFile);
const CLONE_MS = 300_000;

/** Files of a git repository, through the git of this machine with its credentials. Hooks and submodules stay away. */
export async function pullGit(
  source: { readonly url: string; readonly ref: string | undefined; readonly folder: string },
  world: CheckWorld,
  signal: AbortSignal,
): Promise<BundleFile[]> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'sekisho-pull-'));
  const env = { ...world.env, GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file' };
  const git = async (...args: string[]) => {
    try {
      await run('git', ['-c', 'core.hooksPath=/dev/null', ...args], { cwd: folder, env, signal, timeout: CLONE_MS });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      const said = String((cause as { stderr?: unknown }).stderr ?? '')
        .trim()
        .split('\n')
        .at(-1);
      throw new SekishoError('CHECK_GIT', `git can't fetch ${redactUrl(source.url)}: ${said ?? 'it failed'}`, {
        hint: 'Is the address right, and may you read it?',
        retryable: true,
      });
    }
  };
  try {
    await git('init', '--quiet', '.');
    await git(
      'fetch',
      '--quiet',
      '--depth=1',
      '--no-tags',
      '--no-recurse-submodules',
      '--',
      absolute(source.url, world),
      source.ref ?? 'HEAD',
    );
    await git('-c', 'core.symlinks=false', 'checkout', '--quiet', 'FETCH_HEAD');
    return await readFolder(join(folder, source.folder), { signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function absolute(url: string, world: CheckWorld): string {
  return url.startsWith('.') ? join(world.cwd, url) : url;
}
