import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { type BundleFile, safePath } from '@sekisho/registry';
import type { CheckWorld } from '../world.ts';
import { readFolder } from './folder.ts';
import { parseSource } from './source.ts';

export interface PullOptions {
  /** Folder that the files go into. */
  readonly target: string;
  /** The folder may be outside of the current one, default false. */
  readonly anywhere?: boolean;
  readonly tls: boolean;
  readonly world: CheckWorld;
  readonly signal: AbortSignal;
}

/**
 * Fetches policies into a folder. Everything is fetched and looked at before the first file is written.
 *
 * @throws SekishoError CHECK_SOURCE, CHECK_TARGET, CHECK_ARCHIVE, CHECK_CHECKSUM, CHECK_DOWNLOAD, CHECK_GIT, and those of registries
 */
export async function pullPolicy(address: string, options: PullOptions): Promise<void> {
  const { world } = options;
  const target = resolve(world.cwd, options.target);
  const inside = relative(world.cwd, target);
  if (options.anywhere !== true && (inside.startsWith('..') || isAbsolute(inside))) {
    throw new SekishoError('CHECK_TARGET', `${options.target} is outside of the current folder.`, {
      hint: 'Say --absolute-paths when that is meant.',
    });
  }
  const files = await fetchFiles(address, options);
  const wanted = files.map((file) => ({ ...file, path: safePath(file.path) }));
  if (wanted.length === 0) {
    throw new SekishoError('CHECK_SOURCE', 'There are no policies.', { hint: 'Is the folder in the address right?' });
  }
  for (const { path } of wanted) await refuseLinks(target, path);
  for (const { path, content } of wanted) {
    const file = join(target, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

async function fetchFiles(address: string, options: PullOptions): Promise<readonly BundleFile[]> {
  const { world, signal } = options;
  const source = parseSource(address);
  switch (source.kind) {
    case 'oci':
      return (await import('./oci.ts')).pullBundle(source.reference, options);
    case 'git':
      return (await import('./git.ts')).pullGit(source, world, signal);
    case 'http':
      return (await import('./http.ts')).pullHttp(source, signal);
    case 'file':
      return readFolder(resolve(world.cwd, source.path), { signal });
  }
}

/** A link that lies there already would lead the file elsewhere. */
async function refuseLinks(target: string, path: string): Promise<void> {
  let at = target;
  for (const part of ['', ...path.split('/')]) {
    at = join(at, part);
    const info = await lstat(at).catch(() => undefined);
    if (info === undefined) return;
    if (info.isSymbolicLink() && at !== target) {
      throw new SekishoError('CHECK_TARGET', `${at} is a link; nothing was written.`);
    }
  }
}
