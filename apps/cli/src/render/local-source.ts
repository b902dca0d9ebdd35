import { resolve } from 'node:path';
import { type Logger, SekishoError } from '@sekisho/base';
import { findWorkingCopy, openWorkingCopy } from '@sekisho/git';
import type { FileTree } from '@sekisho/render';
import { diskTree, splitPath } from '../disk-tree.ts';

/** A path of this machine as a source: in its repository, so that bases beside it are found. */
export interface LocalSource {
  /** All that the source may read: its repository as it lies there or at a commit; without one, the whole disk. */
  readonly tree: FileTree;
  /** Folder of this machine that is the tree's root. */
  readonly root: string;
  /** The source's folder in the tree. */
  readonly path: string;
  /** Name of the one file that is meant. */
  readonly file?: string;
  /** Of a source at a commit. */
  readonly commit?: string;
  close(): Promise<void>;
}

/**
 * @param revision any name that git has for a commit; undefined: the files as they are
 * @throws SekishoError PATH_MISSING | GIT_NOT_FOUND | GIT_REVISION_UNKNOWN
 */
export async function openLocalSource(
  path: string,
  { revision, logger, signal }: { readonly revision?: string | undefined; logger: Logger; signal: AbortSignal },
): Promise<LocalSource> {
  const { folder, file } = revision === undefined ? await splitPath(path) : await splitPathOfCommit(path);
  const absolute = resolve(folder);
  const repository = await findWorkingCopy(absolute);
  const root = repository ?? '/';
  const place = { root, path: below(root, absolute), ...(file === undefined ? {} : { file }) };
  if (revision === undefined) return { ...place, tree: diskTree(root), async close() {} };
  if (repository === undefined) {
    throw new SekishoError('GIT_NOT_FOUND', `${path} is in no git repository, so that it has no revision ${revision}.`);
  }
  const copy = await openWorkingCopy(repository, { logger });
  try {
    const commit = await copy.resolve(revision, { signal });
    return { ...place, commit, tree: copy.tree(commit), close: () => copy.close() };
  } catch (error) {
    await copy.close();
    throw error;
  }
}

/** At a commit there may be what is not there now, and the other way round. */
async function splitPathOfCommit(path: string): Promise<{ folder: string; file?: string }> {
  return splitPath(path).catch(() => ({ folder: path }));
}

function below(root: string, absolute: string): string {
  return absolute === root ? '.' : absolute.slice(root === '/' ? 1 : root.length + 1);
}
